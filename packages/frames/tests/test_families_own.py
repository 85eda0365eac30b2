"""A user's own functions: samples, expressions, unions, and what they refuse."""

import subprocess
import sys

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.families import represent
from framestate.frames.spaces import ContinuousPolynomials, PiecewisePolynomials

EPS = np.finfo(np.float64).eps
S = sympy.Symbol("s")
THIRD, HALF = sympy.Rational(1, 3), sympy.Rational(1, 2)


def close(found, expected, *, size):
    bound = 100 * size * EPS * np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


# samples


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
        (np.cos(np.linspace(0, 1, 60))[None], np.linspace(0, 1, 60), None, "condition"),
    ],
)
def test_samples_that_determine_no_functions_are_refused(values, points, degree, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        frames.sampled(values, points, degree=degree)


# expressions


def test_expressions_are_their_values():
    frame = frames.symbolic([1, 2.5 * S, sympy.exp(-S), sympy.besselj(0, 9 * S)])
    s = np.linspace(0, 1, 31)
    from scipy import special

    expected = [1 + 0 * s, 2.5 * s, np.exp(-s), special.j0(9 * s)]
    close(frame.atoms(s), np.array(expected), size=1)
    assert frame.rank == 4


def test_complex_expressions_make_complex_atoms():
    frame = frames.symbolic([sympy.exp(2 * sympy.pi * sympy.I * S), S])
    s = np.linspace(0, 1, 31)
    close(frame.atoms(s), np.array([np.exp(2j * np.pi * s), s + 0j]), size=10)


def test_the_symbol_may_have_any_name_and_assumptions():
    x = sympy.Symbol("lag", positive=True)
    assert frames.symbolic([x, sympy.sqrt(1 + x)]).rank == 2
    assert frames.symbolic([1]).rank == 1


def test_a_name_shows_the_first_expressions():
    assert frames.symbolic([1, S]).name == "symbolic(1, s)"
    name = frames.symbolic([1, S, S**2, S**3, S**4]).name
    assert name == "symbolic(1, s, s**2 and 2 more)"


@pytest.mark.parametrize(
    ("kinked", "cells"),
    [
        (sympy.Abs(S - HALF), 2),
        (sympy.Max(0, S - THIRD), 3),
        (sympy.Piecewise((S**2, S < HALF), (S - THIRD / 4 * 3, True)), 4),
    ],
)
def test_kinks_are_exact_where_they_are_said_to_be(kinked, cells):
    frame = frames.symbolic([kinked], cells=cells)
    assert frame.atoms.space.cells == cells
    assert frame.atoms.representation_error <= 16 * EPS


def test_a_kink_that_is_not_said_is_refused_with_its_place():
    with pytest.raises(frames.InvalidInputError, match="kinks are") as caught:
        frames.symbolic([1, sympy.Abs(S - sympy.pi / 10)])
    assert "near s = 0.314" in caught.value.finding
    assert not isinstance(caught.value, frames.NotDifferentiableError)


@pytest.mark.parametrize(
    ("rough", "match"),
    [
        (sympy.floor(3 * S), "no function"),
        (sympy.Heaviside(S - HALF), "DiracDelta"),
        (sympy.Function("f")(S), "no function"),
        (
            sympy.sqrt(S),
            "is not finite at s = 0",
        ),
        (
            sympy.Piecewise((0, S < HALF), (1, True)),
            r"jumps, by 1 of .*, between s = 0.4998[0-9]* and 0.5",
        ),
        (
            sympy.Piecewise((S, S < THIRD), (3 * S, True)),
            r"jumps, by 0.2222 of its .* = 0.333252 and 0.333374",
        ),
    ],
)
def test_functions_that_jump_or_have_no_finite_slope_are_refused(rough, match):
    with pytest.raises(frames.NotDifferentiableError, match=match):
        frames.symbolic([S, rough])


T = sympy.Symbol("t")
INTEGRAL = sympy.Integral(sympy.exp(-((S * T) ** 2)), (T, 0, 1))


@pytest.mark.parametrize(
    ("expressions", "cells", "match"),
    [
        ([S, sympy.Symbol("t")], 1, r"free symbols are \[s, t\]"),
        ([], 1, "the list is empty"),
        (["s"], 1, "no expression but a str"),
        ([True], 1, "no expression but a bool"),
        ([sympy.Eq(S, 1)], 1, "no expression"),
        ([1 / (S - HALF)], 1, "function 0 is inf at s = 0.5"),
        ([sympy.log(S)], 1, "function 0 is -inf at s = 0"),
        ([INTEGRAL], 1, "no values in float64"),
        ([S], 0, "cells = 0"),
        ([0 * S], 1, "every atom is zero"),
        ([S + sympy.sin(10**9 * S) / 10**12], 1, "only up to"),
    ],
)
def test_expressions_that_are_no_functions_are_refused(expressions, cells, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        frames.symbolic(expressions, cells=cells)


# unions


def test_a_union_in_one_space_stacks_the_coordinates():
    first, second = (
        frames.bspline(degree=2, intervals=3),
        frames.bspline(degree=2, intervals=3, ends="cardinal"),
    )
    union = frames.union(first, second)
    np.testing.assert_array_equal(
        union.atoms.coordinates,
        np.vstack([first.atoms.coordinates, second.atoms.coordinates]),
    )
    assert union.rank == 5


@pytest.mark.parametrize("field", ["real", "complex"])
def test_a_union_of_nested_spaces_pads(field):
    small, large = frames.fourier(3, field=field), frames.fourier(7, field=field)
    union = frames.union(small, large, small)
    assert union.atoms.space == large.atoms.space
    np.testing.assert_array_equal(union.atoms.coordinates[:3, :3], np.eye(3))
    assert union.rank == 7
    assert union.bounds == pytest.approx((1.0, 3.0))


def test_a_union_has_the_kinks_of_all_its_members():
    union = frames.union(
        frames.bspline(degree=1, intervals=4), frames.bspline(degree=2, intervals=6)
    )
    assert union.atoms.space == ContinuousPolynomials(cells=12, degree=2)
    assert union.rank == 5 + 8 - 2
    assert union.atoms.representation_error <= 16 * EPS


def test_a_union_keeps_the_errors_of_its_members():
    wavelets = frames.wavelet_frame("db4", scales=(0, 1), shift=0.3)
    union = frames.union(wavelets, frames.fourier(3))
    error = wavelets.atoms.representation_error
    assert error <= union.atoms.representation_error <= 1.01 * error
    s = np.linspace(0, 1, 99)
    close(union.atoms(s)[: wavelets.size], wavelets.atoms(s), size=10)
    nested = frames.union(wavelets, wavelets)
    assert nested.atoms.representation_error == error


def test_a_union_of_exact_spaces_is_sparse_when_its_members_are():
    frame = frames.dyadic_frame("db2", level=3)
    union = frames.union(frame, frame)
    assert not isinstance(union.atoms.coordinates, np.ndarray)
    assert (union.size, union.rank) == (2 * frame.size, frame.rank)


def test_a_union_has_its_own_cut_and_rank():
    first, second = frames.legendre(4), frames.fourier(5)
    assert frames.union(first, second, rank=6).rank == 6
    assert frames.union(first, second, rcond=0.5).rank < 8
    with pytest.raises(frames.RankError, match="span 8"):
        frames.union(first, second, rank=9)


def test_a_union_of_one_is_that_frame():
    frame = frames.chebyshev(5)
    np.testing.assert_array_equal(
        frames.union(frame).atoms.coordinates, frame.atoms.coordinates
    )


def test_functions_on_no_mesh_unite_with_their_like_only():
    dyadic = frames.dyadic_frame("db2", level=3)
    with pytest.raises(frames.InvalidInputError, match="RefinableSpace"):
        frames.union(dyadic, frames.legendre(4))


# random frames


@pytest.mark.parametrize("field", ["real", "complex"])
def test_a_random_frame_is_that_of_its_generator(field):
    def draw(seed: int) -> frames.Frame:
        rng = np.random.default_rng(seed)
        return frames.random_frame(9, rng, rank=4, cells=3, degree=2, field=field)

    first, again, other = draw(1), draw(1), draw(2)
    x = first.atoms.coordinates
    np.testing.assert_array_equal(x, again.atoms.coordinates)
    assert not np.allclose(x, other.atoms.coordinates)
    assert np.iscomplexobj(x) == (field == "complex")
    s = first.singular_values
    assert (len(s), first.rank) == (4, 4)
    assert ((s >= 0.5 - 1e-12) & (s <= 2 + 1e-12)).all()


def test_a_random_frame_has_the_largest_rank_unless_another_is_asked_for():
    rng = np.random.default_rng(0)
    assert frames.random_frame(30, rng, cells=2, degree=3).rank == 7
    assert frames.random_frame(5, rng, cells=2, degree=3).rank == 5


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"size": 0}, "size = 0"),
        ({"size": 3, "rank": 4}, "have no rank 4"),
        ({"size": 30, "rank": 18}, "17 dimensions have no rank 18"),
        ({"size": 3, "rank": 0}, "rank = 0"),
        ({"size": 3, "cells": 0}, "cells = 0"),
        ({"size": 3, "degree": 0}, "degree = 0"),
        ({"size": 3, "field": "p-adic"}, "not 'p-adic'"),
    ],
)
def test_random_frames_out_of_range_are_refused(arguments, match):
    size = arguments.pop("size")
    with pytest.raises(frames.InvalidInputError, match=match):
        frames.random_frame(size, np.random.default_rng(0), **arguments)


