"""The store: what is saved is found again, to the bit, and by its inputs alone."""

import dataclasses
import hashlib
import inspect
import itertools
import json
import os
from pathlib import Path
from types import SimpleNamespace

import flint
import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import framestate.frames.store.upkeep as upkeep
from framestate import frames
from framestate.frames.combination import Combination, Tiles
from framestate.frames.families import Atoms
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.store import Entry, folders
from framestate.frames.store.keys import DEPTH, MAX_BITS, MAX_CHARACTERS
from framestate.frames.store.payload import Payload
from framestate.frames.store.record import Record
from framestate.frames.store.upkeep import Found
from framestate.frames.store.values import LAYOUTS, Layout
from framestate.frames.versions import PACKAGES, versions

INPUTS = {"family": "legendre", "size": 4, "measure": "scaled"}


@pytest.fixture
def store(tmp_path):
    return frames.Store(tmp_path / "store")


def operator(value: float = 1.0, *, size: int = 3) -> frames.FrameOperator:
    """An operator that is recognized by its entries."""
    eye = np.eye(size)
    return frames.FrameOperator(
        name="a frame",
        measure="scaled",
        A_r=value * eye,
        b=np.full(size, value),
        T=eye,
        R=eye,
        error_bound=abs(value) * 1e-16,
    )


def names(folder) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def mixture() -> frames.Frame:
    """Eight functions that span five dimensions."""
    space = PiecewisePolynomials(cells=3, degree=4)
    rng = np.random.default_rng(0)
    values = rng.standard_normal((8, 5)) @ rng.standard_normal((5, len(space.nodes)))
    return frames.Frame(Atoms("mixture", space, space.interpolate(values)), rcond=1e-9)


def same(found, saved) -> bool:
    """Whether all fields agree to the bit, in type and in layout."""
    pairs = [
        (getattr(found, f.name), getattr(saved, f.name))
        for f in dataclasses.fields(saved)
    ]
    return type(found) is type(saved) and all(itertools.starmap(_equal, pairs))


def _equal(x, y) -> bool:
    if isinstance(y, csr_array):
        return (
            isinstance(x, csr_array)
            and x.shape == y.shape
            and all(
                _equal(getattr(x, p), getattr(y, p))
                for p in ("data", "indices", "indptr")
            )
        )
    if isinstance(y, np.ndarray):
        return (
            x.dtype == y.dtype
            and x.shape == y.shape
            and x.flags.f_contiguous == y.flags.f_contiguous
            and x.tobytes() == y.tobytes()
        )
    return x == y and type(x) is type(y)


@st.composite
def matrices(draw, rows, columns):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal((rows, columns))
    if draw(st.booleans()):
        x = x + 1j * rng.standard_normal((rows, columns))
    form = draw(st.sampled_from(["C", "F", "sparse", "slice"]))
    if form == "sparse":
        return csr_array(np.where(np.abs(x) < 1.0, x, 0.0))
    if form == "slice":
        return np.repeat(x, 2, axis=1)[:, ::2]
    return np.array(x, order=form)


@st.composite
def operators(draw):
    size, rank = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    return frames.FrameOperator(
        name=draw(st.text(max_size=20)),
        measure=draw(st.sampled_from(["scaled", "translated"])),
        A_r=draw(matrices(rank, rank)),
        b=np.asarray(draw(st.sampled_from([-0.0, 1j, 5e-324]))) * np.ones(rank),
        T=draw(matrices(size, rank)),
        R=draw(matrices(rank, size)),
        error_bound=draw(st.floats(0.0, allow_infinity=False)),
        flow=draw(st.none() | matrices(size, size)),
        gain=draw(st.none() | matrices(rank, rank)),
        mu=draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
    )


@given(saved=operators())
def test_an_operator_comes_back_to_the_bit(tmp_path_factory, saved):
    store = frames.Store(tmp_path_factory.mktemp("store"))
    store.save(INPUTS, saved)
    found = store.load(INPUTS)
    # a slice is stored as the array that it shows
    whole = {
        f.name: np.ascontiguousarray(x)
        for f in dataclasses.fields(saved)
        if isinstance(x := getattr(saved, f.name), np.ndarray)
        and not (x.flags.c_contiguous or x.flags.f_contiguous)
    }
    assert same(found, dataclasses.replace(saved, **whole))


