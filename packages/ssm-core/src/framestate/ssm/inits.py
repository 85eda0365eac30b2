"""Diagonal systems by name (S4D, arXiv 2206.11893), with Re(lam) = 1/2.

Minus convention of `framestate.ssm.system`: lam is the negative of S4D's A.
"""

import numpy as np
import scipy.linalg
from jaxtyping import Complex128, Float64

from framestate.ssm.checks import whole
from framestate.ssm.errors import InvalidInputError
from framestate.ssm.system import Diagonal, OperatorLike, as_system

_ROUNDING = 64.0  # rounded operations an entry of A + A^T may carry


def s4d_lin(N: int) -> Diagonal:
    """S4D-Lin: lam_n = 1/2 + i pi n for n = 0 .. N/2 - 1, B = 1.

    Parameters
    ----------
    N : int
        Even number of real states; N / 2 modes are stored.

    Raises
    ------
    InvalidInputError
        If N is not an even integer >= 2.
    """
    n = np.arange(_half("s4d_lin", N))
    return _paired(0.5 + 1j * np.pi * n)


def s4d_inv(N: int) -> Diagonal:
    """S4D-Inv: lam_n = 1/2 + i (N/pi) (N/(2n+1) - 1), n = 0 .. N/2 - 1, B = 1.

    Parameters
    ----------
    N : int
        Even number of real states; N / 2 modes are stored.

    Raises
    ------
    InvalidInputError
        If N is not an even integer >= 2.
    """
    n = np.arange(_half("s4d_inv", N))[::-1]
    return _paired(0.5 + 1j * (N / np.pi) * (N / (2 * n + 1) - 1))


def normal_part(system: OperatorLike) -> Diagonal:
    """The normal part A - B B^T / 2 of a scaled system, on an orthonormal basis.

    S4D-LegS when given LegS. In orthonormal coordinates A + A^T = I + B B^T
    (T-lyapunov in docs/theorems.md), so that A - B B^T / 2 is I / 2 plus a skew
    matrix, whose eigenvectors are orthonormal: cond = 1.

    Parameters
    ----------
    system : OperatorLike
        Scaled, of order n, in orthonormal coordinates.

    Raises
    ------
    InvalidInputError
        If the measure is not scaled or the identity does not hold.
    """
    full = as_system(system)
    skew = _skew_part(full.A, full.B, full.measure)
    T, Q = scipy.linalg.schur(skew, output="real")[:2]
    omega, vectors = _rotations(T, Q)
    order = np.argsort(omega, kind="stable")
    lam, V = 0.5 + 1j * omega[order], vectors[:, order]
    normal = full.A - np.outer(full.B, full.B) / 2
    residual = np.linalg.norm(normal @ V - V * lam) / np.linalg.norm(normal)
    return Diagonal(
        lam=lam,
        B=V.conj().T @ full.B,
        paired=omega[order] > 0,
        vectors=V,
        lift=full.lift @ V,
        cond=1.0,
        residual=float(residual),
        measure=full.measure,
    )


def _half(request: str, N: int) -> int:
    if whole(request, "N", N, low=2) % 2:
        raise InvalidInputError(
            request=f"{request}({N})",
            finding=f"N = {N} is odd, but every mode stands for a conjugate pair",
            remedy=f"Use N = {N - 1} or N = {N + 1}",
        )
    return N // 2


def _paired(lam: Complex128[np.ndarray, " m"]) -> Diagonal:
    """Modes in their own real coordinates: the real state is sqrt(2) (Re z, Im z)."""
    m = len(lam)
    V = np.concatenate((np.eye(m), -1j * np.eye(m))) / np.sqrt(2)
    return Diagonal(
        lam=lam,
        B=np.ones(m, dtype=np.complex128),
        paired=np.ones(m, dtype=np.bool_),
        vectors=V,
        lift=V,
        cond=1.0,
        residual=0.0,
        measure="translated",
    )


def _skew_part(
    A: Float64[np.ndarray, "n n"], B: Float64[np.ndarray, " n"], measure: str
) -> Float64[np.ndarray, "n n"]:
    identity = np.eye(len(B)) + np.outer(B, B)
    found = float(np.linalg.norm(A + A.T - identity))
    bound = float(_ROUNDING * len(B) * np.finfo(np.float64).eps * np.linalg.norm(A))
    if measure != "scaled" or found > bound:
        raise InvalidInputError(
            request=f"normal_part of an order-{len(B)} {measure} system",
            finding=f"A + A^T = I + B B^T fails by {found:.1e} (allowed {bound:.1e})",
            remedy="Pass a scaled system in orthonormal coordinates, as reduce gives",
        )
    return (A - A.T) / 2


def _rotations(
    T: Float64[np.ndarray, "n n"], Q: Float64[np.ndarray, "n n"]
) -> tuple[Float64[np.ndarray, " m"], Complex128[np.ndarray, "n m"]]:
    """Frequencies >= 0 and unit eigenvectors from a skew matrix Q T Q^T.

    T is block diagonal: [[0, w], [-w, 0]] turns q1 + i q2 at the rate w, and a
    1 x 1 block is a real mode of rate 0.
    """
    omega: list[float] = []
    vectors: list[Complex128[np.ndarray, " n"]] = []
    i = 0
    while i < len(T):
        turns = i + 1 < len(T) and T[i + 1, i] != 0
        w = float(T[i, i + 1] - T[i + 1, i]) / 2 if turns else 0.0
        if w == 0:
            vectors.append(Q[:, i].astype(np.complex128))
        else:
            turn = np.copysign(1.0, w)
            vectors.append((Q[:, i] + 1j * turn * Q[:, i + 1]) / np.sqrt(2))
        omega.append(abs(w))
        i += 2 if w else 1
    return np.array(omega), np.column_stack(vectors)
