"""Rules are exact to the degree they state, have their order, and refuse nonsense."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st
from mpmath import MPContext

from framestate.frames.errors import DigitsError, InvalidInputError
from framestate.frames.precision import Precision
from framestate.frames.quadrature import Rule, gauss_legendre, romberg, tanh_sinh

EPS = np.finfo(np.float64).eps

EXACT = {
    "one node": gauss_legendre(1),
    "two nodes": gauss_legendre(2),
    "seven nodes": gauss_legendre(7),
    "twenty nodes": gauss_legendre(20),
    "two panels of three nodes": gauss_legendre(3).repeated(2),
    "trapezoid": romberg(0),
    "trapezoid, eight panels": romberg(3),
    "Simpson": romberg(2, columns=1),
    "Boole": romberg(4, columns=2),
    "Romberg": romberg(4, columns=4),
}
SOME = st.sampled_from(list(EXACT.values()))


def error(rule, power):
    """Rule minus integral of s^power, as a ball."""
    return rule.integrate_balls(lambda s: s**power) - arb(fmpq(1, power + 1))


def observed_order(errors):
    return math.log2(errors[-2] / errors[-1])


@pytest.mark.parametrize("rule", EXACT.values(), ids=EXACT)
def test_a_rule_is_exact_to_its_degree_and_not_beyond(rule):
    with rule.precision.working():
        for power in range(rule.exact_to + 1):
            assert error(rule, power).contains(0)
            assert error(rule, power).rad() < 1e-55
        assert not error(rule, rule.exact_to + 1).contains(0)


@given(n=st.integers(1, 30), coefficients=st.lists(st.integers(-9, 9), max_size=60))
def test_gauss_integrates_every_polynomial_of_its_degree(n, coefficients):
    rule, kept = gauss_legendre(n), coefficients[: 2 * n]
    exact = sum((fmpq(c, k + 1) for k, c in enumerate(kept)), fmpq(0))
    with rule.precision.working():
        found = rule.integrate_balls(
            lambda s: sum((c * s**k for k, c in enumerate(kept)), arb(0))
        )
        assert (found - arb(exact)).contains(0)
        assert found.rad() < 1e-50


@pytest.mark.parametrize("n", [1, 2, 5, 33])
def test_gauss_nodes_and_weights_are_those_of_mpmath(n):
    rule = gauss_legendre(n, precision=Precision(30))
    ctx = MPContext()
    ctx.dps = 60
    for node, weight in zip(rule.nodes, rule.weights, strict=True):
        # an interval around the root: P_n changes sign on it
        x = 2 * ctx.mpf(node.mid().str(60, radius=False)) - 1
        low, high = (ctx.legendre(n, x + side) for side in (-1e-37, 1e-37))
        assert low * high < 0
        slope = n * (ctx.legendre(n - 1, x) - x * ctx.legendre(n, x)) / (1 - x * x)
        expected = 1 / ((1 - x * x) * slope**2)
        assert abs(ctx.mpf(weight.str(60, radius=False)) - expected) < 1e-35
        assert weight.rad() < 1e-35


@pytest.mark.parametrize("n", [1, 8, 64, 101])
def test_gauss_nodes_ascend_and_agree_with_numpy(n):
    nodes, weights = gauss_legendre(n).float64
    x, w = np.polynomial.legendre.leggauss(n)
    assert (np.diff(nodes) > 0).all()
    np.testing.assert_allclose(nodes, (1 + x) / 2, rtol=0, atol=EPS)
    # NumPy's weights come from recurrences of n steps
    np.testing.assert_allclose(weights, w / 2, rtol=0, atol=8 * n * EPS)


@pytest.mark.parametrize(
    "make",
    [
        lambda known: gauss_legendre(40, precision=known),
        lambda known: romberg(5, columns=3, precision=known),
        lambda known: tanh_sinh(power=-0.5, level=3, precision=known),
    ],
)
def test_the_float64_rule_is_the_ball_rule_rounded_once(make):
    nodes, weights = make(Precision(20)).float64
    wide = make(Precision(60))
    shared = slice((wide.size - len(nodes)) // 2, (wide.size + len(nodes)) // 2)
    np.testing.assert_array_equal(nodes, wide.float64[0][shared])
    np.testing.assert_array_equal(weights, wide.float64[1][shared])


def test_without_and_with_extrapolation_romberg_is_trapezoid_simpson_boole():
    expected = {0: [1, 2, 2, 2, 1], 1: [1, 4, 2, 4, 1], 2: [7, 32, 12, 32, 7]}
    for columns, ratios in expected.items():
        weights = romberg(2, columns=columns).float64[1]
        exact = np.array(ratios) / sum(ratios)
        np.testing.assert_array_equal(weights, exact)


def test_romberg_nodes_are_the_dyadic_points():
    np.testing.assert_array_equal(romberg(3).float64[0], np.arange(9) / 8)


@pytest.mark.parametrize("columns", [0, 1, 2, 3])
def test_a_romberg_rule_has_order_two_more_than_twice_its_columns(columns):
    errors = [_error_of_exp(romberg(J, columns=columns)) for J in (6, 7)]
    assert abs(observed_order(errors) - (2 * columns + 2)) <= 0.01


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_repeated_gauss_rule_has_the_order_of_twice_its_nodes(n):
    errors = [_error_of_exp(gauss_legendre(n).repeated(cells)) for cells in (16, 32)]
    assert abs(observed_order(errors) - 2 * n) <= 0.01


def _error_of_exp(rule):
    with rule.precision.working():
        found = rule.integrate_balls(lambda s: s.exp())
        return abs(float(found - (arb(1).exp() - 1)))


@given(rule=SOME, a=st.integers(-99, 99), b=st.integers(-99, 99))
def test_a_rule_is_linear(rule, a, b):
    f, g = np.cos, np.exp
    together = rule.integrate(lambda s: a * f(s) + b * g(s))
    apart = a * rule.integrate(f) + b * rule.integrate(g)
    assert abs(together - apart) <= (rule.size + 4) * EPS * (abs(a) + 3 * abs(b))


@given(rule=SOME, cells=st.integers(1, 6), data=st.data())
def test_repeating_a_rule_adds_the_integrals_over_the_cells(rule, cells, data):
    height = data.draw(st.lists(st.integers(-9, 9), min_size=cells, max_size=cells))
    slope = np.array(height, dtype=np.float64)

    def kinked(s):  # linear between the heights, with kinks where cells meet
        return np.interp(s, np.arange(cells + 1) / cells, np.append(0.0, slope))

    exact = float(np.append(0.0, slope)[:-1].sum() + slope.sum()) / (2 * cells)
    found = rule.repeated(cells).integrate(kinked)
    assert abs(found - exact) <= 40 * rule.size * cells * EPS


def test_a_rule_repeated_once_is_itself():
    rule = gauss_legendre(5)
    np.testing.assert_array_equal(rule.repeated(1).float64, rule.float64)


def test_values_may_have_rows_and_be_complex():
    rule = gauss_legendre(12)
    found = rule.integrate(lambda s: np.exp(2j * np.pi * np.outer([0, 1], s)))
    np.testing.assert_allclose(found, [1.0, 0.0], rtol=0, atol=12 * EPS)


@pytest.mark.parametrize("power", [0.0, -0.25, -0.5, -0.9])
@pytest.mark.parametrize("digits", [15, 17, 40])
def test_tanh_sinh_keeps_the_digits_for_singular_ends(power, digits):
    rule = tanh_sinh(power=power, precision=Precision(digits))
    with rule.precision.working():
        found = rule.integrate_balls(lambda s: (s * (1 - s)) ** arb(power))
        # Euler's beta function; one 10^-digits for each part of the error
        exact = arb(1 + power).gamma() ** 2 / arb(2 + 2 * power).gamma()
        assert abs(found - exact) <= 2 * arb(10) ** -digits


@pytest.mark.parametrize("power", [0.0, -0.5, -0.99])
@pytest.mark.parametrize("digits", [5, 12, 21, 33, 48])
def test_tanh_sinh_ends_where_the_tails_are_small_enough_and_no_later(power, digits):
    rule, room = tanh_sinh(power=power, level=4, precision=Precision(digits)), 1 + power
    with rule.precision.working():
        tails = [4 * s ** arb(room) / room * arb(10) ** digits for s in rule.nodes[:2]]
        assert tails[0] <= 1
        # s is exp(-pi sinh) / (1 + exp(-pi sinh)), here less than 1 % below it
        assert tails[1] >= 0.99


@pytest.mark.parametrize("level", [2, 3, 4])
def test_the_error_of_tanh_sinh_is_that_of_the_model(level):
    rule = tanh_sinh(level=level, precision=Precision(100))
    with rule.precision.working():
        pi, found = arb.pi(), rule.integrate_balls(lambda _: arb(1))
        model = 32 * pi**2 * 4**level * (-(pi**2) * 2**level).exp()
        # the leading term at the poles; the others are smaller by O(2^-level)
        assert abs(abs(found - 1) / model - 1) <= 0.02


def test_tanh_sinh_chooses_the_first_level_whose_error_is_small_enough():
    def model(level):
        return 32 * math.pi**2 * 4**level * math.exp(-(math.pi**2) * 2**level)

    for level in (0, 1, 2, 3):
        digits = math.floor(-math.log10(model(level)))
        assert _same_level(tanh_sinh(precision=Precision(digits)), level)
        assert _same_level(tanh_sinh(precision=Precision(digits + 1)), level + 1)


def _same_level(rule, level):
    expected = tanh_sinh(level=level, precision=rule.precision)
    pairs = zip(rule.nodes, expected.nodes, strict=True)
    return all(found.mid() == wanted.mid() for found, wanted in pairs)


def test_tanh_sinh_is_exact_for_no_polynomial_and_says_so():
    rule = tanh_sinh(level=0)
    assert rule.exact_to is None
    assert not error(rule, 0).contains(0)
    assert rule.repeated(2).exact_to is None


def test_tanh_sinh_integrates_a_singular_end_at_zero_in_float64():
    rule = tanh_sinh(power=-0.5, precision=Precision(20))
    found = rule.integrate(lambda s: 1 / np.sqrt(s) - np.log(s))
    assert abs(found - 3) <= 8 * EPS


def test_a_singular_end_at_one_is_refused_in_float64_and_not_in_balls():
    rule = tanh_sinh(power=-0.5, precision=Precision(20))
    with (
        pytest.raises(InvalidInputError, match="put a singularity at 0"),
        np.errstate(divide="ignore"),
    ):
        rule.integrate(lambda s: 1 / np.sqrt(1 - s))
    with rule.precision.working():
        found = rule.integrate_balls(lambda s: (1 - s).rsqrt())
        assert abs(found - 2) <= 1e-19


@pytest.mark.parametrize(
    ("call", "finding"),
    [
        (lambda: gauss_legendre(0), "size = 0 is not a whole number of at least 1"),
        (lambda: romberg(-1), "level = -1 is not a whole number of at least 0"),
        (lambda: romberg(2, columns=-1), "columns = -1 is not a whole number"),
        (lambda: romberg(2, columns=3), "3 extrapolations need 4 levels, there are 3"),
        (lambda: gauss_legendre(2).repeated(0), "cells = 0 is not a whole number"),
        (lambda: tanh_sinh(power=-1.0), r"power = -1\.0 is not in \[-0\.99, 0\]"),
        (lambda: tanh_sinh(power=0.5), r"power = 0\.5 is not in"),
        (lambda: tanh_sinh(power=math.nan), "power = nan is not in"),
        (lambda: tanh_sinh(level=-1), "level = -1 is not a whole number"),
    ],
)
def test_what_makes_no_rule_is_refused_with_the_value(call, finding):
    with pytest.raises(InvalidInputError, match=finding):
        call()


WRONG_TYPES = """
from framestate.frames.errors import InvalidInputError
from framestate.frames.quadrature import *
calls = [
    lambda: gauss_legendre(2.0), lambda: gauss_legendre(None),
    lambda: romberg("3"), lambda: romberg(3, columns=1.5),
    lambda: refinable([0.0, 1.0, 0.0], level=0.0, order=1),
    lambda: refinable([0.0, 1.0, 0.0], level=0, order="2"),
    lambda: tanh_sinh(power="0"), lambda: tanh_sinh(power=-0.5j),
    lambda: tanh_sinh(level=2.0), lambda: gauss_legendre(2).repeated(1.0),
    lambda: integrate(lambda x, _: x, "0", 1), lambda: integrate(lambda x, _: x, 0, 1j),
    lambda: integrate(lambda x, _: x, 0, 1, width="small"),
    lambda: integrate(lambda x, _: x, 0, 1, digits=20.0),
]
for index, call in enumerate(calls):
    try:
        call()
    except InvalidInputError:
        continue
    raise SystemExit(f"call {index} was accepted")
