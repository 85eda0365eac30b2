"""Recurrence = scan = convolution (direct, FFT, chunked) = matrix exponential."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import assume, given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.runtime.chunked import outputs
from framestate.ssm.runtime.convolve import convolve
from framestate.ssm.testing import core, cores

LENGTHS = (1, 2, 3, 17, 255, 256, 257, 4096)


def by_exponential(system, C, u, dt):
    """y[n] = sum_l C exp(-A dt l) B_bar u[n - l], each power its own exponential."""
    decay = scipy.linalg.expm(-dt * system.A)
    held = np.linalg.solve(system.A, system.B - decay @ system.B)
    lags = np.arange(len(u))[:, None, None]
    K = scipy.linalg.expm(-dt * lags * system.A) @ held @ C
    return np.convolve(K, u)[: len(u)]


def all_ways(step, C, u):
    """Outputs, on the library of u, by every algorithm there is."""
    once = isinstance(u, np.ndarray) or u.shape[0] < 300
    for algorithm in ("recurrence", "scan")[not once :]:
        states = ssm.run(step, u, algorithm=algorithm).states
        weights = step.modes.weights if isinstance(step, ssm.DiagonalStep) else 1.0
        yield np.real((np.asarray(states) * weights) @ C)
    for algorithm in ("reference", "blocked"):
        K = ssm.kernel(step, C, u.shape[0], algorithm=algorithm)
        for method in ("direct", "fft", "chunked"):
            yield convolve(K, u, method=method)
    for algorithm in ("chunked", "fft"):
        yield outputs(step, C, u, algorithm=algorithm)[0]


def check(system, modes, dt, u, xp):
    """1e-10 of the sizes that enter, C and B and the samples, and of cond(V)."""
    C = np.random.default_rng(len(u)).standard_normal(system.size)
    wanted = by_exponential(system, C, u, dt)
    scale = np.linalg.norm(C) * np.linalg.norm(system.B) * (1 + dt * np.abs(u).sum())
    scale *= modes.cond * (1 + np.linalg.norm(system.A))
    dense = ssm.discretize(system, dt=dt, method="zoh")
    modal = ssm.discretize(modes, dt=dt, method="zoh")
    given = xp.asarray(u)
    ways = [*all_ways(dense, C, given), *all_ways(modal, modes.readout(C), given)]
    for y in ways:
        assert tuple(y.shape) == u.shape
        assert np.abs(np.asarray(y) - wanted).max() <= 1e-10 * scale


@given(
    system=cores(max_size=6),
    dt=st.floats(1e-3, 0.5),
    seed=st.integers(0, 99),
    length=st.integers(1, 40),
)
def test_all_ways_to_an_output_agree(system, dt, seed, length):
    modes = ssm.diagonalize(system, max_cond=1e12)
    assume(modes.cond < 1e3)
    check(system, modes, dt, np.random.default_rng(seed).standard_normal(length), np)


@pytest.mark.parametrize("length", LENGTHS)
def test_all_ways_agree_at_every_length_on_every_library(length, xp):
    rng = np.random.default_rng(length)
    system = core(rng, 4)
    modes = ssm.diagonalize(system)
    check(system, modes, 0.05, rng.standard_normal(length), xp)
