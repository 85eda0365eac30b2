r"""Two-scale filters in float64, with their identities checked on creation.

A scaling function phi and its wavelet psi solve

    phi(x) = sqrt2 sum_k h_k phi(2x - k)        psi(x) = sqrt2 sum_k g_k phi(2x - k)

with taps h and g of length K + 1, so that both live on [0, K]. ``Filter.lowpass``
is h and ``Filter.highpass`` is g; PyWavelets calls them ``rec_lo`` and ``rec_hi``.
A biorthogonal wavelet has a second pair, of the dual functions.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.frames.errors import FilterIdentityError

Taps = Float64[np.ndarray, "taps"]

# PyWavelets stores its taps to about 1e-12; an identity that is off by more than
# this is a wrong filter, not a rounded one.
IDENTITY_TOLERANCE = 1e-9


@final
@dataclass(frozen=True, eq=False)
class Filter:
    """Taps of a wavelet, orthonormal or biorthogonal.

    Parameters
    ----------
    name : str
        Name under which the filter was asked for.
    lowpass, highpass : ndarray, shape (K + 1,)
        Taps h of the scaling function and g of the wavelet.
    moments : int
        Number of vanishing moments of the wavelet.
    dual_lowpass, dual_highpass : ndarray, shape (K + 1,), optional
        Taps of the dual pair; left out, the wavelet is orthonormal.
    order : int, optional
        Degree + 1 of the polynomials that phi reproduces; ``moments`` if left out.
    provenance : str
        Where the taps come from.
    tolerance : float
        By how much an identity may be off.

    Raises
    ------
    FilterIdentityError
        When sum h = sqrt2, sum h~_k h_{k+2m} = delta_m, sum h~_k g_{k+2m} = 0 or a
        vanishing moment fails by more than ``tolerance``.
    """

    name: str
    lowpass: Taps
    highpass: Taps
    moments: int
    dual_lowpass: Taps | None = None
    dual_highpass: Taps | None = None
    order: int | None = None
    provenance: str = "given"
    tolerance: float = IDENTITY_TOLERANCE

    def __post_init__(self) -> None:
        for identity, residual in self.residuals().items():
            # "not <=" so that a NaN is refused too
            if not residual <= self.tolerance:
                raise FilterIdentityError(
                    request=f"wavelet filter {self.name!r}",
                    finding=f"the identity '{identity}' is off by {residual:.1e} "
                    f"> {self.tolerance:.0e}",
                    remedy="Use a wavelet by name, such as 'db4', 'sym8' or 'bior2.2'",
                )

    @property
    def orthonormal(self) -> bool:
        """Whether the wavelet is its own dual."""
        return self.dual_lowpass is None

    @property
    def support(self) -> int:
        """Length K of the support [0, K] of phi and psi, in units of the filter."""
        return len(self.lowpass) - 1

    def residuals(self) -> dict[str, float]:
        """Return by how much each defining identity is off (scaled to order one)."""
        h, g = self.lowpass, self.highpass
        dual_h = h if self.dual_lowpass is None else self.dual_lowpass
        dual_g = g if self.dual_highpass is None else self.dual_highpass
        return {
            "sum h = sqrt2": abs(float(h.sum()) - float(np.sqrt(2.0))),
            "sum h~_k h_{k+2m} = delta_m": _biorthogonality(h, dual_h, unit=1.0),
            "sum g~_k g_{k+2m} = delta_m": _biorthogonality(g, dual_g, unit=1.0),
            "sum h~_k g_{k+2m} = 0": _biorthogonality(g, dual_h, unit=0.0),
            "sum g~_k h_{k+2m} = 0": _biorthogonality(h, dual_g, unit=0.0),
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
        eigenvalues 1, 1/2, ..., 2^(1 - 2 order) of the polynomials that phi
        reproduces; the largest of the others is 4^(-alpha).
        """
        lowpass = np.trim_zeros(self.lowpass)
        a = np.correlate(lowpass, lowpass, "full")
        centre = len(lowpass) - 1
        index = 2 * np.arange(-centre, centre + 1)[:, None] - np.arange(
            -centre, centre + 1
        )
        inside = np.abs(index) <= centre
        transition = np.where(inside, a[np.clip(index + centre, 0, 2 * centre)], 0.0)
        eigenvalues = list(np.linalg.eigvals(transition))
        order = self.moments if self.order is None else self.order
        for power in range(2 * order):
            nearest = np.argmin(np.abs(np.array(eigenvalues) - 0.5**power))
            eigenvalues.pop(int(nearest))
        return float(-0.5 * np.log2(max(np.abs(eigenvalues), default=0.0)))


def _biorthogonality(taps: Taps, dual: Taps, *, unit: float) -> float:
    """Largest distance of sum dual_k taps_{k+2m} from unit at m = 0, 0 elsewhere."""
    size = max(len(taps), len(dual))
    padded = np.zeros((2, size))
    padded[0, : len(taps)], padded[1, : len(dual)] = taps, dual
    products = np.correlate(padded[0], padded[1], "full")[(size - 1) % 2 :: 2]
    products[(size - 1) // 2] -= unit
    return float(np.abs(products).max())
