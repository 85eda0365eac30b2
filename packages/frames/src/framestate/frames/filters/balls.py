r"""Two-scale filters as balls: taps that are known to hold the true ones.

    sum h = sqrt2      sum h_k h_{k+2m} = delta_m      sum (-1)^k k^m h_k = 0, m < p

The identities are checked on both sides: a residual must contain 0 and be small.
"""

from dataclasses import dataclass
from typing import final

import flint
import numpy as np

from framestate.frames.errors import FilterIdentityError
from framestate.frames.filters.base import Filter
from framestate.frames.precision import Ball, Precision


@final
@dataclass(frozen=True, eq=False)
class BallFilter:
    """Taps of an orthonormal wavelet at a stated precision.

    Parameters
    ----------
    name : str
        Name of the wavelet.
    lowpass : tuple of arb, length K + 1
        Taps h of the scaling function.
    moments : int
        Number p of vanishing moments.
    precision : Precision
        Digits that were asked for.
    provenance : str
        Where the taps come from.

    Raises
    ------
    FilterIdentityError
        When a residual excludes 0 or is wider than the digits asked for.
    """

    name: str
    lowpass: tuple[Ball, ...]
    moments: int
    precision: Precision
    provenance: str

    def __post_init__(self) -> None:
        with self.precision.working():
            width = flint.arb(10) ** -self.precision.digits
            for identity, residual in self.residuals().items():
                if not (residual.contains(0) and residual.rad() < width):
                    raise FilterIdentityError(
                        request=f"wavelet filter {self.name!r} to "
                        f"{self.precision.digits} digits",
                        finding=f"the identity '{identity}' leaves {residual}",
                        remedy="Ask for fewer digits, or give more accurate taps",
                    )

    @property
    def support(self) -> int:
        """Length K of the support [0, K] of phi and psi."""
        return len(self.lowpass) - 1

    @property
    def highpass(self) -> tuple[Ball, ...]:
        """Taps g_k = (-1)^k h_{K-k} of the wavelet (T-quadrature-mirror)."""
        with self.precision.more(self.moments).working():  # a sign rounds too
            return tuple(
                tap if k % 2 == 0 else -tap
                for k, tap in enumerate(reversed(self.lowpass))
            )

    def residuals(self) -> dict[str, Ball]:
        """What each defining identity leaves, as a ball; the worst of its kind."""
        h, size = self.lowpass, len(self.lowpass)
        with self.precision.working():
            shifted = [
                sum(
                    (h[k] * h[k + 2 * m] for k in range(size - 2 * m)),
                    flint.arb(-(not m)),
                )
                for m in range(size // 2)
            ]
            moments = [
                sum(
                    (
                        (-1) ** k * (flint.arb(k) / self.support) ** m * h[k]
                        for k in range(size)
                    ),
                    flint.arb(0),
                )
                for m in range(self.moments)
            ]
            return {
                "sum h = sqrt2": sum(h, flint.arb(0)) - flint.arb(2).sqrt(),
                "sum h_k h_{k+2m} = delta_m": _worst(shifted),
                "sum (-1)^k k^m h_k = 0": _worst(moments),
            }

    def rounded(self) -> Filter:
        """The same filter in float64, every tap rounded once."""
        return Filter(
            name=self.name,
            lowpass=np.array([float(tap.mid()) for tap in self.lowpass]),
            highpass=np.array([float(tap.mid()) for tap in self.highpass]),
            moments=self.moments,
            provenance=self.provenance,
        )


def _worst(residuals: list[Ball]) -> Ball:
    return max(
        residuals, key=lambda ball: float(ball.abs_upper()), default=flint.arb(0)
    )
