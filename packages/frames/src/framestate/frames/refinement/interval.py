r"""Boundary functions of orthonormal wavelets on [0, inf), in balls (construction I).

Cohen, Daubechies and Vial (1993): on [0, inf) the space V_0 keeps the translates
phi(x - k), k >= 1, and, of the 2p - 1 that are left, the p combinations that carry the
polynomials,

    phi^a(x) = sum_{k = -(2p-2)}^{0} c_a(k) phi(x - k),   a = 0 .. p-1,

made orthonormal. So V_0 holds the polynomials of degree below p, lies in V_1, and its
complement W_0 there is spanned by psi(x - k), k >= 1, and p boundary wavelets, which
are what projecting out the others leaves of 3p candidates (T-interval). All numbers
are derived from the taps; the other end of an interval is the same for the reversed
filter.
"""

from dataclasses import dataclass
from typing import final

import flint

from framestate.frames.errors import DigitsError
from framestate.frames.precision import Ball, BallMatrix
from framestate.frames.refinement.edges import cholesky
from framestate.frames.refinement.moments import moments, monomial
from framestate.frames.refinement.tables import Tables


@final
@dataclass(frozen=True, eq=False)
class Boundary:
    """Boundary functions at 0 and their two-scale coefficients.

    Columns of ``lowpass`` and ``highpass``: the p boundary functions of the next
    finer level, then its translates 1, 2, .. .

    Parameters
    ----------
    functions : arb_mat, shape (p, 2p - 1)
        phi^a in the translates 0, -1, .., -(2p-2).
    lowpass : arb_mat, shape (p, 3p)
        phi^a on the next finer level.
    highpass : arb_mat, shape (p, 3p)
        psi^a on the next finer level.
    """

    functions: BallMatrix
    lowpass: BallMatrix
    highpass: BallMatrix


def boundary(tables: Tables, order: int) -> Boundary:
    """Derive the boundary functions of a wavelet with ``order`` vanishing moments.

    Raises
    ------
    DigitsError
        When the tables' digits do not separate the functions.
    """
    with tables.precision.working():
        functions = _scaling(tables, order)
        lowpass = _two_scale(tables, functions, order)
        return Boundary(functions, lowpass, _complement(tables, lowpass, order))


def _scaling(tables: Tables, order: int) -> BallMatrix:
    """Orthonormal combinations that carry the polynomials, lowest degree first."""
    m, cut = moments(tables.taps, order), range(0, -(2 * order - 1), -1)
    C = flint.arb_mat([[monomial(m, a, k) for k in cut] for a in range(order)])
    gram = flint.arb_mat([[tables.mass(k, l) for l in cut] for k in cut])
    root = cholesky(C * gram * C.transpose())
    if root is None:
        raise _too_few(tables, "boundary scaling functions")
    return root.inv() * C


def _two_scale(tables: Tables, functions: BallMatrix, order: int) -> BallMatrix:
    """<phi^a, sqrt2 phi^b(2x)>, then <phi^a, sqrt2 phi(2x - m)>, m = 1 .. 2p."""
    taps, size = tables.taps, 2 * order - 1
    tap = lambda i: taps[i] if 0 <= i < len(taps) else flint.arb(0)
    cut = range(0, -size, -1)
    refine = lambda fine: flint.arb_mat([[tap(m - 2 * k) for m in fine] for k in cut])
    # finer translates that 0 cuts, and 0 itself, meet the finer boundary functions;
    # of those that lie beyond, only their own coefficient counts
    gram = flint.arb_mat([[tables.mass(k, l) for l in cut] for k in cut])
    edges = functions * refine(cut) * gram * functions.transpose()
    inner = functions * refine(range(1, 2 * order + 1))
    return flint.arb_mat(
        [
            [edges[a, b] for b in range(order)]
            + [inner[a, m] for m in range(2 * order)]
            for a in range(order)
        ]
    )


def _complement(tables: Tables, lowpass: BallMatrix, order: int) -> BallMatrix:
    """p orthonormal rows orthogonal to all that is known of the finer level."""
    width = 3 * order
    taken = [[lowpass[a, m] for m in range(width)] for a in range(order)]
    residuals = [
        _minus(_minus_translates(tables, column, order), taken, column, width)
        for column in range(width)
    ]
    found: list[list[Ball]] = []
    for _ in range(order):
        best = max(residuals, key=lambda row: float(_dot(row, row).mid()))
        norm = _dot(best, best)
        if not norm > flint.arb(2) ** -20:
            raise _too_few(tables, "boundary wavelets")
        unit = [x / norm.sqrt() for x in best]
        found.append(unit)
        residuals = [_without(row, unit) for row in residuals]
    if not all(_dot(row, row).contains(0) for row in residuals):
        raise _too_few(tables, "boundary wavelets")
    return flint.arb_mat(found)


def _minus_translates(tables: Tables, column: int, order: int) -> list[Ball]:
    """The unit vector of a column less its share in phi(x - k), psi(x - k), k >= 1."""
    h = tables.taps
    g = [h[len(h) - 1 - i] * (-1) ** i for i in range(len(h))]
    row = [flint.arb(int(j == column)) for j in range(3 * order)]
    m = column - order + 1  # the translate that the column stands for
    for k in range(1, m // 2 + 1):
        for taps in (h, g):
            for j, tap in enumerate(taps):
                place = 2 * k + j + order - 1
                if place < len(row):
                    row[place] -= taps[m - 2 * k] * tap
    return row


def _minus(
    row: list[Ball], taken: list[list[Ball]], column: int, width: int
) -> list[Ball]:
    """The row less the unit vector's share in orthonormal rows."""
    for other in taken:
        row = [row[j] - other[column] * other[j] for j in range(width)]
    return row


def _without(row: list[Ball], unit: list[Ball]) -> list[Ball]:
    share = _dot(row, unit)
    return [x - share * y for x, y in zip(row, unit, strict=True)]


def _dot(x: list[Ball], y: list[Ball]) -> Ball:
    return sum((a * b for a, b in zip(x, y, strict=True)), flint.arb(0))


def _too_few(tables: Tables, what: str) -> DigitsError:
    digits = tables.precision.digits
    return DigitsError(
        request=f"{what} with {digits} digits",
        finding="they cannot be told from dependent ones",
        remedy=f"Ask for {2 * digits} digits",
    )
