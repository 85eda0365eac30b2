"""No drift over long records, against recurrences in extended precision.

On the scaled clock a step z + loss (r - z) rounds by at most
eps (|z| + 10 |loss| (|r| + |z|)) and is then damped by (n / N)^a, a = Re(lam), until
sample N. With sums of (n / N)^a below 1 + N / (1 + a), and of |loss| (n / N)^a below
1 + |lam| / a, the error of a mode is at most

    eps (Z (1 + N / (1 + a)) + 10 (1 + |lam| / a) (R + Z)).

A stream of a time-invariant step absorbs T = 32 samples at once, rounding by at most
2 T + 8 times eps Z, and each chunk is damped by |lam_bar|^T, so that its error has a
bound which no length enters: (2 T + 8) eps Z / (1 - |lam_bar|^T).
"""

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.runtime.stream import Stream
from framestate.ssm.testing import core

EPS = np.finfo(float).eps
LENGTHS = [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)]
MODES = ssm.diagonalize(core(np.random.default_rng(0), 4))

pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).eps >= EPS, reason="no extended precision on this machine"
)


def wide(array):
    return np.asarray(array).astype(np.clongdouble)


def extended_clock(modes, u):
    """The exact scaled recurrence in extended precision, from rest."""
    lam, settled = wide(modes.lam), wide(modes.B) / wide(modes.lam)
    z = np.zeros_like(lam)
    one = np.longdouble(1)
    for n, now in enumerate(u.astype(np.longdouble)):
        gain = np.exp(-lam * np.log1p(one / n)) if n else 0
        z = gain * (z - settled * now) + settled * now
    return z


def pushed(stream, u, rng):
    """Feed a record in pieces of random sizes, single samples among them."""
    done = 0
    while done < len(u):
        size = int(rng.integers(1, 4000))
        for sample in u[done : done + 5]:
            stream.push(sample)
        if done + 5 < len(u):
            stream.push(u[done + 5 : done + size + 5])
        done += size + 5
    assert stream.state.count == len(u)
    return stream.state.x


@pytest.mark.timeout(600)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_scaled_state_does_not_drift(length):
    rng = np.random.default_rng(length)
    u = rng.uniform(-1, 1, length) + 0.5
    clock = ssm.discretize(MODES, method="exact")
    wanted = extended_clock(MODES, u)
    # |z| <= R |lam| / a, the variation of s^lam on [0, 1].
    a, turns = MODES.lam.real, np.abs(MODES.lam) / MODES.lam.real
    size = np.abs(clock.settled) * np.abs(u).max() * turns
    bound = EPS * size * (1 + length / (1 + a) + 20 * (1 + turns))
    for found in (
        ssm.final_state(clock, u, algorithm="recurrence").x,
        ssm.final_state(clock, u, algorithm="scan").x,
        pushed(Stream(clock), u, rng),
    ):
        error = np.abs(wide(found) - wanted).astype(float)
        assert np.all(error <= bound)
        # Roundings without a common sign add up like a random walk.
        assert np.all(error <= 4 * EPS * size * np.sqrt(length))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_stream_of_a_fixed_step_does_not_drift(length):
    rng = np.random.default_rng(length)
    u = rng.uniform(-1, 1, length) + 0.5
    step = ssm.discretize(MODES, dt=0.01, method="bilinear")
    lam, B = wide(step.lam_bar), wide(step.B_bar)
    wanted = np.zeros_like(lam)
    for now in u.astype(np.longdouble):
        wanted = lam * wanted + B * now
    radius = np.abs(step.lam_bar)
    size = np.abs(step.B_bar) * np.abs(u).max() / (1 - radius)
    error = np.abs(wide(pushed(Stream(step), u, rng)) - wanted).astype(float)
    assert np.all(error <= (2 * 32 + 8) * EPS * size / (1 - radius**32))
