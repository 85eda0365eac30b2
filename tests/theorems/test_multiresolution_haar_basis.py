"""T-haar-basis: the translates psi_{j,k} of the Haar wavelet are a basis of W_j.

Functions are step functions with values in Q(sqrt2), and integrals are finite sums,
so every statement is an equality.
"""

from dataclasses import dataclass
from fractions import Fraction

import pytest
import sympy
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from sympy import QQ

from framestate.frames import filters
from framestate.frames.multiresolution import analyze, synthesize
from framestate.frames.precision import Precision

FIELD = QQ.algebraic_field(sympy.sqrt(2))
ROOT2 = FIELD.from_sympy(sympy.sqrt(2))
TAPS = (ROOT2 / FIELD(2), ROOT2 / FIELD(2))
WAVELET_TAPS = (ROOT2 / FIELD(2), -ROOT2 / FIELD(2))

LEVEL = st.integers(0, 5)
PLACE = st.integers(-40, 40)
RATIONALS = st.lists(st.fractions(-5, 5, max_denominator=9), min_size=1, max_size=12)


def phi(t):
    """1 for 0 <= t < 1 (definition A.1)."""
    return int(0 <= t < 1)


def psi(t):
    """phi(2t) - phi(2t - 1) (definition A.2)."""
    return phi(2 * t) - phi(2 * t - 1)


@dataclass(frozen=True)
class Step:
    """sqrt2^half times the function that is values[m] on [m, m + 1) 2^-level."""

    level: int
    half: int
    values: dict[int, int]

    def coarse_as(self, level):
        """Whether the function is constant on the cells of a coarser level."""
        size = 2 ** (self.level - level)
        cells = {m // size for m in self.values}
        return all(
            len({self.values.get(cell * size + i, 0) for i in range(size)}) == 1
            for cell in cells
        )


def sampled(function, j, k, level):
    """2^(j/2) function(2^j t - k) by its values in the middle of the fine cells."""
    size = 2 ** (level - j)
    values = {
        m: function(Fraction(2 * m + 1, 2 * size) - k)
        for m in range(k * size - 1, (k + 1) * size + 1)
    }
    return Step(level, j, values)


def inner(f, g):
    """The integral of f g, exactly: a sum over cells of one size."""
    assert f.level == g.level
    total = sum(value * g.values.get(m, 0) for m, value in f.values.items())
    return FIELD(total) * ROOT2 ** (f.half + g.half) / FIELD(2**f.level)


def delta(*pairs):
    return FIELD.one if all(a == b for a, b in pairs) else FIELD.zero


@pytest.mark.theorem("T-haar-basis")
@given(j=LEVEL, k=PLACE, other=st.tuples(LEVEL, PLACE))
def test_haar_wavelets_are_orthonormal_across_places_and_levels(j, k, other):
    level = max(j, other[0]) + 1
    f, g = sampled(psi, j, k, level), sampled(psi, *other, level)
    assert inner(f, g) == delta((j, other[0]), (k, other[1]))
    assert inner(f, f) == FIELD.one


@pytest.mark.theorem("T-haar-basis")
@given(j=LEVEL, k=PLACE)
def test_haar_wavelets_lie_in_the_next_level_and_not_in_their_own(j, k):
    f = sampled(psi, j, k, level=j + 3)
    assert f.coarse_as(j + 1)
    assert not f.coarse_as(j)


@pytest.mark.theorem("T-haar-basis")
@given(j=LEVEL, k=PLACE, near=st.integers(-2, 2))
def test_haar_wavelets_are_orthogonal_to_their_own_level(j, k, near):
    f, level = sampled(psi, j, k, j + 1), j + 1
    assert inner(f, sampled(phi, j, k + near, level)) == FIELD.zero
    assert inner(sampled(phi, j, k, level), sampled(phi, j, k + near, level)) == delta(
        (near, 0)
    )


@pytest.mark.theorem("T-haar-basis")
@given(j=LEVEL, k=PLACE, coefficients=RATIONALS)
def test_every_member_of_the_complement_is_a_sum_of_haar_wavelets(j, k, coefficients):
    # s in V_{j+1}, less its projection on V_j: every member of W_j arises so
    fine = {2 * k + m: FIELD(c) for m, c in enumerate(coefficients)}
    projection = synthesize(analyze(fine, TAPS), TAPS)
    member = {m: fine.get(m, FIELD.zero) - value for m, value in projection.items()}
    assert all(not value for value in analyze(member, TAPS).values())
    expansion = synthesize(analyze(member, WAVELET_TAPS), WAVELET_TAPS)
    assert expansion == member


@pytest.mark.theorem("T-haar-basis")
@given(j=LEVEL, k=PLACE, coefficients=RATIONALS)
def test_the_recursion_gives_the_inner_products_with_the_functions(j, k, coefficients):
    level = j + 1
    # a step function by its coefficients in phi_{j+1,m}, whose height is 2^(level/2)
    fine = {2 * k + m: FIELD(c) for m, c in enumerate(coefficients)}
    for function, taps in ((phi, TAPS), (psi, WAVELET_TAPS)):
        for place, found in analyze(fine, taps).items():
            atom = sampled(function, j, place, level)
            products = (
                value * inner(sampled(phi, level, m, level), atom)
                for m, value in fine.items()
            )
            assert found == sum(products, FIELD.zero)


@pytest.mark.theorem("T-haar-basis")
def test_orthogonality_to_the_level_below_leaves_one_coefficient_for_each_wavelet():
    a, b = sympy.symbols("a b")
    (condition,) = analyze({0: a, 1: b}, [1 / sympy.sqrt(2)] * 2).values()
    (solution,) = sympy.solve(condition, b)
    # the paper's last line: s = sqrt2 a psi
    member = {0: a, 1: solution}
    taps = [1 / sympy.sqrt(2), -1 / sympy.sqrt(2)]
    (coefficient,) = analyze(member, taps).values()
    assert sympy.expand(coefficient - sympy.sqrt(2) * a) == 0


@pytest.mark.theorem("T-haar-basis")
def test_the_taps_on_offer_are_those_of_haar():
    known = Precision(50)
    found = filters.load("haar", known)
    with known.working():
        half = 1 / arb(2).sqrt()
        for balls, signs in ((found.lowpass, (1, 1)), (found.highpass, (1, -1))):
            for ball, sign in zip(balls, signs, strict=True):
                assert abs(ball - sign * half) <= arb(10) ** -50
