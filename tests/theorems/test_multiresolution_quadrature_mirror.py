"""T-quadrature-mirror: h1(k) = (-1)^k h0(K-1-k), and no other filter of that length."""

from itertools import product

import numpy as np
import pytest
import sympy
from flint import arb
from sympy.polys.matrices import DomainMatrix

from framestate.frames import filters
from framestate.frames.precision import Precision

DIGITS = Precision(30)
CERTIFIED = [name for name in filters.names() if name.startswith(("db", "sym"))]
TABLES = [name for name in filters.names() if name.startswith(("coif", "dmey"))]


def mirrored(taps):
    return [(-1) ** k * tap for k, tap in enumerate(reversed(taps))]


def correlation(x, y, m):
    """sum_k x(k) y(k + 2m)."""
    places = range(max(0, -2 * m), min(len(x), len(y) - 2 * m))
    return sum((x[k] * y[k + 2 * m] for k in places), x[0] * 0)


def shifts(taps):
    return range(1 - len(taps) // 2, len(taps) // 2)


@pytest.mark.theorem("T-quadrature-mirror")
@pytest.mark.parametrize("size", [2, 4, 6, 8, 10])
def test_the_mirrored_filter_is_orthogonal_to_any_taps_whatever(size):
    h0 = sympy.symbols(f"h:{size}")
    h1 = mirrored(h0)
    for m in shifts(h0):
        assert sympy.expand(correlation(h0, h1, m)) == 0
        same = correlation(h1, h1, m) - correlation(h0, h0, m)
        assert sympy.expand(same) == 0


@pytest.mark.theorem("T-quadrature-mirror")
def test_an_odd_number_of_taps_has_no_mirrored_filter():
    h0 = sympy.symbols("h:3")
    assert sympy.expand(correlation(h0, mirrored(h0), 0)) != 0


@pytest.mark.theorem("T-quadrature-mirror")
def test_the_pair_is_orthonormal_exactly(radicals):
    h0, h1, field = radicals.lowpass, radicals.highpass, radicals.field
    for m in shifts(h0):
        unit = field.one if m == 0 else field.zero
        assert correlation(h0, h0, m) == unit
        assert correlation(h1, h1, m) == unit
        assert correlation(h0, h1, m) == field.zero


@pytest.mark.theorem("T-quadrature-mirror")
def test_no_other_filter_of_the_same_length_completes_it(radicals):
    h0, field = radicals.lowpass, radicals.field
    size = len(h0)
    # the unknown h1 solves sum_k h0(k - 2m) h1(k) = 0 for every m
    rows = [
        [h0[k - 2 * m] if 0 <= k - 2 * m < size else field.zero for k in range(size)]
        for m in shifts(h0)
    ]
    nullspace = DomainMatrix(rows, (len(rows), size), field).nullspace().to_list()
    assert len(nullspace) == 1
    (found,) = nullspace
    for a, b in product(range(size), repeat=2):
        assert found[a] * radicals.highpass[b] == found[b] * radicals.highpass[a]


@pytest.mark.theorem("T-quadrature-mirror")
def test_the_radicals_lie_in_the_balls_on_offer(radicals):
    known = Precision(60)
    loaded = filters.load(radicals.name, known)
    with known.working():
        pairs = (
            (loaded.lowpass, radicals.lowpass),
            (loaded.highpass, radicals.highpass),
        )
        for balls, taps in pairs:
            for ball, tap in zip(balls, taps, strict=True):
                exact = str(radicals.field.to_sympy(tap).evalf(80))
                assert abs(ball - arb(exact)) <= arb(10) ** -60


@pytest.mark.theorem("T-quadrature-mirror")
@pytest.mark.parametrize("name", CERTIFIED + TABLES)
def test_the_taps_on_offer_are_mirrored_to_the_last_bit(name):
    found = filters.load(name)
    np.testing.assert_array_equal(found.highpass, mirrored(found.lowpass))


@pytest.mark.theorem("T-quadrature-mirror")
@pytest.mark.parametrize("name", CERTIFIED)
def test_the_pair_on_offer_is_orthonormal_in_balls(name):
    found = filters.load(name, DIGITS)
    h0, h1 = found.lowpass, found.highpass
    with DIGITS.working():
        for m in shifts(h0):
            assert correlation(h0, h1, m).contains(0)
            assert (correlation(h1, h1, m) - int(m == 0)).contains(0)
            assert correlation(h1, h1, m).rad() <= arb(10) ** -DIGITS.digits


@pytest.mark.theorem("T-quadrature-mirror")
def test_the_numbers_of_the_paper_are_these():
    s, root = sympy.sqrt(3), 4 * sympy.sqrt(2)
    printed = [(1 - s) / root, -(3 - s) / root, (3 + s) / root, -(1 + s) / root]
    h0 = [(1 + s) / root, (3 + s) / root, (3 - s) / root, (1 - s) / root]
    assert all(
        sympy.expand(x - y) == 0 for x, y in zip(mirrored(h0), printed, strict=True)
    )
