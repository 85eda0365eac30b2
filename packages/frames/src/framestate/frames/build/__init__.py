"""Frames by name: the functions that a user calls."""

from framestate.frames.build.custom import random_frame, sampled, symbolic, union
from framestate.frames.build.dyadic import dyadic_frame
from framestate.frames.build.gaussian import gaussian_derivative, mexican_hat, morlet
from framestate.frames.build.interval import interval_wavelets
from framestate.frames.build.polynomials import bernstein, bspline, chebyshev, legendre
from framestate.frames.build.wavelet import wavelet_frame
from framestate.frames.build.waves import fourier, gabor, laguerre, slepian

__all__ = [
    "bernstein",
    "bspline",
    "chebyshev",
    "dyadic_frame",
    "fourier",
    "gabor",
    "gaussian_derivative",
    "interval_wavelets",
    "laguerre",
    "legendre",
    "mexican_hat",
    "morlet",
    "random_frame",
    "sampled",
    "slepian",
    "symbolic",
    "union",
    "wavelet_frame",
]
