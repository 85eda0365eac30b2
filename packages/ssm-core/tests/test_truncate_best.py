"""The best poles found: above the limit, below every basis, and at an optimum."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.delay.allpass import Poles, blaschke
from framestate.ssm.testing import cores, legs
from framestate.ssm.truncate import best_delay_error, delay_limit

EPS = np.finfo(np.float64).eps


def energy(poles, length):
    return np.sum(np.abs(blaschke(poles, length)) ** 2)


@pytest.mark.parametrize("lag", [2, 3, 17, 300])
def test_one_pole_has_the_best_error_in_closed_form(lag):
    # 1 - (1 - p^2) p^(2 (lag - 1)) is least at p^2 = (lag - 1) / lag.
    found = best_delay_error(1, lag)
    x = (lag - 1) / lag
    # The search stops at a slope of 1e-7, and the error is flat there.
    assert found.error == pytest.approx(1 - (1 - x) * x ** (lag - 1), abs=1e-12)
    assert found.poles.real**2 == pytest.approx([x], rel=1e-4)
    assert found.poles.upper.size == 0


def test_two_poles_do_as_well_as_the_best_of_a_grid():
    found = best_delay_error(2, 7)
    grid = min(
        energy(Poles(np.zeros(0), np.array([r * np.exp(1j * phi)])), 7)
        for r in np.linspace(0.7, 0.95, 40)
        for phi in np.linspace(0.05, 3.1, 60)
    )
    real = min(
        energy(Poles(np.array([p, q]), np.zeros(0, dtype=np.complex128)), 7)
        for p in np.linspace(-0.95, 0.95, 30)
        for q in np.linspace(-0.95, 0.95, 30)
    )
    assert found.error <= min(grid, real) <= found.error + 1e-2


@pytest.mark.parametrize(("n", "lag"), [(2, 3), (3, 5), (4, 13), (5, 6), (8, 30)])
def test_no_nearby_and_no_random_poles_do_better(n, lag):
    found = best_delay_error(n, lag)
    rng = np.random.default_rng(n)
    real, upper = found.poles.real, found.poles.upper
    worse = 0
    for _ in range(50):
        near = Poles(
            real + 1e-3 * rng.standard_normal(len(real)),
            upper + 1e-3 * rng.standard_normal((len(upper), 2)) @ [1, 1j],
        )
        worse = max(worse, energy(near, lag) - found.error)
        assert energy(near, lag) >= found.error - 1e-10
        radius = 1 - rng.uniform(0.01, 1, n // 2) * rng.uniform(0.1, 1)
        angle = np.exp(1j * rng.uniform(0.01, np.pi, n // 2))
        far = Poles(rng.uniform(-1, 1, n % 2), radius * angle)
        assert energy(far, lag) > found.error
    assert worse > 1e-7


@pytest.mark.parametrize("feedthrough", [False, True])
@given(system=cores(max_size=6), lag=st.integers(1, 30))
def test_it_lies_between_the_limit_and_every_system(system, lag, feedthrough):
    best = best_delay_error(system.size, lag, feedthrough=feedthrough)
    step = ssm.discretize(system, dt=0.1, method="bilinear")
    assert best.poles.count == system.size
    assert delay_limit(system.size, lag, feedthrough=feedthrough) <= best.error
    error = ssm.delay_error(step, lag, feedthrough=feedthrough)
    # The search stops at a slope of 1e-7.
    assert best.error <= error + 1e-6


@pytest.mark.parametrize(
    ("n", "lag", "feedthrough"), [(5, 20, True), (6, 20, False), (2, 3, True)]
)
def test_a_system_with_these_poles_has_this_error(n, lag, feedthrough):
    best = best_delay_error(n, lag, feedthrough=feedthrough)
    p = best.poles
    turning = [[[z.real, z.imag], [-z.imag, z.real]] for z in p.upper]
    A_bar = scipy.linalg.block_diag(*turning, *p.real)
    A = np.linalg.solve(np.eye(n) + A_bar, np.eye(n) - A_bar)
    system = ssm.System(A=A, B=np.ones(n), measure="translated", lift=np.eye(n))
    step = ssm.discretize(system, dt=2.0, method="bilinear")
    found = ssm.delay_error(step, lag, feedthrough=feedthrough)
    assert found == pytest.approx(best.error, rel=1e-9)


def test_at_65_states_and_lag_300_it_is_below_the_best_basis_seen():
    best = best_delay_error(65, 300)
    assert best.error == pytest.approx(0.79498, abs=5e-6)
    assert 1 - 65 / 300 < best.error < 0.814
    even = best_delay_error(64, 300)
    assert even.error == pytest.approx(0.79828, abs=5e-6)
    step = ssm.discretize(ssm.inits.s4d_lin(64), dt=1 / 150, method="bilinear")
    assert even.error < ssm.delay_error(step, 300) < 0.9
    step = ssm.discretize(legs(64), dt=6e-3, method="bilinear")
    assert even.error < ssm.delay_error(step, 300)


@pytest.mark.parametrize(
    ("n", "lag", "feedthrough"),
    [(3, 3, True), (3, 1, True), (3, 2, False), (1, 0, True), (1, 0, False)],
)
def test_a_shift_register_forgets_nothing(n, lag, feedthrough):
    best = best_delay_error(n, lag, feedthrough=feedthrough)
    assert best.error == 0.0
    assert np.array_equal(best.poles.all, np.zeros(n))


def test_one_state_too_few_is_not_a_shift_register():
    assert best_delay_error(3, 3, feedthrough=False).error > 0.4
    assert best_delay_error(3, 4).error > 0.4
    assert best_delay_error(3, 3, feedthrough=False).error == pytest.approx(
        best_delay_error(3, 4).error, rel=1e-12
    )
