"""Dyadic values integrate a refinable function against polynomials exactly."""

import math
from fractions import Fraction

import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from framestate.frames import InvalidInputError, filters
from framestate.frames.precision import Precision
from framestate.frames.quadrature import refinable

DIGITS = Precision(40)


def cascade(taps, values, level):
    """phi(m 2^-J) from phi at the integers, by the two-scale equation.

    ``taps`` are those with phi(x) = sum_k taps_k phi(2x - k).
    """
    for step in (2**j for j in range(level)):
        fine = 2 * step
        values = [
            sum(
                tap * values[m - k * step]
                for k, tap in enumerate(taps)
                if 0 <= m - k * step < len(values)
            )
            for m in range((len(values) - 1) // step * fine + 1)
        ]
    return values


def spline(order, level):
    """Dyadic values of the B-spline of that order, as fractions."""
    taps = [Fraction(math.comb(order, k), 2 ** (order - 1)) for k in range(order + 1)]
    return cascade(taps, [_spline_at(order, x) for x in range(order + 1)], level)


def _spline_at(order, x):
    terms = (
        (-1) ** k * math.comb(order, k) * Fraction(max(x - k, 0)) ** (order - 1)
        for k in range(order + 1)
    )
    return sum(terms) / math.factorial(order - 1)


def spline_moment(order, power):
    """int x^power of the B-spline: a divided difference of x^(order + power)."""
    terms = (
        (-1) ** (order - k) * math.comb(order, k) * Fraction(k) ** (order + power)
        for k in range(order + 1)
    )
    return sum(terms) * math.factorial(power) / math.factorial(order + power)


def spline_rule(order, level):
    with DIGITS.working():
        balls = [arb(fmpq(x.numerator, x.denominator)) for x in spline(order, level)]
    return refinable(balls, level=level, order=order, precision=DIGITS)


def db2(level, *, wavelet=False):
    """Dyadic values of db2 (or of its wavelet) as balls, by radicals at the integers."""
    taps = filters.load("db2", DIGITS)
    root2, root3 = arb(2).sqrt(), arb(3).sqrt()
    start = [arb(0), (1 + root3) / 2, (1 - root3) / 2, arb(0)]
    scale = [root2 * h for h in taps.lowpass]
    if not wavelet:
        return cascade(scale, start, level)
    coarse = cascade(scale, start, level - 1)
    step, count = 2 ** (level - 1), len(coarse)
    return [
        sum(
            root2 * g * coarse[m - k * step]
            for k, g in enumerate(taps.highpass)
            if 0 <= m - k * step < count
        )
        for m in range(2 * count - 1)
    ]


@pytest.mark.theorem("T-dyadic-quadrature")
@pytest.mark.parametrize("order", [2, 3, 4, 6])
@pytest.mark.parametrize("level", [0, 1, 3])
def test_a_spline_is_integrated_exactly_below_its_order_and_not_at_it(order, level):
    rule = spline_rule(order, level)
    assert rule.exact_to == order - 1
    with DIGITS.working():
        for power in range(order + 1):
            exact = spline_moment(order, power) / order**power
            found = rule.integrate_balls(lambda s, power=power: s**power)
            gap = found - arb(fmpq(exact.numerator, exact.denominator))
            # an odd power about the center vanishes on both sides
            assert gap.contains(0) == (power < order + order % 2)
            assert gap.rad() < 1e-40


@pytest.mark.theorem("T-dyadic-quadrature")
@pytest.mark.parametrize("level", [0, 1, 4])
def test_db2_is_integrated_exactly_against_lines_and_not_against_squares(level):
    with DIGITS.working():
        rule = refinable(db2(level), level=level, order=2, precision=DIGITS)
        mean = (3 - arb(3).sqrt()) / 2  # int x phi
        # int x^2 phi: of an orthonormal phi with 2 moments, the square of the mean
        moments = (arb(1), mean / 3, mean**2 / 9)
        for power, moment in enumerate(moments):
            gap = rule.integrate_balls(lambda s, power=power: s**power) - moment
            assert gap.contains(0) == (power < 2)
            assert gap.rad() < 1e-40


@pytest.mark.theorem("T-dyadic-quadrature")
@pytest.mark.parametrize("level", [1, 2, 4])
def test_the_moments_of_the_wavelet_that_vanish_are_zero_on_dyadic_points(level):
    with DIGITS.working():
        values = db2(level, wavelet=True)
        rule = refinable(values, level=level, order=2, precision=DIGITS)
        for power in (0, 1):
            found = rule.integrate_balls(lambda s, power=power: s**power)
            assert found.contains(0)
            assert found.rad() < 1e-40


@given(
    order=st.integers(2, 6),
    level=st.integers(0, 3),
    coefficients=st.lists(st.integers(-9, 9), min_size=1, max_size=6),
)
def test_every_polynomial_below_the_order_is_integrated_exactly(
    order, level, coefficients
):
    kept, rule = coefficients[:order], spline_rule(order, level)
    exact = sum(
        c * spline_moment(order, n) / order**n for n, c in enumerate(kept)
    ) * Fraction(1)
    with DIGITS.working():
        found = rule.integrate_balls(
            lambda s: sum((c * s**n for n, c in enumerate(kept)), arb(0))
        )
        assert found.contains(arb(fmpq(exact.numerator, exact.denominator)))


@pytest.mark.parametrize("order", [2, 4])
def test_smooth_functions_are_integrated_to_the_order_of_the_function(order):
    with DIGITS.working():
        # the Laplace transform of the spline: ((e^z - 1) / z)^order at z = 1 / order
        z = arb(1) / order
        exact = ((z.exp() - 1) / z) ** order
        errors = [
            abs(float(spline_rule(order, J).integrate_balls(arb.exp) - exact))
            for J in (5, 6)
        ]
    assert abs(math.log2(errors[0] / errors[1]) - order) <= 0.01


def test_the_shortest_support_has_two_values():
    haar = refinable([1.0, 0.0], level=0, order=1)
    assert haar.exact_to == 0
    assert haar.float64[1].tolist() == [1.0, 0.0]


def test_the_float64_weights_are_values_times_the_step():
    rule = refinable([0.0, 0.5, 1.0, 0.5, 0.0], level=1, order=2)
    assert rule.float64[0].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert rule.float64[1].tolist() == [0.0, 0.25, 0.5, 0.25, 0.0]


@pytest.mark.parametrize(
    ("values", "level", "order", "finding"),
    [
        ([0.0, 1.0, 0.0, 0.0], 1, 2, r"4 values are not K 2 \+ 1"),
        ([1.0], 0, 1, r"1 values are not K 1 \+ 1"),
        ([], 0, 1, r"0 values are not K 1 \+ 1"),
        ([0.0, 1.0, 0.0], -1, 2, "level = -1 is not"),
        ([0.0, 1.0, 0.0], 1, 0, "order = 0 is not a whole number of at least 1"),
        ([0.0, math.nan, 0.0], 1, 2, "not finite"),
    ],
)
def test_values_that_are_not_those_of_a_level_are_refused(
    values, level, order, finding
):
    with pytest.raises(InvalidInputError, match=finding):
        refinable(values, level=level, order=order)
