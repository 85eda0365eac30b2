r"""Bernstein polynomials B_k(s) = C(n, k) s^k (1 - s)^(n-k), k = 0 .. n, n = N - 1.

They are a basis of the polynomials of degree n, with the squared singular values
(n!)^2 / ((n+1+j)! (n-j)!), j = 0 .. n: the condition doubles with every degree
(Farouki, The Bernstein polynomial basis, 2012). The maps between them and the
orthonormal Legendre polynomials are rational up to square roots and rounded once, and
s d/ds and d/ds have integer coefficients,

    s B_k' = k B_k - (k+1) B_{k+1}
    B_k' = (n-k+1) B_{k-1} + (2k-n) B_k - (k+1) B_{k+1},

so nothing is lost to the condition. At 0 the duals are (-1)^j (n+1) C(n+1, j+1).
"""

from dataclasses import dataclass
from functools import cached_property
from math import comb, factorial
from typing import Any, final

import flint
import numpy as np
from jaxtyping import Float64

from framestate.frames.families.base import Atoms
from framestate.frames.families.exact import (
    HERE,
    legendre_coefficients,
    mode_squares,
    rounded,
)
from framestate.frames.rings import Element
from framestate.frames.spaces import PiecewisePolynomials

Square = Float64[np.ndarray, "N N"]


@final
@dataclass(frozen=True)
class Bernstein:
    """All ``size`` polynomials of degree size - 1."""

    size: int

    def values(self, s: Element) -> list[Element]:
        """Values at s, over any ring: there are no roots to take."""
        n = self.size - 1
        return [comb(n, k) * s**k * (1 - s) ** (n - k) for k in range(self.size)]

    @cached_property
    def _coefficients(self) -> Any:
        return legendre_coefficients(self.values(HERE), self.size)

    def atoms(self) -> Atoms:
        """Exact coordinates, rounded once."""
        return Atoms(
            name=f"bernstein({self.size})",
            space=PiecewisePolynomials(cells=1, degree=self.size - 1),
            coordinates=rounded(
                self._coefficients, [1] * self.size, mode_squares(self.size)
            ),
        )

    def synthesis(self) -> Square:
        """The inverse of the coordinates, rounded once."""
        inverse = self._coefficients.inv()
        return rounded(inverse, range(1, 2 * self.size, 2), [1] * self.size)

    def singular_values(self) -> Float64[np.ndarray, "N"]:
        """Singular values of the coordinates, descending."""
        n, top = self.size - 1, factorial(self.size - 1) ** 2
        squares = [
            flint.fmpq(top, factorial(n + 1 + j) * factorial(n - j))
            for j in range(self.size)
        ]
        ones = flint.fmpq_mat(self.size, 1, [1] * self.size)
        return rounded(ones, squares, [1])[:, 0]

    def flow(self, measure: str) -> Square:
        """A - I of the scaled measure, A of the translated one, rounded once."""
        n, k = self.size - 1, np.arange(float(self.size))
        if measure == "scaled":
            return np.diag(k) - np.diag(k[1:], 1)
        flow = np.diag(n - k[1:] + 1.0, -1) + np.diag(2 * k - n) - np.diag(k[1:], 1)
        flow[0] += [
            float((-1) ** j * (n + 1) * comb(n + 1, j + 1)) for j in range(n + 1)
        ]
        return flow
