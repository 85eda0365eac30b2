"""Operators are as exact as they say: their entries lie in certified integrals.

The integrals are those of the definition, with the functions written anew in balls:
once the orthonormal families themselves, once the basis that a frame stores.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import flint
import numpy as np
import pytest
from flint import acb, acb_poly, fmpq, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.quadrature import integrate
from framestate.frames.spaces import ContinuousPolynomials

SIZE = 17
WIDTH = 1e-20  # of the integrals: far below any error bound


@dataclass(frozen=True)
class Analytic:
    """An orthonormal family, and its n-th function with its derivative in balls."""

    frame: frames.Frame
    function: Callable[[int, Any], Any]
    derivative: Callable[[int, Any], Any]


def _legendre(n):
    """P_n(2s - 1) by Rodrigues' formula: the n-th derivative of (s^2 - s)^n / n!."""
    plain = fmpq_poly([0, -1, 1]) ** n * fmpq(1, math.factorial(n))
    for _ in range(n):
        plain = plain.derivative()
    return plain


def _evaluated(polynomial, n, x):
    return acb_poly(polynomial)(x) * acb(2 * n + 1).sqrt()


def _wave(n, x):
    """cos or sin of 2 pi k x times sqrt2, by the index n of the real Fourier basis."""
    if n == 0:
        return acb(1)
    k = (n + 1) // 2
    angle = 2 * k * x
    return acb(2).sqrt() * (angle.cos_pi() if n % 2 else angle.sin_pi())


def _wave_derivative(n, x):
    if n == 0:
        return acb(0)
    k = (n + 1) // 2
    angle, factor = 2 * k * x, 2 * k * acb.pi() * acb(2).sqrt()
    return factor * (-angle.sin_pi() if n % 2 else angle.cos_pi())


FAMILIES = {
    "legendre": Analytic(
        frames.legendre(SIZE),
        lambda n, x: _evaluated(_legendre(n), n, x),
        lambda n, x: _evaluated(_legendre(n).derivative(), n, x),
    ),
    "fourier": Analytic(frames.fourier(SIZE), _wave, _wave_derivative),
}
OPERATORS = {
    (name, measure): derive(family.frame)
    for name, family in FAMILIES.items()
    for measure, derive in (
        ("scaled", frames.scaled),
        ("translated", frames.translated),
    )
}
INDEX = st.integers(0, SIZE - 1)


@pytest.mark.theorem("T-scaled-operator")
@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=25)
@given(i=INDEX, j=INDEX)
def test_scaled_entries_lie_in_the_certified_integrals(name, i, j):
    family, op = FAMILIES[name], OPERATORS[name, "scaled"]
    flow = integrate(
        lambda s, _: s * family.derivative(i, s) * family.function(j, s),
        0,
        1,
        width=WIDTH,
    )
    # delta_ij + flow within the bound, and the sum with 1 is rounded once more
    assert flow.within(float(op.A[i, j]) - (i == j), width=op.error_bound)


@pytest.mark.theorem("T-translated-operator")
@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=25)
@given(i=INDEX, j=INDEX)
def test_translated_entries_lie_in_the_certified_integrals(name, i, j):
    family, op = FAMILIES[name], OPERATORS[name, "translated"]
    flow = integrate(
        lambda s, _: family.derivative(i, s) * family.function(j, s),
        0,
        1,
        width=WIDTH,
    )
    far = family.frame.basis(0.0)[:, 0]
    entry = float(op.A[i, j]) - float(far[i] * far[j])
    assert flow.within(entry, width=op.error_bound)


@pytest.mark.parametrize("name", FAMILIES)
@settings(max_examples=25)
@given(i=INDEX, j=INDEX)
def test_the_families_are_orthonormal_to_the_width(name, i, j):
    f = FAMILIES[name].function
    gram = integrate(lambda s, _: f(i, s) * f(j, s), 0, 1, width=WIDTH)
    assert gram.within(int(i == j), width=2 * WIDTH)


@pytest.mark.parametrize(("name", "measure"), OPERATORS)
def test_the_bounds_are_of_the_order_of_rounding(name, measure):
    op = OPERATORS[name, measure]
    assert 0.0 < op.error_bound <= 1e-9


def test_an_entry_that_is_off_by_more_than_the_bound_is_seen():
    family, op = FAMILIES["legendre"], OPERATORS["legendre", "scaled"]
    flow = integrate(
        lambda s, _: s * family.derivative(9, s) * family.function(4, s), 0, 1
    )
    assert flow.within(op.A[9, 4], width=op.error_bound)
    assert not flow.within(op.A[9, 4] + 1.01 * op.error_bound, width=op.error_bound)


RNG = np.random.default_rng(5)
STORED = {
    "chebyshev": frames.chebyshev(9),
    "bernstein": frames.bernstein(9),
    "laguerre": frames.laguerre(5, scale=2.0),
    "gabor": frames.gabor(time_step=0.5, frequency_step=1.0, modulations=1),
    "bspline": frames.bspline(degree=3, intervals=4),
    "pieces": frames.random_frame(7, RNG, rank=5, cells=3, degree=4),
    "complex pieces": frames.random_frame(7, RNG, rank=5, field="complex"),
}


@cache
def _modes(name):
    """The basis by Legendre modes on each cell: basis functions, cells, modes."""
    frame = STORED[name]
    e, space = frame.basis_coordinates, frame.atoms.space
    if isinstance(space, ContinuousPolynomials):
        e = space.embed(e)
    return e.reshape(frame.rank, space.cells, space.degree + 1)


@cache
def _piece(name, k, cell, conjugate, bits):
    """Polynomial in s of the k-th basis function on a cell, at so many bits."""
    row, s = _modes(name)[k, cell], fmpq_poly([0, 1])
    cells = _modes(name).shape[1]
    total = acb_poly([0])
    for n, x in enumerate(np.conj(row) if conjugate else row):
        factor = acb(complex(x)) * acb(cells * (2 * n + 1)).sqrt()
        total += acb_poly(_legendre(n)(cells * s - cell)) * factor
    return total


@pytest.mark.parametrize("name", STORED)
@settings(max_examples=8)
@given(data=st.data())
def test_entries_in_the_stored_basis_lie_in_the_certified_integrals(name, data):
    frame = STORED[name]
    index = st.integers(0, frame.rank - 1)
    k, l = data.draw(index), data.draw(index)
    cells = frame.atoms.space.cells

    def flow(cell):
        def integrand(s, _):
            moving = _piece(name, k, cell, True, flint.ctx.prec).derivative()
            return s * moving(s) * _piece(name, l, cell, False, flint.ctx.prec)(s)

        return integrand

    breaks = [Fraction(cell, cells) for cell in range(1, cells)]
    found = integrate(list(map(flow, range(cells))), 0, 1, width=WIDTH, breaks=breaks)
    op = frames.scaled(frame)
    assert op.error_bound <= 1e-9
    assert found.within(complex(op.reduced_A[k, l]) - (k == l), width=op.error_bound)
