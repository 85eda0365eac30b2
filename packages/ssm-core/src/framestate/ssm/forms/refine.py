"""Newton's method for all eigenpairs at once, with a residual of higher precision.

With W = V^-1 and R = A V - V diag(lam), the corrections to first order are

    lam += diag(F),   V += V E,   F = W R,   E_ij = F_ij / (lam_j - lam_i),

so that errors are squared in every step, until the residual's own precision or, in V,
that of float64. What limits it is the residual: float64 numbers are exact, so that A V
can be had to more digits than float64 has, and an operator that knows itself beyond
float64 can be asked for it by the caller.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from jaxtyping import Complex128, Float64

Vectors: TypeAlias = Complex128[np.ndarray, "n n"]
Values: TypeAlias = Complex128[np.ndarray, " n"]
# (V, lam) -> A V - V diag(lam), rounded only once
Residual: TypeAlias = Callable[[Vectors, Values], Vectors]

_STEPS = 4  # 1e-2 squared four times is below any precision


def extended(A: Float64[np.ndarray, "n n"]) -> Residual:
    """The residual of a float64 matrix, in NumPy's longest arithmetic.

    Where that is no longer than float64 (Windows, some ARM machines), refining
    brings the residual to rounding and gains no digits beyond.
    """
    long = A.astype(np.longdouble)

    def residual(V: Vectors, lam: Values) -> Vectors:
        W = V.astype(np.clongdouble)
        return (long @ W - W * lam.astype(np.clongdouble)).astype(np.complex128)

    return residual


def refined(residual: Residual, lam: Values, V: Vectors) -> tuple[Values, Vectors]:
    """Eigenpairs after Newton's steps, as long as they get smaller.

    Parameters
    ----------
    residual : callable
        (V, lam) -> A V - V diag(lam).
    lam : (n,) complex128
        Approximate eigenvalues, all different.
    V : (n, n) complex128
        Approximate eigenvectors, as unit columns; as LAPACK has them for a real
        matrix, real or in conjugate pairs side by side, which they stay.
    """
    last, real, upper = np.inf, np.imag(lam) == 0, np.flatnonzero(np.imag(lam) > 0)
    for _ in range(_STEPS):
        F = np.linalg.solve(V, residual(V, lam))
        gaps = lam[None, :] - lam[:, None]
        np.fill_diagonal(gaps, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            E = F / gaps
        np.fill_diagonal(E, 0)
        size = float(np.linalg.norm(E))
        if not size < last:
            break
        lam, V, last = lam + np.diag(F), V + V @ E, size
        V = V / np.linalg.norm(V, axis=0)
        lam[real], V[:, real] = np.real(lam[real]), np.real(V[:, real])
        lam[upper + 1], V[:, upper + 1] = lam[upper].conj(), V[:, upper].conj()
    return lam, V
