r"""Two-scale filters by name, with their identities checked on creation.

A scaling function phi and its wavelet psi solve

    phi(x) = sqrt2 sum_k h_k phi(2x - k)        psi(x) = sqrt2 sum_k g_k phi(2x - k)

with taps h and g of length K + 1, so that both live on [0, K]. ``Filter.lowpass``
is h and ``Filter.highpass`` is g; PyWavelets calls them ``rec_lo`` and ``rec_hi``.
"""

import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float64
from pywt import Wavelet, wavelist

from framestate.frames.errors import (
    FilterIdentityError,
    InvalidInputError,
    NotDifferentiableError,
    UnknownWaveletError,
)

Taps = Float64[np.ndarray, "taps"]

# PyWavelets stores its taps to about 1e-12; an identity that is off by more than
# this is a wrong filter, not a rounded one.
IDENTITY_TOLERANCE = 1e-9


@final
@dataclass(frozen=True, eq=False)
class Filter:
    """Taps of an orthonormal wavelet.

    Parameters
    ----------
    name : str
        Name under which the filter was asked for.
    lowpass, highpass : ndarray, shape (K + 1,)
        Taps h of the scaling function and g of the wavelet.
    moments : int
        Number of vanishing moments of the wavelet.

    Raises
    ------
    FilterIdentityError
        When sum h = sqrt2, sum h_k h_{k+2m} = delta_m, sum h_k g_{k+2m} = 0 or a
        vanishing moment fails by more than ``IDENTITY_TOLERANCE``.
    """

    name: str
    lowpass: Taps
    highpass: Taps
    moments: int

    def __post_init__(self) -> None:
        for identity, residual in self.residuals().items():
            # "not <=" so that a NaN is refused too
            if not residual <= IDENTITY_TOLERANCE:
                raise FilterIdentityError(
                    request=f"wavelet filter {self.name!r}",
                    finding=f"the identity '{identity}' is off by {residual:.1e} "
                    f"> {IDENTITY_TOLERANCE:.0e}",
                    remedy="Use an orthonormal filter such as 'db4', 'sym8' or 'coif3'",
                )

    @property
    def support(self) -> int:
        """Length K of the support [0, K] of phi and psi, in units of the filter."""
        return len(self.lowpass) - 1

    def residuals(self) -> dict[str, float]:
        """Return by how much each defining identity is off (scaled to order one)."""
        h, g = self.lowpass, self.highpass
        autocorrelation = np.correlate(h, h, "full")[len(h) - 1 :: 2]
        cross = np.correlate(h, g, "full")[(len(h) - 1) % 2 :: 2]
        unit = np.zeros_like(autocorrelation)
        unit[0] = 1.0
        return {
            "sum h = sqrt2": abs(float(h.sum()) - float(np.sqrt(2.0))),
            "sum h_k h_{k+2m} = delta_m": float(np.abs(autocorrelation - unit).max()),
            "sum h_k g_{k+2m} = 0": float(np.abs(cross).max()),
            "sum k^m g_k = 0": self._worst_moment(),
        }

    def _worst_moment(self) -> float:
        k = np.arange(len(self.highpass)) / max(1, self.support)
        powers = k[None, :] ** np.arange(self.moments)[:, None]
        moments = np.abs(powers @ self.highpass)
        return float((moments / (powers @ np.abs(self.highpass))).max(initial=0.0))

    @cached_property
    def sobolev_exponent(self) -> float:
        """Supremum of the orders alpha with phi in H^alpha (T-sobolev).

        The transition operator a[2i - j], a the autocorrelation of h, has the
        eigenvalues 1, 1/2, ..., 2^(1 - 2 moments) of the polynomials that phi
        reproduces; the largest of the others is 4^(-alpha).
        """
        a = np.correlate(self.lowpass, self.lowpass, "full")
        centre = self.support
        index = 2 * np.arange(-centre, centre + 1)[:, None] - np.arange(
            -centre, centre + 1
        )
        inside = np.abs(index) <= centre
        transition = np.where(inside, a[np.clip(index + centre, 0, 2 * centre)], 0.0)
        eigenvalues = list(np.linalg.eigvals(transition))
        for power in range(2 * self.moments):
            nearest = np.argmin(np.abs(np.array(eigenvalues) - 0.5**power))
            eigenvalues.pop(int(nearest))
        return float(-0.5 * np.log2(max(np.abs(eigenvalues), default=0.0)))


def names() -> tuple[str, ...]:
    """Names of the wavelets on offer: orthonormal, compactly supported, continuous."""
    families = ("db", "sym", "coif")
    listed = (name for family in families for name in wavelist(family))
    return tuple(name for name in listed if name != "db1")


def load(name: str) -> Filter:
    """Load the filter called ``name`` and check its identities.

    Parameters
    ----------
    name : str
        A Daubechies (``db2`` .. ``db38``), symlet or coiflet name.

    Raises
    ------
    UnknownWaveletError
        When there is no such wavelet; names the nearest ones.
    NotDifferentiableError
        For Haar (``haar``, ``db1``), whose atoms jump.
    InvalidInputError
        For a wavelet that exists but is not orthonormal with a two-scale equation.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInputError(
            request=f"wavelet {name!r}",
            finding=f"a name is needed, not a {type(name).__name__}",
            remedy="For example 'db11'",
        )
    if name in {"haar", "db1"}:
        raise _jumps(name)
    if name not in names():
        raise _unavailable(name)
    wavelet = Wavelet(name)
    return Filter(
        name=name,
        lowpass=np.array(wavelet.rec_lo, dtype=np.float64),
        highpass=np.array(wavelet.rec_hi, dtype=np.float64),
        moments=int(wavelet.vanishing_moments_psi),
    )


def _jumps(name: str) -> NotDifferentiableError:
    return NotDifferentiableError(
        request=f"state space model of wavelet {name!r}",
        finding="Haar atoms jump, so <s phi', dual> in A is not defined "
        "(a derivative of a jump is a point mass, and A would depend on the grid)",
        remedy="Use a continuous wavelet: 'db2' is the shortest, 'db11' the papers'",
    )


def _unavailable(name: str) -> UnknownWaveletError | InvalidInputError:
    if name in wavelist():
        return InvalidInputError(
            request=f"wavelet {name!r}",
            finding="it is not an orthonormal wavelet with compact support "
            "(PyWavelets knows it, this construction does not cover it)",
            remedy="Use a Daubechies, symlet or coiflet, for example 'db11' or 'sym8'",
        )
    near = difflib.get_close_matches(name, names(), n=3, cutoff=0.3)
    hint = f"Did you mean {', '.join(map(repr, near))}? " if near else ""
    return UnknownWaveletError(
        request=f"wavelet {name!r}",
        finding="no wavelet has this name",
        remedy=f"{hint}Names are {names()[0]!r} .. 'db38', 'sym2' .. , 'coif1' ..",
    )
