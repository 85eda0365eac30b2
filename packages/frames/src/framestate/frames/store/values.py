"""What a store can hold, taken apart into numbers, texts and arrays, and put together.

Shapes are given in letters; a letter means one number within one value. The same
check stands before saving and after loading.
"""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, final, get_args

import numpy as np
from scipy.sparse import csr_array

from framestate.frames.combination import Combination
from framestate.frames.operators import FrameOperator, Measure
from framestate.frames.span import Span

Value = TypeVar("Value", FrameOperator, Span)
Arrays = dict[str, np.ndarray]
Scalars = dict[str, str | int | float | None]

INEXACT = ("<f8", "<c16")
INDICES = ("<i4", "<i8")
SPARSE = ("data", "indices", "indptr", "shape")  # parts of a sparse matrix


@final
@dataclass(frozen=True)
class Layout:
    """Fields of a class of values; others must be None.

    Parameters
    ----------
    kind : type
        The class.
    scalars : mapping
        Its texts and numbers, with what is asked of each.
    shapes : mapping
        Its arrays, with their shapes in letters.
    optional : tuple of str
        Those of the arrays that may be None.
    """

    kind: type[FrameOperator] | type[Span]
    scalars: Mapping[str, Callable[[Any], bool]]
    shapes: Mapping[str, str]
    optional: tuple[str, ...] = ()


def _is_number(x: Any) -> bool:
    # a comparison: a whole number may be too large for a float
    number = isinstance(x, int | float) and not isinstance(x, bool)
    return number and bool(abs(x) <= sys.float_info.max)


LAYOUTS: Mapping[str, Layout] = {
    "FrameOperator": Layout(
        kind=FrameOperator,
        scalars={
            "name": lambda x: isinstance(x, str),
            "measure": lambda x: x in get_args(Measure),
            "error_bound": lambda x: _is_number(x) and x >= 0,
            "mu": lambda x: x is None or _is_number(x),
        },
        shapes={
            "A_r": "rr",
            "b": "r",
            "T": "Nr",
            "R": "rN",
            "flow": "NN",
            "gain": "rr",
        },
        optional=("flow", "gain"),
    ),
    "Span": Layout(
        kind=Span,
        scalars={"degree": lambda x: isinstance(x, int) and x >= -1},
        shapes={
            "analysis": "Nr",
            "synthesis": "rN",
            "basis": "rD",
            "singular_values": "k",
        },
    ),
}


def take_apart(value: FrameOperator | Span) -> tuple[Scalars, Arrays]:
    """Scalars and arrays of a value.

    Raises
    ------
    ValueError
        With the finding, when it is not what its class promises.
    """
    layout = LAYOUTS[type(value).__name__]
    scalars: Scalars = {}
    arrays: Arrays = {}
    for field in dataclasses.fields(value):
        name, x = field.name, getattr(value, field.name)
        if name in layout.scalars:
            scalars[name] = x
        elif name in layout.shapes:
            arrays |= _parts(name, x)
        elif x is not None:
            raise ValueError(f"{name} = {x!r:.60} is not a text, a number or an array")
    put_together(layout, scalars, arrays)  # the check
    return scalars, arrays


def _parts(name: str, x: Any) -> Arrays:
    if x is None:
        return {}
    if isinstance(x, csr_array):
        parts = (x.data, x.indices, x.indptr, np.array(x.shape, dtype=np.int64))
        return {f"{name}.{part}": p for part, p in zip(SPARSE, parts, strict=True)}
    if isinstance(x, Combination):
        return {name: x.toarray()}
    if isinstance(x, np.ndarray):
        return {name: x}
    raise ValueError(f"{name} is a {type(x).__name__}, not an array or a csr_array")


def put_together(
    layout: Layout, scalars: Mapping[str, Any], arrays: Arrays
) -> FrameOperator | Span:
    """Value with these scalars and arrays.

    Raises
    ------
    ValueError
        With the finding, when they do not make one.
    """
    _check_scalars(layout, scalars)
    rest = dict(arrays)
    matrices: dict[str, Any] = {}
    sizes: dict[str, int] = {}
    for name, shape in layout.shapes.items():
        matrices[name] = _matrix(name, rest, needed=name not in layout.optional)
        _unify(name, matrices[name], shape, sizes)
    if rest:
        raise ValueError(f"{', '.join(rest)} has no place in a {layout.kind.__name__}")
    return layout.kind(**scalars, **matrices)


def _check_scalars(layout: Layout, scalars: Mapping[str, Any]) -> None:
    if set(scalars) != set(layout.scalars):
        raise ValueError(f"{sorted(scalars)} are not the scalars of its class")
    wrong = {name: x for name, x in scalars.items() if not layout.scalars[name](x)}
    if wrong:
        raise ValueError(f"{wrong} is not what its class promises")


def _matrix(name: str, rest: Arrays, *, needed: bool) -> Any:
    """Take an array, dense or sparse, out of the parts that are left."""
    names = [f"{name}.{part}" for part in SPARSE]
    if name in rest:
        return _typed(name, rest.pop(name), INEXACT)
    if set(names) <= set(rest):
        data, *indices, shape = (rest.pop(part) for part in names)
        return _sparse(name, data, indices, shape)
    if needed:
        raise ValueError(f"{name} is missing")
    return None


def _typed(name: str, x: np.ndarray, types: tuple[str, ...]) -> np.ndarray:
    if x.dtype.str not in types:
        raise ValueError(f"{name} has the type {x.dtype}, not one of {types}")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} holds NaN or infinity")
    return x


def _sparse(
    name: str, data: np.ndarray, indices: list[np.ndarray], shape: np.ndarray
) -> csr_array:
    _typed(name, data, INEXACT)
    for x in (*indices, shape):
        _typed(name, x, INDICES)
    if shape.shape != (2,):
        raise ValueError(f"{name} is not a sparse matrix (its shape is {shape})")
    try:
        matrix = csr_array((data, *indices), shape=(int(shape[0]), int(shape[1])))
        matrix.check_format(full_check=True)  # no index may be out of range
    except ValueError as error:
        raise ValueError(f"{name} is not a sparse matrix ({error})") from error
    return matrix


def _unify(name: str, x: Any, letters: str, sizes: dict[str, int]) -> None:
    """Give each letter of a shape its number, and hold it to it."""
    if x is None:
        return
    if x.ndim != len(letters):
        raise ValueError(f"{name} has {x.ndim} axes, not {len(letters)}")
    for letter, size in zip(letters, x.shape, strict=True):
        if sizes.setdefault(letter, size) != size:
            raise ValueError(
                f"{name} has the shape {x.shape} where {letters} with "
                f"{letter} = {sizes[letter]} is needed"
            )
