"""The reduced scaled operator of a frame with everything the clauses ask of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Complex128, Float64, Inexact
from scipy.special import eval_legendre

from framestate.frames.frame import Frame
from framestate.frames.operators import FrameOperator, scaled
from framestate.frames.operators.base import dense
from framestate.frames.spaces import ContinuousPolynomials, PiecewisePolynomials

EPS = float(np.finfo(np.float64).eps)
MAX_COND = 1e8  # half of the digits of float64


@final
@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenvalues and eigenvectors of the scaled operator of a frame."""

    frame: Frame

    @cached_property
    def operator(self) -> FrameOperator:
        """The scaled operator."""
        return scaled(self.frame)

    @cached_property
    def _eig(
        self,
    ) -> tuple[Complex128[np.ndarray, "r"], Complex128[np.ndarray, "r r"]]:
        lam, V = np.linalg.eig(self.operator.reduced_A)
        order = np.lexsort((np.real(lam), np.imag(lam)))
        # NumPy returns real arrays where every eigenvalue is real
        return (
            lam[order].astype(np.complex128),
            V[:, order].astype(np.complex128),
        )

    @property
    def eigenvalues(self) -> Complex128[np.ndarray, "r"]:
        """Eigenvalues on V, by imaginary then real part."""
        return self._eig[0]

    @property
    def vectors(self) -> Complex128[np.ndarray, "r r"]:
        """Eigenvectors (columns, unit length) in the orthonormal basis of V."""
        return self._eig[1]

    @cached_property
    def cond(self) -> float:
        """Condition number of the eigenvectors."""
        return float(np.linalg.cond(self.vectors))

    @property
    def trusted(self) -> bool:
        """Whether float64 can tell this operator's eigenvalues apart at all."""
        return self.cond <= MAX_COND

    @cached_property
    def uncertainty(self) -> float:
        """How far float64 may have moved an eigenvalue (Bauer-Fike), at most."""
        size = float(np.linalg.norm(self.operator.reduced_A, 2))
        return self.cond * (len(self.eigenvalues) * EPS * size)

    def polynomial(self, degree: int) -> tuple[Inexact[np.ndarray, "r"], float]:
        """Coordinates in V of the unit-norm Legendre polynomial, and its distance."""
        s, w = self._rule
        values = np.sqrt(2 * degree + 1) * eval_legendre(degree, 2 * s - 1)
        basis = self._basis_on_rule
        inside = np.conj(basis) @ (w * values)
        return inside, float(np.sqrt(np.sum(w * np.abs(values - inside @ basis) ** 2)))

    @cached_property
    def _rule(self) -> tuple[Float64[np.ndarray, "q"], Float64[np.ndarray, "q"]]:
        """Composite Gauss rule, finer than the functions of V."""
        nodes, weights = np.polynomial.legendre.leggauss(64)
        space = self.frame.atoms.space
        pieces = isinstance(space, PiecewisePolynomials | ContinuousPolynomials)
        mesh = space.cells if pieces else 1  # no node may see past a mesh point
        cells = mesh * max(1, space.dimension // (8 * mesh))
        s = ((np.arange(cells)[:, None] + (nodes + 1) / 2) / cells).ravel()
        return s, np.tile(weights / 2 / cells, cells)

    @cached_property
    def _basis_on_rule(self) -> Inexact[np.ndarray, "r q"]:
        """V at the nodes of the rule; several clauses and degrees ask for it."""
        return self.frame.basis(self._rule[0])

    def definition(self) -> Inexact[np.ndarray, "N N"]:
        """A by its definition, delta_ij + <dual_j, s phi_i'>, on all N atoms."""
        frame = self.frame
        flow = frame.atoms.space.dilation(frame.atoms.coordinates)
        duals = frame.synthesis.T @ frame.basis_coordinates
        return np.eye(frame.size) + dense(np.conj(flow @ np.conj(duals).T))
