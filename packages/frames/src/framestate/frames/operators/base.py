r"""The pair (A, B) of a frame, kept in its exact factors (T-reduction).

    c' = -(1/tau) A c + (1/tau) B f,    tau = t (scaled) or theta (translated)
    A = mu I + T (A_r - mu I) R,   B = T b,    mu = 1 (scaled), 0 (translated)

(A_r, b) acts on coordinates in an orthonormal basis of V, T is the analysis and R
the synthesis of the frame. A is mu exactly on ker R, which holds nothing.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import numpy as np
from jaxtyping import Float64

from framestate.frames.spaces import Coordinates

Measure = Literal["scaled", "translated"]
Square = Float64[np.ndarray, "n n"]
Vector = Float64[np.ndarray, "n"]


@final
@dataclass(frozen=True, eq=False)
class FrameOperator:
    """State space operator of a frame.

    Parameters
    ----------
    name : str
        The frame it comes from.
    measure : {"scaled", "translated"}
        Which window the state remembers.
    reduced_A : ndarray, shape (r, r)
        A in an orthonormal basis of V; sign convention c' = -A c / tau + B f / tau.
    reduced_B : ndarray, shape (r,)
        B in the same basis.
    analysis : ndarray, shape (N, r)
        T, from coordinates in V to the state of the frame.
    synthesis : ndarray, shape (r, N)
        R, from the state of the frame to coordinates in V.
    error_bound : float
        Bound on the rounding error of every entry of ``reduced_A``, for the
        orthonormal basis of V as it is stored.
    """

    name: str
    measure: Measure
    reduced_A: Square
    reduced_B: Vector
    analysis: Float64[np.ndarray, "N r"]
    synthesis: Float64[np.ndarray, "r N"]
    error_bound: float

    @property
    def rank(self) -> int:
        """Dimension r of the span of the frame: the papers' N_eff."""
        return len(self.reduced_B)

    @property
    def redundant_eigenvalue(self) -> float:
        """The eigenvalue mu of A on ker R: 1 (scaled) or 0 (translated)."""
        return 1.0 if self.measure == "scaled" else 0.0

    @property
    def A(self) -> Square:
        """The matrix A on the N coefficients of the frame; assembled on first use."""
        return self._full[0]

    @property
    def B(self) -> Vector:
        """The vector B on the N coefficients of the frame."""
        return self._full[1]

    @cached_property
    def _full(self) -> tuple[Float64[np.ndarray, "N N"], Float64[np.ndarray, "N"]]:
        mu = self.redundant_eigenvalue
        inner = self.reduced_A - mu * np.eye(self.rank)
        A = mu * np.eye(len(self.analysis)) + self.analysis @ inner @ self.synthesis
        return A, self.analysis @ self.reduced_B


def rounding_bound(left: Coordinates, right: Coordinates) -> float:
    """Bound on the rounding error of any entry of left @ right.T plus an outer term.

    A dot product of length n is off by at most gamma_n |x| |y|, gamma_n ~ n eps
    (n eps is pessimistic by about sqrt(n)); forming the left factor costs as much.
    """
    norms = np.linalg.norm(left, axis=1).max() * np.linalg.norm(right, axis=1).max()
    return float(2.0 * left.shape[1] * np.finfo(np.float64).eps * norms)
