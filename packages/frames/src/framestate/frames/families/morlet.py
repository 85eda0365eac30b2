r"""Morlet wavelets: a Gaussian wave train less what it has of a mean.

    psi(x) = c pi^(-1/4) exp(-x^2/2) (exp(i w x) - exp(-w^2/2)),
    c = (1 + exp(-w^2) - 2 exp(-3 w^2/4))^(-1/2)

of norm one on the line. A real signal needs both signs of the frequency: each atom comes
with its conjugate, and the father is real, so the span is closed under conjugation.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from framestate.frames.families.base import Atoms
from framestate.frames.families.dilations import Dilations
from framestate.frames.families.represent import represent
from framestate.frames.rings import FLOATS, Element, Ring


@final
@dataclass(frozen=True)
class Morlet:
    """Shifts and dilations of psi and of its conjugate.

    Parameters
    ----------
    omega : float
        Center frequency w, in radians a dilation.
    layout : Dilations
        Scales and centers.
    """

    omega: float
    layout: Dilations

    def mother(self, x: Element, ring: Ring) -> list[Element]:
        """psi and its conjugate, over any ring."""
        w = ring.number(self.omega)
        mean = ring.exp(-(w**2) / 2)
        square = 1 + ring.exp(-(w**2)) - 2 * ring.exp(-3 * w**2 / 4)
        norm = ring.sqrt(square * ring.sqrt(ring.pi()))
        window = ring.exp(-(x**2) / 2) / norm
        return [window * (ring.cis(sign * w * x) - mean) for sign in (1, -1)]

    def values(self, s: Element, ring: Ring) -> list[Element]:
        """Values at s, over any ring."""
        return self.layout.values(self.mother, s, ring)

    def atoms(self) -> Atoms:
        """Piecewise polynomials to rounding."""
        name = f"morlet({self.layout}, omega={self.omega:g})"
        self.layout.check_memory(name, mothers=2)
        return represent(name, lambda s: np.array(self.values(s, FLOATS)))
