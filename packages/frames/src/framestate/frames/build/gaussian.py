"""Frames of wavelets made of Gaussians by name."""

from collections.abc import Sequence

from framestate.frames.build.scales import scale_pair
from framestate.frames.checks import require_count, require_positive
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import Dilations, GaussianDerivatives, Morlet
from framestate.frames.frame import Frame

MAX_ORDER = 32
MIN_OMEGA = 1.0  # below it the wave train is mostly the mean that is taken off


def gaussian_derivative(
    order: int,
    *,
    scales: Sequence[int],
    shift: float = 0.5,
    voices: int = 2,
    rcond: float = 0.01,
    rank: int | None = None,
) -> Frame:
    """Wavelet frame of the n-th derivative of the Gaussian, with a Gaussian father.

    a^(-1/2) psi(s/a - k shift), psi = d^n/dx^n exp(-x^2/2) / sqrt(Gamma(n + 1/2)), with
    n vanishing moments; the father exp(-x^2/2) / pi^(1/4) at the coarsest scale.

    Parameters
    ----------
    order : int
        n, from 1 to 32.
    scales : (int, int)
        Finest and coarsest scale; smaller is finer. The dilation is a = 2^scale / 16:
        at scale 0 the effective support [-8, 8] of psi is [0, 1].
    shift : float
        Distance of neighbors, in dilations a (b_0 of Daubechies' Ten lectures).
    voices : int
        Scales in an octave.
    rcond : float
        Relative cut of the singular values in the dual.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.

    Raises
    ------
    InvalidInputError
        When an argument is out of range.
    RankError
        When the atoms span fewer dimensions than ``rank``.
    """
    request = f"gaussian_derivative({order!r}, scales={scales!r}, shift={shift!r})"
    order = require_count(request, "order", order)
    if order > MAX_ORDER:
        raise InvalidInputError(
            request=request,
            finding=f"order = {order} is above {MAX_ORDER}",
            remedy="Higher derivatives are all but Morlet wavelets: use morlet",
        )
    layout = _layout(request, scales, shift, voices)
    family = GaussianDerivatives(
        order, layout, f"gaussian_derivative({order}, {layout})"
    )
    return Frame(family.atoms(), rcond=rcond, keep=rank)


def mexican_hat(
    *,
    scales: Sequence[int],
    shift: float = 0.5,
    voices: int = 2,
    rcond: float = 0.01,
    rank: int | None = None,
) -> Frame:
    """Wavelet frame of the Mexican hat (Ricker, Marr), with a Gaussian father.

    psi(x) = 2 (1 - x^2) exp(-x^2/2) / (sqrt3 pi^(1/4)), which is minus the second
    derivative in ``gaussian_derivative(2, ...)``; parameters and errors are the same.

    Parameters
    ----------
    scales : (int, int)
        Finest and coarsest scale; smaller is finer.
    shift : float
        Distance of neighbors, in dilations.
    voices : int
        Scales in an octave.
    rcond : float
        Relative cut of the singular values in the dual.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.
    """
    request = f"mexican_hat(scales={scales!r}, shift={shift!r}, voices={voices!r})"
    layout = _layout(request, scales, shift, voices)
    family = GaussianDerivatives(2, layout, f"mexican_hat({layout})", sign=-1)
    return Frame(family.atoms(), rcond=rcond, keep=rank)


def morlet(
    *,
    scales: Sequence[int],
    shift: float = 0.5,
    voices: int = 4,
    omega: float = 6.0,
    rcond: float = 0.01,
    rank: int | None = None,
) -> Frame:
    """Wavelet frame of the complex Morlet wavelet, with a Gaussian father.

    psi(x) = c pi^(-1/4) exp(-x^2/2) (exp(i w x) - exp(-w^2/2)) and its conjugates.

    Parameters
    ----------
    scales : (int, int)
        Finest and coarsest scale; smaller is finer. The dilation is a = 2^scale / 16.
    shift : float
        Distance of neighbors, in dilations.
    voices : int
        Scales in an octave.
    omega : float
        Center frequency w, in radians a dilation, at least 1: the wave of scale 0 has
        16 w / (2 pi) cycles a window.
    rcond : float
        Relative cut of the singular values in the dual.
    rank : int, optional
        Keep exactly this many singular values instead of cutting at ``rcond``.

    Raises
    ------
    InvalidInputError
        When an argument is out of range.
    RankError
        When the atoms span fewer dimensions than ``rank``.
    """
    request = f"morlet(scales={scales!r}, shift={shift!r}, omega={omega!r})"
    layout = _layout(request, scales, shift, voices)
    known = require_positive(request, "omega", omega, remedy="5 to 8 are usual")
    if known < MIN_OMEGA:
        raise InvalidInputError(
            request=request,
            finding=f"omega = {known:g} is below {MIN_OMEGA:g}: no wave is left",
            remedy="5 to 8 are usual; gaussian_derivative has no such limit",
        )
    return Frame(Morlet(known, layout).atoms(), rcond=rcond, keep=rank)


def _layout(
    request: str, scales: Sequence[int], shift: float, voices: int
) -> Dilations:
    finest, coarsest = scale_pair(request, scales)
    remedy = "Daubechies uses 0.25 to 1.5"
    return Dilations(
        coarsest=coarsest,
        finest=finest,
        voices=require_count(request, "voices", voices),
        shift=require_positive(request, "shift", shift, remedy=remedy),
    )
