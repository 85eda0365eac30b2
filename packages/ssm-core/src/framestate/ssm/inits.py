"""Diagonal systems by name (S4D, arXiv 2206.11893), with Re(lam) = 1/2.

Minus convention of `framestate.ssm.system`: lam is the negative of S4D's A.
"""

import numpy as np
from jaxtyping import Complex128

from framestate.ssm.checks import whole
from framestate.ssm.errors import InvalidInputError
from framestate.ssm.forms.dplr import dplr
from framestate.ssm.system import Diagonal, OperatorLike, as_system


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
    """The normal part of `dplr`, its low-rank part dropped: cond = 1.

    S4D-LegS when given LegS, where A - B B^T / 2 is left (T-dplr in
    docs/theorems.md). The residual is that of the form which was cut.

    Parameters
    ----------
    system : OperatorLike
        Of order n, in orthonormal coordinates, as `reduce` gives.

    Raises
    ------
    InvalidInputError
        If A + A^T has more than rank one beside I (scaled), or than rank two
        (translated).
    """
    scaled = as_system(system).measure == "scaled"
    form = dplr(system, max_rank=1 if scaled else 2)
    return Diagonal(
        lam=form.lam,
        B=form.B,
        paired=form.paired,
        vectors=form.vectors,
        lift=form.lift,
        cond=form.cond,
        residual=form.residual,
        measure=form.measure,
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
