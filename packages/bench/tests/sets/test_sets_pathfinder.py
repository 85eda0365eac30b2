import errno
import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from set_files import layout, silent

from framestate.bench.data import spill
from framestate.bench.data.dataset import Decoded
from framestate.bench.data.generators import pathfinder as generator
from framestate.bench.data.sets import (
    pathfinder,
    pathfinder32,
    pathfinder32_small,
    pathfinder64,
    pathfinder128,
    pathfinder128_small,
    pathfinder256,
    shuffled,
)
from framestate.bench.errors import DataError, OutputError

SIZES = {32: pathfinder32, 64: pathfinder64, 128: pathfinder128, 256: pathfinder256}
HARD = "curv_contour_length_14"


def png(value, size=32, mode="L"):
    stream = io.BytesIO()
    Image.new(mode, (size, size), value).save(stream, "PNG")
    return stream.getvalue()


def release(**change):
    """Twenty pictures in two tables; picture k has the gray value 10 k."""
    files = {
        "curv_baseline/imgs/0/sample_172.png": b"",  # which is not read
        f"{HARD}/imgs/2/._sample_0.png": b"Mac",
        f"{HARD}/seg/2/sample_0.png": b"",
    }
    for table in (2, 10):
        lines = []
        for k in range(10):
            value = 10 * (k + (10 if table == 10 else 0))
            files[f"{HARD}/imgs/{table}/sample_{k}.png"] = png(value)
            lines.append(f"imgs/{table} sample_{k}.png {k} {k % 2} 1.8 14 4 5 2 3 1")
        files[f"{HARD}/metadata/{table}.npy"] = "\n".join([*lines, ""]).encode()
    return {name: data for name, data in (files | change).items() if data is not None}


def tar(folder, files):
    path = folder / "lra/lra_release.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name in sorted(files, key=lambda name: name[::-1]):
            info = tarfile.TarInfo(f"lra_release/pathfinder32/{name}")
            info.size = len(files[name])
            archive.addfile(info, io.BytesIO(files[name]))


def decoded(folder, name):
    one = layout(pathfinder32, name)
    for place in one.needs:
        assert (folder / place).exists(), place
    return Decoded(one, one.decode(folder, silent))


@pytest.mark.parametrize("name", ["official", "extracted", "unpacked"])
def test_pictures_and_labels_are_in_the_order_of_the_tables(tmp_path, name):
    files = release()
    if name == "official":
        tar(tmp_path, files)
    root = {"extracted": "lra_release/lra_release", "unpacked": "pathfinder"}.get(name)
    for place, data in files.items() if root else ():
        path = tmp_path / root / "pathfinder32" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    task = pathfinder32.DATA_SET.tasks["pathfinder32"](decoded(tmp_path, name))
    assert task.fidelity == "full"
    splits = (task.train, task.validation, task.test)
    assert [len(s) for s in splits] == [16, 2, 2]
    for split, rows in zip(splits, shuffled.parts((16, 2, 2)), strict=True):
        batch = split.batch(np.arange(rows.size))
        # table 2 comes before table 10
        assert np.array_equal(np.rint(batch.inputs[:, 0, 0] * 127.5 + 127.5), 10 * rows)
        assert np.array_equal(batch.targets, rows % 2)
        assert batch.inputs.shape == (rows.size, 1024, 1)


def test_gray_values_go_from_minus_one_to_one(tmp_path):
    black_and_white = {
        f"{HARD}/imgs/2/sample_0.png": png((255, 255, 255), mode="RGB"),
        f"{HARD}/imgs/2/sample_1.png": png(0),
    }
    tar(tmp_path, release(**black_and_white))
    data = decoded(tmp_path, "official")
    task = pathfinder32.DATA_SET.tasks["pathfinder32"](data)
    values = [
        s.batch(np.arange(len(s))).inputs
        for s in (task.train, task.validation, task.test)
    ]
    assert np.concatenate(values).min() == -1.0
    assert np.concatenate(values).max() == 1.0


