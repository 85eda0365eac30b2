r"""Frames of dyadic wavelets, exact (construction D).

On [0, 1] the translates phi(2^J s - k), k = -(K-1) .. 2^J - 1, are a basis of their
span V_J; the wavelets and scaling functions of every coarser level are finite
combinations of them. So the dimension, the canonical dual, and A and B are known
without quadrature and without a singular value decomposition:

    T = W diag(G_0 E_0^T, I, G_1 E_1^T)      R = diag(E_0, I, E_1) W^T

with the two-scale transform W, which is orthogonal (T-pyramid), and the two small
blocks of ``refinement.window``. A = I + W S G^-1 W^T is multiplied out in balls where
it is not a band.
"""

import numbers
from functools import cache, partial

import numpy as np
from jaxtyping import Float64
from scipy.sparse import csr_array

from framestate.frames.checks import require_count, require_share
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import Atoms
from framestate.frames.families.dyadic import pyramid, synthesis
from framestate.frames.filters import load_continuous
from framestate.frames.frame import EXACT_RANK, Frame
from framestate.frames.refinement import Refinable, Tables, Window
from framestate.frames.refinement.forms import block_diagonal, dual_form
from framestate.frames.refinement.shipped import (
    default_digits,
    derive,
    shipped,
)
from framestate.frames.spaces import RefinableSpace
from framestate.frames.span import Span

MAX_LEVEL = 16


def dyadic_frame(
    name: str,
    *,
    level: int,
    coarsest: int | None = None,
    oversample: int = 1,
    rcond: float | None = None,
    digits: int | None = None,
) -> Frame:
    """Scaling functions of one level, or the wavelet pyramid above it, exactly.

    Parameters
    ----------
    name : str
        A Daubechies wavelet or a symlet, from two vanishing moments on.
    level : int
        J: the window [0, 1] is 2^J units of the finest scaling functions.
    coarsest : int, optional
        j0 <= J: the frame is the scaling functions of level j0 with the wavelets of
        the levels j0 .. J - 1. Left out, the scaling functions of level J alone.
    oversample : int
        A power of two: neighbors are that many times closer than in a basis.
    rcond : float, optional
        Cut singular values at most this share of the largest. Left out, nothing is
        cut, for the dimension 2^J + K - 1 is known.
    digits : int, optional
        Digits of the derivation; chosen by the filter when left out.

    Returns
    -------
    Frame
        With ``exact`` spans where ``oversample`` is 1.

    Raises
    ------
    UnknownWaveletError, NotDifferentiableError
        For a name that does not exist, or jumps.
    DigitsError
        When the digits are too few for the conditioning; says how many are needed.
    InvalidInputError
        For other arguments out of range.

    Examples
    --------
    >>> dyadic_frame("db4", level=3).rank
    14
    """
    request = f"dyadic_frame({name!r}, level={level!r}, coarsest={coarsest!r})"
    top, low = levels(request, level, coarsest)
    halvings = _halvings(request, oversample)
    if rcond is not None:
        remedy = "It is relative to the largest singular value"
        require_share(request, "rcond", rcond, remedy=remedy, top=")")
    groups = pyramid(top, low, oversample=halvings)
    finest = low + groups[0].octaves
    space = refinable_space(name, 1 << finest, digits=digits)
    W = synthesis(space.functions.filter, 1 << finest, groups)
    label = f"dyadic {name}, levels {low}..{top}"
    if halvings:
        atoms = basis_atoms(f"{label}, {oversample} x oversampled", space, W)
        return Frame(atoms, rcond=EXACT_RANK if rcond is None else rcond)
    return _exact_frame(label, space, W, rcond=rcond)


def refinable_space(name: str, cells: int, *, digits: int | None) -> RefinableSpace:
    """Translates of a scaling function on a window of ``cells`` units.

    Raises
    ------
    UnknownWaveletError, NotDifferentiableError, DigitsError
        From the filters and tables.
    """
    wavelet = load_continuous(name)
    wanted = default_digits(wavelet.moments) if digits is None else digits
    window = Window(tables(name, wanted), cells, f"{name} with {wanted} digits")
    return RefinableSpace(window, Refinable(wavelet))


@cache
def tables(name: str, digits: int) -> Tables:
    """Half-line tables of a wavelet's scaling function: as shipped, or derived."""
    return shipped(name, digits) or derive(name, digits)


def _exact_frame(
    name: str, space: RefinableSpace, W: csr_array, *, rcond: float | None
) -> Frame:
    """Frame of W phi, with its span as mathematics gives it."""
    window = space.window
    shares = _singular_values(window)
    kept = shares > (0.0 if rcond is None else rcond * shares.max())
    rows = np.flatnonzero(kept)
    ones = np.ones(len(rows))
    select = csr_array((ones, (np.arange(len(rows)), rows)), (len(rows), len(kept)))
    ends = block_diagonal(window, [edge.E for edge in window.edges]).matrix
    atoms = basis_atoms(name, space, W)
    span = Span(
        analysis=(atoms.coordinates @ select.T).tocsr(),
        synthesis=(select @ ends @ W.T).tocsr(),
        basis=select,
        singular_values=np.sort(shares)[::-1],
        flows=partial(_flow, window, W) if kept.all() else None,
        degree=space.functions.filter.moments - 1 if kept.all() else -1,
    )
    return Frame(atoms, rcond=EXACT_RANK if rcond is None else rcond, exact=span)


def basis_atoms(name: str, space: RefinableSpace, W: csr_array) -> Atoms:
    """W phi in the orthonormal basis of the space."""
    blocks = [edge.analysis for edge in space.window.edges]
    coordinates = W @ block_diagonal(space.window, blocks).matrix
    return Atoms(name, space, coordinates.tocsr())


def _singular_values(window: Window) -> Float64[np.ndarray, "dimension"]:
    """Singular values of the analysis, in the order of the orthonormal basis."""
    values = np.ones(window.dimension)
    for cut, edge in zip(window.blocks, window.edges, strict=True):
        eigenvalues = [float(value.mid()) for value in edge.eigenvalues]
        values[window.rows(cut)] = np.sqrt(eigenvalues)
    return values


def _flow(window: Window, W: csr_array, measure: str) -> csr_array:
    """T (A_r - mu) R = W S G^-1 W^T."""
    if measure == "scaled":
        inner = dual_form(window, "dilation", far_end=False)
    else:
        inner = dual_form(window, "derivative", far_end=True)
    return (W @ inner.matrix @ W.T).tocsr()


def levels(request: str, level: int, coarsest: int | None) -> tuple[int, int]:
    """Check the levels and fill in the coarsest one: (level, coarsest)."""
    top = require_count(request, "level", level)
    low = top if coarsest is None else coarsest
    if not (isinstance(low, numbers.Integral) and 0 <= low <= top <= MAX_LEVEL):
        raise InvalidInputError(
            request=request,
            finding=f"levels must be whole numbers with 0 <= coarsest <= level <= "
            f"{MAX_LEVEL}",
            remedy="For example level=5, coarsest=2; a higher level is finer",
        )
    return top, int(low)


def _halvings(request: str, oversample: int) -> int:
    times = require_count(request, "oversample", oversample)
    if times & (times - 1):
        raise InvalidInputError(
            request=request,
            finding=f"oversample = {times} is not a power of two: the atoms would "
            "leave the dyadic grid",
            remedy="Use 1, 2, 4, .. or frames.wavelet_frame with any shift",
        )
    return times.bit_length() - 1
