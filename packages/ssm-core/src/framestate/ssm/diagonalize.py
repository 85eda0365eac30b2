"""Diagonalization of a reduced system, or a refusal with cond(V).

A = V diag(lam) V^-1 need not exist (T-jordan in docs/theorems.md) and is useless
in floating point long before that: about log10 cond(V) digits are lost.
"""

import math

import numpy as np
from jaxtyping import Complex128

from framestate.ssm.checks import number
from framestate.ssm.errors import IllConditionedError
from framestate.ssm.system import Diagonal, OperatorLike, as_system

_DIGITS = 16  # that a float64 carries


def diagonalize(system: OperatorLike, *, max_cond: float | int = 1e8) -> Diagonal:
    """Independent modes of the system, half of each conjugate pair.

    Parameters
    ----------
    system : OperatorLike
        Of order n, best after `reduce`.
    max_cond : float
        Largest condition number of the eigenvectors to accept, >= 1.

    Raises
    ------
    IllConditionedError
        If cond(V) > max_cond, which includes every Jordan block.
    InvalidInputError
        If the system is malformed or max_cond < 1.
    """
    number("diagonalize", "max_cond", max_cond, low=1.0)
    small = as_system(system)
    # NumPy answers in real numbers where it can: one kind of number from here on.
    lam, V = (part.astype(np.complex128) for part in np.linalg.eig(small.A))
    cond = _condition(V)
    if cond > max_cond:
        _refuse(small.size, small.measure, cond, max_cond)
    size = np.linalg.norm(small.A)
    residual = np.linalg.norm(small.A @ V - V * lam) / size if size > 0 else 0.0
    keep = _stored_half(lam)
    return Diagonal(
        lam=lam[keep],
        B=np.linalg.solve(V, small.B.astype(np.complex128))[keep],
        paired=np.imag(lam[keep]) > 0,
        vectors=V[:, keep],
        lift=(small.lift @ V)[:, keep],
        cond=cond,
        residual=float(residual),
        measure=small.measure,
    )


def _condition(V: Complex128[np.ndarray, "n n"]) -> float:
    sigma = np.linalg.svd(V, compute_uv=False)
    return float(sigma[0] / sigma[-1]) if sigma[-1] > 0 else math.inf


def _stored_half(lam: Complex128[np.ndarray, " n"]) -> list[int]:
    """Modes with Im(lam) >= 0 by imaginary, then real part.

    The matrix is real, so LAPACK's conjugate pairs are exact.
    """
    upper = [i for i in range(len(lam)) if lam[i].imag >= 0]
    return sorted(upper, key=lambda i: (lam[i].imag, lam[i].real))


def _refuse(size: int, measure: str, cond: float, max_cond: float) -> None:
    lost = min(_DIGITS, math.ceil(math.log10(cond))) if cond < math.inf else _DIGITS
    raise IllConditionedError(
        request=f"diagonalize the order-{size} {measure} system",
        finding=(
            f"its eigenvectors have cond(V) = {cond:.1e} > max_cond = {max_cond:g}; "
            f"about {lost} of {_DIGITS} digits would be lost"
        ),
        remedy=(
            "Discretize the dense system instead, use a tighter frame, "
            "or raise max_cond if you accept the loss"
        ),
    )
