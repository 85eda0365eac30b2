"""Wavelet frames by name."""

from collections.abc import Sequence
from fractions import Fraction

from framestate.frames.build.places import dyadic_wavelet_atoms
from framestate.frames.build.scales import scale_pair
from framestate.frames.checks import require_share
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import wavelet_atoms
from framestate.frames.families.wavelet import Layout, default_level, level_for
from framestate.frames.filters import load_continuous
from framestate.frames.frame import Frame
from framestate.frames.gram import RESOLUTION, gram_gib, suits_gram
from framestate.frames.span import MAX_GIB, dense_gib

MAX_LEVEL = 12  # cells of 2^-12 units of the filter


def wavelet_frame(
    name: str,
    *,
    scales: Sequence[int],
    shift: float | Fraction = 0.01,
    rcond: float = 0.01,
    rank: int | None = None,
    tolerance: float | None = None,
) -> Frame:
    """Redundant wavelet frame of the WaLRUS and W4S4 papers (construction W).

    Parameters
    ----------
    name : str
        Wavelet: ``"db2"`` .. ``"db38"``, a symlet, a coiflet or a biorthogonal one.
    scales : (int, int)
        Finest and coarsest scale (s_min, s_max); smaller is finer, and the
        wavelet of scale 0 has [0, 1] as its full support.
    shift : float or Fraction
        Distance of neighboring atoms, in units of their support; in (0, 1]. Where
        neighbors are a dyadic fraction of a unit of the filter apart, such as
        ``Fraction(1, 42)`` for db11 with its 21 units, Daubechies wavelets and symlets
        are held exactly (``representation_error`` 0); otherwise on a mesh.
    rcond : float
        Relative cut of the singular values in the dual; it makes the rank N_eff.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.
    tolerance : float, optional
        Largest L2 distance of an atom from the piecewise polynomial that represents
        it, relative to its norm; in (0, 1). The mesh is refined until it is reached.
        Left out, a support has 48 to 96 cells; then ``atoms.representation_error``
        says how far that goes (db11: 2.3e-5, db2: 5.3e-3).

    Raises
    ------
    UnknownWaveletError
        No wavelet has that name (the error lists near names).
    NotDifferentiableError
        Haar atoms jump.
    InvalidInputError
        Scales, shift, rcond or tolerance out of range, or too much memory needed.
    RankError
        The atoms span fewer dimensions than ``rank``.

    Notes
    -----
    On a mesh the frame is one of piecewise polynomials, exact as such: an operator's
    ``error_bound`` covers the rounding of its forms in the basis of V, and not the
    distance of the atoms from the ideal ones. That is ``atoms.representation_error``,
    at most ``tolerance``, and singular values below that share of the largest are those
    of the mesh. Since the derivatives are best approximations, it enters <s phi', phi>
    in the second order.

    Examples
    --------
    >>> wavelet_frame("db11", scales=(0, 3), shift=0.01, rcond=0.01).rank
    65
    """
    request = f"wavelet_frame({name!r}, scales={scales!r}, shift={shift!r})"
    finest, coarsest = scale_pair(request, scales)
    step = require_share(request, "shift", shift, remedy="The papers use 0.01")
    remedy = "It is relative to the largest singular value; the papers use 0.01"
    cut = require_share(request, "rcond", rcond, remedy=remedy, top=")")
    if tolerance is not None:
        remedy = "It is a relative distance, for example 1e-4"
        require_share(request, "tolerance", tolerance, remedy=remedy, top=")")
    layout = Layout(coarsest=coarsest, finest=finest, shift=step)
    exact = dyadic_wavelet_atoms(name, layout, shift)
    if exact is not None:
        return Frame(exact, rcond=rcond, keep=rank)
    support = load_continuous(name).support
    sizes = [layout.sizes(support, level) for level in range(1, MAX_LEVEL + 1)]
    gib = [_gib(*size, rcond=cut) for size in sizes]
    most = sum(needed <= MAX_GIB for needed in gib)
    level = default_level(support) if tolerance is None else 1
    if level > most:
        raise _too_large(request, sizes[level - 1], gib[level - 1])
    if tolerance is not None:
        level = level_for(request, name, layout, tolerance, most=most)
    return Frame(wavelet_atoms(name, layout, level=level), rcond=rcond, keep=rank)


def _gib(atoms: int, dimension: int, entries: int, *, rcond: float) -> float:
    """Memory at the peak, by the way that ``Frame`` will take."""
    if rcond >= RESOLUTION and suits_gram(atoms, dimension, entries):
        return gram_gib(atoms, entries)
    return dense_gib(atoms, dimension)


def _too_large(
    request: str, sizes: tuple[int, int, int], needed: float
) -> InvalidInputError:
    return InvalidInputError(
        request=request,
        finding=f"{sizes[0]} atoms of {sizes[1]} coordinates need about "
        f"{needed:.3g} GiB, more than the {MAX_GIB} GiB allowed",
        remedy="Use coarser scales or a larger shift",
    )
