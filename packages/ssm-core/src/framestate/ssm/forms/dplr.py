"""Diagonal plus low rank: the form that every frame operator has (T-dplr).

In orthonormal coordinates of the span A + A^T = c I + Q diag(signs) Q^T with c = 1,
Q = b (scaled) and c = 0, Q = (k_0, k_1) (translated; T-lyapunov, T-lyapunov-translated
in docs/theorems.md). What is left of A is skew, and its eigenvectors W are unitary:

    A = W (diag(lam) + P diag(signs) P^H) W^H,   lam = c/2 + i omega,   P = W^H Q / sqrt 2.

No eigenvector of A is computed, so nothing is lost where A has bad ones or too few.
Any other stable pair (A, b) takes this form in its input-normal coordinates x = L z,
L L^T the solution X of (A - c/2) X + X (A - c/2)^T = b b^T.
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
import scipy.linalg
from jaxtyping import Complex128, Float64

from framestate.ssm.checks import known, number, whole
from framestate.ssm.errors import IllConditionedError, InvalidInputError
from framestate.ssm.forms.skew import skew_modes
from framestate.ssm.system import Modes, OperatorLike, System, as_system

Coordinates = Literal["given", "input-normal"]
_ROUNDING = 64.0  # rounded operations an entry of A + A^T may carry
_EPS = float(np.finfo(np.float64).eps)


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class DPLR(Modes):
    """z' = -(diag(lam) + P diag(signs) P^H) z + B u, half of each pair stored.

    A product with P^H is taken over both halves of a pair, so that it is real; the
    rest is as `Modes` has it.

    Parameters
    ----------
    lam : (m,) complex128
        Eigenvalues of the normal part, Im(lam) >= 0.
    P : (m, k) complex128
        Factor of the low-rank part.
    signs : (k,) float64
        1 or -1.
    B : (m,) complex128
        Input vector.
    paired : (m,) bool
        True where a mode stands for itself and its conjugate.
    vectors : (n, m) complex128
        From modes to the real state.
    lift : (N, m) complex128
        From modes to the state of the original operator.
    cond : float
        Condition number of the change of coordinates; 1 if it is unitary.
    residual : float
        What the form leaves of A, over the norm of A (Frobenius).
    measure : "scaled" or "translated"
        Clock of the equation.
    """

    P: Complex128[np.ndarray, "m k"]
    signs: Float64[np.ndarray, " k"]


def dplr(
    operator: OperatorLike,
    *,
    coordinates: Coordinates | str = "given",
    max_rank: int = 4,
    max_cond: float | int = 1e8,
) -> DPLR:
    """The normal-plus-low-rank form of an operator, without eigenvectors of A.

    Parameters
    ----------
    operator : OperatorLike
        Of order n; reduce a redundant one first.
    coordinates : "given" or "input-normal"
        Whether the coordinates of A are orthonormal already, as `reduce` leaves a
        frame operator, or those are to be found in which the pair has rank one.
    max_rank : int
        Largest rank k of A + A^T - c I to accept with "given".
    max_cond : float
        Largest condition number of the "input-normal" coordinates to accept, >= 1.

    Raises
    ------
    InvalidInputError
        If an argument is malformed, the rank in the given coordinates is larger, or
        a pole lies on or left of c/2, so that there are no input-normal coordinates.
    IllConditionedError
        If the input-normal coordinates have a larger condition number, which
        includes directions that the input does not reach.
    """
    known("dplr", "coordinates", coordinates, "given input-normal")
    whole("dplr", "max_rank", max_rank, low=1)
    number("dplr", "max_cond", max_cond, low=1.0)
    full = as_system(operator)
    if coordinates == "given":
        shift = 1.0 if full.measure == "scaled" else 0.0
        Q, signs = _low_rank(full, shift, max_rank)
        return _form(full, shift, Q, signs, cond=1.0)
    normal, shift, cond = _input_normal(full, max_cond)
    return _form(normal, shift, normal.B[:, None], np.ones(1), cond=cond)


def _low_rank(
    full: System, shift: float, max_rank: int
) -> tuple[Float64[np.ndarray, "n k"], Float64[np.ndarray, " k"]]:
    """Q and signs of A + A^T - shift I = Q diag(signs) Q^T, to rounding."""
    n = full.size
    rest = full.A + full.A.T - shift * np.eye(n)
    values, vectors = np.linalg.eigh(rest)
    keep = np.abs(values) > _ROUNDING * n * _EPS * np.linalg.norm(full.A)
    rank = int(np.count_nonzero(keep))
    if rank > max_rank:
        raise InvalidInputError(
            request=f"dplr of an order-{n} {full.measure} system",
            finding=f"A + A^T - {shift:g} I has rank {rank} > max_rank = {max_rank}",
            remedy="Reduce first, or use coordinates='input-normal'",
        )
    values = values[keep]
    return vectors[:, keep] * np.sqrt(np.abs(values)), np.sign(values)


def _form(
    full: System,
    shift: float,
    Q: Float64[np.ndarray, "n k"],
    signs: Float64[np.ndarray, " k"],
    *,
    cond: float,
) -> DPLR:
    n = full.size
    omega, W = skew_modes((full.A - full.A.T) / 2)
    rest = full.A + full.A.T - shift * np.eye(n) - (Q * signs) @ Q.T
    size = np.linalg.norm(full.A)
    return DPLR(
        lam=shift / 2 + 1j * omega,
        P=W.conj().T @ Q / np.sqrt(2),
        signs=signs,
        B=W.conj().T @ full.B,
        paired=np.arange(len(omega)) >= n % 2,
        vectors=W,
        lift=full.lift @ W,
        cond=cond,
        residual=float(np.linalg.norm(rest) / 2 / size) if size > 0 else 0.0,
        measure=full.measure,
    )


def _input_normal(full: System, max_cond: float) -> tuple[System, float, float]:
    """The pair in coordinates where A + A^T = shift I + B B^T, and their cond."""
    n = full.size
    shift = 1.0 if full.measure == "scaled" else 0.0
    least = float(np.real(full.lam).min())
    request = f"input-normal coordinates of an order-{n} {full.measure} system"
    if least <= shift / 2:
        raise InvalidInputError(
            request=request,
            finding=f"a pole has Re(lam) = {least:.6g}, not above {shift / 2:g}",
            remedy="Use coordinates='given' with an operator of a frame",
        )
    A = full.A - shift / 2 * np.eye(n)
    X = scipy.linalg.solve_continuous_lyapunov(A, np.outer(full.B, full.B))
    values, vectors = np.linalg.eigh((X + X.T) / 2)
    cond = float(np.sqrt(values[-1] / values[0])) if values[0] > 0 else np.inf
    if cond > max_cond:
        raise IllConditionedError(
            request=request,
            finding=(
                f"they have condition number {cond:.1e} > max_cond = {max_cond:g}: "
                "the input hardly reaches some directions of the state"
            ),
            remedy="Truncate the system first, or raise max_cond",
        )
    root = np.sqrt(values)
    L, inverse = vectors * root, (vectors / root).T
    normal = System(
        A=inverse @ full.A @ L,
        B=inverse @ full.B,
        measure=full.measure,
        lift=full.lift @ L,
    )
    return normal, shift, cond
