"""The Takenaka-Malmquist basis is orthonormal, real, and spans the poles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.delay.allpass import (
    Poles,
    blaschke,
    driven_poles,
    filtered,
    responses,
)
from framestate.ssm.testing import core, cores, legs, lifted

EPS = np.finfo(np.float64).eps


def poles_of(system, *, dt=0.2):
    return driven_poles(ssm.discretize(system, dt=dt, method="bilinear"))


@pytest.mark.parametrize("feedthrough", [False, True])
def test_the_basis_is_orthonormal_on_the_circle(feedthrough):
    @given(system=cores())
    def law(system):
        poles = poles_of(system)
        period = 1024
        omega = 2 * np.pi * np.arange(period) / period
        basis = responses(poles, np.exp(-1j * omega), feedthrough=feedthrough)
        gram = basis.conj().T @ basis / period
        size = poles.count + feedthrough
        # Aliasing of |p|^1024 with |p| <= .91 is below eps.
        assert gram.shape == (size, size)
        assert np.abs(gram - np.eye(size)).max() <= 64 * EPS * period

    law()


@given(system=cores(), seed=st.integers(0, 9))
def test_filters_are_the_impulse_responses_of_the_basis(system, seed):
    poles = poles_of(system)
    period = 512
    delay = np.exp(-2j * np.pi * np.arange(period // 2 + 1) / period)
    basis = responses(poles, delay, feedthrough=True)
    impulse = np.eye(period)[0]
    found = filtered(poles, impulse, feedthrough=True)
    wanted = np.fft.irfft(basis, period, axis=0)
    assert np.abs(found - wanted).max() <= 64 * EPS * period


def test_the_basis_stays_orthonormal_for_65_poles_of_legs():
    poles = poles_of(legs(65), dt=0.02)
    assert poles.count == 65
    impulse = np.eye(1, 2048)[0]
    basis = filtered(poles, impulse, feedthrough=False)
    gram = basis.T @ basis
    # Slowest pole .98: the tail exp(-41) is below eps; filters round at each sample.
    assert np.abs(gram - np.eye(65)).max() <= 64 * EPS * len(impulse)


def test_an_allpass_keeps_the_energy_of_an_impulse():
    poles = Poles(np.array([0.5, 0.5, -0.3]), np.array([0.6 + 0.7j]))
    series = blaschke(poles, 600)
    assert np.sum(np.abs(series) ** 2) == pytest.approx(1, abs=64 * EPS * 600)
    assert np.abs(series.imag).max() <= 64 * EPS


def test_poles_that_no_input_reaches_do_not_count():
    rng = np.random.default_rng(0)
    small = core(rng, 4)
    step = ssm.discretize(lifted(rng, small, redundant=6), dt=0.1, method="bilinear")
    assert driven_poles(step).count == 4
    assert ssm.delay_error(step, 5) == pytest.approx(
        ssm.delay_error(ssm.discretize(small, dt=0.1, method="bilinear"), 5), rel=1e-9
    )


def test_equal_modes_of_a_diagonal_system_count_once():
    step = ssm.discretize(ssm.inits.s4d_lin(6), dt=0.1, method="zoh")
    # The mode of frequency 0 is its own conjugate: one real pole, not two.
    assert driven_poles(step).count == 5


def test_modes_that_repeat_or_are_never_driven_do_not_count():
    system = ssm.System(
        A=np.diag([1.0, 1.0, 2.0]),
        B=np.array([1.0, 1.0, 0.0]),
        measure="scaled",
        lift=np.eye(3),
    )
    step = ssm.discretize(ssm.diagonalize(system), dt=0.1, method="zoh")
    assert driven_poles(step).count == 1


def test_unstable_poles_are_refused_by_number_and_value():
    step = ssm.discretize(core(np.random.default_rng(1), 4), dt=50, method="euler")
    with pytest.raises(ssm.UnstableError) as caught:
        ssm.delay_error(step, 3)
    assert "of 4 poles" in caught.value.finding or "poles lie" in caught.value.finding
    assert "modulus" in caught.value.finding
    assert "bilinear" in caught.value.remedy
