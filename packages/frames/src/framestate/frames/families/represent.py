r"""Functions given by their values, as continuous piecewise polynomials.

A frame is coordinates in a space where integration by parts is exact. Here the space
is chosen for the functions: the degree rises to ``TOP_DEGREE`` (of a single polynomial
to ``TOP_SINGLE``), then the cells are halved, until the interpolants through the
Chebyshev-Lobatto nodes of the cells are as near to the functions, between those nodes,
as rounding lets them be: a function with the slope f' is known no better than eps |f'|,
since its argument is rounded. The distance that was measured goes with the atoms.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from numpy.polynomial import legendre

from framestate.frames.errors import InvalidInputError
from framestate.frames.families.base import Atoms
from framestate.frames.spaces import (
    Coordinates,
    Points,
    PolynomialSpace,
    Values,
    continuous_space,
)

FIRST_DEGREE, TOP_DEGREE = 8, 32
TOP_SINGLE = 512  # one polynomial resolves what changes fast at the ends
MAX_DIMENSION = 2**15
MAX_GIB = 12
COPIES = 6  # of the values, while a space is tried

EPS = float(np.finfo(np.float64).eps)
INTERPOLATION = 16.0  # roundings that interpolation leaves
NOISE = 1e-10  # below it, a distance that refinement does not halve is rounding
ACCEPTED = 1e-9  # the largest relative distance that is accepted

Function = Callable[[Points], Values]


@final
@dataclass(frozen=True, eq=False)
class Fit:
    """Interpolants of functions in a space, and how far they are.

    Parameters
    ----------
    space : space
        Where the coordinates live.
    coordinates : ndarray, shape (N, D)
        The interpolants.
    distance : float
        Largest relative L2 distance, measured between the nodes.
    resolved : bool
        Whether every distance is no more than rounding.
    where : float
        The point of the largest error.
    """

    space: PolynomialSpace
    coordinates: Coordinates
    distance: float = np.inf
    resolved: bool = False
    where: float = 0.0


def represent(
    name: str, function: Function, *, cells: int = 1, degree: int = FIRST_DEGREE
) -> Atoms:
    """Return atoms for functions that are smooth on each of ``cells`` equal cells.

    Parameters
    ----------
    name : str
        What the functions are, with their parameters.
    function : callable
        Takes points, shape (n,), and returns values, shape (N, n), real or complex.
    cells : int
        Kinks are allowed at multiples of 1 / cells only.
    degree : int
        The degree that is tried first.

    Raises
    ------
    InvalidInputError
        When a value is not finite, or no space of at most ``MAX_DIMENSION``
        dimensions comes within ``ACCEPTED`` of the functions.
    """
    best = Fit(continuous_space(cells, degree), np.empty((0, 0)))
    for space in _spaces(cells, degree):
        fit = _fit(name, function, space)
        if best.distance <= NOISE and fit.distance > best.distance / 2:
            break
        best = fit
        if best.resolved:
            break
    if best.distance > ACCEPTED:
        raise InvalidInputError(
            request=f"frame of {name}",
            finding=f"interpolants on {best.space.cells} cells of degree "
            f"{best.space.degree} stay {best.distance:.1e} away, relatively, and most "
            f"near s = {best.where:.6g}",
            remedy="Use smooth functions that are less fine, or say where the kinks are",
        )
    return Atoms(name, best.space, best.coordinates, best.distance)


def _spaces(cells: int, degree: int) -> Generator[PolynomialSpace]:
    """Spaces in the order in which they are tried."""
    top = TOP_DEGREE if cells > 1 else TOP_SINGLE
    while True:
        yield continuous_space(cells, degree)
        if 2 * degree > top:
            break
        degree *= 2
    if cells == 1:
        cells, degree = TOP_SINGLE // TOP_DEGREE, TOP_DEGREE
    while 2 * cells * degree <= MAX_DIMENSION:
        cells *= 2
        yield continuous_space(cells, degree)


def _fit(name: str, function: Function, space: PolynomialSpace) -> Fit:
    values = _checked(name, function(space.nodes), space.nodes)
    check_memory(name, atoms=len(values), dimension=space.dimension)
    coordinates = space.interpolate(values)
    local, weights = _rule(space.degree + 2)
    cell = np.arange(space.cells)[:, None]
    s = ((cell + (local + 1.0) / 2.0) / space.cells).ravel()
    truth = _checked(name, function(s), s)
    gap = np.abs(space.evaluate(coordinates, s) - truth)
    weights = np.tile(weights / (2 * space.cells), space.cells)
    norms, errors = (np.sqrt(np.abs(f) ** 2 @ weights) for f in (truth, gap))
    slopes = np.linalg.norm(space.derivative(coordinates), axis=1)
    relative = errors / np.where(norms > 0.0, norms, 1.0)
    worst = int(np.argmax(relative))
    return Fit(
        space=space,
        coordinates=coordinates,
        distance=float(relative[worst]),
        resolved=bool((errors <= EPS * (INTERPOLATION * norms + slopes)).all()),
        where=float(s[np.argmax(gap[worst])]),
    )


@cache
def _rule(size: int) -> tuple[Points, Points]:
    """Gauss-Legendre nodes and weights: no nodes of an interpolant among them."""
    return legendre.leggauss(size)


def _checked(name: str, values: Values, s: Points) -> Values:
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        atom, point = wrong[0]
        raise InvalidInputError(
            request=f"frame of {name}",
            finding=f"function {atom} is {values[atom, point]} at s = {s[point]:.6g}",
            remedy="Use functions that are finite on [0, 1]",
        )
    return values


def check_memory(name: str, *, atoms: int, dimension: int) -> None:
    """Refuse what would not fit, before it is allocated.

    Raises
    ------
    InvalidInputError
        When about ``MAX_GIB`` would not do for so many atoms and coordinates.
    """
    needed = COPIES * 8 * atoms * dimension / 2**30
    if needed > MAX_GIB:
        raise InvalidInputError(
            request=f"frame of {name}",
            finding=f"{atoms} atoms of {dimension} coordinates need about "
            f"{needed:.3g} GiB, more than the {MAX_GIB} GiB allowed",
            remedy="Use fewer or less fine atoms",
        )