@pytest.mark.parametrize(
    ("place", "content", "finding"),
    [
        ("imgs/2/sample_3.png", None, "no picture imgs/2/sample_3.png"),
        ("imgs/2/sample_3.png", b"", "Error"),
        ("imgs/2/sample_3.png", png(0, 64), r"\(64, 64\)"),
        ("metadata/10.npy", b"imgs/10 sample_0.png 0 2 1.8\n", "10.npy has the line"),
        ("metadata/10.npy", b"imgs/10 sample_0.png 0\n", "10.npy has the line"),
        ("metadata/10.npy", b"\x93NUMPY\x01\x00v\x00 x", "10.npy has the line"),
        ("metadata/x.npy", b"", "invalid literal"),
    ],
)
def test_a_damaged_release_is_refused(tmp_path, place, content, finding):
    tar(tmp_path, release(**{f"{HARD}/{place}": content}))
    with pytest.raises(DataError, match=finding):
        decoded(tmp_path, "official")


def test_a_release_without_this_size_is_refused(tmp_path):
    tar(tmp_path, release())
    with pytest.raises(DataError, match="no pictures of this size"):
        layout(pathfinder64, "official").decode(tmp_path, silent)


def test_tables_without_pictures_are_refused(tmp_path):
    tables = {name: data for name, data in release().items() if "metadata" in name}
    tar(tmp_path, tables)
    with pytest.raises(DataError, match=r"no picture imgs/2/sample_0\.png"):
        decoded(tmp_path, "official")


class Full(io.BufferedRandom):
    """A disk without room."""

    def write(self, data):
        """Refuse."""
        raise OSError(errno.ENOSPC, "no room")


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    tar(tmp_path, release())
    store = Full(io.FileIO(tmp_path / "store", "w+"))
    monkeypatch.setattr(spill.tempfile, "TemporaryFile", lambda: store)
    with pytest.raises(OutputError, match="No space"):
        decoded(tmp_path, "official")


@given(st.binary(max_size=80))
def test_any_table_is_read_or_refused(table):
    try:
        rows = list(pathfinder._samples({0: table}, Path("x")))
    except DataError:
        return
    assert {label for _, label in rows} <= {0, 1}


def test_generated_pictures_are_split_like_the_released(tmp_path):
    one = pathfinder.data_set(32, small=20)
    (made,) = one.layouts
    arrays = made.decode(tmp_path, silent, tmp_path)
    task = one.tasks["pathfinder32-small"](Decoded(made, arrays))
    assert task.fidelity == "regenerated"
    assert "not the released" in task.note
    splits = (task.train, task.validation, task.test)
    assert [len(s) for s in splits] == [16, 2, 2]
    assert sorted(np.concatenate([s.rows for s in splits])) == list(range(20))
    row = task.test.rows[1]
    batch = task.test.batch(np.array([1]))
    assert batch.targets[0] == arrays["labels"][row]
    assert np.array_equal(
        np.rint(batch.inputs[0] * 127.5 + 127.5), arrays["images"][row]
    )
    assert pickle.loads(pickle.dumps(task)).max_length == 1024


@pytest.mark.parametrize("size", SIZES)
def test_each_size_is_a_data_set_with_the_task_of_its_name(size):
    one = SIZES[size].DATA_SET
    assert one.name == f"pathfinder{size}"
    assert list(one.tasks) == [one.name]
    assert [layout.name for layout in one.layouts] == [
        "official",
        "extracted",
        "unpacked",
        "regenerated",
    ]
    assert one.layouts[2].needs == (f"pathfinder/pathfinder{size}",)
    assert not one.layouts[3].needs
    assert one.remotes[0].path == one.layouts[0].needs[0]


def test_small_sets_need_no_file_and_ask_for_few_pictures(monkeypatch, tmp_path):
    asked = []

    def made(count, *, size, seed, first, progress):
        asked.append((count, size))
        empty = np.zeros((count // 2, size, size), dtype=np.uint8)
        part = generator.Pictures(empty, np.zeros(count // 2, dtype=np.uint8))
        return iter([part, part])

    monkeypatch.setattr(generator, "pictures", made)
    for module in (pathfinder32_small, pathfinder128_small):
        (one,) = module.DATA_SET.layouts
        kept = tmp_path / module.DATA_SET.name
        kept.mkdir()
        arrays = one.decode(tmp_path, silent, kept)
        (make,) = module.DATA_SET.tasks.values()
        task = make(Decoded(one, arrays))
        assert len(task.train) == 8 * len(task.test)
        assert not module.DATA_SET.remotes
    assert asked == [(5000, 32), (2000, 128)]
    assert generator.COUNT == 200_000
