r"""Laguerre functions of the lag x = scale (1 - s), for memories that decay.

    phi_n(s) = sqrt(scale) exp(-x/2) L_n(x),   n = 0 .. N-1
    (n+1) L_{n+1}(x) = (2n+1 - x) L_n(x) - n L_{n-1}(x)

They are orthonormal on the half line x >= 0; the window [0, 1] keeps x <= scale, which
holds nearly all of phi_n when scale is well above 4n. Source: Wiener 1949; as a state
space model, HiPPO-LagT (arXiv 2008.07669).
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from framestate.frames.families.base import Atoms
from framestate.frames.families.represent import represent
from framestate.frames.rings import FLOATS, Element, Ring


@final
@dataclass(frozen=True)
class Laguerre:
    """The first ``size`` functions of the family.

    Parameters
    ----------
    size : int
        Number N of functions.
    scale : float
        Largest lag x on the window.
    """

    size: int
    scale: float

    def values(self, s: Element, ring: Ring) -> list[Element]:
        """Values at s, over any ring."""
        scale = ring.number(self.scale)
        x = scale * (1 - s)
        first = ring.sqrt(scale) * ring.exp(-x / 2)
        phi = [first, (1 - x) * first]
        for n in range(1, self.size - 1):
            phi.append(((2 * n + 1 - x) * phi[n] - n * phi[n - 1]) / (n + 1))
        return phi[: self.size]

    def atoms(self) -> Atoms:
        """Piecewise polynomials to rounding."""
        return represent(
            f"laguerre({self.size}, scale={self.scale:g})",
            lambda s: np.array(self.values(s, FLOATS)),
        )
