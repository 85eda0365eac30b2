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
from jaxtyping import Inexact

from framestate.frames.spaces import Coordinates, Matrix

Measure = Literal["scaled", "translated"]
Square = Inexact[np.ndarray, "n n"]
Vector = Inexact[np.ndarray, "n"]


@final
@dataclass(frozen=True, eq=False)
class FrameOperator:
    """State space operator of a frame.

    The matrices are held as they were derived, dense or sparse; the properties give
    dense arrays, made on first use.

    Parameters
    ----------
    name : str
        The frame it comes from.
    measure : {"scaled", "translated"}
        Which window the state remembers.
    A_r : matrix, shape (r, r)
        A in an orthonormal basis of V; sign convention c' = -A c / tau + B f / tau.
    b : ndarray, shape (r,)
        B in the same basis.
    T : matrix, shape (N, r)
        Analysis, from coordinates in V to the state of the frame.
    R : matrix, shape (r, N)
        Synthesis, from the state of the frame to coordinates in V.
    error_bound : float
        Bound on the error of every entry of ``A_r``, for the orthonormal basis of V
        as it is stored.
    flow : matrix, shape (N, N), optional
        T (A_r - mu) R, rounded once, where multiplying the rounded factors would
        lose digits.
    """

    name: str
    measure: Measure
    A_r: Matrix
    b: Vector
    T: Matrix
    R: Matrix
    error_bound: float
    flow: Matrix | None = None

    @property
    def rank(self) -> int:
        """Dimension r of the span of the frame: the papers' N_eff."""
        return len(self.b)

    @property
    def size(self) -> int:
        """Number N of atoms."""
        return int(self.T.shape[0])

    @property
    def redundant_eigenvalue(self) -> float:
        """The eigenvalue mu of A on ker R: 1 (scaled) or 0 (translated)."""
        return 1.0 if self.measure == "scaled" else 0.0

    @property
    def reduced_A(self) -> Square:
        """A_r as a dense array."""
        return self._dense[0]

    @property
    def reduced_B(self) -> Vector:
        """B in the orthonormal basis of V."""
        return self.b

    @property
    def analysis(self) -> Inexact[np.ndarray, "N r"]:
        """T as a dense array."""
        return self._dense[1]

    @property
    def synthesis(self) -> Inexact[np.ndarray, "r N"]:
        """R as a dense array."""
        return self._dense[2]

    @property
    def A(self) -> Square:
        """The matrix A on the N coefficients of the frame."""
        return self._full[0]

    @property
    def B(self) -> Vector:
        """The vector B on the N coefficients of the frame."""
        return self._full[1]

    @cached_property
    def _dense(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return dense(self.A_r), dense(self.T), dense(self.R)

    @cached_property
    def _full(self) -> tuple[np.ndarray, np.ndarray]:
        mu, eye = self.redundant_eigenvalue, np.eye(self.size)
        if self.flow is None:
            inner = self.reduced_A - mu * np.eye(self.rank)
            flow = self.analysis @ inner @ self.synthesis
        else:
            flow = dense(self.flow)
        return mu * eye + flow, self.T @ self.b


def dense(x: Matrix) -> Inexact[np.ndarray, "rows columns"]:
    """The same matrix as a dense array."""
    return x if isinstance(x, np.ndarray) else x.toarray()


def rounding_bound(left: Coordinates, right: Coordinates) -> float:
    """Bound on the rounding error of any entry of left @ right^H plus an outer term.

    A dot product of length n is off by at most gamma_n |x| |y|, gamma_n ~ n eps
    (n eps is pessimistic by about sqrt(n)); forming the left factor costs as much.
    """
    norms = np.linalg.norm(left, axis=1).max() * np.linalg.norm(right, axis=1).max()
    return float(2.0 * left.shape[1] * np.finfo(np.float64).eps * norms)
