r"""A frame together with the functions that reconstruct from its state.

    f^ = sum_j c_j dual_j,   c_j = <f, phi_j>

The reconstruction of the orthonormal basis e of V holds all that a derivation needs:

    Y_k = sum_j T_jk dual_j     what e_k comes back as
    K_lk = <Y_k, e_l>           the gain: f = z e comes back as (K z) e on V

The dual reproduces V exactly when Y = e. Then K = I, and every such dual gives the
same reduced operator, even if its functions leave V one by one (T-any-dual).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import numpy as np
from jaxtyping import Inexact

from framestate.frames.checks import require_points
from framestate.frames.frame import Frame, PointsLike
from framestate.frames.spaces import Coordinates, Matrix, Values, dense

EPS = float(np.finfo(np.float64).eps)


@final
@dataclass(frozen=True, eq=False)
class DualPair:
    """A frame and its dual functions.

    Parameters
    ----------
    frame : Frame
        The atoms, their span V and its orthonormal basis.
    functions : matrix, shape (N, D)
        Coordinates of the duals, in the space of the atoms.
    kind : str
        Which dual this is; it stands in names and errors.
    """

    frame: Frame
    functions: Coordinates
    kind: str

    @cached_property
    def reconstructed(self) -> Coordinates:
        """Y (r, D): coordinates of what e_1 .. e_r come back as."""
        return rows(self.frame.analysis.T @ self.functions)

    @cached_property
    def gain(self) -> Inexact[np.ndarray, "r r"]:
        """K (r, r): the reconstruction on V, R T for the dual's projection R on V."""
        return dense(self._inner(self.reconstructed))

    @property
    def synthesis(self) -> Matrix:
        """R (r, N): coordinates of the projections of the duals on V."""
        return self._inner(self.functions)

    @cached_property
    def defect(self) -> float:
        """The norm of K - I: 0 where reconstruction followed by P is P."""
        return _norm(self.gain - np.eye(self.frame.rank))

    @cached_property
    def outside(self) -> float:
        """The norm of the part of the reconstruction that is orthogonal to V."""
        inside = self.gain.T @ self.frame.basis_coordinates
        return _norm(self.reconstructed - inside)

    @property
    def rounding(self) -> float:
        """What rounding alone makes of ``defect`` and ``outside``.

        An entry of K is a sum of N D products, and the duals were rounded once: at
        most (N + D) eps times the Frobenius norms of T and of the duals.
        """
        terms = sum(self.functions.shape)
        norms = self.analysis_norm * _frobenius(self.functions)
        return float(terms * EPS * norms)

    @property
    def analysis_norm(self) -> float:
        """Frobenius norm of T."""
        return _frobenius(self.frame.analysis)

    @property
    def reproduces(self) -> bool:
        """Whether each function of V comes back as itself, to rounding."""
        return max(self.defect, self.outside) <= self.rounding

    @property
    def within(self) -> bool:
        """Whether each dual function lies in V, to rounding."""
        leaving = _frobenius(self.functions - self.projected.functions)
        terms = sum(self.functions.shape) * np.sqrt(self.frame.rank)
        return bool(leaving <= terms * EPS * _frobenius(self.functions))

    @property
    def projected(self) -> "DualPair":
        """The same dual projected on V: the closest that reconstructs within V."""
        inside = rows(self.synthesis.T @ self.frame.basis_coordinates)
        return replace(self, functions=inside, kind=f"projected {self.kind}")

    def duals(self, s: PointsLike) -> Values:
        """Values of the dual functions at s in [0, 1]; shape (N, len(s))."""
        points = require_points(f"values of the dual of {self.frame.name}", s)
        return self.frame.atoms.space.evaluate(self.functions, points)

    def _inner(self, x: Coordinates) -> Matrix:
        """<x_j, e_l> as (r, rows of x)."""
        return rows(np.conj(self.frame.basis_coordinates) @ x.T)


def rows(x: Any) -> Matrix:
    """The same matrix, compressed by rows if it is sparse."""
    return x if isinstance(x, np.ndarray) else x.tocsr()


def _frobenius(x: Matrix) -> float:
    return float(np.sqrt((abs(x) ** 2).sum()))


def _norm(x: Matrix) -> float:
    """Largest singular value."""
    return float(np.linalg.norm(dense(x), 2))
