r"""The pair (A, B) of a frame, kept in its exact factors (T-reduction).

    c' = -(1/tau) A c + (1/tau) B f,    tau = t (scaled) or theta (translated)
    A = mu I + T (A_r - mu I) R,   B = T b,    mu = 1 (scaled), 0 (translated)

(A_r, b) acts on coordinates in an orthonormal basis of V, T is the analysis and R
the synthesis of the frame. A is mu exactly on ker R, which holds nothing.

With a dual that does not reproduce V, A = mu I + T M with M_lj = <dual_j, s e_l'>
(scaled), which is kept as ``flow``. Still A T = T A_r and B = T b with A_r = mu I + M T,
so the reduction stays exact (T-any-dual), but the state T z reconstructs K z in V.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, final

import numpy as np
from jaxtyping import Inexact

from framestate.frames.spaces import Matrix, dense

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
        as it is stored, or evaluated where it is a combination of atoms. How far the
        atoms are from those that they represent (``Atoms.representation_error``) is
        not in it.
    flow : matrix, shape (N, N), optional
        A - mu, where it is not T (A_r - mu) R (a dual that does not reproduce V), or
        where multiplying the rounded factors would lose digits.
    gain : matrix, shape (r, r), optional
        K, where the dual does not reproduce V: the state T z comes back as K z.
    mu : float, optional
        The eigenvalue of A on ker R, where it is not that of the measure: 1 for a
        scaled pair on the translated clock.
    """

    name: str
    measure: Measure
    A_r: Matrix
    b: Vector
    T: Matrix
    R: Matrix
    error_bound: float
    flow: Matrix | None = None
    gain: Matrix | None = None
    mu: float | None = None

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
        if self.mu is not None:
            return self.mu
        return 1.0 if self.measure == "scaled" else 0.0

    @property
    def defect(self) -> float:
        """The norm of K - I: by how much reconstruction in V is not exact."""
        if self.gain is None:
            return 0.0
        return float(np.linalg.norm(dense(self.gain) - np.eye(self.rank), 2))

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

    def as_real(self) -> "FrameOperator":
        """The same equation on (Re c, Im c), for real input; a real one is itself.

        Writing i as a rotation turns every factor into a real one of twice the size.
        A readout Re(C c) becomes (Re C, -Im C). In the identities the input b counts
        with its rotation: A_r + A_r^T = I + b b^T + b' b'^T, b' = (-Im b, Re b).
        """
        # a real frame may have a complex dual, which R or the flow holds
        flow = 0.0 if self.flow is None else self.flow
        if not any(map(np.iscomplexobj, (self.A_r, self.b, self.T, self.R, flow))):
            return self
        return replace(
            self,
            A_r=_rotations(self.A_r),
            b=np.concatenate([np.real(self.b), np.imag(self.b)]),
            T=_rotations(self.T),
            R=_rotations(self.R),
            flow=None if self.flow is None else _rotations(self.flow),
            gain=None if self.gain is None else _rotations(self.gain),
        )


def _rotations(x: Matrix) -> Matrix:
    """The real matrix of a complex one on (Re, Im)."""
    real, imag = np.real(dense(x)), np.imag(dense(x))
    return np.block([[real, -imag], [imag, real]])
