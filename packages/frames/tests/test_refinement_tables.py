"""Half-line tables: derived without quadrature, checked by parts, values and shipping."""

import json
from math import comb, factorial

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate.frames import DigitsError, filters
from framestate.frames.precision import Precision
from framestate.frames.refinement import Refinable, connect, shipped, solve_tables
from framestate.frames.refinement.moments import moments, monomial
from framestate.frames.refinement.stein import solve_stein

NAMES = [*(f"db{p}" for p in range(2, 12)), "sym4", "sym7", "sym11"]
SPLINES = {  # uniform B-splines: taps are binomials
    2: [1, 2, 1],
    3: [1, 3, 3, 1],
    4: [1, 4, 6, 4, 1],
}


def of(name, digits=40):
    precision = Precision(digits)
    taps = filters.load(name, precision.more(10)).lowpass
    return solve_tables(taps, taps, precision)


def spline_taps(order, precision):
    with precision.more(10).working():
        scale = flint.arb(2).sqrt() / 2**order
        return tuple(scale * tap for tap in SPLINES[order])


def zero(ball, digits):
    """A ball that holds 0 and is as narrow as was asked for."""
    return ball.contains(0) and float(ball.rad()) < 10.0**-digits


@pytest.mark.theorem("T-half-line")
@pytest.mark.parametrize("name", NAMES)
def test_integration_by_parts_holds_in_balls(name):
    tables = of(name)
    with tables.precision.working():
        cut = range(-1, -len(tables.values) + 1, -1)
        for k in cut:
            for l in cut:
                ends = tables.values[-k] * tables.values[-l]
                slopes = tables.slope(k, l) + tables.slope(l, k) + ends
                assert zero(slopes, 35)
                turned = tables.dilation(k, l) + tables.dilation(l, k)
                assert zero(turned + tables.mass(k, l), 35)
                assert zero(tables.mass(k, l) - tables.mass(l, k), 35)


@pytest.mark.theorem("T-half-line")
def test_the_shortest_wavelet_gives_the_number_in_radicals():
    tables = of("db2", 60)
    with tables.precision.working():
        found = tables.slope(-1, 0) - tables.slope(-2, -1)  # int_0^1 phi'(x+1) phi(x)
        exact = -flint.arb(7) / 12 - flint.arb(3).sqrt() / 4
        assert zero(found - exact, 55)


@pytest.mark.theorem("T-half-line")
@pytest.mark.parametrize("name", ["db2", "db3", "db5", "sym6"])
def test_the_two_scale_equations_hold(name):
    tables = of(name)
    h, size = tables.taps, len(tables.values) - 2
    with tables.precision.working():
        for k in range(-size, 0):
            for l in range(-size, 0):
                sums = [flint.arb(0)] * 3
                for i, a in enumerate(h):
                    for j, b in enumerate(h):
                        place = 2 * k + i, 2 * l + j
                        terms = (
                            tables.mass(*place),
                            2 * tables.slope(*place),
                            tables.dilation(*place),
                        )
                        sums = [s + a * b * t for s, t in zip(sums, terms, strict=True)]
                found = tables.mass(k, l), tables.slope(k, l), tables.dilation(k, l)
                for left, right in zip(found, sums, strict=True):
                    assert zero(left - right, 30)


@pytest.mark.theorem("T-half-line")
@pytest.mark.parametrize("name", ["db4", "db9", "sym5"])
def test_the_tables_agree_with_sums_over_exact_values(name):
    # the trapezoid rule on a grid of 2^-9 is good to the modulus of continuity
    tables, h = of(name), 2.0**-9
    functions = Refinable(filters.load(name))
    x = np.arange(0.0, functions.filter.support, h)
    at = {k: functions.scaling(x - k) for k in range(-functions.filter.support + 1, 1)}
    for k in (-1, -2, -4):
        for l in (-1, -3):
            first, second = at[k].copy(), at[l]
            first[0] /= 2
            assert abs(h * first @ second - float(tables.mass(k, l).mid())) <= 1e-4
            steps, middle = np.diff(at[k]), (at[l][1:] + at[l][:-1]) / 2
            assert abs(steps @ middle - float(tables.slope(k, l).mid())) <= 1e-4
            weighted = (x[1:] + x[:-1]) / 2 * steps
            assert abs(weighted @ middle - float(tables.dilation(k, l).mid())) <= 1e-4


@pytest.mark.theorem("T-connection")
@pytest.mark.parametrize("order", SPLINES)
def test_splines_have_the_connection_coefficients_of_the_cardinal_spline(order):
    taps = spline_taps(order, Precision(30))
    with Precision(30).working():
        line = connect(taps, taps)
        # rho[m] = N_2p(p + m), gamma[m] = N_2p'(p + m), N the cardinal B-spline
        for m in range(1 - order, order):
            mass = spline(2 * order, order + m)
            high, low = order + m, order + m - 1
            slope = spline(2 * order - 1, high) - spline(2 * order - 1, low)
            assert zero(line.mass(0, m) - mass, 25)
            assert zero(line.slope(0, m) - slope, 25)


def spline(p, n):
    """The cardinal B-spline of order p at the whole number n."""
    terms = (
        (-1) ** j * comb(p, j) * flint.arb(max(n - j, 0)) ** (p - 1)
        for j in range(p + 1)
    )
    return sum(terms, flint.arb(0)) / factorial(p - 1)


