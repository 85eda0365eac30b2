from pathlib import Path

import numpy as np
import pytest

from framestate.bench import errors
from framestate.bench.data import checksums, library, sets, sources
from framestate.bench.data.dataset import DataSet, Layout, Remote
from framestate.bench.data.splits import Rows
from framestate.bench.data.task import Task

ARRAYS = {
    "values": np.arange(12, dtype=np.int16).reshape(6, 2),
    "labels": np.array([0, 1, 0, 1, 0, 1], dtype=np.uint8),
}


def make_layout(name="official", needs=("x/x.bin",), *, counter=None):
    def decode(folder: Path, progress):
        progress(0, 1)
        if counter is not None:
            counter.append(folder)
        return ARRAYS

    return Layout(name, needs, "full", decode)


def make_task(name, decoded):
    values = decoded.arrays["values"].astype(np.float32)[:, :, None]
    split = Rows(values, decoded.arrays["labels"], np.arange(6), lambda x: x)
    sizes = {"channels": 1, "vocabulary": None, "outputs": 2, "max_length": 2}
    fidelity = decoded.layout.fidelity
    return Task(name, "classification", split, split, split, **sizes, fidelity=fidelity)


def make_set(*layouts):
    return DataSet(
        name="x",
        title="X",
        licence="none",
        citation="none",
        home="https://example.org/x",
        remotes=(Remote("x/x.bin", "https://example.org/x.bin", ""),),
        layouts=layouts,
        tasks={"x-one": lambda decoded: make_task("x-one", decoded)},
    )


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data"
    (path / "x").mkdir(parents=True)
    (path / "x/x.bin").write_bytes(b"source")
    return path


@pytest.fixture
def home(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def one_set(monkeypatch):
    counter = []
    value = make_set(
        make_layout(needs=("x/x.bin", "x/y.bin")),
        make_layout("prepared", ("x/x.bin",), counter=counter),
    )
    monkeypatch.setattr(library, "data_sets", lambda: {"x": value})
    return counter


def test_the_best_layout_that_is_there_is_taken(one_set, folder, home, monkeypatch):
    task = library.open_task("x-one", folder=folder, cache=home)
    assert one_set == [folder]
    assert task.train.batch(np.array([1, 0])).inputs.tolist() == [
        [[2], [3]],
        [[0], [1]],
    ]
    monkeypatch.setenv("FRAMESTATE_DATA", str(folder))
    monkeypatch.setenv("FRAMESTATE_CACHE", str(home))
    assert library.open_data("x").layout.name == "prepared"
    (folder / "x/y.bin").touch()
    assert library.open_data("x").layout.name == "official"
    assert library.open_data("x", layout="prepared").layout.name == "prepared"
    assert one_set == [folder]


def test_missing_files_are_named_with_the_way_to_get_them(
    one_set, tmp_path, monkeypatch
):
    monkeypatch.delenv("FRAMESTATE_DATA", raising=False)
    way = "data fetch x, or import what you have: framestate-bench data import x PATH"
    with pytest.raises(errors.DataError, match=way) as caught:
        library.open_task("x-one", folder=tmp_path)
    assert "'official' lacks x/x.bin, x/y.bin;" in caught.value.finding
    with pytest.raises(errors.DataError, match="no data folder"):
        library.open_task("x-one")
    with pytest.raises(errors.DataError, match="as 'official', 'prepared' only"):
        library.open_data("x", tmp_path, layout="none")
    with pytest.raises(errors.DataError, match="there is no such folder"):
        library.open_data("x", tmp_path / "none")


def test_a_long_list_of_missing_files_is_cut(tmp_path):
    wanted = make_set(make_layout(needs=tuple(f"x/{i}" for i in range(9))))
    with pytest.raises(errors.DataError, match="x/2 and 6 more"):
        sources.choose(wanted, tmp_path)


def test_a_layout_that_needs_nothing_needs_no_folder(home, monkeypatch):
    monkeypatch.delenv("FRAMESTATE_DATA", raising=False)
    counter = []
    value = make_set(make_layout("regenerated", (), counter=counter))
    monkeypatch.setattr(library, "data_sets", lambda: {"x": value})
    for _ in range(2):
        library.open_data("x", cache=home)
    assert counter == [Path()]


def test_an_unknown_name_is_refused_with_the_nearest(one_set):
    listing = "framestate-bench data status shows all"
    for name, near in (("x-on", r"Did you mean x-one\? "), ("nothing", "")):
        with pytest.raises(errors.InvalidInputError, match=near + listing):
            library.open_task(name)
    with pytest.raises(errors.InvalidInputError, match=rf"Did you mean x\? {listing}"):
        library.open_data("xx")


def test_every_registered_data_set_is_complete():
    every = library.data_sets()
    tasks = library.task_names()
    assert len(tasks) == len(set(tasks)) == sum(len(s.tasks) for s in every.values())
    folder = Path(sets.__file__).parent
    modules = [p.stem for p in folder.glob("*.py") if "\nDATA_SET = " in p.read_text()]
    assert sorted(modules) == sorted(library._MODULES)
    assert len(every) == len(modules)
    for value in every.values():
        assert value.layouts
        assert value.tasks
        for remote in value.remotes:
            assert remote.url.startswith(("http://", "https://"))
            assert not remote.path.startswith("/")
            if remote.checksum:
                checksums.split(remote.checksum)


def test_every_layout_of_a_data_set_has_a_name_of_its_own():
    for name, one in library.data_sets().items():
        names = [layout.name for layout in one.layouts]
        assert len(names) == len(set(names)), name
