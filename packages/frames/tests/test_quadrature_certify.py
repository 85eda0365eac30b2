"""Certified integrals hold the exact value, or the refusal says what is missing."""

import math
import re
from fractions import Fraction

import pytest
import sympy
from flint import acb, arb, fmpq
from hypothesis import given
from hypothesis import strategies as st
from mpmath import MPContext

from framestate.frames.errors import DigitsError, InvalidInputError
from framestate.frames.precision import Precision
from framestate.frames.quadrature import integrate

s = sympy.Symbol("s")
ENDS = st.fractions(-3, 3, max_denominator=50)
# the integrand in balls, and as an expression
ANALYTIC = {
    "exp": (lambda x, _: x.exp(), sympy.exp(s)),
    "square": (lambda x, _: x * x, s**2),
    "wave": (lambda x, _: (5 * x).sin(), sympy.sin(5 * s)),
    "witch": (lambda x, _: 1 / (1 + x * x), 1 / (1 + s**2)),
    "cube times exp": (lambda x, _: x**3 * (-x).exp(), s**3 * sympy.exp(-s)),
}
EXACT = {  # the interval [0, 1] and branch points
    "root": (lambda x, a: x.sqrt(analytic=a), sympy.Rational(2, 3)),
    "logarithm": (lambda x, a: (1 + x).log(analytic=a), 2 * sympy.log(2) - 1),
    "kink": (
        lambda x, a: (x - acb(fmpq(1, 3))).real_abs(analytic=a),
        sympy.Rational(5, 18),
    ),
    "jump": (
        lambda x, a: (x - acb(fmpq(1, 3))).real_heaviside(analytic=a),
        sympy.Rational(2, 3),
    ),
}


def holds(found, exact):
    """Whether an exact expression lies within the radius."""
    ctx = MPContext()
    ctx.dps = 120
    truth = ctx.mpf(str(sympy.N(exact, 110)))
    value = ctx.mpf(found.real.value.str(110, radius=False))
    return abs(truth - value) <= found.radius


def antiderivative(expression, low, high):
    whole = sympy.integrate(expression, s)
    return whole.subs(s, sympy.Rational(high)) - whole.subs(s, sympy.Rational(low))


@given(
    name=st.sampled_from(list(ANALYTIC)),
    ends=st.tuples(ENDS, ENDS).filter(lambda e: e[0] < e[1]),
    digits=st.integers(1, 60),
)
def test_the_enclosure_holds_the_exact_integral(name, ends, digits):
    function, expression = ANALYTIC[name]
    found = integrate(function, *ends, width=10.0**-digits)
    assert found.radius <= 10.0**-digits
    assert holds(found, antiderivative(expression, *ends))


@given(
    points=st.sets(ENDS, min_size=3, max_size=3), name=st.sampled_from(list(ANALYTIC))
)
def test_integrals_over_neighboring_intervals_add_up(points, name):
    function, (a, b, c) = ANALYTIC[name][0], sorted(points)
    left, right = integrate(function, a, b), integrate(function, b, c)
    whole = integrate(function, a, c)
    with Precision(40).working():
        gap = abs(left.value + right.value - whole.value)
        assert gap <= 1.000001 * (left.radius + right.radius + whole.radius)


@given(p=st.integers(-9, 9), q=st.integers(-9, 9))
def test_integrals_are_linear(p, q):
    f, g = ANALYTIC["exp"][0], ANALYTIC["wave"][0]
    apart = [integrate(h, 0, 1, width=1e-30).real.value for h in (f, g)]
    together = integrate(lambda x, a: p * f(x, a) + q * g(x, a), 0, 1, width=1e-30)
    with Precision(40).working():
        gap = abs(together.real.value - p * apart[0] - q * apart[1])
        assert gap <= (1 + abs(p) + abs(q)) * 1e-30


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("digits", [6, 30])
def test_branch_points_kinks_and_jumps_are_enclosed(name, digits):
    function, exact = EXACT[name]
    found = integrate(function, 0, 1, width=10.0**-digits)
    assert found.radius <= 10.0**-digits
    assert holds(found, exact)


def test_a_formula_for_each_piece_is_integrated_between_the_breaks():
    steps = [lambda x, _: x, lambda x, _: 1 - x, lambda x, _: x.exp()]
    found = integrate(steps, 0, 2, breaks=(Fraction(1, 3), 1), width=1e-40)
    third = sympy.Rational(1, 3)
    exact = third**2 / 2 + (1 - third) ** 2 / 2 + sympy.exp(2) - sympy.E
    assert found.radius <= 1e-40
    assert holds(found, exact)


def test_one_formula_serves_all_pieces():
    found = integrate(lambda x, _: x.exp(), 0, 1, breaks=(0.25, 0.5))
    assert holds(found, sympy.E - 1)


def test_mpmath_agrees():
    ctx = MPContext()
    ctx.dps = 40
    expected = ctx.quad(lambda x: ctx.exp(-x * x) * ctx.cos(x), [0, 1, 2])
    found = integrate(lambda x, _: (-x * x).exp() * x.cos(), 0, 2, width=1e-35)
    # mpmath's own tolerance is its precision
    assert abs(ctx.mpf(found.real.value.str(40, radius=False)) - expected) <= 1e-34


def test_complex_integrands_keep_their_imaginary_part():
    found = integrate(lambda x, _: (acb(0, 1) * x).exp(), 0, 1, width=1e-20)
    assert found.within(complex(math.sin(1), 1 - math.cos(1)), width=1e-15)


def cancelling(x, _):
    """X, by way of 10^30."""
    return (x + arb(10) ** 30) - arb(10) ** 30


