import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from framestate.bench import errors
from framestate.bench.data import checksums, importing, library, manifests, sources
from framestate.bench.data.dataset import DataSet, Layout, Remote

OFFICIAL = b"official archive"
TRAIN, TEST = b"train arrays", b"test arrays"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def decode(folder: Path, progress):
    return {}


DATA_SET = DataSet(
    name="x",
    title="X",
    licence="none",
    citation="none",
    home="https://example.org/x",
    remotes=(
        Remote(
            "x/x.tar.gz",
            "https://example.org/x.tar.gz",
            f"sha256:{sha256(OFFICIAL)}",
            len(OFFICIAL),
        ),
        Remote("x/extra.txt", "https://example.org/extra.txt", ""),
    ),
    layouts=(
        Layout("official", ("x/x.tar.gz",), "full", decode),
        Layout("unpacked", ("x/folder",), "full", decode),
        Layout("prepared", ("x/train.npz", "x/test.npz"), "full", decode),
        Layout("regenerated", (), "regenerated", decode),
        Layout("python", ("x/cifar-10-python.tar.gz",), "full", decode),
    ),
    tasks={},
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def prepared(tmp_path):
    path = tmp_path / "shared"
    (path / "x").mkdir(parents=True)
    (path / "x/train.npz").write_bytes(TRAIN)
    (path / "x/test.npz").write_bytes(TEST)
    lines = [f"{sha256(TRAIN)}  x/train.npz", f"{sha256(TEST)} *./x/test.npz", ""]
    (path / "MANIFEST.sha256").write_text("\n".join(lines))
    return path


def bring(path, folder, **options):
    return importing.import_data(DATA_SET, path, folder, **options)


def content(folder):
    """Every visible file below a folder."""
    files = (file for file in folder.rglob("*") if file.is_file())
    paths = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    return {name: data for name, data in paths.items() if "/." not in f"/{name}"}


BOTH = {
    "x/train.npz": TRAIN,
    "x/train.npz.sha256": f"{sha256(TRAIN)}  train.npz\n".encode(),
    "x/test.npz": TEST,
    "x/test.npz.sha256": f"{sha256(TEST)}  test.npz\n".encode(),
}


@pytest.mark.parametrize("given", [".", "x", ".."])
def test_a_prepared_folder_is_recognized_from_below_and_above(prepared, folder, given):
    done = bring((prepared / given).resolve(), folder)
    assert done.brought == ("x/train.npz", "x/test.npz")
    assert done.unchecked == done.lacking == done.present == ()
    assert content(folder) == BOTH
    again = bring(prepared, folder)
    assert again.brought == ()
    assert again.present == ("x/train.npz", "x/test.npz")


def test_files_come_one_by_one_and_what_is_lacking_is_said(prepared, folder):
    done = bring(prepared / "x/train.npz", folder)
    assert (done.brought, done.lacking) == (("x/train.npz",), ("x/test.npz",))
    assert bring(prepared / "x/test.npz", folder).lacking == ()
    assert content(folder) == BOTH


def test_a_wrong_manifest_line_stops_the_import_and_nothing_is_left(prepared, folder):
    (prepared / "x/test.npz").write_bytes(b"damaged")
    with pytest.raises(errors.DataError, match="damaged, or another file"):
        bring(prepared, folder)
    assert content(folder) == {}
    assert not list(folder.glob("*.tmp"))


def test_files_without_any_checksum_are_brought_and_named(prepared, folder):
    (prepared / "MANIFEST.sha256").unlink()
    assert bring(prepared, folder).unchecked == ("x/train.npz", "x/test.npz")
    assert content(folder) == BOTH


def test_an_official_file_is_known_by_name_or_by_checksum(tmp_path, folder):
    for name in ("x.tar.gz", "download (1)"):
        path = tmp_path / name
        path.write_bytes(OFFICIAL)
        done = bring(path, folder / name)
        assert (done.brought, done.unchecked) == (("x/x.tar.gz",), ())
        assert content(folder / name) == {"x/x.tar.gz": OFFICIAL}
    path.write_bytes(OFFICIAL[::-1])
    with pytest.raises(errors.DataError, match="nothing in it fits"):
        bring(path, folder)


def test_an_official_file_of_another_content_is_refused(tmp_path, folder):
    (tmp_path / "x.tar.gz").write_bytes(b"an error page")
    with pytest.raises(errors.DataError, match=f"not {sha256(OFFICIAL)}"):
        bring(tmp_path / "x.tar.gz", folder)
    assert content(folder) == {}


def test_a_folder_is_brought_whole(tmp_path, folder):
    (tmp_path / "given/deep/folder/a").mkdir(parents=True)
    (tmp_path / "given/deep/folder/a/b").write_bytes(b"1")
    done = bring(tmp_path / "given", folder)
    assert (done.brought, done.unchecked) == (("x/folder",), ("x/folder",))
    assert content(folder) == {"x/folder/a/b": b"1"}
    assert bring(tmp_path / "given/deep/folder", folder).present == ("x/folder",)
    (tmp_path / "given/deep/folder/a/c").write_bytes(b"1")
    with pytest.raises(errors.DataError, match="is another one"):
        bring(tmp_path / "given", folder)


def test_a_need_inside_another_one_comes_with_it(tmp_path, folder):
    nested = DataSet(
        **{name: getattr(DATA_SET, name) for name in ("name", "title", "licence")},
        citation="",
        home="",
        remotes=(Remote("x/folder/a", "https://example.org", ""),),
        layouts=DATA_SET.layouts,
        tasks={},
    )
    (tmp_path / "x/folder").mkdir(parents=True)
    (tmp_path / "x/folder/a").touch()
    assert importing.import_data(nested, tmp_path, folder).brought == ("x/folder",)


def test_another_file_in_the_way_is_kept(prepared, folder):
    (folder / "x").mkdir(parents=True)
    (folder / "x/test.npz").write_bytes(b"mine")
    with pytest.raises(errors.DataError, match="is there already and is another one"):
        bring(prepared, folder)
    assert content(folder) == {"x/test.npz": b"mine"}


@pytest.mark.parametrize("given", ["file", "folder"])
def test_linking_leaves_the_files_where_they_are(prepared, tmp_path, folder, given):
    (tmp_path / "shared/x/folder").mkdir()
    path = prepared / "x/train.npz" if given == "file" else prepared
    bring(path, folder, link=True)
    assert (folder / "x/train.npz").readlink() == prepared / "x/train.npz"
    assert (folder / "x/folder").is_symlink() == (given == "folder")
    assert bring(path, folder, link=True).brought == ()


def packed(prepared, path):
    with zipfile.ZipFile(path, "w") as archive:
        for file in prepared.rglob("*"):
            archive.write(file, f"top/{file.relative_to(prepared).as_posix()}")
    return path


def test_an_archive_of_a_prepared_folder_is_unpacked_and_checked(
    prepared, tmp_path, folder
):
    path = packed(prepared, tmp_path / "all.zip")
    assert bring(path, folder).unchecked == ()
    assert content(folder) == BOTH
    with pytest.raises(errors.InvalidInputError, match="cannot be linked to"):
        bring(path, folder, link=True)


@pytest.mark.parametrize(
    "name", ["cifar-10-python.tar.gz", "arrays.pkl", "batches/data_batch_1", "a.zip"]
)
def test_pickles_are_refused_with_a_way_out(tmp_path, folder, name):
    path = tmp_path / "given" / name
    path.parent.mkdir(parents=True)
    if name == "a.zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("cifar-10-batches-py/data_batch_2", b"\x80\x02}.")
    else:
        path.write_bytes(b"\x80\x02}.")
    given = path if path.suffix else path.parent
    with pytest.raises(errors.DataError, match=r"pickle.*cifar-10-binary\.tar\.gz"):
        bring(given, folder)