# the families with parameters


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: frames.chebyshev(0), "size = 0"),
        (lambda: frames.fourier(3, field="quaternion"), "not 'quaternion'"),
        (lambda: frames.bernstein(-1), "size = -1"),
        (lambda: frames.laguerre(0, scale=1.0), "size = 0"),
        (lambda: frames.laguerre(3, scale=0.0), "scale = 0.0"),
        (lambda: frames.laguerre(3, scale=float("nan")), "scale = nan"),
        (lambda: frames.laguerre(3, scale=1401.0), "underflows beyond scale = 1400"),
        (lambda: frames.lagt(0), "at least 1"),
        (lambda: frames.lagt(3, scale=-1.0), "scale = -1.0"),
        (lambda: gabor(time_step=0.0), "time_step = 0.0"),
        (lambda: gabor(frequency_step=float("inf")), "frequency_step = inf"),
        (lambda: gabor(modulations=-1), "modulations = -1"),
        (lambda: gabor(width=-0.1), "width = -0.1"),
        (lambda: gabor(rcond=2.0), "rcond = 2.0"),
        (lambda: frames.mexican_hat(scales=(3, 0)), "finest <= coarsest"),
        (lambda: frames.mexican_hat(scales=(0, 1), shift=0.0), "shift = 0.0"),
        (lambda: frames.mexican_hat(scales=(0, 1), voices=0), "voices = 0"),
        (lambda: frames.gaussian_derivative(0, scales=(0, 1)), "order = 0"),
        (lambda: frames.gaussian_derivative(33, scales=(0, 1)), "above 32"),
        (lambda: frames.morlet(scales=(0, 1), omega=-1.0), "omega = -1.0"),
        (lambda: frames.morlet(scales=(0, 1), omega=0.5), "no wave is left"),
        (lambda: frames.gaussian_derivative(2, scales=(-12, -12)), "GiB allowed"),
    ],
)
def test_parameters_out_of_range_are_refused_with_their_values(call, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        call()


def gabor(**changes):
    arguments = {"time_step": 0.5, "frequency_step": 1.0, "modulations": 1}
    return frames.gabor(**(arguments | changes))


def test_a_width_that_is_left_out_fits_the_grid():
    assert gabor().name == gabor(width=0.5**0.5).name


# functions by their values


def test_functions_too_fine_for_any_mesh_are_refused(monkeypatch):
    monkeypatch.setattr(represent, "MAX_DIMENSION", 600)
    with pytest.raises(frames.InvalidInputError, match="on 16 cells of degree 32"):
        frames.symbolic([sympy.sin(3000 * S)])


def test_kinked_functions_that_are_fine_too_get_smaller_cells():
    frame = frames.symbolic([sympy.Abs(S - THIRD), sympy.sin(400 * S)], cells=3)
    assert frame.atoms.space == ContinuousPolynomials(cells=24, degree=32)
    assert frame.atoms.representation_error <= 400 * EPS


def test_a_mesh_beyond_the_limit_is_still_tried_once(monkeypatch):
    monkeypatch.setattr(represent, "MAX_DIMENSION", 1)
    atoms = represent.represent("bent", lambda s: np.abs(s - 0.5)[None], cells=2)
    assert atoms.space == ContinuousPolynomials(cells=2, degree=8)


def test_refinement_stops_where_rounding_does_not_let_it_win():
    seen: list[int] = []

    def noisy(s):
        seen.append(len(s))
        # a sine whose argument is off by a hundred roundings
        return np.sin(3 * s + 1e-14 * np.sin(1e17 * s))[None]

    atoms = represent.represent("noisy", noisy)
    assert atoms.space == PiecewisePolynomials(cells=1, degree=16)
    assert 1e-15 <= atoms.representation_error <= 1e-13
    assert len(seen) == 2 * 3  # the space that did not win is tried, no more


def test_frames_that_are_not_given_as_such_are_refused_without_hints():
    # in a process of its own: here, the import hook would object first
    subprocess.run([sys.executable, "-c", WRONG_TYPES], check=True, timeout=120)


WRONG_TYPES = """
import numpy as np, sympy
from framestate import frames
s = sympy.Symbol("s")
rng = np.random.default_rng(0)
calls = [
    lambda: frames.union(frames.legendre(3), 5),
    lambda: frames.union("legendre"),
    lambda: frames.fourier(3, field=["real"]),
    lambda: frames.random_frame(3, 5),
    lambda: frames.random_frame(3, rng, field=None),
    lambda: frames.random_frame("3", rng),
    lambda: frames.chebyshev(2.5), lambda: frames.bernstein("4"),
    lambda: frames.bspline(degree=1.5, intervals=2),
    lambda: frames.bspline(degree=None, intervals=2),
    lambda: frames.laguerre(3, scale="a"), lambda: frames.laguerre(3, scale=1j),
    lambda: frames.slepian(3, bandwidth=None),
    lambda: frames.gabor(time_step="a", frequency_step=1, modulations=1),
    lambda: frames.gabor(time_step=1, frequency_step=1, modulations=1.5),
    lambda: frames.morlet(scales=(0, 1), omega="a"),
    lambda: frames.mexican_hat(scales=5),
    lambda: frames.gaussian_derivative(1.5, scales=(0, 1)),
    lambda: frames.sampled(None, [0, 1]), lambda: frames.sampled([[1, 2]], None),
    lambda: frames.sampled([[1, 2]], [0, 1], degree="a"),
    lambda: frames.symbolic([s], cells=1.5), lambda: frames.symbolic(None), lambda: frames.symbolic("s"),
    lambda: frames.lagt(2.5), lambda: frames.lagt(3, scale=None),
]
for index, call in enumerate(calls):
    try:
        call()
    except frames.InvalidInputError:
        continue
    raise SystemExit(f"call {index} was accepted")
assert frames.laguerre(3, scale=20).rank == 3  # whole numbers are numbers
assert frames.symbolic(s).rank == 1
"""
