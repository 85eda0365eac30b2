r"""What the scaled system encodes with: w(s) = s^(A_r - I) b (T-scaled-solution).

``against`` computes int_0^1 w(s) g(s)^T ds for functions g that are polynomials on the
intervals of a mesh 0 = x_0 < x_1 < .. < x_m = 1, without eigenvectors (T-encoding):

* On [x_1, 1], with t = -log s, w = exp(-t (A_r - I)) b is stepped through panels of
  length 1 / |A_r - I| and expanded in 20 Taylor terms inside of one; Gauss' rule on
  the intervals between panels and mesh is exact for g and leaves less than rounding
  of w.
* On [0, x_1], where w may turn infinitely often, M = int w p^T for the orthonormal
  Legendre polynomials p of the interval solves A_r M + M D^T = x_1 w(x_1) p(x_1)^T,
  D the matrix of s d/ds. Both sides of this Sylvester equation are contractions in t,
  so it is solved stably whatever the eigenvectors are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float64, Inexact, Int
from numpy.polynomial import legendre

from framestate.frames.spaces import PiecewisePolynomials, Points, Values

TERMS = 20  # of the exponential of a matrix of norm 1: 1/20! = 4e-19
SPARE = 7  # Gauss nodes beyond those that g needs: degree 14 for w on a panel
BLOCK = 64  # panels that are treated at once

Functions = Callable[[Points], Values]
Vector = Inexact[np.ndarray, "r"]
Square = Inexact[np.ndarray, "r r"]
Starts = Inexact[np.ndarray, "r panels"]


@final
@dataclass(frozen=True, eq=False)
class Encoder:
    """The encoding functions of a scaled operator.

    Parameters
    ----------
    A_r : ndarray, shape (r, r)
        Operator in an orthonormal basis, with A_r + A_r^H >= I.
    b : ndarray, shape (r,)
        Input vector.
    """

    A_r: Square
    b: Vector

    @cached_property
    def _rate(self) -> Square:
        return self.A_r - np.eye(len(self.b))

    def against(
        self, g: Functions, mesh: Points, *, degree: int
    ) -> Inexact[np.ndarray, "r rows"]:
        """int_0^1 w(s) g(s)^T ds.

        Parameters
        ----------
        g : callable
            From points of (0, 1], shape (n,), to values, shape (rows, n).
        mesh : ndarray, shape (m + 1,)
            0 = x_0 < .. < x_m = 1.
        degree : int
            Of g between neighbors of the mesh.
        """
        first, edge = float(mesh[1]), self.b
        total: Inexact[np.ndarray, "r rows"] | float = 0.0
        if len(mesh) > 2:
            panels = _Panels(self._rate, self.b, -float(np.log(first)))
            nodes = -(-(degree + 1) // 2) + SPARE
            for s, weights, w in panels.sweep(mesh, nodes):
                total = total + (w * weights) @ g(s).T
            edge = panels.end
        return total + self._toward_zero(g, first, edge, degree)

    def _toward_zero(
        self, g: Functions, x: float, edge: Vector, degree: int
    ) -> Inexact[np.ndarray, "r rows"]:
        """The integral over [0, x], with w(x) = edge."""
        space = PiecewisePolynomials(cells=1, degree=degree)
        modes = np.eye(degree + 1)
        local, weights = legendre.leggauss(degree + 1)
        local, weights = (local + 1.0) / 2.0, weights / 2.0
        p = space.evaluate(modes, local)
        now = space.evaluate(modes, np.ones(1))[:, 0]
        D = space.dilation(modes).astype(self.A_r.dtype)
        right = x * np.outer(edge, now)
        M = scipy.linalg.solve_sylvester(self.A_r, D.T, right)
        return M @ ((g(x * local) * weights) @ p.T).T


@final
@dataclass(frozen=True, eq=False)
class _Panels:
    """Equal steps in t = -log s from 0 to ``reach``, each of norm at most 1."""

    rate: Square
    b: Vector
    reach: float

    @cached_property
    def count(self) -> int:
        return max(1, int(np.ceil(np.linalg.norm(self.rate, 2) * self.reach)))

    @property
    def length(self) -> float:
        return self.reach / self.count

    @property
    def end(self) -> Vector:
        """w at t = reach."""
        return scipy.linalg.expm(-self.reach * self.rate) @ self.b

    def sweep(
        self, mesh: Points, nodes: int
    ) -> Iterator[tuple[Points, Points, Starts]]:
        """Points s, Gauss weights ds and values of w, block by block."""
        local, weights = legendre.leggauss(nodes)
        breaks = np.unique(
            np.append(-np.log(mesh[1:]), self.length * np.arange(1, self.count))
        )
        panel = ((breaks[1:] + breaks[:-1]) / 2 // self.length).astype(np.int64)
        high, low = np.exp(-breaks[:-1, None]), np.exp(-breaks[1:, None])
        half = (high - low) / 2
        for first, starts in self._starts():
            here = slice(*np.searchsorted(panel, [first, first + starts.shape[1]]))
            s = (low + half * (1 + local))[here]
            step = -np.log(s) / self.length - panel[here, None]
            w = self._taylor(starts, panel[here] - first, step)
            yield s.ravel(), (half[here] * weights).ravel(), w

    def _starts(self) -> Iterator[tuple[int, Starts]]:
        """w at the beginning of the panels, in blocks."""
        step = scipy.linalg.expm(-self.length * self.rate)
        starts = self.b[:, None]
        while starts.shape[1] < min(BLOCK, self.count):
            starts, step = np.hstack([starts, step @ starts]), step @ step
        for first in range(0, self.count, starts.shape[1]):
            yield first, starts
            starts = step @ starts

    def _taylor(
        self,
        starts: Starts,
        panel: Int[np.ndarray, "intervals"],
        step: Float64[np.ndarray, "intervals nodes"],
    ) -> Inexact[np.ndarray, "r points"]:
        """exp(-step * length * rate) applied to the start of each interval's panel."""
        term, terms = starts, [starts]
        for k in range(1, TERMS):
            term = -self.length / k * (self.rate @ term)
            terms.append(term)
        w = np.zeros((len(starts), *step.shape), dtype=starts.dtype)
        for term in reversed(terms):
            w = w * step + term[:, panel, None]
        return w.reshape(len(starts), -1)
