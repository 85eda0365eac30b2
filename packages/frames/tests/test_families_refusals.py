"""What the families refuse: parameters out of range, sizes, wrong types."""

import subprocess
import sys

import pytest

from framestate import frames


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: frames.chebyshev(0), "size = 0"),
        (lambda: frames.legendre(20_000), "GiB allowed"),
        (lambda: frames.fourier(20_000), "GiB allowed"),
        (lambda: frames.bspline(degree=3, intervals=20_000), "GiB allowed"),
        (lambda: gabor(time_step=1e-4, modulations=50), "GiB allowed"),
        (lambda: frames.morlet(scales=(-9, 0)), "GiB allowed"),
        (lambda: frames.fourier(3, field="quaternion"), "not 'quaternion'"),
        (lambda: frames.bernstein(-1), "size = -1"),
        (lambda: frames.laguerre(0, scale=1.0), "size = 0"),
        (lambda: frames.laguerre(3, scale=0.0), "scale = 0.0"),
        (lambda: frames.laguerre(3, scale=float("nan")), "scale = nan"),
        (lambda: frames.laguerre(3, scale=1401.0), "underflows beyond scale = 1400"),
        (lambda: frames.lagt(0), "at least 1"),
        (lambda: frames.lagt(3, scale=-1.0), "scale = -1.0"),
        (lambda: gabor(time_step=0.0), "time_step = 0.0"),
        (lambda: gabor(frequency_step=float("inf")), "frequency_step = inf"),
        (lambda: gabor(modulations=-1), "modulations = -1"),
        (lambda: gabor(width=-0.1), "width = -0.1"),
        (lambda: gabor(rcond=2.0), "rcond = 2.0"),
        (lambda: frames.mexican_hat(scales=(3, 0)), "finest <= coarsest"),
        (lambda: frames.mexican_hat(scales=(0, 1), shift=0.0), "shift = 0.0"),
        (lambda: frames.mexican_hat(scales=(0, 1), voices=0), "voices = 0"),
        (lambda: frames.gaussian_derivative(0, scales=(0, 1)), "order = 0"),
        (lambda: frames.gaussian_derivative(33, scales=(0, 1)), "above 32"),
        (lambda: frames.morlet(scales=(0, 1), omega=-1.0), "omega = -1.0"),
        (lambda: frames.morlet(scales=(0, 1), omega=0.5), "no wave is left"),
        (lambda: frames.gaussian_derivative(2, scales=(-12, -12)), "GiB allowed"),
        (lambda: frames.mexican_hat(scales=(-13, 0)), "finest <= coarsest"),
        (lambda: frames.mexican_hat(scales=(0, 13)), "finest <= coarsest"),
    ],
)
def test_parameters_out_of_range_are_refused_with_their_values(call, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        call()


def gabor(**changes):
    arguments = {"time_step": 0.5, "frequency_step": 1.0, "modulations": 1}
    return frames.gabor(**(arguments | changes))


def test_a_width_that_is_left_out_fits_the_grid():
    assert gabor().name == gabor(width=0.5**0.5).name


def test_frames_that_are_not_given_as_such_are_refused_without_hints():
    # in a process of its own: here, the import hook would object first
    subprocess.run([sys.executable, "-c", WRONG_TYPES], check=True, timeout=120)


WRONG_TYPES = """
import numpy as np, sympy
from framestate import frames
s = sympy.Symbol("s")
rng = np.random.default_rng(0)
calls = [
    lambda: frames.union(frames.legendre(3), 5),
    lambda: frames.union("legendre"),
    lambda: frames.fourier(3, field=["real"]),
    lambda: frames.random_frame(3, 5),
    lambda: frames.random_frame(3, rng, field=None),
    lambda: frames.random_frame("3", rng),
    lambda: frames.chebyshev(2.5), lambda: frames.bernstein("4"),
    lambda: frames.bspline(degree=1.5, intervals=2),
    lambda: frames.bspline(degree=None, intervals=2),
    lambda: frames.laguerre(3, scale="a"), lambda: frames.laguerre(3, scale=1j),
    lambda: frames.slepian(3, bandwidth=None),
    lambda: frames.gabor(time_step="a", frequency_step=1, modulations=1),
    lambda: frames.gabor(time_step=1, frequency_step=1, modulations=1.5),
    lambda: frames.morlet(scales=(0, 1), omega="a"),
    lambda: frames.mexican_hat(scales=5),
    lambda: frames.gaussian_derivative(1.5, scales=(0, 1)),
    lambda: frames.sampled(None, [0, 1]), lambda: frames.sampled([[1, 2]], None),
    lambda: frames.sampled([[1, 2]], [0, 1], degree="a"),
    lambda: frames.symbolic([s], cells=1.5), lambda: frames.symbolic(None), lambda: frames.symbolic("s"),
    lambda: frames.lagt(2.5), lambda: frames.lagt(3, scale=None),
]
for index, call in enumerate(calls):
    try:
        call()
    except frames.InvalidInputError:
        continue
    raise SystemExit(f"call {index} was accepted")
assert frames.laguerre(3, scale=20).rank == 3  # whole numbers are numbers
assert frames.symbolic(s).rank == 1
"""


def test_the_widest_scales_are_allowed():
    assert frames.mexican_hat(scales=(12, 12)).size >= 1


def test_the_window_of_gabor_has_the_shape_of_its_grid():
    frame = frames.gabor(time_step=0.5, frequency_step=2.0, modulations=1)
    assert "width=0.5" in frame.name  # sqrt(0.5 / 2)
