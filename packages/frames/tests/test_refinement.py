"""Scaling functions and wavelets at arbitrary points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate.frames import filters
from framestate.frames.refinement import Refinable

NAMES = ("db2", "db3", "db6", "db11", "db20", "sym8", "coif3")


def functions(name: str) -> Refinable:
    return Refinable(filters.load(name))


def precision(f: Refinable) -> float:
    """54 products with matrices whose taps are as good as the filter's identities."""
    taps = max(f.filter.residuals().values()) + np.finfo(float).eps
    return 54 * 10 * f.filter.support * taps


def test_db2_takes_its_closed_values_at_the_integers():
    root = np.sqrt(3.0)
    values = functions("db2").scaling(np.arange(5.0))
    expected = np.array([0.0, (1 + root) / 2, (1 - root) / 2, 0.0, 0.0])
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-13)


@pytest.mark.theorem("T-refinement")
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32 - 1))
def test_the_scaling_function_solves_its_two_scale_equation(name, seed):
    f = functions(name)
    h = f.filter.lowpass
    x = np.random.default_rng(seed).uniform(-1.0, f.filter.support + 1.0, 20)
    right = np.sqrt(2.0) * sum(tap * f.scaling(2 * x - k) for k, tap in enumerate(h))
    bound = precision(f)
    np.testing.assert_allclose(f.scaling(x), right, rtol=0, atol=bound)


# dyadic points, so that x + k is exact: db2 turns a rounding of 1e-16 into 1e-9
@given(name=st.sampled_from(NAMES), numerator=st.integers(0, 2**20 - 1))
def test_translates_of_the_scaling_function_sum_to_one(name, numerator):
    f = functions(name)
    total = f.scaling(numerator / 2**20 + np.arange(f.filter.support)).sum()
    assert abs(total - 1.0) <= precision(f)


@pytest.mark.parametrize("name", NAMES)
def test_both_functions_vanish_outside_their_support(name):
    f = functions(name)
    outside = np.array([-3.0, -1e-9, f.filter.support + 1e-9, f.filter.support + 9.0])
    np.testing.assert_array_equal(f.scaling(outside), 0.0)
    np.testing.assert_array_equal(f.wavelet(outside), 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_translates_are_orthonormal_and_the_wavelet_has_no_mean(name):
    f = functions(name)
    # the trapezoid rule at the dyadic points of a refinable function is exact for
    # phi; for products it converges, so the bound is the spacing's
    step = 2.0**-9
    x = np.arange(0.0, f.filter.support + step, step)
    phi, psi = f.scaling(x), f.wavelet(x)
    bound = 5.0 * step ** min(2.0, f.filter.sobolev_exponent)
    assert abs(step * phi @ phi - 1.0) <= bound
    assert abs(step * psi @ psi - 1.0) <= bound
    assert abs(step * psi @ phi) <= bound
    assert abs(step * psi.sum()) <= 1e-10


def test_no_points_give_no_values():
    assert functions("db4").wavelet(np.empty(0)).shape == (0,)


def test_many_points_are_the_same_as_few():
    x = np.random.default_rng(1).uniform(0.0, 7.0, 20_000)
    f = functions("db4")
    whole = f.wavelet(x)
    pieces = np.concatenate([f.wavelet(part) for part in np.array_split(x, 7)])
    # the size of a matrix product decides its order of summation: a few roundings
    np.testing.assert_allclose(whole, pieces, rtol=0, atol=1e-13)