def test_digits_are_added_until_the_radius_is_small_enough():
    found = integrate(cancelling, 0, 1, width=1e-20)
    assert found.radius <= 1e-20
    assert holds(found, sympy.Rational(1, 2))


def test_too_few_digits_are_refused_with_how_many_are_needed():
    with pytest.raises(DigitsError, match="digits too few: the radius is") as caught:
        integrate(cancelling, 0, 1, width=1e-20, digits=30)
    needed = int(re.search(r"digits=(\d+)", caught.value.remedy)[1])
    assert "with 30 digits" in caught.value.finding
    assert integrate(cancelling, 0, 1, width=1e-20, digits=needed).radius <= 1e-20
    assert needed <= 55
    with pytest.raises(DigitsError):
        integrate(cancelling, 0, 1, width=1e-20, digits=needed - 15)


def test_the_digits_needed_are_those_carried_and_what_the_radius_lacks():
    with pytest.raises(DigitsError) as caught:
        integrate(cancelling, 0, 1, width=1e-20, digits=30)
    magnitude = float(re.search(r"10\^(-?[\d.]+) ", caught.value.finding)[1])
    needed = int(re.search(r"digits=(\d+)", caught.value.remedy)[1])
    # the text is rounded to one decimal; one digit is for safety
    assert 30 + magnitude + 20 + 0.95 <= needed <= 30 + magnitude + 20 + 2.05


def test_one_digit_may_be_all_that_is_allowed():
    with pytest.raises(DigitsError, match="with 1 digits"):
        integrate(lambda x, _: x + acb(arb(0, 9.0)), 0, 1, width=5.0, digits=1)


def test_the_radius_of_a_complex_integral_reaches_to_the_corner():
    wide = acb(arb(0, 0.03), arb(0, 0.04))
    with pytest.raises(DigitsError, match=r"10\^-1\.3 with 15 digits"):  # 0.05
        integrate(lambda x, _: x + wide, 0, 1, digits=15)


def test_a_width_beyond_the_digits_is_refused_with_how_many_are_needed():
    with pytest.raises(DigitsError, match=r"About \d\d digits are needed"):
        integrate(lambda x, _: x.exp(), 0, 1, width=1e-60, digits=20)


def test_a_wide_integrand_is_refused_with_the_radius_that_stays():
    def wide(x, analytic):
        return x + acb(arb(0, 0.125))

    with pytest.raises(DigitsError, match=r"radius too wide: 10\^-0\.9 with 40 digits"):
        integrate(wide, 0, 1, digits=40)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, a: x.rsqrt(analytic=a),
        lambda x, _: 1 / (x - acb(0.5)),
        lambda _x, _a: acb(arb.nan()),
    ],
)
def test_a_singularity_on_the_path_is_refused(function):
    with pytest.raises(DigitsError, match="no finite bound with up to 15 digits"):
        integrate(function, 0, 1, digits=15)


def test_a_radius_beyond_float64_is_written_all_the_same():
    huge = arb(10) ** 400
    with pytest.raises(DigitsError, match=r"10\^400\.0"):
        integrate(lambda x, _: x + acb(arb(0, huge)), 0, 1, digits=20)


def test_the_work_on_an_integrand_that_does_not_settle_is_bounded():
    calls = 0

    def rough(x, analytic):
        nonlocal calls
        calls += 1
        return acb(arb.nan()) if analytic else (100 * x).sin().real_abs()

    with pytest.raises(DigitsError, match="radius too wide"):
        integrate(rough, 0, 1, width=1e-9, digits=18)
    assert calls <= 2 * 110_000


@pytest.mark.parametrize(
    ("call", "finding"),
    [
        (lambda f: integrate(f, 1, 1), r"\[1, 1\], not finite and ascending"),
        (lambda f: integrate(f, 1, 0), "not finite and ascending"),
        (lambda f: integrate(f, 0, math.inf), "not finite and ascending"),
        (lambda f: integrate(f, -math.inf, 0), "not finite and ascending"),
        (lambda f: integrate(f, math.nan, 1), "not finite and ascending"),
        (lambda f: integrate(f, 0, 1, breaks=(2,)), "not finite and ascending"),
        (lambda f: integrate(f, 0, 1, breaks=(0.5, 0.25)), "not finite and ascending"),
        (lambda f: integrate([f], 0, 1, breaks=(0.5,)), "1 functions for 2 pieces"),
        (lambda f: integrate([f, f], 0, 1), "2 functions for 1 pieces"),
        (lambda f: integrate(f, 0, 1, width=0.0), r"width = 0\.0 is not a positive"),
        (lambda f: integrate(f, 0, 1, width=-1.0), "width = -1"),
        (lambda f: integrate(f, 0, 1, width=math.nan), "width = nan"),
        (lambda f: integrate(f, 0, 1, width=math.inf), "width = inf"),
        (lambda f: integrate(f, 0, 1, digits=0), "digits = 0 is not a whole number"),
        (lambda _: integrate(lambda _x, _a: 1.0, 0, 1), r"returns 1\.0 of type float"),
        (lambda _: integrate(lambda _x, _a: arb(1), 0, 1), "of type arb"),
    ],
)
def test_what_is_no_integral_is_refused_with_the_value(call, finding):
    with pytest.raises(InvalidInputError, match=finding):
        call(lambda x, _: x)


@pytest.mark.parametrize("kind", [ZeroDivisionError, ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("first", [1, 2, 20])
def test_an_error_of_the_integrand_reaches_the_caller(kind, first):
    calls = 0

    def broken(x, analytic):
        nonlocal calls
        calls += 1
        if calls >= first:
            raise kind("mine")
        return x.exp()

    with pytest.raises(kind, match="mine"):
        integrate(broken, 0, 100)
    assert calls == first
    assert integrate(lambda x, _: x, 0, 1).within(0.5, width=1e-15)
