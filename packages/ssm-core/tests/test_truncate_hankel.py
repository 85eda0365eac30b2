"""T-hankel: Hankel singular values against closed forms and the Hankel matrix itself."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, cores, lifted
from framestate.ssm.truncate import balanced, hankel_singular_values
from framestate.ssm.truncate.gramians import gramian_factors
from framestate.ssm.truncate.hankel import hankel

EPS = np.finfo(np.float64).eps


def system_of(A, B, lift=None):
    lift = np.eye(len(B)) if lift is None else lift
    return ssm.System(A=A, B=B, measure="translated", lift=lift)


@pytest.mark.parametrize("a", [1e-3, 1.0, 40.0])
def test_one_state_has_the_value_cb_over_2a(a):
    system = system_of(np.array([[a]]), np.array([3.0]))
    assert hankel_singular_values(system, [[-5.0]]) == pytest.approx(
        [15 / (2 * a)], rel=8 * EPS
    )


def test_two_decays_have_the_values_of_their_gramian():
    # Both gramians are the Cauchy matrix of rows (1/2, 1/3) and (1/3, 1/4).
    system = system_of(np.diag([1.0, 2.0]), np.ones(2))
    wanted = [3 / 8 + 73**0.5 / 24, 3 / 8 - 73**0.5 / 24]
    found = hankel_singular_values(system, np.ones((1, 2)))
    assert found == pytest.approx(wanted, rel=64 * EPS)


@pytest.mark.theorem("T-hankel")
@given(system=cores(max_size=6), seed=st.integers(0, 99))
def test_they_are_the_singular_values_of_the_sampled_hankel_matrix(system, seed):
    C = np.random.default_rng(seed).standard_normal((1, system.size))
    step = ssm.discretize(system, dt=0.5, method="bilinear")
    # |p| <= .8 for |lam| <= 30: nothing is left after 300 samples. The bilinear
    # rule of an input averaged over each step is the exact bilinear transform.
    K = ssm.kernel(step, C, 300)[0]
    averaged = (K[1:] + K[:-1]) / 2
    values = np.linalg.svd(scipy.linalg.hankel(averaged), compute_uv=False)
    found = hankel_singular_values(system, C)
    assert np.all(np.diff(found) <= 0)
    assert np.abs(found - values[: system.size]).max() <= 64 * EPS * 300 * values[0]


@pytest.mark.theorem("T-hankel")
@given(system=cores(), seed=st.integers(0, 99))
def test_they_belong_to_no_coordinates(system, seed):
    rng = np.random.default_rng(seed)
    n = system.size
    U, _ = np.linalg.qr(rng.standard_normal((n, n)))
    scale = np.geomspace(1, 30, n)
    T, inverse = U * scale, (U / scale).T
    C = rng.standard_normal((2, n))
    turned = system_of(T @ system.A @ inverse, T @ system.B)
    found = hankel_singular_values(turned, C @ inverse)
    wanted = hankel_singular_values(system, C)
    # Rounding of the new A is cond(T)^2 = 900 times as large in the old coordinates,
    # where it meets a damping of at least 1/2.
    allowed = 64 * EPS * n * 900 * np.linalg.norm(system.A) * wanted[0]
    assert np.abs(found - wanted).max() <= allowed


def test_the_output_is_the_original_state_unless_rows_are_given():
    rng = np.random.default_rng(1)
    small = core(rng, 4)
    seen = ssm.System(
        A=small.A, B=small.B, measure="scaled", lift=rng.standard_normal((50, 4))
    )
    both = [hankel_singular_values(seen), hankel_singular_values(small, seen.lift)]
    assert np.array_equal(*both)
    stacked = hankel_singular_values(small, seen.lift.reshape(5, 10, 4))
    assert np.array_equal(stacked, both[0])
    one = hankel_singular_values(small, seen.lift[0])
    assert np.array_equal(one, hankel_singular_values(small, seen.lift[:1]))


def test_a_redundant_operator_has_the_values_of_its_core_and_rounding():
    rng = np.random.default_rng(2)
    small = core(rng, 4)
    operator = lifted(rng, small, redundant=3)
    found = hankel("test", operator, None)
    wanted = hankel_singular_values(small, operator.analysis)
    # Redundant coordinates are turned by T with cond(T) <= 2 and a longer R.
    allowed = found.rounding * np.linalg.norm(operator.synthesis)
    assert np.abs(found.sigma[:4] - wanted).max() <= allowed
    assert found.sigma[4:].max() <= allowed


def test_states_that_nothing_reaches_have_the_value_zero():
    system = system_of(np.diag([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]))
    found = hankel_singular_values(system, np.ones(3))
    assert found == pytest.approx([1 / 4, 0, 0], abs=4 * EPS)
    assert found.shape == (3,)


def test_equal_decays_reach_one_direction_only():
    system = system_of(2 * np.eye(3), np.array([1.0, 2.0, 2.0]))
    # The state moves along B, as exp(-2 t) B: |B| / (2 * 2).
    found = hankel_singular_values(system)
    assert found == pytest.approx([3 / 4, 0, 0], abs=8 * EPS)
    assert balanced(system).system.lam == pytest.approx([2.0], rel=8 * EPS)


@pytest.mark.parametrize("seed", range(5))
def test_rounding_is_measured_in_any_scale_of_the_states(seed):
    system = core(np.random.default_rng(seed), 4)
    scale = np.array([2.0**-30, 1.0, 2.0**10, 2.0**30])
    A, B = system.A * scale[:, None] / scale, system.B * scale
    graded = hankel("test", system_of(A, B), np.diag(1 / scale))
    plain = hankel("test", system, np.eye(4))
    assert graded.rounding == pytest.approx(plain.rounding, rel=64 * 4 * EPS)
    assert np.abs(graded.sigma - plain.sigma).max() <= plain.rounding
    # sum_i ||seen_i|| ||reached_i|| is at least sigma_1, at most the Frobenius norms.
    unit = 64 * 4 * EPS
    assert unit * plain.sigma[0] <= plain.rounding
    factors = gramian_factors("test", system, np.eye(4))
    most = np.linalg.norm(factors.seen) * np.linalg.norm(factors.reached)
    assert plain.rounding <= unit * most * (1 + unit)
    assert np.abs(plain.left @ plain.right - np.diag(plain.sigma)).max() <= (
        plain.rounding
    )
