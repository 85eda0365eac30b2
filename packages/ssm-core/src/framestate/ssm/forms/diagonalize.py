"""Diagonalization of a reduced system, or a refusal with cond(V).

A = V diag(lam) V^-1 need not exist (T-jordan in docs/theorems.md) and is useless
in floating point long before that: about log10 cond(V) digits are lost.
"""

import math

import numpy as np
from jaxtyping import Complex128, Float64

from framestate.ssm.checks import number, refusal, whole
from framestate.ssm.errors import IllConditionedError
from framestate.ssm.forms.refine import Residual, extended, refined
from framestate.ssm.system import Diagonal, OperatorLike, System, as_system

_DIGITS = 16  # that a float64 carries


def diagonalize(
    system: OperatorLike,
    *,
    max_cond: float | int = 1e8,
    refine: bool | Residual = False,
) -> Diagonal:
    """Independent modes of the system, half of each conjugate pair.

    LAPACK balances the matrix first. Modes are sorted by imaginary, then real part.

    Parameters
    ----------
    system : OperatorLike
        Of order n, best after `reduce`.
    max_cond : float
        Largest condition number of the eigenvectors to accept, >= 1.
    refine : bool or callable
        Whether Newton's method is to remove the rounding of LAPACK, so that lam is
        right to about cond(V) eps^2 of A as it is stored. A callable
        ``(V, lam) -> A V - V diag(lam)`` takes the place of A with more digits.

    Raises
    ------
    IllConditionedError
        If cond(V) > max_cond, which includes every Jordan block.
    InvalidInputError
        If the system is malformed, max_cond < 1, or the callable does not return
        a finite matrix of order n.
    """
    number("diagonalize", "max_cond", max_cond, low=1.0)
    small = as_system(system)
    lam, V = _eigenpairs(small.A)
    cond = _condition(V)
    if cond > max_cond:
        _refuse(small.size, small.measure, cond, max_cond)
    if refine is not False:
        residual = extended(small.A) if refine is True else _checked(refine)
        lam, V = refined(residual, lam, V)
        cond = _condition(V)
    return _modes(small, lam, V, cond)


def perturbed(
    system: OperatorLike,
    *,
    size: float | int = 1e-6,
    draws: int = 8,
    seed: int = 0,
    max_cond: float | int = 1e8,
) -> Diagonal:
    """Perturb, then diagonalize: the modes of A + E, E random and small.

    A matrix with bad eigenvectors, or none, is near to one with better ones: for a
    Gaussian E of norm size ||A|| the condition number is of order n^2 / size at
    most (Banks, Kulkarni, Mukherjee, Srivastava 2019, arXiv 1906.11819), and the
    computed modes answer exactly for A + E. The perturbation is in ``residual``.

    Parameters
    ----------
    system : OperatorLike
        Of order n.
    size : float
        ||E|| / ||A|| (Frobenius), in (0, 1).
    draws : int
        Number of random E, of which the one with the best eigenvectors is taken.
    seed : int
        Of the random numbers, >= 0.
    max_cond : float
        Largest condition number of the eigenvectors to accept, >= 1.

    Raises
    ------
    IllConditionedError
        If cond(V) > max_cond for every draw.
    InvalidInputError
        If an argument is malformed.
    """
    number("perturbed", "max_cond", max_cond, low=1.0)
    number("perturbed", "size", size, above=0.0, high=1.0)
    rng = np.random.default_rng(whole("perturbed", "seed", seed, low=0))
    small = as_system(system)
    found: list[
        tuple[float, Complex128[np.ndarray, " n"], Complex128[np.ndarray, "n n"]]
    ] = []
    for _ in range(whole("perturbed", "draws", draws, low=1)):
        E = rng.standard_normal(small.A.shape)
        E *= size * np.linalg.norm(small.A) / np.linalg.norm(E)
        lam, V = _eigenpairs(small.A + E)
        found.append((_condition(V), lam, V))
    cond, lam, V = min(found, key=lambda item: item[0])
    if cond > max_cond:
        _refuse(small.size, small.measure, cond, max_cond)
    return _modes(small, lam, V, cond)


def _eigenpairs(
    A: Float64[np.ndarray, "n n"],
) -> tuple[Complex128[np.ndarray, " n"], Complex128[np.ndarray, "n n"]]:
    # NumPy answers in real numbers where it can: one kind of number from here on.
    lam, V = np.linalg.eig(A)
    return lam.astype(np.complex128), V.astype(np.complex128)


def _modes(
    small: System,
    lam: Complex128[np.ndarray, " n"],
    V: Complex128[np.ndarray, "n n"],
    cond: float,
) -> Diagonal:
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


def _checked(residual: Residual) -> Residual:
    """The caller's residual, refused if it is not a finite matrix of order n."""

    def checked(
        V: Complex128[np.ndarray, "n n"], lam: Complex128[np.ndarray, " n"]
    ) -> Complex128[np.ndarray, "n n"]:
        R = np.asarray(residual(V, lam))
        if R.shape != V.shape or not np.isfinite(R).all():
            raise refusal(
                "diagonalize with a residual of the caller's",
                f"it returned {R.dtype} {R.shape}, not a finite matrix {V.shape}",
                "Return A V - V diag(lam), evaluated with more digits and rounded",
            )
        return R.astype(np.complex128)

    return checked


def _refuse(size: int, measure: str, cond: float, max_cond: float) -> None:
    lost = min(_DIGITS, math.ceil(math.log10(cond))) if cond < math.inf else _DIGITS
    raise IllConditionedError(
        request=f"diagonalize the order-{size} {measure} system",
        finding=(
            f"its eigenvectors have cond(V) = {cond:.1e} > max_cond = {max_cond:g}; "
            f"about {lost} of {_DIGITS} digits would be lost"
        ),
        remedy=(
            "Use dplr, which needs no eigenvectors of A, a tighter frame, perturbed, "
            "or raise max_cond if you accept the loss"
        ),
    )