def test_the_span_of_a_frame_comes_back_and_makes_the_same_frame(store):
    frame = mixture()
    store.save(INPUTS, frame.span)
    span = store.load(INPUTS, kind=frames.Span)
    assert same(span, frame.span)
    again = dataclasses.replace(frame, exact=span)
    assert np.array_equal(frames.scaled(again).A, frames.scaled(frame).A)


def test_a_basis_that_is_a_combination_is_stored_as_its_matrix(store):
    frame = mixture()
    weights = np.random.default_rng(0).standard_normal((frame.rank, frame.size))
    tiles = Tiles(frame.atoms.space, csr_array(frame.atoms.coordinates))
    span = dataclasses.replace(frame.span, basis=Combination(weights, tiles))
    store.save(INPUTS, span)
    found = store.load(INPUTS, kind=frames.Span).basis
    assert np.array_equal(found, span.coordinates)


def test_a_span_with_functions_is_refused(store):
    span = frames.dyadic_frame("db2", level=3).span
    with pytest.raises(frames.InvalidInputError, match=r"flows = .* is not a text"):
        store.save(INPUTS, span)


def test_what_is_in_the_store_is_not_derived_again(store):
    calls = []

    def derive():
        calls.append(None)
        return operator()

    first, second = (store.get_or_derive(INPUTS, derive) for _ in range(2))
    assert len(calls) == 1
    assert same(second, first)


def test_a_span_and_an_operator_of_the_same_inputs_are_two_values(store):
    op, span = operator(), frames.legendre(3).span
    assert store.get_or_derive(INPUTS, lambda: op) is op
    assert store.get_or_derive(INPUTS, lambda: span, kind=frames.Span) is span
    assert len(store) == 2
    assert same(store.load(INPUTS), op)
    assert same(store.load(INPUTS, kind=frames.Span), span)
    assert store.discard(INPUTS, kind=frames.Span)
    assert same(store.load(INPUTS), op)


def test_saving_again_replaces_both_files(store):
    store.save(INPUTS, operator(1.0))
    store.save(INPUTS, operator(2.0))
    assert same(store.load(INPUTS), operator(2.0))
    assert len(names(store.folder)) == 2


@pytest.mark.parametrize("kind", [frames.Store, Entry, Record, Payload, Found, Layout])
def test_values_are_frozen(kind):
    assert kind.__dataclass_params__.frozen


def test_nothing_is_written_before_the_first_value(store):
    assert len(store) == 0
    assert store.entries() == ()
    assert store.load(INPUTS) is None
    assert not store.discard(INPUTS)
    assert store.clear() == 0
    assert not Path(store.folder).exists()


def test_the_key_is_the_hash_of_the_canonical_inputs(store):
    store.save({"size": 4, "a": (1, 2.5, None, True)}, operator())
    text = (
        f'{{"framestate":"{frames.__version__}",'
        '"inputs":{"a":[1,2.5,null,true],"size":4},"kind":"FrameOperator"}'
    )
    key = hashlib.sha256(text.encode()).hexdigest()
    assert [entry.key for entry in store.entries()] == [key]
    assert (Path(store.folder) / f"{key}.json").exists()


@pytest.mark.parametrize(
    "other",
    [
        {**INPUTS, "size": 5},
        {**INPUTS, "size": 4.0},
        {**INPUTS, "size": "4"},
        {**INPUTS, "digits": None},
        {"nested": INPUTS},
        {},
    ],
)
def test_other_inputs_are_another_value(store, other):
    store.save(INPUTS, operator())
    assert store.load(other) is None


@pytest.mark.parametrize(
    "equal",
    [
        dict(reversed(INPUTS.items())),
        {**INPUTS, "size": np.int64(4)},
        {**INPUTS, "measure": np.str_("scaled")},
    ],
)
def test_order_and_numpy_types_do_not_matter(store, equal):
    store.save(INPUTS, operator())
    assert same(store.load(equal), operator())


def test_another_version_of_framestate_is_another_input(store, monkeypatch):
    store.save(INPUTS, operator())
    later = {**versions(), "framestate": "99.0"}
    monkeypatch.setattr("framestate.frames.store.store.versions", lambda: later)
    assert store.load(INPUTS) is None
    store.save(INPUTS, operator(2.0))
    monkeypatch.undo()
    assert same(store.load(INPUTS), operator())
    assert len(store) == 2


def nested(depth: int) -> dict:
    inner: dict = {"size": 1}
    for _ in range(depth - 2):
        inner = {"deeper": inner}
    return inner