@pytest.mark.theorem("T-half-line")
@pytest.mark.parametrize(("first", "second"), [(2, 2), (3, 2), (2, 3), (4, 3)])
def test_pairs_of_different_functions_are_integrated(first, second):
    precision = Precision(30)
    tables = solve_tables(
        spline_taps(first, precision), spline_taps(second, precision), precision
    )
    # both are piecewise polynomials of degree at most 3: Gauss is exact on unit cells
    nodes, weights = np.polynomial.legendre.leggauss(6)
    x = (np.arange(first + second)[:, None] + (nodes + 1) / 2).ravel()
    w = np.tile(weights / 2, first + second)
    phi = [Refinable(_spline_filter(order)) for order in (first, second)]
    step = 2.0**-20
    for k in range(-first + 1, 1):
        for l in range(-second + 1, 1):
            other = phi[1].scaling(x - l)
            slope = (phi[0].scaling(x - k + step) - phi[0].scaling(x - k - step)) / (
                2 * step
            )
            found = tables.mass(k, l), tables.slope(k, l), tables.dilation(k, l)
            wanted = (
                w @ (phi[0].scaling(x - k) * other),
                w @ (slope * other),
                w @ (x * slope * other),
            )
            assert np.allclose([float(v.mid()) for v in found], wanted, 0, 1e-8)


def _spline_filter(order):
    taps = np.array(SPLINES[order]) * np.sqrt(2.0) / 2**order
    # the identities of a wavelet are not claimed: only the scaling function is used
    return filters.Filter("spline", taps, taps, 0, tolerance=10.0)


@given(
    size=st.integers(1, 6),
    columns=st.integers(1, 6),
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0.0, 0.95),
)
def test_a_stein_equation_is_solved_within_its_balls(size, columns, seed, scale):
    rng = np.random.default_rng(seed)
    M, N = (
        scale * q / np.linalg.norm(q, 2)
        for q in (rng.standard_normal((n, n)) for n in (size, columns))
    )
    C = rng.standard_normal((size, columns))
    with Precision(40).working():
        balls = [flint.arb_mat(x.tolist()) for x in (M, N, C)]
        X = solve_stein(*balls)
        gap = X - balls[0] * X * balls[1].transpose() - balls[2]
        assert all(zero(entry, 30) for entry in gap.entries())
    exact = np.linalg.solve(np.eye(size * columns) - np.kron(M, N), C.ravel())
    found = [float(x.mid()) for x in X.entries()]
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12 * np.abs(C).sum() * 100)


def test_a_stein_equation_that_does_not_contract_is_refused():
    with Precision(20).working():
        one = flint.arb_mat([[1]])
        with pytest.raises(DigitsError, match=r"2\^40 terms"):
            solve_stein(one, one, one)


@pytest.mark.theorem("T-half-line")
@pytest.mark.parametrize("digits", [20, 50, 90])
def test_more_digits_give_narrower_balls_of_the_same_numbers(digits):
    coarse, fine = of("db4", digits), of("db4", digits + 30)
    for a, b in zip(coarse.e.entries(), fine.e.entries(), strict=True):
        assert a.overlaps(b)
        assert float(a.rad()) < 10.0**-digits


@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_shipped_tables_are_those_that_are_derived_anew(name):
    digits = shipped.default_digits(int(name[2:]))
    stored, derived = shipped.shipped(name, digits), shipped.derive(name, digits)
    assert stored.precision == derived.precision
    pairs = [(stored.taps, derived.taps), (stored.values, derived.values)]
    pairs += [
        (getattr(stored.line, part), getattr(derived.line, part))
        for part in ("rho", "gamma", "mu")
    ]
    pairs += [
        (getattr(stored, part).entries(), getattr(derived, part).entries())
        for part in "gde"
    ]
    assert stored.line.first == derived.line.first
    for left, right in pairs:
        for a, b in zip(left, right, strict=True):
            assert a.overlaps(b)
            assert float(a.rad()) <= 10.0 ** -(digits + 1)


def test_what_is_written_is_what_is_shipped(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "NAMES", ("db2", "db3"))
    shipped.write(tmp_path / "new")
    for name in ("db2", "db3"):
        text = (tmp_path / "new" / f"{name}.json").read_text()
        record = json.loads(text)
        assert record["name"] == name
        assert all("+/-" in entry for entry in record["e"])
        again = shipped.decode(record)
        stored = shipped.shipped(name, record["digits"])
        assert all(
            a.overlaps(b)
            for a, b in zip(again.d.entries(), stored.d.entries(), strict=True)
        )


@pytest.mark.parametrize(("name", "digits"), [("db4", 30), ("sym4", 64), ("db21", 166)])
def test_other_names_and_digits_are_not_shipped(name, digits):
    assert shipped.shipped(name, digits) is None


@pytest.mark.theorem("T-moments")
@pytest.mark.parametrize("name", ["db2", "db5", "sym8"])
def test_translates_carry_the_polynomials(name):
    tables = of(name)
    order = filters.load(name).moments
    with tables.precision.working():
        m = moments(tables.taps, order)
        for degree in range(order):
            for x in (0, 3, -2):  # sum_k c(k) phi(x - k) = x^degree
                total = sum(
                    (
                        monomial(m, degree, x - n) * tables.values[n]
                        for n in range(len(tables.values))
                    ),
                    flint.arb(0),
                )
                assert zero(total - flint.arb(x) ** degree, 25)


@pytest.mark.theorem("T-moments")
def test_the_second_moment_of_a_daubechies_function_is_the_square_of_the_first():
    for name in ("db2", "db3", "db10"):  # since psi has two vanishing moments
        tables = of(name)
        with tables.precision.working():
            one, first, second = moments(tables.taps, 3)
            assert zero(one - 1, 30)
            assert zero(second - first * first, 30)
