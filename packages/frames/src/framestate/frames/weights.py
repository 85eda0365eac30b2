r"""Frames that remember under a weight: c_i = int_0^1 f_T(s) conj phi_i(s) w(s) ds.

Inner products, the orthonormal basis of V and the dual are those of L2 with the
weight w. For the analysis T, the synthesis R and the orthonormal basis e of plain L2,
with the triangle L of <e_k, e_l>_w = L L^H,

    basis  L^-1 e      analysis  T conj(L)      synthesis  conj(L)^-1 R

The integrals are Gauss sums on the cells of the mesh, exact where w is a polynomial on
each cell; a smooth w is one up to a distance that is measured and carried.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float64, Inexact
from numpy.polynomial import chebyshev, legendre

from framestate.frames.checks import require_distance, require_points, require_whole
from framestate.frames.errors import InvalidInputError
from framestate.frames.frame import Frame, PointsLike
from framestate.frames.piecewise import Piecewise, as_piecewise
from framestate.frames.spaces import PiecewisePolynomials, Points, Values, dense

EPS = float(np.finfo(np.float64).eps)
DEGREES = (4, 8, 16, 32, 64)  # of the polynomials that stand for w on a cell
RESOLVED = 256 * EPS  # what the interpolation itself rounds to, of the largest w
SMOOTH = 1e-6  # the largest relative distance that is accepted


@final
@dataclass(frozen=True, eq=False)
class Weight:
    """A weight on [0, 1], positive and finite in (0, 1], smooth on each cell.

    Parameters
    ----------
    name : str
        What it is, with its parameters.
    value : callable
        Takes points of (0, 1], shape (n,), and returns w there.
    """

    name: str
    value: Callable[[Points], Points]

    def __call__(self, s: Points) -> Points:
        """Values at s, refused where they are not positive and finite."""
        found = np.asarray(self.value(s))
        good = found.shape == s.shape and not np.iscomplexobj(found)
        if not good or not ((found > 0.0) & (found < np.inf)).all():
            raise InvalidInputError(
                request=f"weight {self.name}",
                finding="it is not one positive finite number at each point of (0, 1]",
                remedy="Give w > 0; a constant factor cancels",
            )
        return found


def exponential_weight(rate: float) -> Weight:
    """Weight exp(rate (s - 1)): recent input counts more; rate 0 is the plain measure.

    Parameters
    ----------
    rate : float
        At least 0, and at most 100, where float64 loses the far end.
    """
    request = f"exponential_weight({rate!r})"
    known = require_distance(request, "rate", rate)
    if known > 100.0:
        raise InvalidInputError(
            request=request,
            finding=f"at s = 0 the weight would be exp(-{known:g})",
            remedy="Use a rate of at most 100",
        )
    return Weight(f"exp({known:g} (s - 1))", lambda s: np.exp(known * (s - 1.0)))


def power_weight(exponent: int) -> Weight:
    """Weight s^exponent, for a whole exponent of at least 0."""
    known = require_whole(f"power_weight({exponent!r})", "exponent", exponent)
    return Weight(f"s^{known}", lambda s: s**known)


@final
@dataclass(frozen=True, eq=False)
class WeightedFrame:
    """A frame of piecewise polynomials in L2 with a weight.

    Parameters
    ----------
    frame : Frame
        The atoms and their span V.
    weight : Weight
        The weight w.

    Raises
    ------
    InvalidInputError
        When the atoms are not piecewise polynomials, or w is not positive, or no
        polynomial of degree 64 on each cell comes within 1e-6 of w.
    """

    frame: Frame
    weight: Weight

    def __post_init__(self) -> None:
        if self.distance > SMOOTH:
            raise InvalidInputError(
                request=self.name,
                finding=f"on the {self.space.cells} cells of the atoms the weight is "
                f"{self.distance:.1e} away from polynomials of degree {DEGREES[-1]}",
                remedy="Use a weight that is smooth on each cell, or a finer mesh",
            )

    @property
    def name(self) -> str:
        """The frame's name with the weight's."""
        return f"{self.frame.name}, weight {self.weight.name}"

    @property
    def space(self) -> PiecewisePolynomials:
        """Piecewise polynomials that hold the atoms."""
        return self._plain.space

    @cached_property
    def _plain(self) -> Piecewise:
        """The basis that is orthonormal in plain L2."""
        space = self.frame.atoms.space
        found = as_piecewise(space, self.frame.basis_coordinates)
        if found is None:
            raise InvalidInputError(
                request=self.name,
                finding=f"its atoms live in {type(space).__name__}",
                remedy="Represent the atoms as piecewise polynomials",
            )
        return found

    @cached_property
    def _resolution(self) -> tuple[int, float]:
        """Degree of polynomials that resolve w on the cells, and how far they stay."""
        degree, residual = DEGREES[0], np.inf
        for degree in DEGREES:
            residual = self._residual(degree)
            if residual == 0.0:
                break
        return degree, residual

    def _residual(self, degree: int) -> float:
        """Largest distance of w from its interpolants, beyond rounding."""
        nodes, between = (chebyshev.chebpts1(degree + 1 + more) for more in (0, 1))
        w, truth = (self._weight_on_cells(points) for points in (nodes, between))
        fit = np.linalg.solve(chebyshev.chebvander(nodes, degree), w)
        gap = np.abs(chebyshev.chebvander(between, degree) @ fit - truth)
        return float(np.maximum(gap - RESOLVED * w.max(axis=0), 0.0).max())

    def _weight_on_cells(
        self, local: Float64[np.ndarray, "nodes"]
    ) -> Float64[np.ndarray, "nodes cells"]:
        return self.weight(self._on_cells(local)).reshape(self.space.cells, -1).T

    @cached_property
    def distance(self) -> float:
        """Relative distance of w from polynomials on the cells, in the norms of V.

        Measured between the nodes; 0 where it is rounding. The rule is then made for
        twice the degree, at which a smooth w leaves far less than rounding.
        """
        least = np.linalg.svd(self.triangle, compute_uv=False)[-1]
        return self._resolution[1] / float(least**2)

    def _on_cells(self, local: Float64[np.ndarray, "nodes"]) -> Points:
        """Points of all cells from points of [-1, 1], cell by cell."""
        cells = self.space.cells
        return ((np.arange(cells)[:, None] + (local + 1.0) / 2.0) / cells).ravel()

    @cached_property
    def rule(self) -> tuple[Points, Points]:
        """Nodes and weights for w ds, exact for products of two members times w."""
        size = self.space.degree + 1 + self._resolution[0]
        local, weights = legendre.leggauss(size)
        nodes = self._on_cells(local)
        cells = self.space.cells
        return nodes, np.tile(weights / (2 * cells), cells) * self.weight(nodes)

    def at_nodes(self, x: Piecewise) -> Values:
        """Values at the nodes times the roots of the weights: <x, y>_w is a product."""
        nodes, weights = self.rule
        return x(nodes) * np.sqrt(weights)

    @cached_property
    def triangle(self) -> Inexact[np.ndarray, "r r"]:
        """L, lower triangular, with <e_k, e_l>_w = L L^H."""
        # from the values themselves: their products would square the condition
        values = self.at_nodes(self._plain)
        return np.linalg.qr(values.conj().T)[1].conj().T

    @property
    def rank(self) -> int:
        """Dimension r of V."""
        return self.frame.rank

    @property
    def analysis(self) -> Inexact[np.ndarray, "N r"]:
        """T (N, r): weighted coordinates to the coefficients <f, phi_i>_w."""
        return self.frame.analysis @ np.conj(self.triangle)

    @property
    def synthesis(self) -> Inexact[np.ndarray, "r N"]:
        """R (r, N): coefficients to weighted coordinates; R T = I."""
        return scipy.linalg.solve_triangular(
            np.conj(self.triangle), dense(self.frame.synthesis), lower=True
        )

    @cached_property
    def members(self) -> Piecewise:
        """The basis of V that is orthonormal under w."""
        x = scipy.linalg.solve_triangular(self.triangle, self._plain.x, lower=True)
        return Piecewise(self.space, x)

    def basis(self, s: PointsLike) -> Values:
        """Values of the weighted orthonormal basis at s in [0, 1]; (r, len(s))."""
        return self.members(require_points(f"values of {self.name}", s))

    def duals(self, s: PointsLike) -> Values:
        """Values of the dual functions at s: f = sum_j <f, phi_j>_w dual_j on V."""
        return self.synthesis.T @ self.basis(s)
