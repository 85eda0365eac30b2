"""Frames of a user's own functions, unions and random frames."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike

from framestate.frames.build.sizes import require_size
from framestate.frames.checks import require_count, require_points
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import (
    Expressions,
    RandomFunctions,
    Samples,
    union_atoms,
)
from framestate.frames.families.fourier import require_field
from framestate.frames.families.represent import check_memory
from framestate.frames.frame import EXACT_RANK, Frame
from framestate.frames.spaces import ContinuousPolynomials


def sampled(
    values: ArrayLike,
    points: ArrayLike,
    *,
    degree: int | None = None,
    rcond: float = EXACT_RANK,
    rank: int | None = None,
) -> Frame:
    """Frame of functions given by samples.

    Between the points they are the continuous piecewise polynomials of a degree d on m
    equal cells that the K = m d + 1 samples determine.

    Parameters
    ----------
    values : array, shape (N, K)
        One function a row, real or complex.
    points : array, shape (K,)
        Where they were sampled, different points of [0, 1] in any order, at least 2.
    degree : int, optional
        d, a divisor of K - 1; left out it is K - 1, one polynomial.
    rcond : float
        Relative cut of the singular values in the dual.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.

    Raises
    ------
    InvalidInputError
        When the samples are not finite or not an (N, K) matrix, points repeat or are
        too few, or do not determine the functions to rounding.
    NotDifferentiableError
        When a function jumps.
    RankError
        When the functions span fewer dimensions than ``rank``.
    """
    request = "frame of samples"
    matrix = _matrix(request, values)
    s = require_points(request, points)
    order = np.argsort(s, kind="stable")
    _check_points(request, matrix, s[order])
    steps = len(s) - 1
    degree = steps if degree is None else require_count(request, "degree", degree)
    if steps % degree:
        raise InvalidInputError(
            request=request,
            finding=f"{len(s)} points are not m * {degree} + 1: they leave "
            f"{steps % degree} over on cells of degree {degree}",
            remedy=f"Use a degree that divides {steps}, or other points",
        )
    family = Samples(matrix[:, order], s[order], degree)
    return Frame(family.atoms(), rcond=rcond, keep=rank)


def _matrix(request: str, values: ArrayLike) -> np.ndarray:
    try:
        matrix = np.asarray(values)
        kind = np.complex128 if np.iscomplexobj(matrix) else np.float64
        matrix = matrix.astype(kind)
    except (TypeError, ValueError):
        matrix = np.empty(0)
    finding = None
    if matrix.ndim != 2 or 0 in matrix.shape:
        finding = f"the values have shape {matrix.shape}, needed a matrix (N, K)"
    elif not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        finding = f"function {row} is {matrix[row, column]} at sample {column}"
    if finding is None:
        return matrix
    raise InvalidInputError(
        request=request,
        finding=finding,
        remedy="Give one row of finite samples for each function",
    )


def _check_points(request: str, matrix: np.ndarray, s: np.ndarray) -> None:
    finding = None
    if matrix.shape[1] != len(s):
        finding = f"{matrix.shape[1]} samples a function at {len(s)} points"
    elif len(s) < 2:
        finding = "one point determines no derivative"
    elif (np.diff(s) == 0.0).any():
        finding = f"the point s = {s[1:][np.diff(s) == 0.0][0]:.6g} comes twice"
    if finding is not None:
        raise InvalidInputError(
            request=request,
            finding=finding,
            remedy="Give one sample at each of at least 2 different points of [0, 1]",
        )


def symbolic(
    expressions: Sequence[Any],
    *,
    cells: int = 1,
    rcond: float = EXACT_RANK,
    rank: int | None = None,
) -> Frame:
    """Frame of sympy expressions in one variable, which stands for s in [0, 1].

    Derivatives are taken by sympy, and the functions are represented to rounding.

    Parameters
    ----------
    expressions : sequence of sympy expressions or numbers
        Real or complex; all in the same free symbol, which is taken to be real.
    cells : int
        Functions may have kinks at multiples of 1 / cells, and nowhere else.
    rcond : float
        Relative cut of the singular values in the dual.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.

    Raises
    ------
    InvalidInputError
        When something is no expression, has several symbols or no finite values, or is
        too fine for polynomials.
    NotDifferentiableError
        When a function jumps, or its derivative is no finite function.
    RankError
        When the functions span fewer dimensions than ``rank``.

    Examples
    --------
    >>> s = sympy.Symbol("s")
    >>> symbolic([1, s, sympy.exp(-s)]).rank
    3
    """
    request = f"symbolic({expressions!r})"
    family = Expressions(
        *_in_one_variable(request, expressions),
        cells=require_count(request, "cells", cells),
    )
    return Frame(family.atoms(), rcond=rcond, keep=rank)


def _in_one_variable(
    request: str, expressions: Sequence[Any]
) -> tuple[tuple[Any, ...], Any]:
    refused = "Give a list of sympy expressions in one symbol, such as [1, s, s**2]"
    items = expressions if isinstance(expressions, list | tuple) else [expressions]
    parsed: list[Any] = []
    for item in items:
        f = item if isinstance(item, sympy.Expr | int | float | complex) else None
        if f is None or isinstance(f, bool):
            finding = f"{item!r} is no expression but a {type(item).__name__}"
            raise InvalidInputError(request=request, finding=finding, remedy=refused)
        parsed.append(sympy.sympify(f))
    symbols = sorted({x for f in parsed for x in f.free_symbols}, key=str)
    if len(symbols) > 1 or not parsed:
        finding = f"the free symbols are {symbols}" if parsed else "the list is empty"
        raise InvalidInputError(request=request, finding=finding, remedy=refused)
    s = sympy.Symbol("s", real=True)
    return tuple(f.subs(dict.fromkeys(symbols, s)) for f in parsed), s


def union(
    first: Frame, *others: Frame, rcond: float = EXACT_RANK, rank: int | None = None
) -> Frame:
    """Frame of the atoms of several frames, in order.

    The regularization of the members is not taken over: the union has its own.

    Parameters
    ----------
    first, *others : Frame
        The frames; families in different spaces are brought to a common one.
    rcond : float
        Relative cut of the singular values in the dual.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.

    Raises
    ------
    InvalidInputError
        When an argument is no frame, or no common space is found.
    RankError
        When the atoms span fewer dimensions than ``rank``.
    """
    members = (first, *others)
    for member in members:
        if not isinstance(member, Frame):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInputError(
                request="union of frames",
                finding=f"{member!r} is no Frame but a {type(member).__name__}",
                remedy="Give frames, for example union(legendre(8), fourier(9))",
            )
    atoms = union_atoms([member.atoms for member in members])
    return Frame(atoms, rcond=rcond, keep=rank)


def random_frame(
    size: int,
    rng: np.random.Generator,
    *,
    rank: int | None = None,
    cells: int = 4,
    degree: int = 4,
    field: str = "real",
) -> Frame:
    """Random frame of continuous piecewise polynomials, for tests.

    Parameters
    ----------
    size : int
        Number N of atoms.
    rng : numpy.random.Generator
        Where the numbers come from.
    rank : int, optional
        Dimension of the span, at most N and cells * degree + 1; as large as possible
        when left out.
    cells, degree : int
        The mesh, and the degree on each cell.
    field : {"real", "complex"}
        What the atoms are.

    Raises
    ------
    InvalidInputError
        When an argument is out of range, or no Generator.
    """
    request = (
        f"random_frame({size!r}, rank={rank!r}, cells={cells!r}, degree={degree!r})"
    )
    if not isinstance(rng, np.random.Generator):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInputError(
            request=request,
            finding=f"the source of numbers is a {type(rng).__name__}",
            remedy="Pass numpy.random.default_rng(seed)",
        )
    size = require_size(request, size)
    space = ContinuousPolynomials(
        cells=require_count(request, "cells", cells),
        degree=require_count(request, "degree", degree),
    )
    check_memory(request, atoms=space.dimension, dimension=space.dimension)
    known = require_field(request, field)
    most = min(size, space.dimension)
    rank = most if rank is None else require_count(request, "rank", rank)
    if rank > most:
        raise InvalidInputError(
            request=request,
            finding=f"{size} atoms in {space.dimension} dimensions have no rank {rank}",
            remedy=f"Ask for at most {most}, or for more cells",
        )
    return Frame(RandomFunctions(size, rank, space, known).atoms(rng))
