"""Every row of the kernel table that runs here equals its definition."""

import importlib
import tracemalloc

import numpy as np
import pytest

from framestate.ssm.kernels import blocked, draws
from framestate.ssm.kernels.spec import KERNELS

LENGTHS = (1, 2, 3, 17, 255, 256, 257, 4096)
BLOCKED = [row for row in KERNELS if row.name.endswith("/blocked")]
ANY_ARRAY = [row for row in BLOCKED if row.family not in ("vandermonde", "powers")]


def several(value):
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.theorem("T-two-level")
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row", BLOCKED, ids=lambda row: row.name)
def test_an_implementation_equals_its_reference(row, dtype, length):
    arguments = row.draw(np.random.default_rng(length), dtype, length)
    assert row.distance(row.implementation(*arguments), arguments) <= 1


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
@pytest.mark.parametrize("length", [1, 100, 257])
@pytest.mark.parametrize("row", ANY_ARRAY, ids=lambda row: row.name)
def test_an_implementation_takes_the_arrays_of_any_library(row, length, library):
    xp = pytest.importorskip(library)
    arguments = row.draw(np.random.default_rng(length), np.float32, length)
    moved = (xp.asarray(a) if isinstance(a, np.ndarray) else a for a in arguments)
    found = several(row.implementation(*moved))
    assert all(type(array) is type(xp.asarray(0.0)) for array in found)
    back = tuple(np.asarray(array) for array in found)
    assert row.distance(back if len(back) > 1 else back[0], arguments) <= 1


@pytest.mark.parametrize("row", BLOCKED, ids=lambda row: row.name)
def test_arrays_may_have_any_strides(row):
    arguments = row.draw(np.random.default_rng(0), np.float64, 100)
    strided = [
        np.repeat(a, 2, axis=-1)[..., ::2] if isinstance(a, np.ndarray) else a
        for a in arguments
    ]
    assert row.distance(row.implementation(*strided), arguments) <= 1


@pytest.mark.parametrize("row", BLOCKED, ids=lambda row: row.name)
def test_arguments_are_left_as_they_were(row):
    arguments = row.draw(np.random.default_rng(0), np.float64, 100)
    again = row.draw(np.random.default_rng(0), np.float64, 100)
    row.implementation(*arguments)
    assert all(np.array_equal(a, b) for a, b in zip(arguments, again, strict=True))


@pytest.mark.parametrize("row", BLOCKED, ids=lambda row: row.name)
def test_the_table_would_notice_a_result_for_other_arguments(row):
    arguments = row.draw(np.random.default_rng(0), np.float32, 256)
    others = row.draw(np.random.default_rng(1), np.float32, 256)
    assert row.distance(row.implementation(*others), arguments) > 1000
    *most, last = several(row.implementation(*arguments))
    other = np.result_type(last.dtype, np.float64)
    for wrong in (last * np.nan, last.astype(other), last[None]):
        assert row.distance((*most, wrong), arguments) == np.inf
    assert row.distance((*most, last, last), arguments) == np.inf


@pytest.mark.parametrize("row", BLOCKED, ids=lambda row: row.name)
def test_no_more_is_allowed_than_a_hundred_times_what_rounding_does(row):
    drawn = [
        row.draw(np.random.default_rng(length), dtype, length)
        for dtype in (np.float32, np.float64)
        for length in (1, 2, 17, 256, 257)
    ]
    far = [row.distance(row.implementation(*parts), parts) for parts in drawn]
    assert 0.01 < max(far) <= 1


@pytest.mark.parametrize("family", ["vandermonde", "powers", "vandermonde_rows"])
def test_the_table_would_notice_a_kernel_that_is_off_by_one_sample(family):
    row = next(row for row in BLOCKED if row.family == family)
    *parts, length = row.draw(np.random.default_rng(0), np.float64, 256)
    late = row.implementation(*parts, length + 1)[..., 1:]
    assert row.distance(late, (*parts, length)) > 1000


@pytest.mark.parametrize("row", KERNELS, ids=lambda row: row.name)
def test_a_row_is_named_after_its_definition(row):
    assert row.reference.__name__ == row.implementation.__name__ == row.family


def peak(function, *arguments):
    """Bytes that NumPy allocates at most while a function runs."""
    tracemalloc.start()
    function(*arguments)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.theorem("T-two-level")
def test_no_table_of_all_powers_exists():
    rng, length = np.random.default_rng(0), 16384
    parts = draws.vandermonde_rows_backward(rng, np.float32, length)
    c, log_z = (np.tile(part, 5) for part in parts[:2])
    table = c.size * length * c.itemsize
    assert peak(blocked.vandermonde_rows, c, log_z, length) < table / 20
    assert peak(blocked.vandermonde_rows_backward, c, log_z, parts[2]) < table / 10


def test_no_table_of_all_pairs_exists():
    v, s, lam, g = draws.cauchy_backward(np.random.default_rng(0), np.float32, 16384)
    table = v.size * s.shape[1] * v.itemsize
    assert peak(blocked.cauchy, v, s[:1], lam) < table / 10
    assert peak(blocked.cauchy_backward, v, s[:1], lam, g) < table / 10


def test_importing_the_kernels_needs_no_cupy():
    cuda = importlib.import_module("framestate.ssm.kernels.cuda")
    assert "cupy" not in vars(cuda)
