"""Functions by expressions and by their values: kinks, jumps, and fineness."""

import numpy as np
import pytest
import sympy
from scipy import special

from framestate import frames
from framestate.frames.families import represent
from framestate.frames.spaces import ContinuousPolynomials, PiecewisePolynomials

EPS = np.finfo(np.float64).eps
S = sympy.Symbol("s")
THIRD, HALF = sympy.Rational(1, 3), sympy.Rational(1, 2)


def close(found, expected, *, size):
    bound = 100 * size * EPS * np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


def test_expressions_are_their_values():
    frame = frames.symbolic([1, 2.5 * S, sympy.exp(-S), sympy.besselj(0, 9 * S)])
    s = np.linspace(0, 1, 31)
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


def test_functions_too_fine_for_any_mesh_are_refused(monkeypatch):
    monkeypatch.setattr(represent, "MAX_DIMENSION", 2000)
    with pytest.raises(frames.InvalidInputError, match="on 32 cells of degree 32"):
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
