"""The scaled clock in diagonal plus low-rank form: O(m k) a sample, no eigenvectors.

The equations are those of `framestate.ssm.discretization.clock`. The generalized bilinear rule takes
one Woodbury solve a sample. The exact rule needs exp(-h A), h = log((n + 1)/n), which is
not of this form; its diagonal Pade approximant of order 16 is a product of four factors

    1 - 2 a x / (x^2 + a x + b) = 1 - 2 a Im(zeta / (x - zeta)) / Im(zeta)

with x = h A and a pair of poles zeta each. Every factor is a contraction where
Re(x) >= 0, and for |x| <= 3/2 the approximant is exact to rounding: larger h are cut.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
from jaxtyping import Complex128, Float64

from framestate.ssm.discretization.steps import DPLRClock
from framestate.ssm.forms.woodbury import Woodbury

_ORDER = 8  # of numerator and denominator: the first error is 2.2e-19 |x|^17
_REACH = 1.5

_Modal: TypeAlias = Complex128[np.ndarray, "m batch"]
_Sample: TypeAlias = Float64[np.ndarray, " batch"]


def dplr_clock(clock: DPLRClock) -> Callable[[_Modal, _Sample, int], _Modal]:
    """The map (z_n, u_n, n) -> z_{n+1} of a scaled system with a low-rank part."""
    alpha, A = clock.rule.alpha, Woodbury(clock.form)
    settled, B = clock.settled[:, None], clock.form.B[:, None]
    if alpha is None:
        decay = decaying(A)

        def exact(z: _Modal, u: _Sample, n: int) -> _Modal:
            rest = settled * u
            return rest if n == 0 else decay(math.log1p(1 / n), z - rest) + rest

        return exact
    before, after = 1 - alpha, alpha

    def bilinear(z: _Modal, u: _Sample, n: int) -> _Modal:
        if n == 0:
            return settled * u
        early, late = before / n, after / (n + 1)
        right = z - early * A.product(z) + (early + late) * B * u
        return A.solve(1.0, late, right)

    return bilinear


def decaying(A: Woodbury) -> Callable[[float, _Modal], _Modal]:
    """The map (h, z) -> exp(-h A) z for modes of a real state."""
    low = A.form.weights @ np.abs(A.form.P) ** 2
    size = float(np.abs(A.form.lam).max() + np.sum(low))

    def decay(h: float, z: _Modal) -> _Modal:
        pieces = max(1, math.ceil(h * size / _REACH))
        for _ in range(pieces):
            for zeta in _poles():
                z = z - _factor(A, h / pieces, zeta, z)
        return z

    return decay


def _factor(A: Woodbury, h: float, zeta: complex, z: _Modal) -> _Modal:
    """2 a Im(zeta (h A - zeta)^-1 z) / Im(zeta), a = -2 Re(zeta), as modes.

    The solution of the complex system is no real state, so that the modes of its
    conjugate are not the conjugates of its modes: both halves are solved for.
    """
    lam, E, low = h * A.form.lam[:, None], A.read, h * A.low
    upper, lower = 1 / (lam - zeta), 1 / (lam - zeta.conjugate())
    K = np.eye(len(E)) + _mean(E, upper * low, lower * low)
    y = np.linalg.solve(K, _mean(E, upper * z, lower * z))
    above = zeta * upper * (z - low @ y)
    below = zeta.conjugate() * lower * (z - low @ y.conj())
    return (2j * zeta.real / zeta.imag) * (above - below)


def _mean(
    E: Complex128[np.ndarray, "k m"],
    upper: Complex128[np.ndarray, "m n"],
    lower: Complex128[np.ndarray, "m n"],
) -> Complex128[np.ndarray, "k n"]:
    """P^H v of a complex state: ``upper`` of v, ``lower`` the conjugate's."""
    return (E @ upper + (E @ lower).conj()) / 2


@cache
def _poles() -> tuple[complex, ...]:
    """Poles of the diagonal Pade approximant of exp(-x), one of each pair."""
    q = _ORDER
    weights = [
        math.factorial(2 * q - k) / (math.factorial(k) * math.factorial(q - k))
        for k in range(q + 1)
    ]
    roots = np.polynomial.Polynomial(weights).roots()
    return tuple(complex(root) for root in roots if root.imag > 0)
