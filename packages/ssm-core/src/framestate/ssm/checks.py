"""Refusals of bad arguments, so that every public function refuses alike."""

import difflib
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Shaped

from framestate.ssm.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
else:
    # At run time our own errors speak. A checker of signatures would be in their
    # way, and takes neither an int nor a list of floats for NumPy's ArrayLike.
    ArrayLike = object


def real_array(
    request: str, name: str, value: ArrayLike, *, shape: str
) -> Shaped[np.ndarray, "..."]:
    """A finite, non-empty float64 array of the given shape.

    Parameters
    ----------
    request : str
        The call that is being served, for the message.
    name : str
        The argument's name.
    value : array_like
        What the caller passed.
    shape : str
        One word an axis: a number fixes its length, a letter only names it, and
        a leading or trailing ``...`` stands for any number of axes.

    Raises
    ------
    InvalidInputError
        If the value is not such an array.
    """
    array = numeric(request, name, value, kinds="iuf", shape=shape)
    return np.asarray(array, dtype=np.float64)


def numeric(
    request: str,
    name: str,
    value: ArrayLike,
    *,
    kinds: str,
    shape: str,
) -> Shaped[np.ndarray, "..."]:
    """Like `real_array`, for any dtype whose NumPy kind is in ``kinds``.

    Raises
    ------
    InvalidInputError
        If the value is not such an array.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        finding = f"{name} is not a rectangular array ({error})"
        raise refusal(request, finding, "Pass an array of numbers") from None
    if array.dtype.kind not in kinds:
        wanted = "real or complex" if "c" in kinds else "real"
        finding = f"{name} has dtype {array.dtype}, not a {wanted} number"
        raise refusal(request, finding, f"Pass {name} as a {wanted} array")
    _check_shape(request, name, array, shape)
    _check_finite(request, name, array)
    return array


def _check_shape(
    request: str, name: str, array: Shaped[np.ndarray, "..."], shape: str
) -> None:
    axes = shape.split()
    fixed = [axis for axis in axes if axis != "..."]
    free = array.ndim - len(fixed)
    fits = free == 0 or (free > 0 and "..." in axes)
    actual = array.shape[free:] if axes[:1] == ["..."] else array.shape
    if not fits or any(
        want.isdigit() and have != int(want)
        for want, have in zip(fixed, actual, strict=False)
    ):
        finding = f"{name} has shape {array.shape}, expected ({', '.join(axes)})"
        raise refusal(request, finding, f"Pass {name} with that shape")
    if array.size == 0:
        finding = f"{name} is empty (shape {array.shape})"
        raise refusal(request, finding, "Pass at least one number")


def _check_finite(request: str, name: str, array: Shaped[np.ndarray, "..."]) -> None:
    bad = ~np.isfinite(array)
    if not bad.any():
        return
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    where = ", ".join(str(i) for i in first)
    finding = (
        f"{name}[{where}] = {array[first]}; "
        f"{int(bad.sum())} of {array.size} entries are not finite"
    )
    raise refusal(request, finding, f"Remove or repair them in {name} first")


def number(
    request: str,
    name: str,
    value: Any,
    *,
    above: float | None = None,
    low: float | None = None,
    high: float | None = None,
) -> float:
    """A finite float, within ``above <``, ``low <=`` and ``<= high`` where given.

    Raises
    ------
    InvalidInputError
        If the value is no such number.
    """
    tests = [
        (sign, bound, holds)
        for sign, bound, holds in (
            (">", above, operator.gt),
            (">=", low, operator.ge),
            ("<=", high, operator.le),
        )
        if bound is not None
    ]
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | np.integer | np.floating)
        or not math.isfinite(value)
        or not all(holds(value, bound) for _, bound, holds in tests)
    ):
        limits = " and ".join(f"{sign} {bound:g}" for sign, bound, _ in tests)
        finding = f"{name} = {value!r} is not a finite number {limits}"
        raise refusal(request, finding, f"Pass {name} {limits}")
    return float(value)


def whole(request: str, name: str, value: Any, *, low: int) -> int:
    """An integer of at least ``low``.

    Raises
    ------
    InvalidInputError
        If the value is no such integer.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | np.integer)
        or value < low
    ):
        finding = f"{name} = {value!r} is not an integer >= {low}"
        raise refusal(request, finding, f"Pass {name} >= {low}")
    return int(value)


def known(request: str, name: str, value: Any, names: str) -> str:
    """A name out of ``names``, which are separated by spaces.

    Raises
    ------
    InvalidInputError
        If the name is unknown; the message lists the names and the nearest one.
    """
    if isinstance(value, str) and value in names.split():
        return value
    near = difflib.get_close_matches(str(value), names.split(), n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise refusal(
        request,
        f"unknown {name} {value!r}",
        f"{hint}Known: {', '.join(repr(n) for n in names.split())}",
    )


def refusal(request: str, finding: str, remedy: str) -> InvalidInputError:
    """An `InvalidInputError` to raise."""
    return InvalidInputError(request=request, finding=finding, remedy=remedy)
