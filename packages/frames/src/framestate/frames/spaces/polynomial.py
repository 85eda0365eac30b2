r"""Piecewise polynomials on a uniform mesh of [0, 1] (one cell: polynomials).

On each cell the coordinates belong to the orthonormal Legendre polynomials
p_n(t) = sqrt(2n+1) P_n(2t - 1) of the local variable t in [0, 1], scaled to norm
one. Two exact relations carry everything, with no quadrature:

    p_n' = sum_{k < n, n - k odd} 2 sqrt((2n+1)(2k+1)) p_k
    t p_n = a_{n+1} p_{n+1} + p_n / 2 + a_n p_{n-1},   a_n = n / (2 sqrt(4 n^2 - 1))

For continuous members integration by parts then holds to rounding, hence so does
the Lyapunov identity (T-lyapunov), however coarse the mesh is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import final

import numpy as np
from jaxtyping import Float64, Inexact
from numpy.polynomial import legendre
from scipy.sparse import csr_array, diags_array, eye_array, kron

from framestate.frames.spaces.base import Coordinates, Points, Values

Square = Float64[np.ndarray, "n n"]


@final
@dataclass(frozen=True)
class PiecewisePolynomials:
    """Polynomials of a degree on each of ``cells`` equal cells of [0, 1].

    Parameters
    ----------
    cells : int
        Number of cells, at least 1.
    degree : int
        Polynomial degree on each cell, at least 0.
    """

    cells: int
    degree: int

    @property
    def dimension(self) -> int:
        """Number of coordinates: cells * (degree + 1), cell by cell."""
        return self.cells * (self.degree + 1)

    @cached_property
    def _derivative(self) -> Square:
        n, k = np.indices((self.degree + 1, self.degree + 1))
        entries = 2.0 * np.sqrt((2.0 * n + 1.0) * (2.0 * k + 1.0))
        return np.where((k < n) & ((n - k) % 2 == 1), entries, 0.0)

    @cached_property
    def _position(self) -> Square:
        """Multiplication by the local t, cut to the degree."""
        n = np.arange(1, self.degree + 1)
        a = n / (2.0 * np.sqrt(4.0 * n**2 - 1.0))
        return np.diag(a, 1) + np.diag(a, -1) + 0.5 * np.eye(self.degree + 1)

    def derivative(self, x: Coordinates) -> Coordinates:
        """Coordinates of x' (exact: the derivative stays in the space)."""
        return self.stretch(0, self.cells).derivative(x)

    def dilation(self, x: Coordinates) -> Coordinates:
        """Coordinates of s x' (exact: s d/ds keeps the degree)."""
        return self.stretch(0, self.cells).dilation(x)

    def stretch(self, first: int, last: int) -> "Stretch":
        """The functions that live on the cells first .. last - 1."""
        return Stretch(first, last, self.cells, self._derivative, self._position)

    def stretches(self, width: int) -> Sequence["Stretch"]:
        """The whole mesh in stretches of about ``width`` coordinates each."""
        count = max(1, min(self.cells, round(self.dimension / width)))
        ends = [self.cells * n // count for n in range(count + 1)]
        return [self.stretch(*pair) for pair in pairwise(ends)]

    def evaluate(self, x: Coordinates, s: Points) -> Values:
        """Values at s; a mesh point belongs to the cell on its right."""
        cell = np.clip(np.floor(s * self.cells), 0, self.cells - 1).astype(np.int64)
        modes = self._modes(s * self.cells - cell)
        mode, point = np.indices(modes.shape)
        index = (cell * (self.degree + 1) + mode).ravel(), point.ravel()
        shape = (self.dimension, len(s))
        values = x @ csr_array((modes.ravel(), index), shape=shape)
        return values if isinstance(values, np.ndarray) else values.toarray()

    def _modes(self, t: Points) -> Float64[np.ndarray, "modes points"]:
        """Orthonormal cell polynomials at the local t, norm one on [0, 1]."""
        n = np.arange(self.degree + 1)[:, None]
        plain = legendre.legvander(2.0 * t - 1.0, self.degree).T
        return np.sqrt(self.cells * (2.0 * n + 1.0)) * plain

    @cached_property
    def nodes(self) -> Points:
        """Chebyshev-Lobatto nodes of all cells, shared ends listed once, ascending."""
        local = self.local_nodes[:-1]
        inner = (np.arange(self.cells)[:, None] + local[None, :]) / self.cells
        return np.append(inner.ravel(), 1.0)

    @property
    def local_nodes(self) -> Points:
        """Chebyshev-Lobatto nodes of one cell, in [0, 1], both ends included."""
        return 0.5 - 0.5 * np.cos(np.pi * np.arange(self.degree + 1) / self.degree)

    def interpolate(
        self, values: Inexact[np.ndarray, "rows nodes"]
    ) -> Inexact[np.ndarray, "rows dimension"]:
        """Coordinates of the continuous members with these values at ``nodes``."""
        index = (
            np.arange(self.cells)[:, None] * self.degree
            + np.arange(self.degree + 1)[None, :]
        )
        to_modes = np.linalg.inv(self._modes(self.local_nodes).T)
        return (values[:, index] @ to_modes.T).reshape(len(values), self.dimension)


@final
@dataclass(frozen=True, eq=False)
class Stretch:
    """Functions that live on some consecutive cells of a mesh.

    Both maps keep a function on its cells, so that a long row of coordinates may be
    worked on in pieces.

    Parameters
    ----------
    first, last : int
        The cells are first .. last - 1.
    cells : int
        Number of cells of the whole mesh.
    slope, position : ndarray
        d/dt and multiplication by the local t on one cell.
    """

    first: int
    last: int
    cells: int
    slope: Square
    position: Square

    @property
    def columns(self) -> slice:
        """Where the coordinates of these cells stand in those of the mesh."""
        return slice(self.first * len(self.slope), self.last * len(self.slope))

    def derivative(self, x: Coordinates) -> Coordinates:
        """Coordinates of x'."""
        if not isinstance(x, np.ndarray):
            return (x @ kron(self.cells * eye_array(self._length), self.slope)).tocsr()
        return (self.cells * self._local(x) @ self.slope).reshape(x.shape)

    def dilation(self, x: Coordinates) -> Coordinates:
        """Coordinates of s x'."""
        # s = (cell + t) / cells, so s d/ds = (cell + t) d/dt
        cell = np.arange(float(self.first), self.last)
        if not isinstance(x, np.ndarray):
            flow = kron(diags_array(cell), self.slope)
            flow += kron(eye_array(self._length), self.slope @ self.position)
            return (x @ flow).tocsr()
        slope = self._local(x) @ self.slope
        return (cell[:, None] * slope + slope @ self.position).reshape(x.shape)

    @property
    def _length(self) -> int:
        return self.last - self.first

    def _local(
        self, x: Inexact[np.ndarray, "rows _"]
    ) -> Inexact[np.ndarray, "rows cells modes"]:
        return x.reshape(len(x), self._length, len(self.slope))
