r"""A frame: atoms, the space V they span, and their canonical dual.

The span V, its orthonormal basis e and the maps T (analysis) and R (synthesis) are
those of ``span.py``; the duals are R^T e. Cutting at ``rcond`` replaces the atoms by
their projections on V (T-truncation): the duals are those of the truncated
pseudo-inverse of the papers.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float64
from numpy.typing import ArrayLike

from framestate.frames.checks import require_count, require_share
from framestate.frames.errors import InvalidInputError, RankError
from framestate.frames.families import Atoms
from framestate.frames.spaces import Coordinates, Matrix, Points, Values
from framestate.frames.span import Factors, Span, factorize

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
        When rcond is not in (0, 1), or ``keep`` no whole number of at least 1.
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
        if self.keep is not None:
            self._check_keep(self.keep)

    def _check_keep(self, keep: int) -> None:
        keep = require_count(f"frame of {self.name}", "rank", keep)
        s = self._factors.singular_values
        available = int((s > EXACT_RANK * s[0]).sum())
        if keep > available:
            raise RankError(
                request=f"frame of {self.name} with rank {keep}",
                finding=f"its atoms span {available} dimensions",
                remedy=f"Ask for a rank in 1..{available}, or add finer scales",
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
    def _factors(self) -> Factors:
        return factorize(self.atoms.coordinates)

    @cached_property
    def span(self) -> Span:
        """V with its orthonormal basis and the maps T and R, as they are held."""
        if self.exact is not None:
            return self.exact
        s = self._factors.singular_values
        rank = int((s > self.rcond * s[0]).sum()) if self.keep is None else self.keep
        return self._factors.cut(rank)

    @property
    def all_singular_values(self) -> Vector:
        """All singular values of the analysis of the atoms, descending."""
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
            2007), which is not a whole number.

        Raises
        ------
        InvalidInputError
            When the tolerance is not in (0, 1).
        """
        s = self.all_singular_values
        if tolerance is not None:
            remedy = "It is relative to the largest singular value"
            request = f"effective rank of {self.name}"
            require_share(request, "tolerance", tolerance, remedy=remedy, top=")")
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
        return self.span.basis

    def basis(self, s: PointsLike) -> Values:
        """Values of the orthonormal basis of V at points s in [0, 1]; (r, len(s))."""
        return self.atoms.space.evaluate(self.basis_coordinates, _points(s))

    def duals(self, s: PointsLike) -> Values:
        """Values of the canonical dual functions at s; shape (N, len(s))."""
        return self.synthesis.T @ self.basis(s)


def _points(s: PointsLike) -> Points:
    try:
        points = np.atleast_1d(np.asarray(s, dtype=np.float64))
    except (TypeError, ValueError):
        points = np.full(1, np.nan)
    if points.ndim != 1 or not ((points >= 0.0) & (points <= 1.0)).all():
        raise InvalidInputError(
            request="values of a frame at points s",
            finding=f"s has shape {points.shape} and must be real, 1-D and within [0, 1]",
            remedy="Map the window to [0, 1], with s = 1 now",
        )
    return points