def test_deep_and_large_inputs_are_taken_up_to_a_limit(store):
    limits = ({"a": "x" * (MAX_CHARACTERS - 8)}, {"n": 2**MAX_BITS - 1}, nested(DEPTH))
    for inputs in limits:
        store.save(inputs, operator())
        assert same(store.load(inputs), operator())


@pytest.mark.parametrize(
    ("inputs", "finding"),
    [
        ({"x": np.ones(2)}, r"inputs\['x'\] = array\(\[1., 1.\]\): it is not a text"),
        ({"x": [0, float("nan")]}, r"inputs\['x'\]\[1\] = nan: it is not a text"),
        ({"x": float("inf")}, "= inf: it is not a text, a finite number"),
        ({"x": 1j}, "it is not a text"),
        ({"x": {3: 4}}, r"inputs\['x'\] = 3: it is not a text, so it names nothing"),
        ({"n": 2**MAX_BITS}, "it is not a text"),
        (nested(DEPTH + 1), f"it lies deeper than {DEPTH} levels"),
        (
            {"a": "x" * (MAX_CHARACTERS - 7)},
            f"it takes {MAX_CHARACTERS + 1} characters",
        ),
    ],
)
def test_inputs_that_are_not_texts_and_numbers_are_refused(store, inputs, finding):
    for use in (
        lambda: store.load(inputs),
        lambda: store.save(inputs, operator()),
        lambda: store.get_or_derive(inputs, operator),
        lambda: store.discard(inputs),
    ):
        with pytest.raises(frames.InvalidInputError, match=finding):
            use()
    assert not Path(store.folder).exists()


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"b": np.ones(2)}, r"b has the shape \(2,\) where r with r = 3 is needed"),
        ({"T": np.ones((5, 2))}, r"T has the shape \(5, 2\) where Nr with r = 3"),
        ({"flow": np.eye(2)}, r"flow has the shape \(2, 2\) where NN with N = 3"),
        ({"A_r": np.eye(3, dtype=np.float32)}, "A_r has the type float32"),
        ({"A_r": np.eye(3, dtype=">f8")}, "A_r has the type >f8"),
        ({"R": np.diag([1.0, np.nan, 1.0])}, "R holds NaN or infinity"),
        ({"T": csr_array(np.diag([1.0, np.inf, 1.0]))}, "T holds NaN or infinity"),
        ({"error_bound": float("nan")}, "{'error_bound': nan} is not what its class"),
        ({"error_bound": -1.0}, "{'error_bound': -1.0} is not what its class"),
        ({"error_bound": float("inf")}, "{'error_bound': inf} is not what its class"),
        ({"mu": float("-inf")}, "{'mu': -inf} is not what its class"),
        ({"gain": np.eye(2)}, r"gain has the shape \(2, 2\) where rr with r = 3"),
    ],
)
def test_a_value_that_is_not_sound_is_refused(store, change, finding):
    value = dataclasses.replace(operator(), **change)
    with pytest.raises(frames.InvalidInputError, match=finding):
        store.save(INPUTS, value)
    assert not Path(store.folder).exists()


def test_what_is_derived_must_be_of_the_kind_that_was_asked_for(store):
    # below the type checks of the test run, where a user's call arrives
    get_or_derive, load, save = map(
        inspect.unwrap, (store.get_or_derive, store.load, store.save)
    )
    with pytest.raises(frames.InvalidInputError, match="a FrameOperator came out"):
        get_or_derive(store, INPUTS, operator, kind=frames.Span)
    for use in (lambda: load(store, INPUTS, kind=dict), lambda: save(store, INPUTS, 1)):
        with pytest.raises(frames.InvalidInputError, match="holds FrameOperator and"):
            use()
    with pytest.raises(frames.InvalidInputError, match="inputs = 3: it is not a map"):
        load(store, 3)
    value = dataclasses.replace(operator())
    object.__setattr__(value, "T", [[1.0]])
    with pytest.raises(frames.InvalidInputError, match="T is a list, not an array"):
        store.save(INPUTS, value)
    assert len(store) == 0


