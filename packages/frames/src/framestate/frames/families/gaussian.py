r"""Derivatives of the Gaussian: psi_n = (-1)^n He_n(x) exp(-x^2/2) / norm, n >= 1.

    He_{n+1}(x) = x He_n(x) - n He_{n-1}(x),   norm^2 = Gamma(n + 1/2)

psi_n is the n-th derivative of exp(-x^2/2) with norm one on the line; it has n vanishing
moments. -psi_2 is the Mexican hat 2 (1 - x^2) exp(-x^2/2) / (sqrt3 pi^(1/4)).
"""

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import final

import numpy as np

from framestate.frames.families.base import Atoms
from framestate.frames.families.dilations import Dilations
from framestate.frames.families.represent import represent
from framestate.frames.rings import FLOATS, Element, Ring


@final
@dataclass(frozen=True)
class GaussianDerivatives:
    """Shifts and dilations of psi_n or -psi_n.

    Parameters
    ----------
    order : int
        The order n of the derivative.
    layout : Dilations
        Scales and centers.
    name : str
        How the family is called.
    sign : int
        1 for psi_n, -1 for -psi_n.
    """

    order: int
    layout: Dilations
    name: str
    sign: int = 1

    def mother(self, x: Element, ring: Ring) -> list[Element]:
        """psi_n, over any ring."""
        he = [0 * x + 1, x]
        for n in range(1, self.order):
            he.append(x * he[n] - n * he[n - 1])
        # Gamma(n + 1/2) = sqrt(pi) (2n-1)!! / 2^n
        gamma = Fraction(prod(range(1, 2 * self.order, 2)), 2**self.order)
        norm = ring.sqrt(ring.number(gamma) * ring.sqrt(ring.pi()))
        sign = self.sign * (-1) ** self.order
        return [sign * he[self.order] * ring.exp(-(x**2) / 2) / norm]

    def values(self, s: Element, ring: Ring) -> list[Element]:
        """Values at s, over any ring."""
        return self.layout.values(self.mother, s, ring)

    def atoms(self) -> Atoms:
        """Piecewise polynomials to rounding."""
        self.layout.check_memory(self.name, mothers=1)
        return represent(self.name, lambda s: np.array(self.values(s, FLOATS)))
