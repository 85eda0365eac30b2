r"""Continuous piecewise polynomials on a uniform mesh of [0, 1], orthonormal.

Coordinates of ``PiecewisePolynomials`` allow jumps, and rounding makes small ones. The
space here has none: every vector of coordinates is an H1 function, so integration by
parts holds to rounding however close to dependent the atoms are (T-conforming).

A member is split in two orthogonal parts. On each cell, bubbles of degree d vanish at
both ends; an orthonormal basis of them is kept. What remains is fixed by the values v
at the mesh points, and its norm is v^T M v with, for m cells,

    M = tridiag(beta, 2 alpha, beta), alpha in both corners,
    alpha = 1 / (m d (d+2)),   beta = (-1)^(d+1) alpha / (d+1)

(d = 1: the mass matrix of hat functions). With M = L L^T the other coordinates are
L^T v; L is bidiagonal, so all maps take O(dimension) operations a function.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float64, Inexact
from scipy.linalg import cholesky_banded, solve_banded

from framestate.frames.spaces.base import Coordinates, Points, Values
from framestate.frames.spaces.polynomial import PiecewisePolynomials


@final
@dataclass(frozen=True)
class ContinuousPolynomials:
    """Continuous members of ``PiecewisePolynomials(cells, degree)``.

    Parameters
    ----------
    cells : int
        Number of cells m, at least 1.
    degree : int
        Polynomial degree d on each cell, at least 1.
    """

    cells: int
    degree: int

    @property
    def dimension(self) -> int:
        """Number of coordinates: m + 1 of mesh points, m (d-1) of bubbles."""
        return self.cells * self.degree + 1

    @cached_property
    def mesh(self) -> PiecewisePolynomials:
        """The space without continuity."""
        return PiecewisePolynomials(cells=self.cells, degree=self.degree)

    @property
    def nodes(self) -> Points:
        """Nodes of ``interpolate``: those of the mesh."""
        return self.mesh.nodes

    @cached_property
    def _ends(self) -> Float64[np.ndarray, "ends modes"]:
        """Values of the modes of a cell at its two ends."""
        n = np.arange(self.degree + 1)
        right = np.sqrt(self.cells * (2.0 * n + 1.0))
        return np.array([(-1.0) ** n * right, right])

    @cached_property
    def _bubbles(self) -> Float64[np.ndarray, "bubbles modes"]:
        """Orthonormal rows that vanish at both ends."""
        return np.linalg.qr(self._ends.T, mode="complete")[0][:, 2:].T

    @cached_property
    def _lift(self) -> Float64[np.ndarray, "ends modes"]:
        """The shortest cell polynomials with the value 1 at one end, 0 at the other."""
        return np.linalg.solve(self._ends @ self._ends.T, self._ends)

    @cached_property
    def _cholesky(self) -> Float64[np.ndarray, "bands points"]:
        """L^T of M = L L^T, in bands: superdiagonal (first entry void) and diagonal."""
        d = self.degree
        alpha = 1.0 / (self.cells * d * (d + 2.0))
        beta = (-1.0) ** (d + 1) * alpha / (d + 1.0)
        bands = np.empty((2, self.cells + 1))
        bands[0], bands[1] = beta, 2.0 * alpha
        bands[1, [0, -1]] = alpha
        return cholesky_banded(bands)

    def embed(self, x: Coordinates) -> Inexact[np.ndarray, "rows mesh"]:
        """Coordinates in ``mesh`` of the functions with coordinates x."""
        points = self.cells + 1
        v = solve_banded((0, 1), self._cholesky, x[:, :points].T).T
        bubbles = x[:, points:].reshape(len(x), self.cells, self.degree - 1)
        local = bubbles @ self._bubbles
        local += v[:, :-1, None] * self._lift[0] + v[:, 1:, None] * self._lift[1]
        return local.reshape(len(x), self.mesh.dimension)

    def project(self, x: Inexact[np.ndarray, "rows mesh"]) -> Coordinates:
        """Coordinates of the projections of members of ``mesh``: the adjoint map."""
        local = x.reshape(len(x), self.cells, self.degree + 1)
        weights = local @ self._lift.T
        v = np.zeros((len(x), self.cells + 1), dtype=x.dtype)
        v[:, :-1] += weights[:, :, 0]
        v[:, 1:] += weights[:, :, 1]
        lower = np.array([self._cholesky[1], np.roll(self._cholesky[0], -1)])
        nodal = solve_banded((1, 0), lower, v.T).T
        bubbles = (local @ self._bubbles.T).reshape(len(x), -1)
        return np.hstack([nodal, bubbles])

    def interpolate(self, values: Inexact[np.ndarray, "rows nodes"]) -> Coordinates:
        """Coordinates of the members with these values at ``nodes``."""
        return self.project(self.mesh.interpolate(values))

    def evaluate(self, x: Coordinates, s: Points) -> Values:
        """Values at s."""
        return self.mesh.evaluate(self.embed(x), s)

    def derivative(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of x'."""
        return self.project(self.mesh.derivative(self.embed(x)))

    def dilation(self, x: Coordinates) -> Coordinates:
        """Coordinates of the projection of s x'."""
        return self.project(self.mesh.dilation(self.embed(x)))


PolynomialSpace = PiecewisePolynomials | ContinuousPolynomials


def continuous_space(cells: int, degree: int) -> PolynomialSpace:
    """The continuous piecewise polynomials; on one cell, simply the polynomials."""
    kind = PiecewisePolynomials if cells == 1 else ContinuousPolynomials
    return kind(cells=cells, degree=degree)
