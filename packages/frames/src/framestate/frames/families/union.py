r"""Unions of families: the atoms of all of them, in one space.

Families in the same space are put below each other. Single polynomials, exponentials
and trigonometric polynomials are the beginnings of larger spaces of their kind, so
their coordinates are padded. Everything else goes to continuous polynomials on a mesh
that has all the kinks: exactly what is polynomial there, to rounding the rest.
"""

from collections.abc import Sequence
from math import lcm
from typing import Any

import numpy as np
from scipy.sparse import vstack

from framestate.frames.errors import InvalidInputError
from framestate.frames.families.base import Atoms
from framestate.frames.families.represent import FIRST_DEGREE, represent
from framestate.frames.spaces import (
    ComplexExponentials,
    ContinuousPolynomials,
    Coordinates,
    PiecewisePolynomials,
    Points,
    RefinableSpace,
    Space,
    TrigonometricPolynomials,
    Values,
)


def union_atoms(members: Sequence[Atoms]) -> Atoms:
    """Return the atoms of all families, in order.

    Raises
    ------
    InvalidInputError
        When a family is piecewise smooth on no mesh, or the common mesh is too fine.
    """
    name = f"union({', '.join(member.name for member in members)})"
    error = max(member.representation_error for member in members)
    space = _common([member.space for member in members])
    if space is not None:
        rows = [_padded(member.coordinates, space.dimension) for member in members]
        return Atoms(name, space, _stacked(rows), error)
    meshes = [_mesh(name, member) for member in members]
    atoms = represent(
        name,
        lambda s: _values(members, s),
        cells=lcm(*(cells for cells, _ in meshes)),
        degree=max(degree for _, degree in meshes),
    )
    total = error + atoms.representation_error
    return Atoms(name, atoms.space, atoms.coordinates, total)


def _values(members: Sequence[Atoms], s: Points) -> Values:
    return np.vstack([member(s) for member in members])


def _common(spaces: Sequence[Space]) -> Space | None:
    """The largest of the spaces, when the others are its beginning."""
    first, largest = spaces[0], max(spaces, key=lambda space: space.dimension)
    if all(_same(space, first) for space in spaces):
        return first
    nested = all(type(space) is type(first) and _nests(space) for space in spaces)
    return largest if nested else None


def _same(one: Space, other: Space) -> bool:
    if isinstance(one, RefinableSpace) and isinstance(other, RefinableSpace):
        return (
            one.window.cells == other.window.cells
            and one.window.tables.precision == other.window.tables.precision
            and one.functions.filter.name == other.functions.filter.name
        )
    return one == other


def _nests(space: Space) -> bool:
    if isinstance(space, PiecewisePolynomials):
        return space.cells == 1
    return isinstance(space, ComplexExponentials | TrigonometricPolynomials)


def _padded(x: Coordinates, dimension: int) -> Coordinates:
    if x.shape[1] == dimension:
        return x
    padded = np.zeros((x.shape[0], dimension), dtype=x.dtype)
    padded[:, : x.shape[1]] = x
    return padded


def _stacked(rows: Sequence[Any]) -> Coordinates:
    if all(isinstance(x, np.ndarray) for x in rows):
        return np.vstack(rows)
    return vstack(rows, format="csr")


def _mesh(request: str, member: Atoms) -> tuple[int, int]:
    """Cells and degree of a family; smooth functions need no mesh."""
    space = member.space
    if isinstance(space, PiecewisePolynomials | ContinuousPolynomials):
        # one polynomial of a high degree is smooth: cells do as well
        return space.cells, space.degree if space.cells > 1 else FIRST_DEGREE
    if isinstance(space, ComplexExponentials | TrigonometricPolynomials):
        return 1, FIRST_DEGREE
    raise InvalidInputError(
        request=request,
        finding=f"{member.name} lives in {type(space).__name__}, where functions are "
        "smooth on no mesh",
        remedy="Unite it with families in the same space only, or use wavelet_frame "
        "with a shift that is held on a mesh",
    )
