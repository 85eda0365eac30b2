"""Checks of arguments that a type hint promises and a caller may still break."""

import numbers
from typing import Any

from framestate.frames.errors import InvalidInputError


def require_count(request: str, name: str, value: Any) -> int:
    """Return a whole number of at least 1.

    Raises
    ------
    InvalidInputError
        For anything else.
    """
    if not isinstance(value, numbers.Integral) or int(value) < 1:
        raise InvalidInputError(
            request=request,
            finding=f"{name} = {value!r} is not a whole number of at least 1: "
            "an empty frame spans nothing",
            remedy="Ask for a positive whole number",
        )
    return int(value)


def require_share(
    request: str, name: str, value: Any, *, remedy: str, top: str = "]"
) -> float:
    """Return a real number in (0, 1], or in (0, 1) with the top ")".

    Raises
    ------
    InvalidInputError
        For anything else, NaN included.
    """
    share = float(value) if isinstance(value, numbers.Real) else float("nan")
    inside = 0.0 < share <= 1.0 and (top == "]" or share < 1.0)
    if not inside:
        raise InvalidInputError(
            request=request,
            finding=f"{name} = {value!r} is not a number in (0, 1{top}",
            remedy=remedy,
        )
    return share
