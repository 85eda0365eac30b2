"""Balanced truncation: drop the states that are hardest to reach and to see.

In balanced coordinates both gramians are diag(sigma). Keeping the leading n states
leaves, for the map H from u to y = C c (T-balanced in docs/theorems.md),

    sigma_(n+1) <= sup |H - H_n| <= 2 (sum of the distinct sigma that were dropped)

where sup is the H-infinity norm over all frequencies, the largest gain of the
error from ||u||_2 to ||y - y_n||_2. The result is stable.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import numpy as np
from jaxtyping import Bool, Float64

from framestate.ssm.checks import ArrayLike, refusal
from framestate.ssm.system import OperatorLike, System
from framestate.ssm.truncate.hankel import Hankel, hankel
from framestate.ssm.truncate.orders import chosen


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Truncated:
    """A smaller system and how far its output can be off.

    Parameters
    ----------
    system : System
        Of order n, in balanced coordinates; its lift leads to the original state.
    readout : (..., n) float64
        The readout C on this state.
    hankel : (n0,) float64
        Hankel singular values of the system that was truncated, descending.
    bound : float
        On the error from ||u||_2 to ||y - y_n||_2, relative to ||u||_2.
    """

    system: System
    readout: Float64[np.ndarray, "*outputs n"]
    hankel: Float64[np.ndarray, " n0"]
    bound: float

    @property
    def norm(self) -> Literal["H-infinity"]:
        """What the bound bounds."""
        return "H-infinity"


@final
@dataclass(frozen=True, eq=False)
class Balancing:
    """Every balanced truncation of one system, at the cost of one decomposition.

    A cut after sigma_k needs sigma_k - sigma_(k+1) above rounding: states of equal
    sigma stay or go together, and noise is never divided by.

    Parameters
    ----------
    source : Hankel
        Its decomposition.
    """

    source: Hankel

    @cached_property
    def ends(self) -> Bool[np.ndarray, " n"]:
        """True where the next sigma is smaller by more than rounding."""
        return -np.diff(self.source.sigma, append=0.0) > self.source.rounding

    @cached_property
    def orders(self) -> list[int]:
        """Where this system can be cut, ascending."""
        return (np.flatnonzero(self.ends) + 1).tolist()

    @cached_property
    def bounds(self) -> Float64[np.ndarray, " offered"]:
        """2 (sum of distinct dropped sigma), and the rounding of each that is dropped."""
        first = np.concatenate(([True], self.ends[:-1]))
        share = np.where(first, self.source.sigma, 0.0) + self.source.rounding
        dropped = np.append(np.cumsum(share[::-1])[::-1], 0.0)
        return 2 * dropped[self.orders]

    def cut(self, order: int) -> Truncated:
        """The truncation at one of the orders."""
        source = self.source
        scale = 1 / np.sqrt(source.sigma[:order])
        left = scale[:, None] * source.left[:order]
        right = source.right[:, :order] * scale
        system = System(
            A=left @ source.system.A @ right,
            B=left @ source.system.B,
            measure=source.system.measure,
            lift=source.system.lift @ right,
        )
        return Truncated(
            system=system,
            readout=source.C @ right,
            hankel=source.sigma,
            bound=float(self.bounds[self.orders.index(order)]),
        )


def balanced(
    system: OperatorLike,
    *,
    order: int | None = None,
    tolerance: float | int | None = None,
    C: ArrayLike | None = None,
) -> Truncated:
    """The leading balanced states of a system, with the H-infinity bound.

    The norms are L2 in the time of the equation, for a scaled system in log t
    (over dt/t). The bilinear rule keeps the bound in l2, at every dt, for an input
    averaged over each step, (u[n - 1] + u[n]) / 2.

    Parameters
    ----------
    system : OperatorLike
        Of order n0, every pole with Re(lam) > 0.
    order : int, optional
        States to keep; a cut between values that are equal to rounding, or below
        it, is refused.
    tolerance : float, optional
        The smallest order whose bound is within it. With neither, every state
        that float64 can tell from none is kept.
    C : (..., n0) array_like, optional
        Readout whose output is to be kept. Left out, it is the whole state of
        the original operator, ``lift @ c``.

    Raises
    ------
    InvalidInputError
        If an argument is malformed, the order cannot be cut, the tolerance not be
        met, or nothing is reached and seen.
    UnstableError
        If a pole does not decay; the message names it.
    IllConditionedError
        If the system is too far from normal for float64.
    """
    balancing = balance("balanced", system, C)
    picked = chosen(
        "balanced",
        balancing.orders,
        balancing.bounds,
        order=order,
        tolerance=tolerance,
        rule=f"sigma must fall by more than the rounding {balancing.source.rounding:.1e}",
    )
    return balancing.cut(picked)


def balance(request: str, system: OperatorLike, C: ArrayLike | None) -> Balancing:
    """All balanced truncations of a system, at least one.

    Raises
    ------
    UnstableError, IllConditionedError, InvalidInputError
        As `balanced`.
    """
    balancing = Balancing(hankel(request, system, C))
    if not balancing.orders:
        raise refusal(
            request,
            f"no Hankel singular value exceeds the rounding "
            f"{balancing.source.rounding:.1e}",
            "Check that B is not zero and that C sees what B drives",
        )
    return balancing
