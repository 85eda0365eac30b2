"""Checks of arguments that a type hint promises and a caller may still break."""

import numbers
from typing import Any

import numpy as np
from jaxtyping import Float64

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


def require_whole(request: str, name: str, value: Any, *, least: int = 0) -> int:
    """Return a whole number of at least ``least``.

    Raises
    ------
    InvalidInputError
        For anything else.
    """
    if not isinstance(value, numbers.Integral) or int(value) < least:
        raise InvalidInputError(
            request=request,
            finding=f"{name} = {value!r} is not a whole number of at least {least}",
            remedy=f"Ask for {name} = {max(least, 1)}, for example",
        )
    return int(value)


def require_distance(request: str, name: str, value: Any) -> float:
    """Return a finite real number that is not negative.

    Raises
    ------
    InvalidInputError
        For anything else, NaN included.
    """
    distance = float(value) if isinstance(value, numbers.Real) else float("nan")
    if not 0.0 <= distance < float("inf"):
        raise InvalidInputError(
            request=request,
            finding=f"{name} = {value!r} is not a finite number >= 0",
            remedy="Give a distance, for example 1e-12",
        )
    return distance


def require_positive(request: str, name: str, value: Any, *, remedy: str) -> float:
    """Return a finite real number above 0.

    Raises
    ------
    InvalidInputError
        For anything else, NaN included.
    """
    number = float(value) if isinstance(value, numbers.Real) else float("nan")
    if not 0.0 < number < float("inf"):
        raise InvalidInputError(
            request=request,
            finding=f"{name} = {value!r} is not a finite number above 0",
            remedy=remedy,
        )
    return number


def require_points(request: str, value: Any) -> Float64[np.ndarray, "points"]:
    """Return points of [0, 1] as a vector; one number is one point.

    Raises
    ------
    InvalidInputError
        For anything else, NaN included.
    """
    try:
        points = np.atleast_1d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        points = np.full(1, np.nan)
    if points.ndim != 1 or not ((points >= 0.0) & (points <= 1.0)).all():
        raise InvalidInputError(
            request=request,
            finding=f"s has shape {points.shape} and must be real, 1-D and within [0, 1]",
            remedy="Map the window to [0, 1], with s = 1 now",
        )
    return points