def test_what_does_not_fit_is_refused_with_what_was_looked_for(tmp_path, folder):
    (tmp_path / "given").mkdir()
    (tmp_path / "given/a.txt").touch()
    for given in ("given", "given/a.txt"):
        with pytest.raises(errors.DataError, match="nothing in it fits") as caught:
            bring(tmp_path / given, folder)
        assert "x/train.npz, x/test.npz (layout 'prepared')" in caught.value.finding
        assert "regenerated" not in caught.value.finding
        assert "python" not in caught.value.finding
    with pytest.raises(errors.DataError, match="no such file or folder"):
        bring(tmp_path / "none", folder)


def test_a_full_disk_and_a_file_in_place_of_the_folder_are_output_errors(
    prepared, folder, tmp_path, monkeypatch
):
    with pytest.raises(errors.OutputError, match="File exists"):
        bring(prepared, prepared / "x/test.npz")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "ignored")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(errors.OutputError, match="No space left on device"):
        bring(prepared, folder)
    assert content(folder) == {}


def test_a_killed_import_leaves_nothing_and_its_rest_is_swept(prepared, folder):
    code = f"""if True:
        import shutil
        from pathlib import Path
        from framestate.bench.data import importing, library
        from framestate.bench.data.dataset import DataSet, Layout
        shutil.copyfile = lambda a, b: b.write_bytes(b"half") and __import__("time").sleep(60)
        layout = Layout("prepared", ("x/train.npz",), "full", dict)
        data_set = DataSet("x", "", "", "", "", (), (layout,), {{}})
        importing.import_data(data_set, Path({str(prepared)!r}), Path({str(folder)!r}))
    """
    process = subprocess.Popen([sys.executable, "-c", code])
    while not list(folder.glob(".framestate-import.*.tmp/ready/x/train.npz")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert content(folder) == {}
    bring(prepared, folder)
    assert content(folder) == BOTH
    assert not list(folder.glob("*.tmp"))


@pytest.mark.parametrize("text", ["nonsense", "abc  file", "\udce9"])
def test_a_manifest_written_otherwise_is_refused(tmp_path, text):
    path = tmp_path / manifests.NAME
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(errors.DataError, match=r"reading .*MANIFEST\.sha256"):
        manifests.read(path)


def test_a_folder_is_checked_by_the_lines_below_it(prepared):
    assert manifests.verify_listed(prepared / "x")
    assert not manifests.verify_listed(prepared / "MANIFEST.sha256")
    (prepared / "x/train.npz").write_bytes(b"")
    with pytest.raises(errors.DataError, match="damaged"):
        manifests.verify_listed(prepared / "x")


REAL = os.environ.get("FRAMESTATE_DATA")


@pytest.mark.skipif(REAL is None, reason="FRAMESTATE_DATA names no data folder")
def test_the_real_prepared_folder_is_recognized(folder):
    brought = []
    for data_set in library.data_sets().values():
        prepared = [one for one in data_set.layouts if one.name == "prepared"]
        if any(not sources.missing(one, Path(REAL)) for one in prepared):
            done = importing.import_data(data_set, Path(REAL), folder, link=True)
            assert not done.unchecked
            brought += done.brought
    assert "forecasting/weather.csv.xz" in brought
    assert checksums.recorded(folder / "forecasting/weather.csv.xz")
