r"""Slepian functions: the best concentrated band-limited functions on [0, 1].

They are the eigenfunctions, by falling eigenvalue, of the kernel

    int_0^1 sin(2 pi W (s - t)) / (pi (s - t)) phi(t) dt = mu phi(s),

W the bandwidth in cycles a window; about 2 W eigenvalues are near 1. The kernel commutes
with d/dx (1 - x^2) d/dx - c^2 x^2, x = 2s - 1, c = pi W, whose matrix in the orthonormal
Legendre polynomials is, for even and for odd k, tridiagonal:

    k (k+1) + c^2 (2 k (k+1) - 1) / ((2k+3)(2k-1))           on the diagonal,
    c^2 (k+2)(k+1) / ((2k+3) sqrt((2k+1)(2k+5)))             from k to k + 2,

with eigenvalues that lie well apart, so that the coordinates are right to rounding
(Slepian and Pollak 1961; Xiao, Rokhlin and Yarvin 2001).
"""

from dataclasses import dataclass
from math import ceil
from typing import final

import numpy as np
from jaxtyping import Float64
from scipy.linalg import eigh_tridiagonal

from framestate.frames.families.base import Atoms
from framestate.frames.spaces import PiecewisePolynomials

MARGIN = 50  # degrees beyond size + c: what is left out there is below 1e-30


@final
@dataclass(frozen=True)
class Slepian:
    """The first ``size`` functions of the family.

    Parameters
    ----------
    size : int
        Number N of functions.
    bandwidth : float
        W, in cycles a window.
    """

    size: int
    bandwidth: float

    @property
    def _degrees(self) -> int:
        return self.size + ceil(np.pi * self.bandwidth) + MARGIN

    def atoms(self) -> Atoms:
        """Orthonormal coordinates, the largest of each function positive."""
        coordinates = np.zeros((self.size, self._degrees))
        errors: list[float] = []
        for parity in range(min(2, self.size)):
            rows, error = self._eigenvectors(parity)
            coordinates[parity::2, parity::2] = rows
            errors.append(error)
        return Atoms(
            name=f"slepian({self.size}, bandwidth={self.bandwidth:g})",
            space=PiecewisePolynomials(cells=1, degree=self._degrees - 1),
            coordinates=coordinates,
            representation_error=max(errors),
        )

    def _eigenvectors(
        self, parity: int
    ) -> tuple[Float64[np.ndarray, "rows degrees"], float]:
        """Functions of one parity, and their distance from the true ones.

        A vector that leaves the residual r, with the other eigenvalues at least the
        gap away, is within r / gap of an eigenvector (Davis and Kahan).
        """
        c2, k = (np.pi * self.bandwidth) ** 2, np.arange(parity, self._degrees, 2.0)
        diagonal = k * (k + 1) + c2 * (2 * k * (k + 1) - 1) / (
            (2 * k + 3) * (2 * k - 1)
        )
        k = k[:-1]
        off = (k + 2) * (k + 1) / ((2 * k + 3) * np.sqrt((2 * k + 1) * (2 * k + 5)))
        count = (self.size - parity + 1) // 2
        lam, vectors = eigh_tridiagonal(
            diagonal, c2 * off, select="i", select_range=(0, count)
        )
        x = vectors[:, :count]
        residual = diagonal[:, None] * x - lam[:count] * x
        residual[:-1] += c2 * off[:, None] * x[1:]
        residual[1:] += c2 * off[:, None] * x[:-1]
        error = np.linalg.norm(residual, axis=0) / np.minimum(
            np.diff(lam), np.diff(lam, prepend=-np.inf)[:count]
        )
        largest = x[np.abs(x).argmax(axis=0), np.arange(count)]
        return (x * np.sign(largest)).T, float(error.max())
