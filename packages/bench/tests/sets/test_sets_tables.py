import gzip
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from set_files import silent

from framestate.bench import errors
from framestate.bench.data.sets import files, tables, ts_format

TEXT = "date,a,b\n2020-01-01 00:00,1.5,-2\n2020-01-01 01:00,3,4e2\n"
VALUES = [[1.5, -2.0], [3.0, 400.0]]


def stored(folder, kind, data):
    path = folder / f"table.csv{kind}"
    match kind:
        case "":
            path.write_bytes(data)
        case ".gz":
            path.write_bytes(gzip.compress(data))
        case ".xz":
            path.write_bytes(lzma.compress(data))
        case _:
            path = folder / "table.zip"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("__MACOSX/._table.csv", b"a fork")
                archive.writestr("readme.md", b"a page")
                archive.writestr("dataset/table.csv", data)
    return path


@pytest.mark.parametrize("kind", ["", ".gz", ".xz", ".zip"])
def test_a_table_is_the_same_however_it_is_packed(tmp_path, kind):
    table = tables.read(stored(tmp_path, kind, TEXT.encode()))
    assert table.columns == ("a", "b")
    assert table.values.tolist() == VALUES


@pytest.mark.parametrize("kind", [".gz", ".xz", ".zip"])
def test_a_packed_table_that_breaks_off_is_refused(tmp_path, kind):
    rows = "".join(f"x,{k},{k * k}\n" for k in range(5000))
    path = stored(tmp_path, kind, ("date,a,b\n" + rows).encode())
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(errors.DataError, match=path.name):
        tables.read(path)


def test_columns_can_be_chosen_and_names_left_out(tmp_path):
    path = stored(tmp_path, "", TEXT.encode())
    table = tables.read(path, keep=("b", "a"))
    assert table.columns == ("b", "a")
    assert table.values.tolist() == [[-2.0, 1.5], [400.0, 3.0]]
    path.write_text("1,2\n3,4\n")
    table = tables.read(path, header=False, keys=0)
    assert table.columns == ("0", "1")
    assert table.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_header_may_be_in_latin_1(tmp_path):
    path = stored(tmp_path, "", "d,W/m²\nx,1\n".encode("latin-1"))
    assert tables.read(path, encoding="latin-1").columns == ("W/m²",)
    with pytest.raises(errors.DataError, match="decode"):
        tables.read(path)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "1 columns"),
        ("date,a\n", "no rows"),
        ("date\nx\n", "1 columns"),
        ("date,a\nx,1\nx,1,2\n", "row 1 has 3 of 2 cells"),
        ("date,a\nx,1\nx\n", "row 1 has 1 of 2 cells"),
        ("date,a\nx,one\n", "one"),
        ("date,a\nx,\n", "convert"),
        ("date,a\nx,1\nx,nan\n", "row 1, column 0 is not finite"),
        ("date,a\nx,1e999\n", "row 0, column 0 is not finite"),
    ],
)
def test_a_table_that_is_none_is_refused_and_said_where(tmp_path, text, finding):
    path = stored(tmp_path, "", text.encode())
    with pytest.raises(errors.DataError, match=finding) as caught:
        tables.read(path)
    assert "table.csv" in caught.value.request


def test_missing_files_columns_and_tables_are_refused(tmp_path):
    with pytest.raises(errors.DataError, match="No such file"):
        tables.read(tmp_path / "table.csv")
    with pytest.raises(errors.DataError, match="no column 'c'"):
        tables.read(stored(tmp_path, "", TEXT.encode()), keep=("a", "c"))
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as archive:
        archive.writestr("readme.md", b"a page")
    with pytest.raises(errors.DataError, match=r"no \.csv or \.txt"):
        tables.read(tmp_path / "table.zip")


FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
LINES = st.text("0123456789.,-en\n\r\" '_#", max_size=60).map(str.encode)


@FUZZ
@given(data=st.binary(max_size=200) | LINES, kind=st.sampled_from(["", ".gz", ".zip"]))
def test_any_bytes_are_a_table_or_one_error(tmp_path, data, kind):
    path = tmp_path / f"any{kind}"
    path.write_bytes(data)
    try:
        table = tables.read(path, keys=0)
    except errors.DataError:
        return
    assert table.values.ndim == 2
    assert np.isfinite(table.values).all()


# ---- .ts files


def written_ts(cases):
    """A file of the TSER archive with these (inputs, target)."""
    lines = ["# made", "@problemName x", "@equalLength true", "@data"]
    for inputs, target in cases:
        channels = [",".join(str(x) for x in channel) for channel in inputs.T]
        lines.append(":".join([*channels, str(target)]))
    return "\n".join(lines) + "\n"


def test_a_ts_file_gives_series_and_targets(tmp_path):
    rng = np.random.default_rng(0)
    cases = [(rng.standard_normal((5, 2)).astype(np.float32), k / 4) for k in range(3)]
    path = tmp_path / "x.ts"
    path.write_text(written_ts(cases) + "\n\n")
    seen = []
    inputs, targets = ts_format.read(
        path, progress=lambda done, total: seen.append(done)
    )
    assert np.array_equal(inputs, np.stack([x for x, _ in cases]))
    assert targets.tolist() == [0.0, 0.25, 0.5]
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "no @data"),
        ("1,2:3\n", "no @data"),
        ("@data\n", "no case"),
        ("@data\n1,2:3\n1,2,3:3\n", r"case 1 has shape \(3, 1\), the first \(2, 1\)"),
        ("@data\n1,2:3\n1,2:1,2:3\n", r"case 1 has shape \(2, 2\)"),
        ("@data\n1,2:1:3\n", "ValueError"),
        ("@data\n1,?:3\n", "ValueError"),
        ("@data\n3\n", "ValueError"),
        ("@data\n1,2:x\n", "ValueError"),
        ("@data\n1,2:3\n1,nan:3\n", "case 1 is not finite"),
        ("@data\n1,2:inf\n", "case 0 is not finite"),
        ("@data\n1,2é:3\n", "ascii"),
    ],
)
def test_a_ts_file_that_is_none_is_refused_and_said_where(tmp_path, text, finding):
    path = tmp_path / "x.ts"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(errors.DataError, match=finding) as caught:
        ts_format.read(path, progress=silent)
    assert "x.ts" in caught.value.request


CASES = st.text("0123456789.,:-?en\n@# ", max_size=60).map(lambda s: f"@data\n{s}")


@FUZZ
@given(data=st.binary(max_size=100) | CASES.map(str.encode))
def test_any_bytes_are_a_ts_file_or_one_error(tmp_path, data):
    path = tmp_path / "any.ts"
    path.write_bytes(data)
    try:
        inputs, targets = ts_format.read(path, progress=silent)
    except errors.DataError:
        return
    assert len(inputs) == len(targets)


# ---- folders, archives and .npz files


def test_members_of_a_folder_and_of_an_archive_are_the_same(tmp_path):
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "1.txt").write_bytes(b"one")
    (tmp_path / "in" / "b.dat").write_bytes(b"two")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a/1.txt", b"one")
        archive.writestr("b.dat", b"two")
    for source in (tmp_path / "in", tmp_path / "in.zip"):
        assert dict(files.members(source, lambda name: name != "b.dat")) == {
            "a/1.txt": b"one"
        }


def test_an_npz_file_with_objects_or_without_a_member_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, a=np.arange(3), b=np.array([{}], dtype=object))
    assert files.npz(path, "a")["a"].tolist() == [0, 1, 2]
    for name in ("b", "c"):
        with pytest.raises(errors.DataError, match=Path(path).name):
            files.npz(path, "a", name)