"""


def test_wrong_types_are_refused_where_nothing_checks_the_hints():
    # in a process of its own: here, the import hook would object first
    subprocess.run([sys.executable, "-c", WRONG_TYPES], check=True, timeout=120)


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"nodes": (), "weights": ()}, "0 nodes, 0 weights"),
        ({"nodes": (arb(0),)}, "1 nodes, 2 weights"),
        ({"nodes": (arb(0), arb.nan())}, "not finite"),
        ({"weights": (arb(0), arb.pos_inf())}, "not finite"),
        ({"nodes": (arb(0), arb(1.5))}, r"1\.50000000000000 lies outside"),
        ({"nodes": (arb(-1), arb(1))}, r"-1\.00000000000000 lies outside"),
        ({"exact_to": -1}, "exact_to = -1 is not a whole number of at least 0"),
    ],
)
def test_a_rule_that_is_none_is_refused(changes, finding):
    with pytest.raises(InvalidInputError, match=finding):
        replace(romberg(0), **changes)


def test_a_rule_of_few_digits_has_no_float64_form():
    with pytest.raises(DigitsError, match="20 digits or more"):
        _ = gauss_legendre(3, precision=Precision(4)).float64
    with pytest.raises(DigitsError, match="20 digits or more"):
        _ = romberg(2, columns=1, precision=Precision(4)).float64


def test_small_weights_must_be_as_exact_as_large_ones():
    weights = tuple(arb(w, 1e-12 * w) for w in (1e-6, 2e-6))
    with pytest.raises(DigitsError, match="20 digits or more"):
        _ = replace(romberg(0), weights=weights).float64


def test_a_node_that_underflows_has_no_float64_form():
    rule = tanh_sinh(power=-0.95, precision=Precision(20))
    with pytest.raises(DigitsError, match="above 1e-308"):
        _ = rule.float64


@pytest.mark.parametrize(
    "values", [np.ones(3), np.ones((4, 1)), np.full(4, np.nan), np.float64(1.0)]
)
def test_values_of_another_shape_or_not_finite_are_refused(values):
    with pytest.raises(InvalidInputError, match="4 nodes"):
        gauss_legendre(4).integrate(lambda _: values)


def test_a_rule_of_ones_own_works_as_the_others_do():
    rule = Rule("midpoint", (arb(0.5),), (arb(1),), 1, Precision(20))
    assert rule.integrate(np.square) == 0.25
