"""Settling times: the slowest mode has decayed by then, and not before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import cores


@given(core=cores(), dt=st.floats(1e-3, 0.5), tolerance=st.floats(1e-6, 0.5))
def test_the_slowest_mode_reaches_the_tolerance_in_its_settling_time(
    core, dt, tolerance
):
    step = ssm.discretize(core, dt=dt, method="bilinear")
    samples = ssm.settling_time(step, tolerance=tolerance)
    slowest = np.abs(np.linalg.eigvals(step.A_bar)).max()
    # eigenvalues of the step and mapped ones of the system differ by rounding
    assert slowest**samples <= tolerance * (1 + 1e-6 * samples)
    assert samples == 1 or slowest ** (samples - 1) >= tolerance * (1 - 1e-6 * samples)


def test_halving_dt_doubles_the_memory():
    modes = ssm.inits.s4d_lin(8)
    long, short = (
        ssm.settling_time(ssm.discretize(modes, dt=dt, method="zoh"))
        for dt in (1e-3, 2e-3)
    )
    assert abs(long - 2 * short) <= 1


@pytest.mark.parametrize("tolerance", [0.0, 1.0, -1.0, float("nan")])
def test_a_tolerance_that_is_no_decay_is_refused(tolerance):
    step = ssm.discretize(ssm.inits.s4d_lin(8), dt=1e-3, method="zoh")
    with pytest.raises(ssm.InvalidInputError, match="tolerance"):
        ssm.settling_time(step, tolerance=tolerance)


def test_a_scaled_clock_never_settles():
    A, b = np.array([[1.0]]), np.array([1.0])
    system = ssm.System(A=A, B=b, measure="scaled", lift=np.eye(1))
    with pytest.raises(ssm.InvalidInputError, match="scaled clock"):
        ssm.settling_time(ssm.discretize(system, method="exact"))
