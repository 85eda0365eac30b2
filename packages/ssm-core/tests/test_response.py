"""Recurrence = convolution = FFT = matrix exponential."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import assume, given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import cores

EPS = np.finfo(np.float64).eps
LENGTH = 48


def four_outputs(step, C, u):
    """Outputs by the recurrence, the convolution and the FFT of both kernels."""
    states = ssm.run(step, u).states
    weights = step.modes.weights if isinstance(step, ssm.DiagonalStep) else 1.0
    yield np.real((states * weights) @ C)
    for algorithm in ("reference", "blocked"):
        K = ssm.kernel(step, C, LENGTH, algorithm=algorithm)
        yield np.convolve(K, u)[:LENGTH]
        spectrum = np.fft.rfft(K, 2 * LENGTH) * np.fft.rfft(u, 2 * LENGTH)
        yield np.fft.irfft(spectrum, 2 * LENGTH)[:LENGTH]


def by_exponential(system, C, u, dt):
    """y[n] = sum_l C exp(-A dt l) B_bar u[n - l], each power its own exponential."""
    zoh = ssm.discretize(system, dt=dt, method="zoh").B_bar
    K = [C @ scipy.linalg.expm(-dt * n * system.A) @ zoh for n in range(LENGTH)]
    return np.convolve(K, u)[:LENGTH]


@given(system=cores(max_size=8), seed=st.integers(0, 99), dt=st.floats(1e-3, 0.5))
def test_recurrence_convolution_fft_and_exponential_agree(system, seed, dt):
    modes = ssm.diagonalize(system, max_cond=1e12)
    assume(modes.cond < 1e4)
    rng = np.random.default_rng(seed)
    C, u = rng.standard_normal(system.size), rng.standard_normal(LENGTH)
    wanted = by_exponential(system, C, u, dt)
    scale = np.linalg.norm(C) * np.linalg.norm(system.B) * np.abs(u).sum()
    bound = 64 * EPS * LENGTH * modes.cond * (1 + np.linalg.norm(system.A)) * scale
    dense = ssm.discretize(system, dt=dt, method="zoh")
    modal = ssm.discretize(modes, dt=dt, method="zoh")
    for y in (*four_outputs(dense, C, u), *four_outputs(modal, modes.readout(C), u)):
        assert np.abs(y - wanted).max() <= bound


@given(system=cores(max_size=6), seed=st.integers(0, 99))
def test_the_transfer_function_is_the_fourier_series_of_the_kernel(system, seed):
    modes = ssm.diagonalize(system, max_cond=1e12)
    assume(modes.cond < 1e4)
    C = np.random.default_rng(seed).standard_normal((2, system.size))
    omega = np.linspace(0, np.pi, 7)
    # Re(lam) >= 1/2: at dt = .1 the tail beyond 1000 samples is exp(-50).
    series = np.exp(-1j * np.outer(np.arange(1000), omega))
    for source, rows in ((system, C), (modes, modes.readout(C))):
        step = ssm.discretize(source, dt=0.1, method="zoh")
        wanted = ssm.kernel(step, rows, 1000) @ series
        found = ssm.transfer(step, rows, omega)
        scale = np.linalg.norm(C) * np.linalg.norm(system.B)
        bound = 64 * EPS * 1000 * modes.cond * (1 + np.linalg.norm(system.A)) * scale
        assert np.abs(found - wanted).max() <= bound


@pytest.mark.parametrize("algorithm", ["blocked", "reference"])
def test_kernels_keep_the_precision_and_the_shape_of_the_readout(algorithm):
    modes = ssm.inits.s4d_lin(8)
    step = ssm.discretize(modes, dt=0.01, method="zoh")
    for dtype, wanted in (
        (np.float32, np.float32),
        (np.complex64, np.float32),
        (np.int64, np.float64),
        (np.complex128, np.float64),
    ):
        K = ssm.kernel(step, np.ones((2, 4), dtype=dtype), 5, algorithm=algorithm)
        assert K.dtype == wanted
        assert K.shape == (2, 5)
    dense = ssm.discretize(
        ssm.System(A=np.eye(2), B=np.ones(2), measure="scaled", lift=np.eye(2)),
        dt=0.01,
        method="zoh",
    )
    C = np.ones(2, dtype=np.float32)
    assert ssm.kernel(dense, C, 5, algorithm=algorithm).dtype == np.float32


@pytest.mark.parametrize("algorithm", ["blocked", "reference"])
def test_a_kernel_of_one_sample_is_the_readout_of_the_input(algorithm):
    step = ssm.discretize(one_state(), dt=0.5, method="bilinear")
    K = ssm.kernel(step, [3.0], 1, algorithm=algorithm)
    assert np.array_equal(K, 3.0 * step.B_bar)


def test_a_scaled_clock_has_no_kernel():
    clock = ssm.discretize(ssm.inits.normal_part(one_state()), method="exact")
    for response in (
        lambda: ssm.kernel(clock, [1.0], 4),
        lambda: ssm.transfer(clock, [1.0], [0.0]),
        lambda: ssm.delay_error(clock, 4),
        lambda: ssm.delay_error_on(clock, [1.0, 2.0, 3.0], 1),
    ):
        with pytest.raises(ssm.InvalidInputError, match="DiagonalClock"):
            response()


def one_state():
    return ssm.System(A=np.eye(1), B=np.ones(1), measure="scaled", lift=np.eye(1))
