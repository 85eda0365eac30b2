"""One's own data by name: a data set like any other."""

import argparse
import io
import re

import numpy as np
import pytest
import scipy.io.wavfile
from rich.console import Console

from framestate.bench.data import cache, commands, library, sources, status
from framestate.bench.data.own import (
    Options,
    named,
    open_own,
    options,
    packing,
    summary,
)
from framestate.bench.errors import DataError, InvalidInputError

RNG = np.random.default_rng(3)
LENGTHS = np.array([3, 5, 2, 4, 6, 1, 3, 2, 5, 4])
LABELS = np.arange(10) % 2


def padded():
    return {"inputs": RNG.normal(size=(10, 6)), "targets": LABELS, "lengths": LENGTHS}


def with_parts():
    split = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])
    return {"inputs": RNG.normal(size=(10, 6, 2)), "targets": LABELS, "split": split}


def made_files(folder):
    """A file or folder of every kind."""
    np.savez(folder / "padded.npz", **padded())
    np.savez(folder / "parts.npz", **with_parts())
    np.savez(folder / "record.npz", series=RNG.normal(size=(600, 2)))
    tokens = RNG.integers(0, 9, size=(10, 7))
    np.savez(folder / "tokens.npz", inputs=tokens, targets=RNG.normal(size=10))
    lines = [
        f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in RNG.random((9, 2))
    ]
    (folder / "table.csv").write_text("\n".join(lines))
    for i in range(8):
        place = folder / "sounds" / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        wave = RNG.integers(-99, 99, size=20 + i).astype(np.int16)
        scipy.io.wavfile.write(place / f"{i}.wav", 8000 if i < 6 else 4000, wave)
    return folder


KINDS = ("padded.npz", "parts.npz", "record.npz", "tokens.npz", "table.csv", "sounds")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return made_files(tmp_path_factory.mktemp("mine"))


def same(one, other):
    for name in ("name", "kind", "channels", "vocabulary", "outputs", "max_length"):
        assert getattr(one, name) == getattr(other, name), name
    assert (one.fidelity, one.horizon, one.note) == ("own", other.horizon, other.note)
    for name in ("train", "validation", "test"):
        a, b = getattr(one, name), getattr(other, name)
        assert len(a) == len(b) > 0
        rows = np.arange(len(a))
        for field in ("inputs", "lengths", "targets"):
            found, expected = (getattr(s.batch(rows), field) for s in (a, b))
            np.testing.assert_array_equal(found, expected, strict=True)


def mapped(values):
    while values is not None and not isinstance(values, np.memmap):
        values = values.base
    return values is not None


@pytest.mark.parametrize("name", KINDS)
def test_by_name_they_are_the_same_and_memory_mapped(
    files, tmp_path, name, monkeypatch
):
    monkeypatch.delenv("FRAMESTATE_DATA", raising=False)
    task = library.open_task(f"own:{files / name}", cache=tmp_path)
    same(task, open_own(files / name))
    if task.kind != "forecast":  # whose windows are cut from a standardized copy
        assert mapped(task.train.values)
    before = [p.stat().st_mtime_ns for p in tmp_path.glob("own-*/*")]
    monkeypatch.setattr(named, "contents", None)  # it is not read again
    same(library.open_task(f"own:{files / name}", cache=tmp_path), task)
    assert [p.stat().st_mtime_ns for p in tmp_path.glob("own-*/*")] == before


