r"""Symlets: the spectral factors nearest to linear phase.

Which root of each pair z, 1/z a symlet takes is a convention; PyWavelets' table is
the one that users compare with. It is read there (one of the two is a zero of the
tabulated filter, the other is far from it) and the taps are then derived in balls.
"""

import numpy as np
from pywt import Wavelet

from framestate.frames.filters.balls import BallFilter
from framestate.frames.filters.daubechies import from_roots, inner_roots
from framestate.frames.precision import Ball, Precision


def symlet(moments: int, precision: Precision) -> BallFilter:
    """Return sym<moments>, 2 <= moments <= 20, in balls."""
    name = f"sym{moments}"
    table = np.array(Wavelet(name).rec_lo)
    # the factors' roots lose about half a digit for each of the p moments
    with precision.more(moments).working():
        roots = [_chosen(z, table) for z in inner_roots(moments)]
        taps = from_roots(roots, moments)
    return BallFilter(
        name, taps, moments, precision, "spectral factorization, roots as in PyWavelets"
    )


def _chosen(z: Ball, table: np.ndarray) -> Ball:
    """Whichever of z and 1/z is a zero of the tabulated filter."""
    point = complex(float(z.real.mid()), float(z.imag.mid()))
    return z if _gain(table, point) < _gain(table, 1 / point) else 1 / z


def _gain(table: np.ndarray, z: complex) -> float:
    """|H(z)| relative to what it could be at most at this |z|."""
    powers = np.arange(len(table))
    return float(abs(table @ z**powers) / (np.abs(table) @ abs(z) ** powers))
