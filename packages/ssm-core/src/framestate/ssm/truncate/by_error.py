"""Truncation by a measured error that the caller names."""

from collections.abc import Callable
from typing import Any, overload

from framestate.ssm.checks import ArrayLike, number, refusal
from framestate.ssm.errors import InvalidInputError
from framestate.ssm.system import Diagonal, OperatorLike, System
from framestate.ssm.truncate.balanced import Truncated, balance
from framestate.ssm.truncate.modal import TruncatedModes, rank


@overload
def by_error(
    source: Diagonal,
    error: Callable[[Diagonal], float],
    tolerance: float | int,
    *,
    C: ArrayLike | None = None,
) -> TruncatedModes: ...
@overload
def by_error(
    source: OperatorLike,
    error: Callable[[System], float],
    tolerance: float | int,
    *,
    C: ArrayLike | None = None,
) -> Truncated: ...
def by_error(
    source: OperatorLike | Diagonal,
    error: Callable[[Any], float],
    tolerance: float | int,
    *,
    C: ArrayLike | None = None,
) -> Truncated | TruncatedModes:
    """A small order whose measured error is within the tolerance.

        by_error(modes, lambda small: delay_error(discretize(small, ...), 300), 0.9)

    The number of cuts is doubled until the error is within the tolerance, then
    halved in on. Guaranteed whatever the error does: that of the answer was
    measured and is within the tolerance, and that of the next smaller cut, if
    there is one, was measured and is not. If the error never grows with the
    order, the answer is the smallest order; else a smaller one may do as well.

    Parameters
    ----------
    source : OperatorLike or Diagonal
        Truncated by balancing, or by dropping modes.
    error : callable
        Of the smaller `System` or `Diagonal`; called about 2 log2(n) times.
    tolerance : float
        Largest error to accept.
    C : array_like, optional
        Readout that decides what is dropped first, as in `balanced` and `modal`.

    Returns
    -------
    Truncated or TruncatedModes
        By the kind of source, with its own bound.

    Raises
    ------
    InvalidInputError
        If the largest order misses the tolerance too, the error is not a finite
        number, or an argument is malformed.
    UnstableError
        If a pole does not decay.
    IllConditionedError
        If the system is too far from normal for float64.
    """
    limit = number("by_error", "tolerance", tolerance)
    if isinstance(source, Diagonal):
        ranking = rank("by_error", source, C)

        def modal_error(order: int) -> float:
            return error(ranking.cut(order).modes)

        return ranking.cut(_within(ranking.orders, modal_error, limit))
    balancing = balance("by_error", source, C)

    def balanced_error(order: int) -> float:
        return error(balancing.cut(order).system)

    return balancing.cut(_within(balancing.orders, balanced_error, limit))


def _within(orders: list[int], error: Callable[[int], float], limit: float) -> int:
    """An order within the limit whose lower neighbor in the list is beyond it."""
    errors: dict[int, float] = {}

    def hits(i: int) -> bool:
        found = number("by_error", "error", error(orders[i]))
        errors[orders[i]] = found
        return found <= limit

    miss, hit = -1, 0
    while not hits(hit):
        if hit == len(orders) - 1:
            raise _missed(errors, limit)
        miss, hit = hit, min(2 * hit + 1, len(orders) - 1)
    while hit - miss > 1:
        middle = (miss + hit) // 2
        miss, hit = (miss, middle) if hits(middle) else (middle, hit)
    return orders[hit]


def _missed(errors: dict[int, float], limit: float) -> InvalidInputError:
    last, best = max(errors), min(errors, key=lambda order: errors[order])
    return refusal(
        f"by_error with tolerance = {limit:g}",
        f"even order {last}, the largest, has the error {errors[last]:.6g}; the "
        f"smallest of {len(errors)} measured is {errors[best]:.6g}, at order {best}",
        "Pass a larger tolerance or another system",
    )
