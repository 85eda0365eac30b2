"""Functions by samples: the rule between them, and what determines nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.spaces import PiecewisePolynomials

EPS = np.finfo(np.float64).eps


def close(found, expected, *, size):
    bound = 100 * size * EPS * np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


@given(
    degree=st.integers(1, 6),
    cells=st.integers(1, 5),
    seed=st.integers(0, 2**31),
    complex_valued=st.booleans(),
)
def test_samples_at_shuffled_points_are_met(degree, cells, seed, complex_valued):
    rng = np.random.default_rng(seed)
    points = rng.permutation(np.linspace(0, 1, degree * cells + 1))
    values = rng.standard_normal((2, len(points)))
    if complex_valued:
        values = values + 1j * rng.standard_normal(values.shape)
    values[1] = points  # resolved: noise may look like a jump
    values[0] = np.cos(4 * points) * values[0, 0]
    frame = frames.sampled(values, points, degree=degree)
    close(frame.atoms(np.array(points)), values, size=1000)
    assert (frame.atoms.space.cells, frame.atoms.space.degree) == (cells, degree)


def test_one_polynomial_goes_through_all_points_unless_a_degree_is_stated():
    s = 0.5 - 0.5 * np.cos(np.pi * np.arange(9) / 8)
    frame = frames.sampled([s**8, 1 - s**3], s)
    assert frame.atoms.space == PiecewisePolynomials(cells=1, degree=8)
    between = np.linspace(0, 1, 33)
    close(frame.atoms(between), np.array([between**8, 1 - between**3]), size=10)


def test_lists_and_whole_numbers_are_samples_too():
    frame = frames.sampled([[0, 1, 4], [1, 1, 1]], [0, 0.5, 1])
    assert frame.atoms.coordinates.dtype == np.float64
    close(frame.atoms(np.array([0.25])), np.array([[0.25], [1.0]]), size=1)


HAAR = np.where(np.linspace(0, 1, 9) < 0.45, 1.0, -1.0)
GRID = np.linspace(0, 1, 9)


@pytest.mark.parametrize("phase", [1.0, 1j, 1 + 1j])
@pytest.mark.parametrize("row", [0, 1])
def test_samples_that_jump_are_refused_with_the_place(phase, row):
    values = np.array([GRID, GRID]) * phase
    values[row] = HAAR * phase
    with pytest.raises(frames.NotDifferentiableError) as caught:
        frames.sampled(values, GRID, degree=1)
    finding = caught.value.finding
    assert f"function {row} jumps by {2 * abs(phase):.4g}" in finding
    assert "between s = 0.375 and 0.5" in finding


def test_steep_samples_are_no_jump_when_their_neighbors_are_steep_too():
    steep = np.array([0.0, 0, 0, 0.1, 0.9, 1, 1, 1, 1])
    assert frames.sampled([steep], GRID, degree=1).rank == 1


def test_three_samples_are_too_few_to_tell_a_jump():
    assert frames.sampled([[0.0, 0.0, 1.0]], [0, 0.5, 1]).rank == 1


@pytest.mark.parametrize(
    ("values", "points", "degree", "match"),
    [
        ([[1.0, 2.0]], [0.5, 0.5], None, "s = 0.5 comes twice"),
        ([[1.0, 2.0, 3.0]], [0.5, 0.1, 0.5], None, "s = 0.5 comes twice"),
        ([[1.0]], [0.5], None, "one point determines no derivative"),
        ([[1.0, 2.0]], [0.0, 0.5, 1.0], None, "2 samples a function at 3 points"),
        ([[1.0, np.nan]], [0.0, 1.0], None, "function 0 is nan at sample 1"),
        ([[1.0, 2.0], [np.inf, 1.0]], [0.0, 1.0], None, "function 1 is inf"),
        ([1.0, 2.0], [0.0, 1.0], None, r"shape \(2,\)"),
        (np.empty((0, 2)), [0.0, 1.0], None, r"shape \(0, 2\)"),
        ([[1.0, 2.0], [1.0]], [0.0, 1.0], None, "needed a matrix"),
        ([["a", "b"]], [0.0, 1.0], None, "needed a matrix"),
        ([[1.0, 2.0]], [0.0, 1.1], None, r"within \[0, 1\]"),
        ([[1.0, 2.0]], [0.0, np.nan], None, r"within \[0, 1\]"),
        ([[1.0, 2.0, 3.0, 4.0]], [0.0, 0.2, 0.6, 1.0], 2, "leave 1 over"),
        ([[1.0, 2.0, 3.0]], [0.0, 0.5, 1.0], 4, "leave 2 over"),
        ([[1.0, 2.0, 3.0]], [0.0, 0.5, 1.0], 0, "degree = 0"),
        ([[0.0, 0.0]], [0.0, 1.0], None, "every atom is zero"),
        # a cell without enough points: four of five in the first half
        ([[1.0, 2, 3, 2, 1]], [0.0, 0.1, 0.2, 0.3, 1.0], 2, "not unisolvent"),
        (
            np.cos(np.linspace(0, 1, 60))[None],
            np.linspace(0, 1, 60),
            None,
            "may grow by",
        ),
    ],
)
def test_samples_that_determine_no_functions_are_refused(values, points, degree, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        frames.sampled(values, points, degree=degree)
