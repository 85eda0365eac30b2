r"""B-splines of degree p on m equal intervals of [0, 1]: N = m + p atoms.

Over the knots t (in intervals), by Cox and de Boor,

    N_{i,0} = 1 on [t_i, t_{i+1}),
    N_{i,d} = (u - t_i) / (t_{i+d} - t_i) N_{i,d-1}
              + (t_{i+d+1} - u) / (t_{i+d+1} - t_{i+1}) N_{i+1,d-1},   u = m s.

Clamped knots repeat both ends p more times; cardinal ones go on beyond them, and the
translates of one spline are cut to [0, 1]. Both span all splines of degree p, sum to
one, and are exact in ``ContinuousPolynomials``.
"""

from dataclasses import dataclass
from typing import Literal, final

import flint
import numpy as np
from jaxtyping import Float64

from framestate.frames.families.base import Atoms
from framestate.frames.families.exact import (
    HERE,
    legendre_coefficients,
    mode_squares,
    rounded,
)
from framestate.frames.families.represent import check_memory
from framestate.frames.rings import Element
from framestate.frames.spaces import ContinuousPolynomials, continuous_space

Ends = Literal["clamped", "cardinal"]


@final
@dataclass(frozen=True)
class BSplines:
    """Splines of a degree, at least 1, on equal intervals.

    Parameters
    ----------
    degree : int
        Degree p.
    intervals : int
        Number m of intervals.
    ends : {"clamped", "cardinal"}
        Whether the knots end with the window, or go on.
    """

    degree: int
    intervals: int
    ends: Ends

    @property
    def knots(self) -> list[int]:
        """The m + 2p + 1 knots, in intervals."""
        p, m = self.degree, self.intervals
        uniform = range(-p, m + p + 1)
        return [min(max(t, 0), m) if self.ends == "clamped" else t for t in uniform]

    def pieces(self, interval: int, u: Element) -> list[Element]:
        """The p + 1 splines that live on an interval, as polynomials in u.

        Parameters
        ----------
        interval : int
            k = 0 .. m - 1; the splines are those with the indices k .. k + p.
        u : element of any ring
            Where to evaluate them, in intervals: k <= u <= k + 1.
        """
        t, here = self.knots, interval + self.degree
        values = [0 * u + 1]
        for d in range(1, self.degree + 1):
            saved = 0 * u
            for r in range(d):
                left, right = t[here + 1 - d + r], t[here + 1 + r]
                share = values[r] / (right - left)
                values[r] = saved + (right - u) * share
                saved = (u - left) * share
            values.append(saved)
        return values

    def atoms(self) -> Atoms:
        """Exact coordinates on the cells, rounded once, then made orthonormal."""
        p, m = self.degree, self.intervals
        name = f"bspline(degree={p}, intervals={m}, ends={self.ends!r})"
        check_memory(name, atoms=m + p, dimension=m * (p + 1))
        pieces = [f for k in range(m) for f in self.pieces(k, k + HERE)]
        coefficients = legendre_coefficients(pieces, p + 1)
        cell = flint.fmpq(1, m)
        local = rounded(
            coefficients, [1] * len(pieces), [cell * q for q in mode_squares(p + 1)]
        )
        space, x = continuous_space(m, p), _assembled(local, p, m)
        if isinstance(space, ContinuousPolynomials):
            x = space.project(x)
        return Atoms(name, space, x)


def _assembled(
    local: Float64[np.ndarray, "pieces modes"], p: int, m: int
) -> Float64[np.ndarray, "N coordinates"]:
    """Rows of the splines from the rows of their pieces, cell by cell."""
    rows = np.zeros((m + p, m, p + 1))
    cell, piece = np.indices((m, p + 1))
    rows[cell + piece, cell] = local.reshape(m, p + 1, p + 1)
    return rows.reshape(m + p, m * (p + 1))
