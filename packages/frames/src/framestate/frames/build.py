"""Frames by name: the functions that a user calls."""

import operator
from collections.abc import Sequence

from framestate.frames.checks import require_count, require_share
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import fourier_atoms, legendre_atoms, wavelet_atoms
from framestate.frames.families.wavelet import Layout
from framestate.frames.filters import load
from framestate.frames.frame import Frame

MAX_GIB = 16
COPIES = 3  # of the coordinates, at the peak of the singular value decomposition


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
    return Frame(legendre_atoms(require_count(f"legendre({size!r})", "size", size)))


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
    return Frame(fourier_atoms(require_count(f"fourier({size!r})", "size", size)))


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
    step = require_share(request, "shift", shift, remedy="The papers use 0.01")
    layout = Layout(coarsest=coarsest, finest=finest, shift=step)
    _check_memory(request, layout.sizes(load(name).support))
    return Frame(wavelet_atoms(name, layout), rcond=rcond, keep=rank)


def _check_memory(request: str, sizes: tuple[int, int]) -> None:
    """Refuse what would not fit before anything is allocated."""
    atoms, dimension = sizes
    needed = COPIES * 8 * atoms * dimension / 2**30
    if needed > MAX_GIB:
        raise InvalidInputError(
            request=request,
            finding=f"{atoms} atoms of {dimension} coordinates need about "
            f"{needed:.3g} GiB, more than the {MAX_GIB} GiB allowed",
            remedy="Use coarser scales or a larger shift",
        )


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
