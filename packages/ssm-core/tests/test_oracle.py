"""T-delay-oracle: the best readout, against test vectors and dense least squares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, cores, legs

EPS = np.finfo(np.float64).eps
PERIOD = 256


def step_of(system, *, dt=0.2):
    return ssm.discretize(system, dt=dt, method="bilinear")


def dense_colored(step, lag, power, *, feedthrough):
    """Least squares on all M frequencies, with the state itself as the basis."""
    both = np.concatenate((power, power[-2:0:-1]))
    omega = 2 * np.pi * np.arange(PERIOD) / PERIOD
    columns = ssm.transfer(step, np.eye(len(step.B_bar)), omega)
    if feedthrough:
        columns = np.concatenate((columns, np.ones((1, PERIOD))))
    basis = np.sqrt(both)[:, None] * columns.T
    target = np.sqrt(both) * np.exp(-1j * omega * lag)
    stacked = np.concatenate((basis.real, basis.imag))
    wanted = np.concatenate((target.real, target.imag))
    left = wanted - stacked @ np.linalg.lstsq(stacked, wanted, rcond=None)[0]
    return np.sum(left**2) / both.sum()


@pytest.mark.theorem("T-delay-oracle")
@pytest.mark.parametrize(
    ("size", "dt", "wanted"),
    [
        (4, 2e-3, 0.997149796909223),
        (8, 6e-3, 0.992943845765008),
        (16, 6e-3, 0.986466958370042),
    ],
)
def test_white_errors_of_legs_match_the_test_vectors(size, dt, wanted):
    step = ssm.discretize(legs(size), dt=dt, method="bilinear")
    assert ssm.delay_error(step, 300) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("feedthrough", [False, True])
def test_colored_errors_equal_dense_least_squares(feedthrough):
    @given(system=cores(max_size=5), seed=st.integers(0, 99), lag=st.integers(0, 40))
    def law(system, seed, lag):
        power = np.random.default_rng(seed).uniform(0.1, 2.0, PERIOD // 2 + 1)
        step = step_of(system)
        found = ssm.delay_error(step, lag, spectrum=power, feedthrough=feedthrough)
        wanted = dense_colored(step, lag, power, feedthrough=feedthrough)
        # The residual of a least squares fit is computed backward stably.
        assert abs(found - wanted) <= 64 * EPS * PERIOD

    law()


@pytest.mark.parametrize("feedthrough", [False, True])
@given(system=cores(), lag=st.integers(0, 60))
def test_a_flat_spectrum_is_white(system, lag, feedthrough):
    step = step_of(system)
    # |p| <= .91: the wrap of the period, |p|^1024, is below eps.
    flat = ssm.delay_error(step, lag, spectrum=np.ones(513), feedthrough=feedthrough)
    white = ssm.delay_error(step, lag, feedthrough=feedthrough)
    assert abs(flat - white) <= 64 * EPS * 1024


@given(system=cores(), lag=st.integers(1, 60))
def test_errors_lie_between_zero_and_one_and_feedthrough_helps(system, lag):
    step = step_of(system)
    with_d = ssm.delay_error(step, lag)
    without = ssm.delay_error(step, lag, feedthrough=False)
    assert -64 * EPS <= with_d <= without + 64 * EPS
    assert without <= 1 + 64 * EPS * 60 * system.size


def test_lag_zero_is_free_with_feedthrough():
    assert ssm.delay_error(step_of(legs(3)), 0) == 0.0
    assert ssm.delay_error(step_of(legs(3)), 0, feedthrough=False) > 0


@pytest.mark.parametrize("spectrum", ["white", ssm.spectra.ar([0.9], PERIOD)])
def test_many_lags_are_the_single_lags(spectrum):
    step = step_of(core(np.random.default_rng(0), 5))
    lags = [0, 7, 3, 100]
    together = ssm.delay_error(step, lags, spectrum=spectrum)
    alone = [ssm.delay_error(step, lag, spectrum=spectrum) for lag in lags]
    assert isinstance(alone[0], float)
    assert np.abs(together - alone).max() <= 64 * EPS * PERIOD


def test_dense_and_diagonal_steps_have_one_error():
    system = core(np.random.default_rng(1), 7)
    modes = ssm.diagonalize(system)
    power = ssm.spectra.ar([0.9], PERIOD)
    for spectrum in ("white", power):
        dense = ssm.delay_error(step_of(system), 20, spectrum=spectrum)
        modal = ssm.delay_error(step_of(modes), 20, spectrum=spectrum)
        assert abs(dense - modal) <= 64 * EPS * PERIOD * modes.cond


@pytest.mark.parametrize(
    ("spectrum", "wanted", "digits"),
    [
        (ssm.spectra.ar([0.99], 8192), 3.58e-2, 0.005),
        (ssm.spectra.ar([1.98, -0.9801], 8192), 8.12e-5, 0.005),
        (ssm.spectra.band(1 / 8, 8192), 0.516, 0.005),
        # How the edge of the band falls on the frequencies moves this by a percent.
        (ssm.spectra.band(1 / 16, 8192), 5.05e-4, 0.03),
    ],
)
def test_the_best_of_41_steps_of_legs_65_has_the_known_colored_error(
    spectrum, wanted, digits
):
    best = min(
        ssm.delay_error(step_of(legs(65), dt=dt), 300, spectrum=spectrum)
        for dt in np.geomspace(1e-4, 1e-2, 41)[32:39]
    )
    assert best == pytest.approx(wanted, rel=digits)


def test_an_exactly_band_limited_input_is_recalled_to_twelve_digits():
    power = ssm.spectra.band(1 / 16, 8192, floor=0.0)
    errors = [
        ssm.delay_error(step_of(legs(65), dt=dt), 300, spectrum=power)
        for dt in np.geomspace(5e-3, 9e-3, 5)
    ]
    assert 0 <= min(errors) < 1e-11


@pytest.mark.parametrize("feedthrough", [False, True])
@given(system=cores(max_size=6), lag=st.integers(0, 30), seed=st.integers(0, 99))
def test_the_error_on_a_record_is_least_squares_on_its_states(
    system, lag, seed, feedthrough
):
    u = 5.0 + np.random.default_rng(seed).standard_normal(80)
    step = step_of(system)
    centered = u - u.mean()
    states = ssm.run(step, centered).states
    columns = np.column_stack((states, centered)) if feedthrough else states
    target = np.concatenate((np.zeros(lag), centered[: 80 - lag]))
    left = target - columns @ np.linalg.lstsq(columns, target, rcond=None)[0]
    wanted = np.sum(left**2) / np.sum(target**2)
    found = ssm.delay_error_on(step, u, lag, feedthrough=feedthrough)
    assert abs(found - wanted) <= 64 * EPS * 80 * 6


def test_the_error_on_a_long_white_record_is_the_white_error():
    step = step_of(legs(8), dt=0.02)
    length, lags = 1 << 15, [5, 50, 200]
    u = np.random.default_rng(2).standard_normal(length)
    found = ssm.delay_error_on(step, u, lags)
    wanted = ssm.delay_error(step, lags)
    # Residual and record energy each deviate by sqrt(2/L) relative (4 sigma of
    # their quotient); the fit of 9 parameters takes 9/L and the rest start 1/L a
    # remembered sample, of which there are 1/(1-|p|) = 50.
    relative = 4 * np.sqrt(4 / length) + (9 + 50) / length
    assert np.all(np.abs(found - wanted) <= relative * wanted)


@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_a_low_rank_step_has_the_error_of_the_dense_one(measure):
    system = core(np.random.default_rng(2), 9, measure=measure)
    low = ssm.discretize(ssm.dplr(system), dt=0.1, method="bilinear")
    dense = ssm.discretize(system, dt=0.1, method="bilinear")
    lags = [0, 3, 20]
    wanted = ssm.delay_error(dense, lags)
    assert np.abs(ssm.delay_error(low, lags) - wanted).max() <= 1e-12


def test_the_hold_moves_no_pole_so_that_with_feedthrough_it_does_not_matter():
    system = core(np.random.default_rng(3), 5)
    for source in (system, ssm.diagonalize(system)):
        held = ssm.discretize(source, dt=0.1, method="zoh")
        straight = ssm.discretize(source, dt=0.1, method="foh")
        assert ssm.delay_error(straight, 7) == ssm.delay_error(held, 7)


def test_a_straight_input_without_feedthrough_is_refused():
    step = ssm.discretize(legs(3), dt=0.1, method="foh")
    with pytest.raises(ssm.InvalidInputError, match="without feedthrough"):
        ssm.delay_error(step, 4, feedthrough=False)


def test_a_step_for_each_channel_is_refused():
    step = ssm.discretize(legs(3), dt=[0.1, 0.2], method="zoh")
    with pytest.raises(ssm.InvalidInputError, match="a dt for each of 2 channels"):
        ssm.delay_error(step, 4)


def test_a_pole_at_zero_is_the_present_sample_and_recalls_no_other():
    # bilinear with lam dt = 2: the state is a multiple of u[n] alone
    one = ssm.System(A=np.eye(1), B=np.ones(1), measure="translated", lift=np.eye(1))
    step = ssm.discretize(one, dt=2.0, method="bilinear")
    u = np.random.default_rng(0).standard_normal(400)
    spectrum = np.full(65, 1.0)
    for feedthrough in (True, False):
        assert ssm.delay_error(step, 0, feedthrough=feedthrough) == 0
        assert ssm.delay_error(step, 1, feedthrough=feedthrough) == 1
        colored = ssm.delay_error(step, 1, spectrum=spectrum, feedthrough=feedthrough)
        assert colored == pytest.approx(1, abs=64 * EPS)
        assert ssm.delay_error_on(step, u, 1, feedthrough=feedthrough) > 0.9
