r"""Chebyshev polynomials 1, sqrt2 T_n(2s - 1), n = 1 .. N-1.

    T_{n+1}(x) = 2 x T_n(x) - T_{n-1}(x)

They are orthonormal under the weight 1 / (pi sqrt(s (1 - s))), not in L2[0, 1], where
the canonical dual does what the weight does there.
"""

from dataclasses import dataclass
from typing import final

from framestate.frames.families.base import Atoms
from framestate.frames.families.exact import (
    HERE,
    legendre_coefficients,
    mode_squares,
    rounded,
)
from framestate.frames.rings import Element, Ring
from framestate.frames.spaces import PiecewisePolynomials


@final
@dataclass(frozen=True)
class Chebyshev:
    """The first ``size`` functions of the family."""

    size: int

    def polynomials(self, s: Element) -> list[Element]:
        """T_n(2s - 1), over any ring."""
        x = 2 * s - 1
        t = [0 * x + 1, x]
        for n in range(1, self.size - 1):
            t.append(2 * x * t[n] - t[n - 1])
        return t[: self.size]

    def values(self, s: Element, ring: Ring) -> list[Element]:
        """Values at s, over any ring."""
        first, *others = self.polynomials(s)
        return [first, *(ring.sqrt(ring.number(2)) * t for t in others)]

    def atoms(self) -> Atoms:
        """Exact coordinates, rounded once."""
        size = self.size
        coefficients = legendre_coefficients(self.polynomials(HERE), size)
        squares = [1] + [2] * (size - 1)
        return Atoms(
            name=f"chebyshev({size})",
            space=PiecewisePolynomials(cells=1, degree=size - 1),
            coordinates=rounded(coefficients, squares, mode_squares(size)),
        )