@pytest.mark.parametrize(
    ("folder", "max_bytes", "finding"),
    [
        ("", None, "the folder is not a path"),
        (5, None, "the folder is not a path"),
        ("a\0b", None, "the folder is not a path"),
        (None, None, "the folder is not a path"),
        ("x", 0, "max_bytes = 0 is not a whole number"),
        ("x", -1, "max_bytes = -1 is not a whole number"),
        ("x", 1.5, "max_bytes = 1.5 is not a whole number"),
        ("x", "1", "max_bytes = '1' is not a whole number"),
    ],
)
def test_a_store_needs_a_folder_and_a_positive_limit(folder, max_bytes, finding):
    # below the type checks of the test run, where a user's call arrives
    call = inspect.unwrap(frames.Store.__post_init__)
    with pytest.raises(frames.InvalidInputError, match=finding):
        call(SimpleNamespace(folder=folder, max_bytes=max_bytes))


def size_of_one(folder) -> int:
    store = frames.Store(folder / "one")
    store.save({"n": 0}, operator(0.0))
    return sum(file.stat().st_size for file in Path(store.folder).iterdir())


def test_the_values_not_used_for_longest_go_first(tmp_path):
    store = frames.Store(tmp_path / "store", max_bytes=3 * size_of_one(tmp_path) + 20)
    for n in range(3):
        store.save({"n": n}, operator(float(n)))
    assert len(store) == 3
    assert store.load({"n": 0}) is not None  # used again: now 1 is the oldest
    store.save({"n": 3}, operator(3.0))
    held = {n for n in range(4) if store.load({"n": n}) is not None}
    assert held == {0, 2, 3}
    assert len(names(store.folder)) == 6


def test_leftovers_count_and_the_value_just_saved_stays(tmp_path):
    limit = 3 * size_of_one(tmp_path)
    store = frames.Store(tmp_path / "store", max_bytes=limit)
    for n in range(2):
        store.save({"n": n}, operator(float(n)))
    leftover = Path(store.folder) / f"{'d' * 64}.0123456789abcdef.npz"
    leftover.write_bytes(bytes(limit))
    store.save({"n": 2}, operator(2.0))
    assert [entry.record.inputs for entry in store.entries()] == [{"n": 2}]
    assert leftover.exists()


def test_what_another_process_evicts_first_makes_no_room_here(tmp_path, monkeypatch):
    store = frames.Store(tmp_path / "store", max_bytes=2 * size_of_one(tmp_path) + 9)
    for n in range(2):
        store.save({"n": n}, operator(float(n)))
    plain, calls = upkeep.remove, []

    def overtaken(folder, key):
        calls.append(key)
        done = plain(folder, key)
        return done and len(calls) > 1  # the first was taken away a moment before

    monkeypatch.setattr(upkeep, "remove", overtaken)
    store.save({"n": 2}, operator(2.0))
    assert len(calls) == 2
    assert [entry.record.inputs for entry in store.entries()] == [{"n": 2}]


def test_entries_stand_in_the_order_of_their_use(store):
    for n in range(3):
        store.save({"n": n, "digits": 30}, operator(float(n)))
    store.load({"n": 1, "digits": 30})
    entries = store.entries()
    assert [entry.record.inputs["n"] for entry in entries] == [1, 2, 0]
    assert [entry.finding for entry in entries] == [""] * 3
    total = sum(file.stat().st_size for file in Path(store.folder).iterdir())
    assert sum(entry.bytes for entry in entries) == total
    assert entries[0].used > entries[1].used > entries[2].used


def test_a_value_larger_than_the_limit_is_refused_and_handed_over(tmp_path):
    limit = size_of_one(tmp_path) - 1
    store = frames.Store(tmp_path / "store", max_bytes=limit)
    value = operator(0.0)
    with pytest.raises(frames.OutputError, match=f"max_bytes = {limit}") as caught:
        store.get_or_derive({"n": 0}, lambda: value)
    assert caught.value.value is value
    assert names(store.folder) == []
    frames.Store(store.folder, max_bytes=limit + 1).save({"n": 0}, value)


def test_a_clear_takes_our_files_and_no_others(store):
    folder = Path(store.folder)
    folder.mkdir()
    others = ["notes.json", "data.npz", "a" * 64, "b" * 64 + ".json.bak", ".x.tmp"]
    for name in others:
        (folder / name).write_text("mine")
    (folder / "sub").mkdir()
    for n in range(3):
        store.save({"n": n}, operator())
    assert len(store) == 3
    assert store.clear() == 3
    assert names(folder) == sorted([*others, "sub"])


