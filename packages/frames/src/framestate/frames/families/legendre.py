r"""Orthonormal Legendre polynomials sqrt(2n+1) P_n(2s - 1), n = 0 .. N-1.

(n+1) P_{n+1}(x) = (2n+1) x P_n(x) - n P_{n-1}(x)
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from framestate.frames.families.base import Atoms
from framestate.frames.rings import Element, Ring
from framestate.frames.spaces import PiecewisePolynomials


@final
@dataclass(frozen=True)
class Legendre:
    """The first ``size`` functions of the family."""

    size: int

    def values(self, s: Element, ring: Ring) -> list[Element]:
        """Values at s, over any ring."""
        x = 2 * s - 1
        p = [0 * x + 1, x]
        for n in range(1, self.size - 1):
            p.append(((2 * n + 1) * x * p[n] - n * p[n - 1]) / (n + 1))
        return [
            ring.sqrt(ring.number(2 * n + 1)) * q for n, q in enumerate(p[: self.size])
        ]

    def atoms(self) -> Atoms:
        """Themselves the basis of the polynomials of their degree."""
        return Atoms(
            name=f"legendre({self.size})",
            space=PiecewisePolynomials(cells=1, degree=self.size - 1),
            coordinates=np.eye(self.size),
        )