def test_options_stand_behind_the_name(files, tmp_path):
    name = (
        f"own:{files / 'record.npz'}?history=48&horizon=6&columns=1&shares=.5,.25,.25"
    )
    task = library.open_task(name, cache=tmp_path)
    options = Options(history=48, horizon=6, columns=("1",), shares=(0.5, 0.25, 0.25))
    same(task, open_own(files / "record.npz", options))
    assert named.parsed("own:x.csv?header=true&standardize=false&kind=regression")[
        1
    ] == (Options(header=True, standardize=False, kind="regression"))
    assert named.parsed("own:x?seed=3&classes=4&rate=8000")[1] == (
        Options(seed=3, classes=4, rate=8000)
    )
    assert set(named._READERS) == set(Options.__dataclass_fields__)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("sed=3", "Did you mean seed"),
        ("seed=x", "option 'seed' of own data: 'x' cannot be meant"),
        ("header=yes", "'yes' cannot be meant"),
        ("seed", "'' cannot be meant"),
        ("shares=.5", "option 'shares' of own data: '.5' cannot be meant"),
        ("seed=-1", "seed = -1"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(files, asked, words):
    with pytest.raises(InvalidInputError, match=words):
        library.data_set_of(f"own:{files / 'padded.npz'}?{asked}")


def test_other_options_and_another_content_are_other_entries(files, tmp_path):
    path = tmp_path / "padded.npz"
    path.write_bytes((files / "padded.npz").read_bytes())
    one, other = (library.data_set_of(f"own:{path}{end}") for end in ("", "?seed=1"))
    assert one.name != other.name
    (layout,) = one.layouts
    key = sources.key(one.name, layout, None)
    np.savez(path, **padded())
    assert sources.key(one.name, layout, None) != key
    assert sources.choose(one, None) is layout
    assert status.status(one, None, tmp_path).size == path.stat().st_size
    path.unlink()
    assert sources.missing(layout, tmp_path) == (str(path),)


def test_a_path_without_anything_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        library.data_set_of(f"own:{tmp_path / 'nothing.npz'}")


def test_what_is_refused_does_not_come_into_the_cache(tmp_path):
    np.savez(tmp_path / "bad.npz", **(padded() | {"targets": LABELS + np.nan}))
    with pytest.raises(DataError, match="target of row 0 is not finite"):
        library.open_task(f"own:{tmp_path / 'bad.npz'}", cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("own-*"))


def run(*words):
    parser = argparse.ArgumentParser()
    commands.add_parser(parser.add_subparsers())
    console = Console(file=io.StringIO(), width=200)
    assert commands.execute(console, parser.parse_args(["data", *map(str, words)])) == 0
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "padded.npz",
            [
                "classification: one of 2 classes of at most 6 samples of 1 channels",
                r"train: 7 sequences of \d to \d, \d on average; of the classes \d, \d",
                "split by seed 0: shares 0.7, 0.1, 0.2",
            ],
        ),
        ("parts.npz", ["train: 6 sequences; of the classes 3, 3", "test: 2 sequences"]),
        ("tokens.npz", ["regression: 1 numbers of at most 7 tokens out of 9"]),
        ("record.npz", ["forecast: 24 rows of 2 columns of 96 rows of 2 columns"]),
        ("table.csv", ["classes no, yes; split by seed 0"]),
        ("sounds", ["8000 Hz, classes a, b; split"]),
    ],
)
def test_a_check_says_what_they_become(files, tmp_path, name, lines):
    text = run("check", f"own:{files / name}", "--cache", tmp_path)
    for line in lines:
        assert re.search(line, text), text
    assert "checked, none damaged" in text


def test_a_summary_shows_some_of_many_classes(tmp_path):
    labels = np.arange(60) % 30
    np.savez(tmp_path / "x.npz", inputs=RNG.normal(size=(60, 3)), targets=labels)
    lines = list(summary(open_own(tmp_path / "x.npz")))
    assert lines[1].endswith(", ..")
    labels = (RNG.random((60, 3)) > 0.5).astype(int)
    np.savez(tmp_path / "x.npz", inputs=RNG.normal(size=(60, 3)), targets=labels)
    assert next(summary(open_own(tmp_path / "x.npz"))).startswith(
        "multilabel: any of 3"
    )


def test_status_knows_own_data_and_fetch_does_not(files, tmp_path):
    name = f"own:{files / 'padded.npz'}"
    text = run("status", name, "--cache", tmp_path)
    assert "own: own, is read" in text
    assert "decoded   no" in text
    with pytest.raises(InvalidInputError, match="there is none of this name"):
        run("fetch", name, "--data", tmp_path)


def test_packing_keeps_everything(files):
    for name in KINDS:
        found = packing.contents(files / name, Options())
        again = packing.unpacked(packing.packed(found))
        assert type(again) is type(found)
        assert getattr(again, "note", None) == getattr(found, "note", None)


def test_the_cache_of_a_record_is_checked_like_any_other(files, tmp_path):
    name = f"own:{files / 'record.npz'}"
    library.open_task(name, cache=tmp_path)
    (entry,) = tmp_path.glob("own-record-*")
    assert cache.check(entry)


@pytest.mark.parametrize("name", KINDS)
def test_pieces_of_any_size_give_the_same_task(files, name, monkeypatch):
    whole = open_own(files / name)
    monkeypatch.setattr(options, "_BLOCK", 5)
    rows = np.arange(len(whole.test))
    found, expected = (
        task.test.batch(rows).inputs for task in (open_own(files / name), whole)
    )
    # the same sums in another order, in float64, rounded to float32 once
    np.testing.assert_allclose(found, expected, rtol=2e-7, atol=1e-12)


@pytest.mark.parametrize("block", [1, 5, 40, 2**20])
def test_a_bad_number_is_named_in_whatever_piece_it_lies(tmp_path, monkeypatch, block):
    monkeypatch.setattr(options, "_BLOCK", block)
    arrays = padded()
    arrays["inputs"][8, 3] = np.nan
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(DataError, match="row 8, sample 3 is nan"):
        open_own(tmp_path / "bad.npz")
    series = np.ones((600, 2))
    series[590, 1] = np.inf
    np.savez(tmp_path / "bad.npz", series=series)
    with pytest.raises(DataError, match="row 590, column '1' is inf"):
        open_own(tmp_path / "bad.npz")
