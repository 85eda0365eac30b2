r"""Functions known by their values at points of [0, 1].

The interpolation rule is stated by a degree d: K = m d + 1 points determine the
continuous piecewise polynomials of degree d on m equal cells; without a degree, m = 1
and d = K - 1, one polynomial through all points. What the rule does not determine to
rounding is refused, and so are samples that jump, for which no state equation exists.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64, Inexact
from numpy.polynomial import legendre
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from framestate.frames.errors import InvalidInputError, NotDifferentiableError
from framestate.frames.families.base import Atoms
from framestate.frames.families.represent import check_memory
from framestate.frames.spaces import (
    PiecewisePolynomials,
    PolynomialSpace,
    continuous_space,
)

MAX_GROWTH = 1e10  # of errors by interpolation: more would leave less than six digits
EPS = float(np.finfo(np.float64).eps)
JUMP = 0.5  # share of its range that a function covers in one step when it jumps ..
CALM = 0.1  # .. and what the steps beside it cover, as a share of that step


@final
@dataclass(frozen=True, eq=False)
class Samples:
    """Values of N functions at K ascending points, with the rule between them.

    Parameters
    ----------
    values : ndarray, shape (N, K)
        Real or complex, finite.
    points : ndarray, shape (K,)
        In [0, 1], ascending.
    degree : int
        Degree d of the rule on each cell; K - 1 must be a multiple of it.
    """

    values: Inexact[np.ndarray, "N K"]
    points: Float64[np.ndarray, "K"]
    degree: int

    @property
    def name(self) -> str:
        """What they are."""
        rows, columns = self.values.shape
        return f"sampled({rows} functions at {columns} points, degree={self.degree})"

    @property
    def space(self) -> PolynomialSpace:
        """The functions that the rule offers."""
        return continuous_space((len(self.points) - 1) // self.degree, self.degree)

    def atoms(self) -> Atoms:
        """Interpolate.

        Raises
        ------
        InvalidInputError
            When the points do not determine the members of the space.
        NotDifferentiableError
            When a function jumps.
        """
        self._refuse_jumps()
        space, inverse = self.space, self._at_nodes()
        growth = float(np.linalg.norm(inverse, np.inf))
        if growth > MAX_GROWTH:
            raise InvalidInputError(
                request=f"frame of {self.name}",
                finding=f"the points are not unisolvent to rounding: on {space.cells} "
                f"cells of degree {space.degree} an error of the samples may grow by "
                f"{growth:.1e} > {MAX_GROWTH:.0e}",
                remedy="Use a lower degree, d + 1 points on every cell, or points that "
                "are denser at the ends, as Chebyshev's",
            )
        coordinates = space.interpolate(self.values @ inverse.T)
        return Atoms(self.name, space, coordinates, growth * EPS)

    def _at_nodes(self) -> Float64[np.ndarray, "K K"]:
        """The map from samples to values at the nodes of the space."""
        size, d, cells = len(self.points), self.degree, self.space.cells
        check_memory(self.name, atoms=size, dimension=size)
        nodes = PiecewisePolynomials(cells=1, degree=d).nodes
        place = self.points * cells
        cell = np.clip(np.floor(place), 0, cells - 1)
        # Lagrange's polynomials of the cells' nodes, at the points
        at_points, at_nodes = (
            legendre.legvander(2.0 * t - 1.0, d) for t in (place - cell, nodes)
        )
        local = np.linalg.solve(at_nodes.T, at_points.T).T
        row, mode = np.indices(local.shape)
        column = cell.astype(np.int64)[:, None] * d + mode
        entries = (local.ravel(), (row.ravel(), column.ravel()))
        table = csc_array(entries, shape=(size, size))
        try:
            return splu(table).solve(np.eye(size))
        except RuntimeError:  # exactly singular
            return np.full((size, size), np.inf)

    def _refuse_jumps(self) -> None:
        """A step of at least ``JUMP`` of the range between two calm neighbors."""
        if len(self.points) < 4:
            return
        steps = np.abs(np.diff(self.values, axis=1))
        extent = np.hypot(
            np.ptp(np.real(self.values), axis=1), np.ptp(np.imag(self.values), axis=1)
        )
        beside = np.maximum(steps[:, :-2], steps[:, 2:])
        middle = steps[:, 1:-1]
        jumps = (middle > JUMP * extent[:, None]) & (beside <= CALM * middle)
        found = np.argwhere(jumps)
        if len(found):
            atom, at = found[0][0], found[0][1] + 1
            raise NotDifferentiableError(
                request=f"frame of {self.name}",
                finding=f"function {atom} jumps by {steps[atom, at]:.4g}, of a range of "
                f"{extent[atom]:.4g}, between s = {self.points[at]:.6g} and "
                f"{self.points[at + 1]:.6g}",
                remedy="Use continuous functions, or sample this one more finely there",
            )
