"""Frames of waves and band-limited functions by name."""

from framestate.frames.build.sizes import require_size
from framestate.frames.checks import require_positive, require_whole
from framestate.frames.errors import InvalidInputError
from framestate.frames.families import Fourier, Gabor, Laguerre, Slepian
from framestate.frames.families.fourier import require_field
from framestate.frames.frame import Frame

MAX_LAG = 1400.0  # exp(-x/2) underflows beyond


def fourier(size: int, *, field: str = "real") -> Frame:
    """Orthonormal Fourier functions of [0, 1].

    Parameters
    ----------
    size : int
        Number of functions, at least 1; an odd number is closed under d/ds and under
        conjugation.
    field : {"real", "complex"}
        1, sqrt2 cos 2 pi s, sqrt2 sin 2 pi s, .., or exp(2 pi i n s) in the order
        n = 0, 1, -1, 2, -2, ..

    Raises
    ------
    InvalidInputError
        When ``size`` is not a positive integer, or for another field.
    """
    request = f"fourier({size!r}, field={field!r})"
    size = require_size(request, size)
    return Frame(Fourier(size, require_field(request, field)).atoms())


def laguerre(size: int, *, scale: float) -> Frame:
    """Laguerre functions of the lag x = scale (1 - s): memory that decays.

    phi_n = sqrt(scale) exp(-x/2) L_n(x), orthonormal on the half line of lags. The
    translated operator tends to ``lagt(size, scale=scale)`` as the scale grows.

    Parameters
    ----------
    size : int
        Number of functions, at least 1.
    scale : float
        Lag x at the far end of the window; well above 4 size, nothing is cut off.

    Raises
    ------
    InvalidInputError
        When ``size`` or ``scale`` is out of range.
    """
    request = f"laguerre({size!r}, scale={scale!r})"
    size = require_size(request, size)
    remedy = "About 4 size + 40 keeps all functions on the window"
    known = require_positive(request, "scale", scale, remedy=remedy)
    if known > MAX_LAG:
        raise InvalidInputError(
            request=request,
            finding=f"exp(-scale / 2) underflows beyond scale = {MAX_LAG:g}",
            remedy=remedy,
        )
    return Frame(Laguerre(size, known).atoms())


def slepian(size: int, *, bandwidth: float) -> Frame:
    """Slepian functions: the best concentrated band-limited functions on [0, 1].

    Orthonormal eigenfunctions of sin(2 pi W (s - t)) / (pi (s - t)), by falling
    eigenvalue; about 2 W of them lie in the window (continuous prolate functions, the
    limit of DPSS). With W = (size - 1) / 2 or a little less they span nearly what
    ``fourier`` does, without its periodicity.

    Parameters
    ----------
    size : int
        Number of functions, at least 1.
    bandwidth : float
        W, in cycles a window.

    Raises
    ------
    InvalidInputError
        When ``size`` or ``bandwidth`` is out of range.
    """
    request = f"slepian({size!r}, bandwidth={bandwidth!r})"
    size = require_size(request, size)
    remedy = "For example (size - 1) / 2; small ones give the Legendre polynomials"
    known = require_positive(request, "bandwidth", bandwidth, remedy=remedy)
    return Frame(Slepian(size, known).atoms())


def gabor(
    *,
    time_step: float,
    frequency_step: float,
    modulations: int,
    width: float | None = None,
    rcond: float = 0.01,
    rank: int | None = None,
) -> Frame:
    """Gabor frame: exponentials under shifted Gaussian windows; complex.

    g(s - k a) exp(2 pi i m b s) with g(s) = 2^(1/4) w^(-1/2) exp(-pi (s/w)^2), for all
    centers k a near [0, 1] and m = -M .. M. On the line they are a frame when a b < 1.

    Parameters
    ----------
    time_step : float
        Distance a of the centers, in windows; above 0.
    frequency_step : float
        Distance b of the frequencies, in cycles a window; above 0.
    modulations : int
        M, at least 0; the band ends at M b cycles a window.
    width : float, optional
        Width w of the Gaussian; sqrt(a / b), which fits the grid, when left out.
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
    request = (
        f"gabor(time_step={time_step!r}, frequency_step={frequency_step!r}, "
        f"modulations={modulations!r}, width={width!r})"
    )
    positive = "Use numbers above 0, for example time_step=0.1, frequency_step=5"
    a = require_positive(request, "time_step", time_step, remedy=positive)
    b = require_positive(request, "frequency_step", frequency_step, remedy=positive)
    fit = (a / b) ** 0.5 if width is None else width
    family = Gabor(
        time_step=a,
        frequency_step=b,
        modulations=require_whole(request, "modulations", modulations),
        width=require_positive(request, "width", fit, remedy=positive),
    )
    return Frame(family.atoms(), rcond=rcond, keep=rank)
