r"""A frame: atoms, the space V they span, and their canonical dual.

The span V, its orthonormal basis e and the maps T (analysis) and R (synthesis) are
those of ``span.py``; the duals are R^T e. Cutting at ``rcond`` replaces the atoms by
their projections on V (T-truncation): the duals are those of the truncated
pseudo-inverse of the papers.

V comes from the singular value decomposition of the atoms' coordinates. Where these
are many, sparse, and no singular value below ``gram.RESOLUTION`` times the largest is
kept, it comes from their Gram matrix instead (``gram.py``), which is the same to
rounding.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float64, Inexact
from numpy.typing import ArrayLike

from framestate.frames.checks import require_count, require_points, require_share
from framestate.frames.combination import Combination, Tiles
from framestate.frames.errors import InvalidInputError, RankError
from framestate.frames.families import Atoms
from framestate.frames.gram import RESOLUTION, factorize_gram, suits_gram
from framestate.frames.spaces import (
    Coordinates,
    Matrix,
    PiecewisePolynomials,
    Values,
)
from framestate.frames.span import MAX_GIB, Span, dense_gib, factorize

PointsLike = ArrayLike | float
Vector = Float64[np.ndarray, "k"]

EXACT_RANK = 1e-12  # below this share of the largest, a singular value is rounding


@final
@dataclass(frozen=True, eq=False)
class Frame:
    """Atoms with the regularization that fixes their span V and their dual.

    Parameters
    ----------
    atoms : Atoms
        The N functions.
    rcond : float
        Singular values at most ``rcond`` times the largest are cut.
    keep : int, optional
        Keep exactly this many singular values instead.
    exact : Span, optional
        The span, where mathematics gives it and nothing need be found numerically.

    Raises
    ------
    InvalidInputError
        When rcond is not in (0, 1), ``keep`` no whole number of at least 1, the exact
        span not one of these atoms, or (on use) too much memory would be needed.
    RankError
        When the atoms span fewer than ``keep`` dimensions.
    """

    atoms: Atoms
    rcond: float = EXACT_RANK
    keep: int | None = None
    exact: Span | None = None

    def __post_init__(self) -> None:
        remedy = "It is relative to the largest singular value; the papers use 0.01"
        request = f"frame of {self.name}"
        require_share(request, "rcond", self.rcond, remedy=remedy, top=")")
        if self.exact is not None:
            self._check_exact(self.exact)
        elif self.keep is not None:
            require_count(request, "rank", self.keep)
            _ = self.span  # refused here, where it is asked for

    def _check_exact(self, exact: Span) -> None:
        N, D, r = self.size, self.atoms.space.dimension, exact.rank
        shapes = exact.analysis.shape, exact.synthesis.shape, exact.basis.shape
        count = len(exact.singular_values)
        if shapes != ((N, r), (r, N), (r, D)) or count < r or self.keep is not None:
            raise InvalidInputError(
                request=f"frame of {self.name} with an exact span",
                finding=f"T, R and the basis have shapes {shapes} with {count} singular "
                f"values and keep={self.keep}; needed are {((N, r), (r, N), (r, D))}, "
                f"at least {r} and None",
                remedy="Pass the span of these atoms, cut to the rank that is wanted",
            )

    @property
    def name(self) -> str:
        """Name of the family with its parameters."""
        return self.atoms.name

    @property
    def size(self) -> int:
        """Number N of atoms."""
        return self.atoms.size

    @cached_property
    def span(self) -> Span:
        """V with its orthonormal basis and the maps T and R, as they are held."""
        if self.exact is not None:
            return self.exact
        span = self._by_gram()
        if span is None:
            found = factorize(self._dense)
            rank = self._rank(found.singular_values)
            self._check_rank(rank, found.singular_values)
            span = found.cut(rank)
        return span

    def _by_gram(self) -> Span | None:
        """V from the Gram matrix, where that pays and resolves what is kept."""
        x, space = self.atoms.coordinates, self.atoms.space
        if isinstance(x, np.ndarray) or not isinstance(space, PiecewisePolynomials):
            return None
        low = self.keep is None and self.rcond < RESOLUTION
        if low or not suits_gram(self.size, space.dimension, x.nnz):
            return None
        found = factorize_gram(Tiles(space, x))
        rank = self._rank(found.singular_values)
        return found.cut(rank) if found.resolves(rank) else None

    @property
    def _dense(self) -> Inexact[np.ndarray, "N D"]:
        """The coordinates for a singular value decomposition."""
        x = self.atoms.coordinates
        if isinstance(x, np.ndarray):
            return x
        needed = dense_gib(*x.shape)
        if needed > MAX_GIB:
            raise InvalidInputError(
                request=f"singular value decomposition of {self.name}",
                finding=f"{x.shape[0]} atoms with {x.shape[1]} coordinates need about "
                f"{needed:.3g} GiB, more than the {MAX_GIB} GiB allowed",
                remedy="Use fewer atoms, or coarser ones; sparse piecewise polynomials "
                f"with an rcond of at least {RESOLUTION:g} take less",
            )
        return x.toarray()

    def _rank(self, s: Vector) -> int:
        return int((s > self.rcond * s[0]).sum()) if self.keep is None else self.keep

    def _check_rank(self, rank: int, s: Vector) -> None:
        available = int((s > EXACT_RANK * s[0]).sum())
        if self.keep is not None and rank > available:
            raise RankError(
                request=f"frame of {self.name} with rank {rank}",
                finding=f"its atoms span {available} dimensions",
                remedy=f"Ask for a rank in 1..{available}, or add finer scales",
            )

    @property
    def all_singular_values(self) -> Vector:
        """All singular values of the analysis of the atoms, descending.

        Found from the Gram matrix they are 0 where its rounding hides them: below some
        1e-6 of the largest.
        """
        return self.span.singular_values

    @property
    def rank(self) -> int:
        """Dimension r of V: the papers' N_eff."""
        return self.span.rank

    @property
    def singular_values(self) -> Vector:
        """The r singular values kept, descending."""
        return self.all_singular_values[: self.rank]

    @property
    def bounds(self) -> tuple[float, float]:
        """Frame bounds (lower, upper) on V: squares of the extreme singular values."""
        return float(self.singular_values[-1] ** 2), float(self.singular_values[0] ** 2)

    @property
    def cond(self) -> float:
        """Condition of the analysis on V: sqrt(upper / lower)."""
        return float(self.singular_values[0] / self.singular_values[-1])

    def effective_rank(self, *, tolerance: float | None = None) -> float:
        """Effective rank: singular values above a tolerance, or their entropy.

        Parameters
        ----------
        tolerance : float, optional
            Count the singular values above ``tolerance`` times the largest. Left out,
            the answer is exp(entropy) of the shares s_i / sum s (Roy and Vetterli
            2007), which is not a whole number. A tolerance that the Gram matrix does
            not resolve asks for the singular value decomposition.

        Raises
        ------
        InvalidInputError
            When the tolerance is not in (0, 1), or the decomposition needs too much
            memory.
        """
        s = self.all_singular_values
        if tolerance is not None:
            remedy = "It is relative to the largest singular value"
            request = f"effective rank of {self.name}"
            require_share(request, "tolerance", tolerance, remedy=remedy, top=")")
            if tolerance < RESOLUTION and isinstance(self.span.basis, Combination):
                s = np.linalg.svd(self._dense, compute_uv=False)
            return float((s > tolerance * s[0]).sum())
        shares = s[s > 0.0] / s.sum()
        return float(np.exp(-np.sum(shares * np.log(shares))))

    @property
    def analysis(self) -> Matrix:
        """T (N, r): coordinates in V to frame coefficients <f, P phi_i>."""
        return self.span.analysis

    @property
    def synthesis(self) -> Matrix:
        """R (r, N): frame coefficients to coordinates in V; R T = I."""
        return self.span.synthesis

    @property
    def basis_coordinates(self) -> Coordinates:
        """The orthonormal basis e_1 .. e_r of V, in the space of the atoms."""
        return self.span.coordinates

    def basis(self, s: PointsLike) -> Values:
        """Values of the orthonormal basis of V at points s in [0, 1]; (r, len(s))."""
        return self.span.evaluate(
            self.atoms.space, require_points(f"values of {self.name}", s)
        )

    def duals(self, s: PointsLike) -> Values:
        """Values of the canonical dual functions at s; shape (N, len(s))."""
        return self.synthesis.T @ self.basis(s)
