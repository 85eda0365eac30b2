r"""The span of many sparse atoms, from their Gram matrix (T-gram).

With C = U S W^H as in ``span.py``, the Gram matrix G = C C^H = U S^2 U^H is small where
C is long, and e_0 = S_r^-1 U_r^H C needs no W. G is computed up to an error E of norm
some eps s_1^2, and so

* a singular value s is off by |E| / (2 s), relatively eps (s_1/s)^2,
* e_0 is orthonormal up to eps (s_1/s_r)^2; with its own Gram matrix M = L L^H, formed
  from its coordinates, e = L^-1 e_0 is so up to the rounding of its coordinates,
* T = conj(U_r S_r L), R = conj(L^-1 S_r^-1 U_r^H) satisfy R T = I as those of the SVD
  do, e = conj(R) C, and T is conj(C e^H) up to eps s_1^2 / s_r.

At s_r = ``RESOLUTION`` s_1 these are 1e-6, 1e-6 (which L undoes) and 1e-11 s_1 for eps
= 1e-16, times a modest constant. Nothing smaller is kept in this way.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from jaxtyping import Float64, Inexact
from scipy.linalg import (
    cholesky,
    eigh_tridiagonal,
    eigvalsh_tridiagonal,
    lapack,
    solve_triangular,
)

from framestate.frames.combination import Combination, Tiles, is_sparse
from framestate.frames.span import Span

EPS = float(np.finfo(np.float64).eps)
RESOLUTION = 1e-5  # least share of the largest singular value that may be kept
LARGE = 2**22  # entries that are decomposed directly in a second, sparse or not
LAPACK_BLOCK = 64

Vector = Float64[np.ndarray, "k"]
Square = Inexact[np.ndarray, "n n"]


@final
@dataclass(frozen=True, eq=False)
class Tridiagonal:
    """A Hermitian matrix as Q J Q^H with J real and tridiagonal.

    Parameters
    ----------
    reflectors : ndarray, shape (n, n), in columns
        Q by its Householder vectors, as LAPACK leaves them below the subdiagonal.
    factors : ndarray, shape (n - 1,)
        Their factors.
    diagonal, off : ndarray
        J.
    """

    reflectors: Square
    factors: Inexact[np.ndarray, "_"]
    diagonal: Vector
    off: Float64[np.ndarray, "_"]

    @cached_property
    def eigenvalues(self) -> Vector:
        """All eigenvalues, descending."""
        return eigvalsh_tridiagonal(self.diagonal, self.off)[::-1].copy()

    def largest(self, count: int) -> tuple[Vector, Inexact[np.ndarray, "n _"]]:
        """The largest eigenvalues, descending, and their vectors in columns."""
        size = len(self.diagonal)
        last = (size - count, size - 1)
        lam, Z = eigh_tridiagonal(
            self.diagonal,
            self.off,
            select="i",
            select_range=last,
            lapack_driver="stemr",
        )
        return lam[::-1].copy(), self._rotate(Z[:, ::-1])

    def _rotate(self, Z: Float64[np.ndarray, "n k"]) -> Inexact[np.ndarray, "n k"]:
        """Q Z. Q leaves the first row alone."""
        size, columns = Z.shape
        kind = self.reflectors.dtype
        if size == 1:
            return Z.astype(kind)
        # the reflectors from the second row on, in place: a column of them ends with
        # the first entry of the next, which LAPACK does not read
        flat = self.reflectors.reshape(-1, order="F")
        below = flat[1 : 1 + size * (size - 1)].reshape(size, size - 1, order="F")
        multiply = lapack.zunmqr if np.iscomplexobj(self.reflectors) else lapack.dormqr
        rest = np.asfortranarray(Z[1:], dtype=kind)
        work = LAPACK_BLOCK * max(size, columns)
        rest = _checked(
            multiply("L", "N", below, self.factors, rest, work, overwrite_c=1)
        )[0]
        return np.concatenate([Z[:1].astype(kind), rest])


def tridiagonalize(G: Square) -> Tridiagonal:
    """Reduce a Hermitian matrix, which is overwritten."""
    reduce = lapack.zhetrd if np.iscomplexobj(G) else lapack.dsytrd
    # LAPACK counts by columns: it sees the transpose, which is the conjugate
    np.conjugate(G, out=G)
    reflectors, diagonal, off, factors = _checked(
        reduce(G.T, lower=1, lwork=LAPACK_BLOCK * len(G), overwrite_a=1)
    )
    return Tridiagonal(reflectors, factors, diagonal, off)


def _checked(found: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a LAPACK routine returned, without its status, which must be 0."""
    *values, info = found
    if info != 0:
        raise ArithmeticError(f"LAPACK refused argument {-info}")
    return tuple(values)


@final
@dataclass(frozen=True, eq=False)
class GramFactors:
    """The eigenvalues of the Gram matrix, and how to find its eigenvectors."""

    tiles: Tiles
    gram: Tridiagonal

    @cached_property
    def singular_values(self) -> Vector:
        """All singular values, descending; 0 where rounding hides them."""
        lam = self.gram.eigenvalues
        return np.sqrt(np.where(lam > len(lam) * EPS * lam[0], lam, 0.0))

    def resolves(self, rank: int) -> bool:
        """Whether the first ``rank`` singular values may be kept."""
        s = self.singular_values
        return rank <= len(s) and bool(s[rank - 1] >= RESOLUTION * s[0])

    def cut(self, rank: int) -> Span:
        """Keep the first ``rank`` singular values."""
        lam, U = self.gram.largest(rank)
        s = np.sqrt(lam)
        first = (U / s).conj().T
        L = cholesky(Combination(first, self.tiles).gram(), lower=True)
        weights = solve_triangular(L, first, lower=True, overwrite_b=True)
        return Span(
            analysis=(U * s @ L).conj(),
            synthesis=weights.conj(),
            basis=Combination(weights, self.tiles),
            singular_values=self.singular_values,
        )


def gram_gib(atoms: int, entries: int) -> float:
    """Memory that this way needs at its peak, about, in GiB.

    The Gram matrix, and T, R and the eigenvectors; the atoms, their tiles and copies.
    """
    return 8 * (3 * atoms**2 + 3 * entries) / 2**30


def suits_gram(atoms: int, dimension: int, entries: int) -> bool:
    """Whether atoms with so many nonzeros are so long and sparse that this pays."""
    large = atoms * dimension >= LARGE and atoms < dimension
    return large and is_sparse(atoms, dimension, entries)


def factorize_gram(tiles: Tiles) -> GramFactors:
    """Decompose the Gram matrix of some atoms."""
    return GramFactors(tiles, tridiagonalize(tiles.gram()))
