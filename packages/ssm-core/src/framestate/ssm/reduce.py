"""Exact reduction N -> r of a redundant operator (T-reduction).

Redundant directions carry A = mu I, with mu = 1 (scaled) or 0 (translated), and
are never driven: B and the range of A - mu I lie in one A-invariant subspace of
dimension r (T-reduction in docs/theorems.md). From rest, the state stays
there, so dropping the rest is exact for every readout, diagonalizable or not.
"""

from typing import cast

import numpy as np
from jaxtyping import Float64

from framestate.ssm.checks import known, number, real_array
from framestate.ssm.errors import InvalidInputError
from framestate.ssm.system import (
    MEASURES,
    FactoredOperatorLike,
    Measure,
    OperatorLike,
    System,
    as_system,
)

_ROUNDING = 64.0  # rounded operations an entry that a verified identity may carry
_PROBES = 16  # vectors of which a verified identity is asked


def reduce(operator: OperatorLike, *, rcond: float | int | None = None) -> System:
    """The operator on the subspace that its input can reach.

    A factored operator gives its own factors, which are verified first. Any
    other one is cut along the range of [A - mu I, B].

    Parameters
    ----------
    operator : OperatorLike
        Of order N; a `FactoredOperatorLike` is taken by its factors, and
        ``reduce(as_system(operator))`` ignores them.
    rcond : float, optional
        Singular values of [A - mu I, B] below ``rcond`` times the largest one
        count as zero. Default ``64 N eps``. Not used with factors.

    Returns
    -------
    System
        Of order r, with lift (N, r): the state from rest is ``lift @ x``.

    Raises
    ------
    InvalidInputError
        If the operator is malformed, its factors contradict A and B, rcond is
        not in (0, 1], or nothing is driven (B = 0 and A = mu I).
    """
    if rcond is not None:
        rcond = number("reduce", "rcond", rcond, above=0.0, high=1.0)
    if isinstance(operator, FactoredOperatorLike):
        return _from_factors(operator)
    full = as_system(operator)
    if rcond is None:
        rcond = _ROUNDING * full.size * float(np.finfo(np.float64).eps)
    basis = _driven_range(full, rcond)
    if basis.shape[1] == full.size:
        return full
    return System(
        A=basis.T @ full.A @ basis,
        B=basis.T @ full.B,
        measure=full.measure,
        lift=full.lift @ basis,
    )


def _driven_range(full: System, rcond: float) -> Float64[np.ndarray, "N r"]:
    mu = 1.0 if full.measure == "scaled" else 0.0
    driven = np.column_stack((full.A - mu * np.eye(full.size), full.B))
    U, sigma, _ = np.linalg.svd(driven, full_matrices=False)
    rank = int(np.count_nonzero((sigma >= rcond * sigma[0]) & (sigma > 0)))
    if rank == 0:
        raise InvalidInputError(
            request="reduce",
            finding=f"A = {mu:g} I and B = 0, so the input never moves the state",
            remedy="Check that the atoms do not all vanish at s = 1",
        )
    return U[:, :rank]


def _from_factors(operator: FactoredOperatorLike) -> System:
    request = f"reduce({type(operator).__name__}) by its factors"
    measure = known(request, "measure", operator.measure, MEASURES)
    full_B = real_array(request, "B", operator.B, shape="N")
    N = len(full_B)
    full_A = real_array(request, "A", operator.A, shape=f"{N} {N}")
    B = real_array(request, "reduced_B", operator.reduced_B, shape="r")
    r = len(B)
    A = real_array(request, "reduced_A", operator.reduced_A, shape=f"{r} {r}")
    T = real_array(request, "analysis", operator.analysis, shape=f"{N} {r}")
    R = real_array(request, "synthesis", operator.synthesis, shape=f"{r} {N}")
    small = System(A=A, B=B, measure=cast("Measure", measure), lift=T)
    _verify(request, full_A, full_B, small, R)
    return small


def _verify(
    request: str,
    full_A: Float64[np.ndarray, "N N"],
    full_B: Float64[np.ndarray, " N"],
    small: System,
    R: Float64[np.ndarray, "r N"],
) -> None:
    """Refuse factors that break R T = I, A T = T A_r or B = T B_r.

    Of a large operator the identities are asked of random vectors: the norm of
    what is left of them estimates that of the matrix, for the price of a few
    products with vectors instead of products of matrices (Freivalds).
    """
    T, probes = small.lift, _probes(small.size)
    unit = _ROUNDING * len(full_B) * float(np.finfo(np.float64).eps)
    turn = float(np.linalg.norm(R) * np.linalg.norm(T))
    size = float(np.linalg.norm(T) * np.linalg.norm(small.A))
    seen = T @ probes
    identities = (
        ("synthesis @ analysis = I", R @ seen - probes, turn),
        (
            "A @ analysis = analysis @ reduced_A",
            full_A @ seen - T @ (small.A @ probes),
            turn * size,
        ),
        (
            "B = analysis @ reduced_B",
            full_B - T @ small.B,
            float(np.linalg.norm(T) * np.linalg.norm(small.B)),
        ),
    )
    for identity, residual, scale in identities:
        found = float(np.linalg.norm(residual))
        if found > unit * scale:
            raise InvalidInputError(
                request=request,
                finding=f"{identity} fails by {found:.1e} > {unit * scale:.1e}",
                remedy="Repair the factors, or reduce(as_system(operator))",
            )


def _probes(size: int) -> Float64[np.ndarray, "size k"]:
    """Every direction if they are few, else random ones of mean square one."""
    if size <= _PROBES:
        return np.eye(size)
    rng = np.random.default_rng(0)
    return rng.standard_normal((size, _PROBES)) / np.sqrt(_PROBES)
