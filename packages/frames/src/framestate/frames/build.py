"""Frames by name: the functions that a user calls."""

import numbers
import operator
from collections.abc import Sequence

from framestate.frames.errors import InvalidInputError
from framestate.frames.families import fourier_atoms, legendre_atoms, wavelet_atoms
from framestate.frames.families.wavelet import Layout
from framestate.frames.frame import Frame

MAX_SHIFTS = 100_000


def legendre(size: int) -> Frame:
    """Orthonormal Legendre polynomials on [0, 1].

    Parameters
    ----------
    size : int
        Number of functions, at least 1.

    Raises
    ------
    InvalidInputError
        When ``size`` is not a positive integer.
    """
    return Frame(legendre_atoms(_positive("legendre", size)))


def fourier(size: int) -> Frame:
    """Orthonormal Fourier functions 1, sqrt2 cos, sqrt2 sin, ... on [0, 1].

    Parameters
    ----------
    size : int
        Number of functions, at least 1; an odd number is closed under d/ds.

    Raises
    ------
    InvalidInputError
        When ``size`` is not a positive integer.
    """
    return Frame(fourier_atoms(_positive("fourier", size)))


def wavelet_frame(
    name: str,
    *,
    scales: Sequence[int],
    shift: float = 0.01,
    rcond: float = 0.01,
    rank: int | None = None,
) -> Frame:
    """Redundant wavelet frame of the WaLRUS and W4S4 papers (construction W).

    Parameters
    ----------
    name : str
        Orthonormal wavelet: ``"db2"`` .. ``"db38"``, a symlet or a coiflet.
    scales : (int, int)
        Finest and coarsest scale (s_min, s_max); smaller is finer, and the
        wavelet of scale 0 has [0, 1] as its full support.
    shift : float
        Distance of neighboring atoms, in units of their support; in (0, 1].
    rcond : float
        Relative cut of the singular values in the dual; it makes the rank N_eff.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.

    Raises
    ------
    UnknownWaveletError
        No wavelet has that name (the error lists near names).
    NotDifferentiableError
        Haar atoms jump.
    InvalidInputError
        Scales, shift or rcond out of range.
    RankError
        The atoms span fewer dimensions than ``rank``.

    Examples
    --------
    >>> wavelet_frame("db11", scales=(0, 3), shift=0.01, rcond=0.01).rank
    65
    """
    request = f"wavelet_frame({name!r}, scales={scales!r}, shift={shift!r})"
    finest, coarsest = _scale_pair(request, scales)
    if not 0.0 < shift <= 1.0 or 2.0 ** max(0, -finest) / shift > MAX_SHIFTS:
        raise InvalidInputError(
            request=request,
            finding=f"the shift {shift!r} must be in (0, 1] and leave at most "
            f"{MAX_SHIFTS} atoms at the finest scale",
            remedy="The papers use 0.01 (0.0025 for translated speech)",
        )
    layout = Layout(coarsest=coarsest, finest=finest, shift=float(shift))
    return Frame(wavelet_atoms(name, layout), rcond=rcond, keep=rank)


def _scale_pair(request: str, scales: Sequence[int]) -> tuple[int, int]:
    refusal = InvalidInputError(
        request=request,
        finding="scales must be two whole numbers (finest, coarsest) with "
        "-12 <= finest <= coarsest <= 12",
        remedy="For example scales=(0, 3): smaller is finer",
    )
    try:
        finest, coarsest = map(operator.index, scales)
    except (TypeError, ValueError):
        raise refusal from None
    if not -12 <= finest <= coarsest <= 12:
        raise refusal
    return finest, coarsest


def _positive(name: str, size: int) -> int:
    if not isinstance(size, numbers.Integral) or size < 1:
        raise InvalidInputError(
            request=f"{name}({size!r})",
            finding="an empty frame spans nothing",
            remedy="Ask for a whole number of functions, at least 1",
        )
    return int(size)
