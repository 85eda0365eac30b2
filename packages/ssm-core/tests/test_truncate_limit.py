"""T-delay-*: no system is below the limits of the delay task, and some are at them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import cores, legs
from framestate.ssm.truncate import delay_limit, mean_delay_limit

EPS = np.finfo(np.float64).eps
PERIOD = 1024


def step_of(system, *, dt=0.2, method="bilinear"):
    return ssm.discretize(system, dt=dt, method=method)


def shift_register(n):
    """A_bar moves each state on by one: x = (u[n], u[n - 1], ..), up to signs."""
    down = np.eye(n, k=-1)
    A = np.linalg.solve(np.eye(n) + down, np.eye(n) - down)
    system = ssm.System(A=A, B=np.eye(n)[0], measure="translated", lift=np.eye(n))
    return step_of(system, dt=2.0)


@pytest.mark.theorem("T-delay-capacity")
@pytest.mark.parametrize("feedthrough", [False, True])
@given(system=cores(max_size=12))
def test_capacities_of_white_input_sum_to_the_order(system, feedthrough):
    errors = ssm.delay_error(step_of(system), range(2000), feedthrough=feedthrough)
    # |p| <= .91: what is recalled after 2000 samples is below eps.
    capacity = np.sum(1 - errors)
    assert abs(capacity - (system.size + feedthrough)) <= 64 * EPS * 2000
    assert np.all(np.diff(errors) >= 0)


@pytest.mark.theorem("T-delay-capacity")
@pytest.mark.parametrize("feedthrough", [False, True])
@given(
    system=cores(max_size=12),
    lag=st.integers(0, 60),
    dt=st.sampled_from([0.005, 0.05, 0.3]),
)
def test_no_system_recalls_white_input_better_than_the_limit(
    system, lag, dt, feedthrough
):
    error = ssm.delay_error(step_of(system, dt=dt), lag, feedthrough=feedthrough)
    limit = delay_limit(system.size, lag, feedthrough=feedthrough)
    mean = mean_delay_limit(system.size, lag, feedthrough=feedthrough)
    assert limit <= error + 64 * EPS * 60
    assert mean <= limit


@pytest.mark.parametrize(
    "modes",
    [
        ssm.inits.s4d_lin(8),
        ssm.inits.s4d_inv(8),
        ssm.inits.normal_part(legs(8)),
    ],
)
@pytest.mark.parametrize("method", ["bilinear", "zoh"])
def test_no_named_init_is_below_the_limits(modes, method):
    lags = [1, 7, 8, 9, 30, 100]
    for dt in np.geomspace(1e-3, 1, 7):
        step = step_of(modes, dt=dt, method=method)
        for feedthrough in (False, True):
            errors = ssm.delay_error(step, lags, feedthrough=feedthrough)
            limits = [delay_limit(8, lag, feedthrough=feedthrough) for lag in lags]
            assert np.all(errors >= np.array(limits) - 64 * EPS * 100)


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_white_limits_have_their_constants_and_a_shift_register_reaches_zero(n):
    for lag in range(40):
        mean = max(lag - n, 0) / (lag + 1)
        assert delay_limit(n, lag) == pytest.approx(max(1 - n / max(lag, 1), 0))
        assert mean_delay_limit(n, lag) == pytest.approx(mean)
        without = max(1 - n / (lag + 1), 0)
        assert delay_limit(n, lag, feedthrough=False) == pytest.approx(without)
        assert mean_delay_limit(n, lag, feedthrough=False) == pytest.approx(without)
    errors = ssm.delay_error(shift_register(n), range(n + 1), feedthrough=False)
    assert errors.tolist() == [0.0] * n + [1.0]


@pytest.mark.theorem("T-delay-window")
@pytest.mark.parametrize("feedthrough", [False, True])
@given(system=cores(max_size=5), seed=st.integers(0, 99), lag=st.integers(0, 30))
def test_no_mean_error_of_any_input_is_below_the_window_limit(
    system, seed, lag, feedthrough
):
    power = np.random.default_rng(seed).uniform(0.0, 2.0, PERIOD // 2 + 1) ** 4
    errors = ssm.delay_error(
        step_of(system), range(lag + 1), spectrum=power, feedthrough=feedthrough
    )
    limit = mean_delay_limit(system.size, lag, spectrum=power, feedthrough=feedthrough)
    assert 0 <= limit <= errors.mean() + 64 * EPS * PERIOD


@pytest.mark.theorem("T-delay-window")
def test_window_limits_of_an_autoregression_are_eigenvalues_by_hand():
    r = 0.5
    power = ssm.spectra.ar([r], PERIOD)
    # Covariance (1, r; r, 1) of u[n] and u[n - 1]; given u[n] it is 1 - r^2.
    found = mean_delay_limit(1, 1, spectrum=power, feedthrough=False)
    assert found == pytest.approx((1 - r) / 2, rel=64 * EPS)
    assert mean_delay_limit(1, 1, spectrum=power) == 0.0
    # u[n - 1] and u[n - 2] given u[n] have (1 - r^2) (1, r; r, 1 + r^2).
    smaller = (2 + r**2 - np.sqrt(r**4 + 4 * r**2)) / 2
    found = mean_delay_limit(1, 2, spectrum=power)
    assert found == pytest.approx((1 - r**2) * smaller / 3, rel=64 * EPS)
    scaled = mean_delay_limit(1, 2, spectrum=7 * power)
    assert scaled == pytest.approx(found, rel=64 * EPS)
    assert mean_delay_limit(1, PERIOD // 2, spectrum=power) > 0


@pytest.mark.theorem("T-delay-prediction")
def test_single_lag_limits_of_an_autoregression_are_eigenvalues_by_hand():
    r = 0.5
    power = ssm.spectra.ar([r], PERIOD)
    smaller = (2 + r**2 - np.sqrt(r**4 + 4 * r**2)) / 2
    for feedthrough in (False, True):
        found = delay_limit(
            1, 2, spectrum=3 * power, coefficients=[r], feedthrough=feedthrough
        )
        assert found == pytest.approx((1 - r**2) * smaller / 2, rel=64 * EPS)
        assert (
            delay_limit(2, 2, spectrum=power, coefficients=[r], feedthrough=feedthrough)
            == 0.0
        )


@pytest.mark.theorem("T-delay-prediction")
@pytest.mark.parametrize(
    "coefficients", [[0.9], [-0.5], [1.8, -0.81], [0.5, -0.7, 0.1]]
)
@pytest.mark.parametrize("feedthrough", [False, True])
def test_no_system_recalls_an_autoregression_better_than_the_limit(
    coefficients, feedthrough
):
    power = ssm.spectra.ar(coefficients, PERIOD)

    @given(system=cores(max_size=6), dt=st.sampled_from([0.1, 0.2, 0.5]))
    def law(system, dt):
        lags = [0, 1, 2, 5, 17, 40]
        errors = ssm.delay_error(
            step_of(system, dt=dt), lags, spectrum=power, feedthrough=feedthrough
        )
        for lag, error in zip(lags, errors, strict=True):
            limit = delay_limit(
                system.size,
                lag,
                spectrum=power,
                coefficients=coefficients,
                feedthrough=feedthrough,
            )
            # |p| <= .96: the wrap of the period, |p|^1024, is below eps.
            assert limit <= error + 64 * EPS * PERIOD

    law()


@pytest.mark.theorem("T-delay-minorant")
@given(system=cores(max_size=6), lag=st.integers(1, 40), seed=st.integers(0, 99))
def test_an_input_below_the_spectrum_transfers_its_limit(system, lag, seed):
    lift = np.random.default_rng(seed).uniform(1.0, 3.0, PERIOD // 2 + 1)
    power = lift * ssm.spectra.ar([0.7], PERIOD)
    error = ssm.delay_error(step_of(system), lag, spectrum=power)
    for coefficients in ((), [0.7], [0.2]):
        limit = delay_limit(system.size, lag, spectrum=power, coefficients=coefficients)
        assert limit <= error + 64 * EPS * PERIOD


@pytest.mark.theorem("T-delay-minorant")
@pytest.mark.parametrize(
    ("spectrum", "coefficients", "seen", "limit"),
    [
        # The smallest errors seen among nine bases of 65 states at lag 300.
        ("white", (), 0.814, 0.783),
        (ssm.spectra.ar([0.99], 8192), [0.99], 1.06e-2, 9.05e-3),
        (ssm.spectra.ar([1.98, -0.9801], 8192), [1.98, -0.9801], 2.5e-6, 1.66e-6),
        (ssm.spectra.band(1 / 16, 8192), (), 1.31e-5, 1.25e-5),
        (ssm.spectra.band(1 / 8, 8192), (), 6.5e-6, 6.26e-6),
    ],
)
def test_the_best_bases_seen_are_close_to_the_limits(
    spectrum, coefficients, seen, limit
):
    found = delay_limit(65, 300, spectrum=spectrum, coefficients=coefficients)
    assert limit <= found <= limit * 1.01
    assert found < seen


@pytest.mark.theorem("T-delay-hankel")
@given(system=cores(max_size=6), seed=st.integers(0, 99), lag=st.integers(7, 20))
def test_no_readout_of_few_states_is_near_a_longer_delay_at_every_frequency(
    system, seed, lag
):
    omega = np.linspace(0, np.pi, 20_001)
    step = step_of(system)
    basis = ssm.transfer(step, np.eye(system.size), omega)
    basis = np.concatenate((basis, np.ones((1, len(omega)))))
    delay = np.exp(-1j * omega * lag)
    stacked = np.concatenate((basis.real, basis.imag), axis=1)
    wanted = np.concatenate((delay.real, delay.imag))
    best = np.linalg.lstsq(stacked.T, wanted, rcond=None)[0]
    drawn = best * np.random.default_rng(seed).uniform(0.5, 1.5, len(best))
    for C in (best, drawn):
        # Between two frequencies the error bends by lag + 1 / (1 - |p|) <= 40.
        assert np.abs(delay - C @ basis).max() >= 1 - (40 * omega[1]) ** 2


@pytest.mark.parametrize("feedthrough", [False, True])
def test_rounding_makes_no_limit_negative(feedthrough):
    power = ssm.spectra.band(1 / 16, PERIOD, floor=0.0)
    for n in range(20, 60):
        limit = mean_delay_limit(n, 100, spectrum=power, feedthrough=feedthrough)
        assert 0 <= limit <= 64 * EPS * PERIOD


def test_longer_lags_and_fewer_states_are_never_easier():
    power = ssm.spectra.ar([0.9], PERIOD)
    for options in ({}, {"spectrum": power, "coefficients": [0.9]}):
        table = np.array(
            [[delay_limit(n, lag, **options) for lag in range(30)] for n in range(1, 9)]
        )
        assert np.all(np.diff(table, axis=0) <= 0)
        assert np.all(np.diff(table, axis=1) >= -64 * EPS)
        assert table[0, -1] > 0
