r"""Refinable functions projected on cells of any offset, with the distance left.

A mesh of 2^j cells a unit may lie anywhere below f = phi or psi: its cells begin at
x = (i + theta) / 2^j, 0 <= theta < 1. On each cell the projection f~ is the polynomial
of degree q that has the values of f at both ends and the moments of f of the degrees
0 .. q-2. So f~ is continuous, and f~' is the best approximation of f' (the projection
in H1). On the cells f = sum_k c_k phi(2^j x - k) with the coefficients c of the
cascade; all integrals come from those of the translates over one cell,

    X_m(theta)[n] = int_0^1 phi(theta + n + u) p_m(u) du,       -1 <= n < K,

which the two-scale equation gives by following the binary digits of theta = (d +
theta')/2 (T-cell-moments):

    X(theta) = (T_d X(theta') Q_0 + T_(d+1) X(theta') Q_1) / 2,
    T_d[n, k] = sqrt2 h[2n + d - k],   p_m((u + b)/2) = sum_l p_l(u) Q_b[l, m].

With the moments m_0 .. m_q of f on all cells, Pythagoras gives the distance exactly:
``|f - f~|^2 = |f|^2 - sum m_n^2 + sum (m_n - m~_n)^2``, to the rounding of |f|^2.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, final

import numpy as np
from jaxtyping import Float64
from numpy.lib.stride_tricks import sliding_window_view
from numpy.polynomial import legendre

from framestate.frames.filters import Filter
from framestate.frames.refinement import Refinable
from framestate.frames.spaces import Points

DIGITS = 64  # of theta; 53 are significant, and the rest let the start be forgotten
EPS = float(np.finfo(np.float64).eps)

Kind = Literal["scaling", "wavelet"]
Square = Float64[np.ndarray, "modes modes"]
Taps = Float64[np.ndarray, "taps"]


@final
@dataclass(frozen=True, eq=False)
class Projected:
    """Functions on the cells that their supports meet, one row for each theta.

    Parameters
    ----------
    coordinates : ndarray, shape (rows, cells, q + 1)
        In the orthonormal polynomials of the cells, of which the first begins at
        x = (theta - 1) / 2^j.
    distances : ndarray, shape (rows,)
        Bounds on the L2 distance on the whole line, in units of the norm of f.
    """

    coordinates: Float64[np.ndarray, "rows cells modes"]
    distances: Float64[np.ndarray, "rows"]


@final
@dataclass(frozen=True, eq=False)
class CellProjection:
    """The projections of phi or psi on meshes of 2^level cells a unit.

    Parameters
    ----------
    functions : Refinable
        Where phi and psi come from.
    kind : {"scaling", "wavelet"}
        f = phi or f = psi.
    level : int
        j, at least 1.
    degree : int
        q, at least 1.
    """

    functions: Refinable
    kind: Kind
    level: int
    degree: int

    @property
    def cells(self) -> int:
        """How many cells a support meets, wherever the mesh lies."""
        return (self.functions.filter.support << self.level) + 1

    @cached_property
    def norm(self) -> float:
        """The L2 norm of f on the line."""
        return float(np.sqrt(_energy(self.functions.filter, self.kind)))

    def __call__(self, theta: Points) -> Projected:
        """Project on the meshes that begin at theta / 2^level, 0 <= theta <= 1."""
        taps, size = self.functions.filter.lowpass, self._windows.shape[1]
        X = cell_moments(taps, self.degree, theta).reshape(size, -1)
        moments = (self._windows @ X).reshape(self.cells, len(theta), -1)
        values = self.functions.scaling_translates(np.minimum(theta, BELOW_1)).T
        ends = np.zeros((self.cells + 1, len(theta)))
        ends[:-1] = self._windows[:, 1:] @ values
        fitted = self._fit(moments, ends)
        scale = 2.0 ** (-self.level / 2)
        missed = np.sum((scale * (fitted - moments)) ** 2, axis=(0, 2))
        missed += self.norm**2 - np.sum((scale * moments) ** 2, axis=(0, 2))
        square = np.maximum(missed, 0.0) / self.norm**2 + self.rounding
        coordinates = np.moveaxis(scale * fitted, 1, 0)
        return Projected(coordinates, np.sqrt(square))

    @property
    def rounding(self) -> float:
        """Bound on the relative error of computed squares of norms.

        A moment is a sum of some K + q products in each of ``DIGITS`` averages, where
        only the error of the mean adds up; taps whose sums are off move it as often.
        """
        h = self.functions.filter.lowpass
        off = abs(float(h.sum()) / np.sqrt(2.0) - 1.0) + abs(
            float(h[::2].sum() - h[1::2].sum())
        )
        return 4.0 * EPS * (len(h) + self.degree + DIGITS) + 2.0 * DIGITS * off

    @cached_property
    def _windows(self) -> Float64[np.ndarray, "cells translates"]:
        """Row i + 1: the coefficients c_(i-n) of phi(. + n), n = -1 .. K - 1."""
        support = self.functions.filter.support
        c = _cascade(self.functions.filter, self.kind, self.level)
        padded = np.zeros(self.cells + support)
        padded[support : support + len(c)] = c
        return np.ascontiguousarray(sliding_window_view(padded, support + 1)[:, ::-1])

    def _fit(
        self,
        moments: Float64[np.ndarray, "cells rows modes"],
        ends: Float64[np.ndarray, "ends rows"],
    ) -> Float64[np.ndarray, "cells rows modes"]:
        """Replace the two highest moments by what the values at both ends ask for."""
        n = np.arange(self.degree + 1)
        right = np.sqrt(2.0 * n + 1.0)
        at_ends = np.array([(-1.0) ** n * right, right])
        wanted = np.stack([ends[:-1], ends[1:]], axis=-1)
        wanted -= moments[:, :, :-2] @ at_ends[:, :-2].T
        fitted = moments.copy()
        fitted[:, :, -2:] = wanted @ np.linalg.inv(at_ends[:, -2:]).T
        return fitted


BELOW_1 = float(np.nextafter(1.0, 0.0))


@cache
def halves(degree: int) -> tuple[Square, Square]:
    """Q_0 and Q_1: orthonormal polynomials of a cell on its two halves."""
    nodes, weights = legendre.leggauss(degree + 1)
    u, root = (nodes + 1.0) / 2.0, np.sqrt(2.0 * np.arange(degree + 1) + 1.0)
    rows = (root * legendre.legvander(nodes, degree)).T * (weights / 2.0)
    lower, upper = (
        rows @ (root * legendre.legvander(u + b - 1.0, degree)) for b in (0, 1)
    )
    return lower, upper


def cell_moments(
    taps: Taps, degree: int, theta: Points
) -> Float64[np.ndarray, "translates rows modes"]:
    """X(theta), with n = -1 first."""
    size, Q = len(taps), halves(degree)
    T = [_digit_matrix(taps, digit) for digit in range(3)]
    X = np.zeros((size, len(theta), degree + 1))
    X[1, :, 0] = 1.0  # any start with the sum 1
    for digit in _digits(theta):
        for d in (0, 1):
            rows = digit == d
            part = X[:, rows]
            low, high = (part @ Q[b] for b in (0, 1))
            low, high = low.reshape(size, -1), high.reshape(size, -1)
            X[:, rows] = 0.5 * (T[d] @ low + T[d + 1] @ high).reshape(part.shape)
    return X


def _digits(theta: Points) -> list[np.ndarray]:
    """Binary digits, the last one first; 1 is 0.111.."""
    digits: list[np.ndarray] = []
    rest = theta.copy()
    for _ in range(DIGITS):
        rest = 2.0 * rest
        digits.append(rest >= 1.0)
        rest = rest - digits[-1]
    return digits[::-1]


def _digit_matrix(taps: Taps, digit: int) -> Float64[np.ndarray, "size size"]:
    """sqrt2 h[2n + digit - k] for n, k = -1 .. K - 1."""
    size = len(taps)
    n, k = np.indices((size, size)) - 1
    index = 2 * n + digit - k
    inside = (index >= 0) & (index < size)
    return np.sqrt(2.0) * np.where(inside, taps[np.clip(index, 0, size - 1)], 0.0)


def _cascade(wavelet: Filter, kind: Kind, level: int) -> Taps:
    """c: the coefficients of f in the translates phi(2^level x - k)."""
    c = np.ones(1)
    for step in range(level):
        first = step == 0 and kind == "wavelet"
        taps = wavelet.highpass if first else wavelet.lowpass
        spread = np.zeros(2 * len(c) - 1)
        spread[::2] = c
        c = np.convolve(spread, np.sqrt(2.0) * taps)
    return c


def _energy(wavelet: Filter, kind: Kind) -> float:
    """The squared norm of f, from rho[m] = int phi(x) phi(x - m) dx.

    rho = A rho with the autocorrelation A of the taps, and sum rho = 1.
    """
    support = wavelet.support
    m, n = np.indices((2 * support - 1, 2 * support - 1)) - (support - 1)
    lags = np.clip(n - 2 * m, -support, support) + support
    a = np.correlate(wavelet.lowpass, wavelet.lowpass, "full")
    A = np.where(np.abs(n - 2 * m) <= support, a[lags], 0.0)
    system = np.vstack([A - np.eye(len(A)), np.ones(len(A))])
    rho = np.linalg.lstsq(system, np.append(np.zeros(len(A)), 1.0), rcond=None)[0]
    if kind == "scaling":
        return float(rho[support - 1])
    g = np.correlate(wavelet.highpass, wavelet.highpass, "full")
    return float(g[1:-1] @ rho)
