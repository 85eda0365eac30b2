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
        one ``...`` stands for any number of axes.

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
    array = rectangular(request, name, value)
    if array.dtype.kind not in kinds:
        raise wrong_dtype(request, name, array.dtype, modal="c" in kinds)
    check_shape(request, name, array, shape)
    _check_finite(request, name, array)
    return array


def rectangular(request: str, name: str, value: ArrayLike) -> Shaped[np.ndarray, "..."]:
    """The value as a NumPy array of whatever dtype.

    Raises
    ------
    InvalidInputError
        If its rows differ in length.
    """
    try:
        return np.asarray(value)
    except ValueError as error:
        finding = f"{name} is not a rectangular array ({error})"
        raise refusal(request, finding, "Pass an array of numbers") from None


def wrong_dtype(
    request: str, name: str, dtype: object, *, modal: bool
) -> InvalidInputError:
    """The refusal of a dtype, where complex numbers are allowed (modal) or not."""
    wanted = "real or complex" if modal else "real"
    finding = f"{name} has dtype {dtype}, not a {wanted} number"
    return refusal(request, finding, f"Pass {name} as a {wanted} array")


def check_shape(request: str, name: str, array: Any, shape: str) -> None:
    """Refuse an array of any library that is empty or not of the shape.

    Raises
    ------
    InvalidInputError
        If the shape does not fit.
    """
    actual, axes = tuple(array.shape), shape.split()
    cut = axes.index("...") if "..." in axes else len(axes)
    head, tail = axes[:cut], axes[cut + 1 :]
    free = len(actual) - len(head) - len(tail)
    compared = zip(
        head + tail, actual[:cut] + actual[cut + max(free, 0) :], strict=False
    )
    fits = free == 0 or (free > 0 and cut < len(axes))
    if not fits or any(want.isdigit() and n != int(want) for want, n in compared):
        finding = f"{name} has shape {actual}, expected ({', '.join(axes)})"
        raise refusal(request, finding, f"Pass {name} with that shape")
    if math.prod(actual) == 0:
        finding = f"{name} is empty (shape {actual})"
        raise refusal(request, finding, "Pass at least one number")


def _check_finite(request: str, name: str, array: Shaped[np.ndarray, "..."]) -> None:
    bad = ~np.isfinite(array)
    if not bad.any():
        return
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    raise not_finite(request, name, first, array[first], (int(bad.sum()), array.size))


def not_finite(
    request: str,
    name: str,
    first: tuple[int, ...],
    value: object,
    count: tuple[int, int],
) -> InvalidInputError:
    """The refusal of an array by its first entry that is not finite, and how many are."""
    finding = (
        f"{name}[{', '.join(map(str, first))}] = {value}; "
        f"{count[0]} of {count[1]} entries are not finite"
    )
    return refusal(request, finding, f"Remove or repair them in {name} first")


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