def test_discarding_takes_one_value(store):
    for n in range(2):
        store.save({"n": n}, operator())
    assert store.discard({"n": 0})
    assert not store.discard({"n": 0})
    assert store.load({"n": 0}) is None
    assert store.load({"n": 1}) is not None
    assert len(names(store.folder)) == 2


def left_behind(folder: Path, key: str, age: float) -> list[Path]:
    """What two processes leave that die before a file, or a record, is complete."""
    token = "0123456789abcdef"
    paths = [
        folder / f".{key}.json.{token}.tmp",
        folder / f".{key}.{token}.npz.{token}.tmp",
        folder / f"{key}.{token}.npz",
    ]
    for path in paths:
        path.write_bytes(b"half")
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    return paths


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("tidy", ["save", "clear"])
def test_what_dead_processes_left_is_swept_after_an_hour(store, known, tidy):
    store.save(INPUTS, operator())
    key = store.entries()[0].key if known else "c" * 64
    old = left_behind(Path(store.folder), key, upkeep.STALE + 60)
    if tidy == "save":
        store.save({"n": 1}, operator())
    else:
        store.clear()
    assert not any(path.exists() for path in old)
    assert len(store) == (2 if tidy == "save" else 0)
    assert len(names(store.folder)) == 2 * len(store)


def test_what_may_be_written_just_now_is_left_alone(store):
    store.save(INPUTS, operator())
    new = left_behind(Path(store.folder), store.entries()[0].key, upkeep.STALE - 60)
    store.save({"n": 1}, operator())
    store.clear()
    assert all(path.exists() for path in new)


def test_old_values_are_not_taken_for_leftovers(store):
    store.save(INPUTS, operator())
    for path in Path(store.folder).iterdir():
        os.utime(path, (1.0, 1.0))
    store.save({"n": 1}, operator())
    assert same(store.load(INPUTS), operator())


def test_the_record_is_readable_and_the_arrays_are_numpy_s(store):
    store.save({**INPUTS, "digits": 40}, operator())
    (path,) = Path(store.folder).glob("*.json")
    record = json.loads(path.read_text())
    assert set(record) == {
        "digits",
        "error_bound",
        "format",
        "inputs",
        "kind",
        "payload",
        "sha256",
        "value",
        "versions",
    }
    assert record["format"] == 1
    assert record["inputs"] == {**INPUTS, "digits": 40}
    assert record["digits"] == 40
    assert record["error_bound"] == operator().error_bound
    assert record["versions"] == versions()
    payload = Path(store.folder) / record["payload"]["file"]
    assert record["payload"]["bytes"] == payload.stat().st_size
    digest = hashlib.sha256(payload.read_bytes()).hexdigest()
    assert record["payload"]["sha256"] == digest
    with np.load(payload, allow_pickle=False) as arrays:
        assert set(arrays) == {"A_r", "b", "T", "R"}
        assert np.array_equal(arrays["A_r"], operator().A_r)


def test_versions_are_those_that_compute(monkeypatch):
    assert versions() == {
        "framestate": frames.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python-flint": flint.__version__,
    }
    monkeypatch.setitem(PACKAGES, "framestate", "no-such-package")
    assert versions()["framestate"] == "not installed"


def test_the_same_value_has_the_same_bytes(store):
    hashes = set()
    for n in range(2):
        store.save({"n": n}, operator())
        hashes.add(store.entries()[0].record.payload.sha256)
    assert len(hashes) == 1


@pytest.mark.parametrize("kind", [frames.FrameOperator, frames.Span])
def test_each_field_of_a_value_has_its_place(kind):
    layout = LAYOUTS[kind.__name__]
    fields = {field.name for field in dataclasses.fields(kind)}
    functions = {"flows", "balls"} if kind is frames.Span else set()
    assert fields == {*layout.shapes, *layout.scalars, *functions}
    assert set(layout.optional) < set(layout.shapes)
    assert layout.kind is kind


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "home/.cache/framestate"),
        ("linux", {"XDG_CACHE_HOME": "elsewhere"}, "elsewhere/framestate"),
        ("darwin", {}, "home/Library/Caches/framestate"),
        ("win32", {}, "home/AppData/Local/framestate/Cache"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/framestate/Cache"),
    ],
)
def test_the_cache_folder_is_that_of_the_platform(
    monkeypatch, platform, variables, expected
):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(folders.sys, "platform", platform)
    monkeypatch.setattr(folders.Path, "home", lambda: Path("home"))
    assert frames.user_cache_folder() == Path(expected)
