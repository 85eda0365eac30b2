"""The scaled clock: sample n moves the state from c_n to c_{n+1} (T-scaled-solution).

Exact rule, an input constant over the interval from n to n + 1:

    c_{n+1} = (n/(n+1))^A (c_n - A^-1 B u_n) + A^-1 B u_n

Generalized bilinear rule for n >= 1, its first sample taken exactly:

    (I + alpha A/(n+1)) c_{n+1}
        = (I - (1-alpha) A/n) c_n + (alpha/(n+1) + (1-alpha)/n) B u_n

The matrix changes with every sample, so each dense bilinear step solves one
system: one LAPACK call, and only a substitution where A is triangular, as in
LegS. This beats a Schur form kept across steps at the sizes in use, because it
stays real, and it makes a resumed run equal bit for bit.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from framestate.ssm.discretization.steps import DenseClock
from framestate.ssm.errors import UnstableError

_Real: TypeAlias = Float64[np.ndarray, "n batch"]
_Sample: TypeAlias = Float64[np.ndarray, " batch"]


def dense_clock(clock: DenseClock) -> Callable[[_Real, _Sample, int], _Real]:
    """The map (c_n, u_n, n) -> c_{n+1} of a dense scaled system."""
    alpha, A = clock.rule.alpha, clock.system.A
    settled, B = clock.settled[:, None], clock.system.B[:, None]
    identity = np.eye(len(A))

    def exact(c: _Real, u: _Sample, n: int) -> _Real:
        rest = settled * u
        if n == 0:
            return rest
        return scipy.linalg.expm(-math.log1p(1 / n) * A) @ (c - rest) + rest

    if alpha is None:
        return exact
    solve = _solver(A)

    def bilinear(c: _Real, u: _Sample, n: int) -> _Real:
        if n == 0:
            return settled * u
        early, late = (1 - alpha) / n, alpha / (n + 1)
        right = c - early * (A @ c) + (early + late) * B * u
        return solve(identity + late * A, right, n)

    return bilinear


def _solver(
    A: Float64[np.ndarray, "n n"],
) -> Callable[[Float64[np.ndarray, "n n"], _Real, int], _Real]:
    """Solve with I + late A: by substitution if A is triangular, else by LU."""
    lower = bool((np.triu(A, 1) == 0).all())
    trtrs, gesv = scipy.linalg.get_lapack_funcs(("trtrs", "gesv"), (A,))
    triangular = lower or bool((np.tril(A, -1) == 0).all())

    def solve(matrix: Float64[np.ndarray, "n n"], right: _Real, n: int) -> _Real:
        if triangular:
            solved, info = trtrs(matrix, right, lower=lower)
        else:
            *_, solved, info = gesv(matrix, right)
        if info:
            raise UnstableError(
                request=f"sample {n} on the scaled clock",
                finding="I + alpha A / (n + 1) is singular, so A has Re(lam) < 0",
                remedy="Use a system with Re(lam) > 0",
            )
        return solved

    return solve
