"""Orthonormal wavelets on the interval by name (construction I)."""

from functools import cache, partial

import numpy as np

from framestate.frames.build.dyadic import levels, refinable_space, tables
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import Atoms
from framestate.frames.families.interval import Interval
from framestate.frames.filters import load_continuous
from framestate.frames.frame import Frame
from framestate.frames.refinement import solve_tables
from framestate.frames.refinement.interval import boundary
from framestate.frames.refinement.shipped import GUARD
from framestate.frames.span import Span

MAX_MOMENTS = 8


def interval_wavelets(
    name: str, *, level: int, coarsest: int | None = None, digits: int | None = None
) -> Frame:
    """Orthonormal wavelets on [0, 1] with boundary functions, derived (T-interval).

    The construction of Cohen, Daubechies and Vial (1993): 2^J functions that hold the
    polynomials of degree below p, the non-redundant counterpart of ``dyadic_frame``.

    Parameters
    ----------
    name : str
        ``"db2"`` .. ``"db8"`` or a symlet of at most 8 vanishing moments p.
    level : int
        J, with 2^J at least 2 p.
    coarsest : int, optional
        j0 <= J: scaling functions of level j0 with the wavelets up to level J - 1;
        2^j0 must be at least 2 p. Left out, the scaling functions of level J.
    digits : int, optional
        Digits of the derivation; chosen by the filter when left out.

    Raises
    ------
    UnknownWaveletError, NotDifferentiableError, DigitsError
        As ``dyadic_frame``.
    InvalidInputError
        For a level too coarse to keep the two ends apart, or more than 8 moments.

    Examples
    --------
    >>> interval_wavelets("db2", level=4, coarsest=2).rank
    16
    """
    request = f"interval_wavelets({name!r}, level={level!r}, coarsest={coarsest!r})"
    top, low = levels(request, level, coarsest)
    space = refinable_space(name, 1 << top, digits=digits)
    order = space.functions.filter.moments
    if order > MAX_MOMENTS or 1 << low < 2 * order:
        raise InvalidInputError(
            request=request,
            finding=f"{order} moments and 2^{low} functions: at most {MAX_MOMENTS} "
            f"moments are offered, and {2 * order} functions keep the ends apart",
            remedy="Use a shorter wavelet or a higher coarsest level",
        )
    interval = _interval(name, space.window.tables.precision.digits)
    basis = interval.coordinates(space.window)
    T = interval.transform(top, low)
    atoms = Atoms(f"interval {name}, levels {low}..{top}", space, (T @ basis).tocsr())
    span = Span(
        analysis=T,
        synthesis=T.T.tocsr(),
        basis=basis,
        singular_values=np.ones(1 << top),
        degree=order - 1,
        balls=partial(interval.ball_coordinates, space.window),
    )
    return Frame(atoms, exact=span)


@cache
def _interval(name: str, digits: int) -> Interval:
    """The boundary functions at 0, and at 1 by the reversed filter."""
    at_zero = tables(name, digits)
    with at_zero.precision.more(GUARD).working():
        taps = at_zero.taps[::-1]
        at_one = solve_tables(taps, taps, at_zero.precision)
    wavelet = load_continuous(name)
    order = wavelet.moments
    return Interval(wavelet, (boundary(at_zero, order), boundary(at_one, order)))
