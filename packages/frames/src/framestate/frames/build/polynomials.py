"""Frames of polynomials and splines by name."""

from typing import get_args

import numpy as np

from framestate.frames.build.sizes import require_size
from framestate.frames.checks import require_count
from framestate.frames.errors import InvalidInputError, NotDifferentiableError
from framestate.frames.families import Bernstein, BSplines, Chebyshev, Legendre
from framestate.frames.families.bspline import Ends
from framestate.frames.frame import Frame
from framestate.frames.span import Span


def legendre(size: int) -> Frame:
    """Orthonormal Legendre polynomials sqrt(2n+1) P_n(2s - 1), n < size.

    Scaled they give HiPPO-LegS, translated LegT.

    Parameters
    ----------
    size : int
        Number of functions, at least 1.

    Raises
    ------
    InvalidInputError
        When ``size`` is not a positive integer.
    """
    size = require_size(f"legendre({size!r})", size)
    return Frame(Legendre(size).atoms())


def chebyshev(size: int) -> Frame:
    """Chebyshev polynomials 1, sqrt2 T_n(2s - 1), n < size.

    Orthonormal under their weight; in L2[0, 1] they are a basis of the polynomials
    whose canonical dual makes up for the weight. Coordinates are exact rationals,
    rounded once: half a second for 256 functions.

    Parameters
    ----------
    size : int
        Number of functions, at least 1.

    Raises
    ------
    InvalidInputError
        When ``size`` is not a positive integer.
    """
    size = require_size(f"chebyshev({size!r})", size)
    return Frame(Chebyshev(size).atoms())


def bernstein(size: int) -> Frame:
    """Bernstein polynomials C(n, k) s^k (1 - s)^(n-k), k = 0 .. n, n = size - 1.

    The basis, its dual and its operators come from exact arithmetic and are rounded
    once, so that the rank is ``size`` although the condition grows like 2^n.

    Parameters
    ----------
    size : int
        Number of functions, at least 1.

    Raises
    ------
    InvalidInputError
        When ``size`` is not a positive integer.
    """
    size = require_size(f"bernstein({size!r})", size)
    family = Bernstein(size)
    atoms = family.atoms()
    exact = Span(
        analysis=atoms.coordinates,
        synthesis=family.synthesis(),
        basis=np.eye(size),
        singular_values=family.singular_values(),
        flows=family.flow,
    )
    return Frame(atoms, exact=exact)


def bspline(*, degree: int, intervals: int, ends: str = "clamped") -> Frame:
    """B-splines of a degree on equal intervals of [0, 1].

    Parameters
    ----------
    degree : int
        Polynomial degree p, at least 1: splines of degree 0 jump.
    intervals : int
        Number m of intervals, at least 1; there are m + p atoms.
    ends : {"clamped", "cardinal"}
        Knots repeated at both ends (the first and last atom are 1 there), or translates
        of one spline cut to [0, 1]. Both span the same functions.

    Raises
    ------
    NotDifferentiableError
        When ``degree`` is 0.
    InvalidInputError
        When an argument is out of range.
    """
    request = f"bspline(degree={degree!r}, intervals={intervals!r}, ends={ends!r})"
    if degree == 0:
        raise NotDifferentiableError(
            request=request,
            finding="splines of degree 0 jump at every knot",
            remedy="Use degree=1 or more",
        )
    if ends not in get_args(Ends):
        raise InvalidInputError(
            request=request,
            finding="the ends are 'clamped' and 'cardinal'",
            remedy="Use 'clamped' for the basis of splines that is usual",
        )
    family = BSplines(
        degree=require_count(request, "degree", degree),
        intervals=require_count(request, "intervals", intervals),
        ends="clamped" if ends == "clamped" else "cardinal",
    )
    return Frame(family.atoms())
