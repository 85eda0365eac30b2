"""Which of the orders that a truncation offers: by number, by bound, or the largest."""

import bisect

import numpy as np
from jaxtyping import Float64

from framestate.ssm.checks import number, refusal, whole


def chosen(
    request: str,
    orders: list[int],
    bounds: Float64[np.ndarray, " offered"],
    *,
    order: int | None,
    tolerance: float | int | None,
    rule: str,
) -> int:
    """The order asked for, or the smallest one whose bound is within the tolerance.

    Parameters
    ----------
    request : str
        The call that is being served, for messages.
    orders : list of int
        Where this system can be cut, ascending.
    bounds : (offered,) float64
        Error bound of each, descending.
    order, tolerance : optional
        At most one; the largest order if both are left out.
    rule : str
        What decides where it can be cut, for messages.

    Raises
    ------
    InvalidInputError
        If both are given, the order is not offered or no bound is small enough.
    """
    if order is not None and tolerance is not None:
        finding = f"both order = {order!r} and tolerance = {tolerance!r} were given"
        raise refusal(request, finding, "Pass one of them")
    if order is not None:
        _check_offered(request, orders, whole(request, "order", order, low=1), rule)
        return int(order)
    if tolerance is None:
        return orders[-1]
    limit = number(request, "tolerance", tolerance, low=0.0)
    if bounds[-1] > limit:
        raise refusal(
            f"{request} with tolerance = {limit:g}",
            f"the largest order, {orders[-1]}, has a bound of {bounds[-1]:.3e} ({rule})",
            "Pass a larger tolerance, or keep the system as it is",
        )
    return orders[int(np.argmax(bounds <= limit))]


def _check_offered(request: str, orders: list[int], order: int, rule: str) -> None:
    if order in orders:
        return
    after = bisect.bisect(orders, order)
    near = orders[max(after - 1, 0) : after + 1]
    raise refusal(
        f"{request} with order = {order}",
        f"this system cannot be cut there ({rule})",
        f"Pass order = {' or '.join(map(str, near))}",
    )
