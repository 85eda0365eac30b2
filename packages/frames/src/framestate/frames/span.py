r"""The span V of some atoms: an orthonormal basis, and the two maps of the frame.

With the atoms' coordinates C = U S W^H (singular values s_1 >= s_2 >= ..) and the
first r of them kept, the rows of W_r^H are an orthonormal basis e_1 .. e_r of V,

    analysis   T = conj(U_r) S_r      c = T z        (c_i = <f, phi_i>)
    synthesis  R = S_r^-1 U_r^T       z = R c        (R T = I)

Complex atoms are conjugated in the inner product, hence the conjugates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64, Inexact

from framestate.frames.combination import Combination
from framestate.frames.precision import BallMatrix
from framestate.frames.spaces import Matrix, Points, Space, Values

Vector = Float64[np.ndarray, "k"]

MAX_GIB = 12
COPIES = 3  # of the coordinates, at the peak of the singular value decomposition


@final
@dataclass(frozen=True, eq=False)
class Span:
    """V by an orthonormal basis, with the maps between it and the atoms.

    Parameters
    ----------
    analysis : matrix, shape (N, r)
        T, from coordinates in V to the coefficients <f, phi_i>.
    synthesis : matrix, shape (r, N)
        R, the canonical left inverse of T.
    basis : matrix or Combination, shape (r, D)
        Coordinates of e_1 .. e_r in the space of the atoms.
    singular_values : ndarray, shape (k,), k >= r
        All singular values that were found, descending; the first r are kept.
    flows : callable, optional
        From a measure, "scaled" or "translated", to T (A_r - mu) R, rounded once.
    degree : int
        V holds the polynomials up to this degree by construction; -1 if unknown.
    balls : callable, optional
        Gives the basis in balls, where its coordinates are numbers that float64 rounds.
    """

    analysis: Matrix
    synthesis: Matrix
    basis: Matrix | Combination
    singular_values: Vector
    flows: Callable[[str], Matrix] | None = None
    degree: int = -1
    balls: Callable[[], BallMatrix] | None = None

    @property
    def rank(self) -> int:
        """Dimension r of V."""
        return int(self.basis.shape[0])

    @property
    def coordinates(self) -> Matrix:
        """The basis as a matrix (r, D), formed where it is a ``Combination``."""
        e = self.basis
        return e.toarray() if isinstance(e, Combination) else e

    def evaluate(self, space: Space, s: Points) -> Values:
        """Values of e_1 .. e_r at the points s; (r, len(s))."""
        e = self.basis
        return e.evaluate(s) if isinstance(e, Combination) else space.evaluate(e, s)

    def flow(self, measure: str) -> Matrix | None:
        """T (A_r - mu) R for a measure, where it is known better than the factors."""
        return None if self.flows is None else self.flows(measure)


@final
@dataclass(frozen=True, eq=False)
class Factors:
    """Singular value decomposition C = U diag(s) W^H, before anything is cut."""

    left: Matrix
    singular_values: Vector
    right: Matrix

    def cut(self, rank: int) -> Span:
        """Keep the first ``rank`` singular values."""
        u, s = self.left[:, :rank], self.singular_values[:rank]
        return Span(
            analysis=np.conj(u) * s,
            synthesis=(u / s).T,
            basis=self.right[:rank],
            singular_values=self.singular_values,
        )


def dense_gib(atoms: int, dimension: int) -> float:
    """Memory that ``factorize`` needs at its peak, about, in GiB."""
    return COPIES * 8 * atoms * dimension / 2**30


def factorize(x: Inexact[np.ndarray, "N D"]) -> Factors:
    """Singular value decomposition of coordinates (N, D)."""
    # an orthonormal family keeps its own functions as the basis of V
    if x.shape[0] == x.shape[1] and np.array_equal(x, np.eye(len(x))):
        return Factors(x, np.ones(len(x)), x)
    if x.shape[1] <= 2 * x.shape[0]:
        return Factors(*np.linalg.svd(x, full_matrices=False))
    # tall: reduce to a triangle first, the singular values are the same
    q, r = np.linalg.qr(x.T)
    u, s, wt = np.linalg.svd(r.T, full_matrices=False)
    return Factors(u, s, wt @ q.T)
