r"""Integrals of two refinable functions over the half line [0, inf), in balls.

For the translates that 0 cuts, k, l < 0 (construction D of the theory notes):

    g[k,l] = int_0^inf phi(s-k) chi(s-l) ds       =    sum h_i q_j g[2k+i, 2l+j]
    d[k,l] = int_0^inf phi'(s-k) chi(s-l) ds      = 2  sum h_i q_j d[2k+i, 2l+j]
    e[k,l] = int_0^inf s phi'(s-k) chi(s-l) ds    =    sum h_i q_j e[2k+i, 2l+j]

where an index pair with max(k, l) >= 0 is the integral over the whole line
(``line.py``). With H[k,m] = h[m-2k] on the negative indices each is a Stein equation
X = c H X Q^T + C. For g and e the spectral radii are 1/sqrt2. For d the largest
eigenvalue is 1, of the vector v[k] = phi(-k) and the left vector of ones; the sums of
the rows and columns of d are known, since sum_k phi(s - k) = 1, and what is left after
taking out that pair contracts (T-half-line).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import flint

from framestate.frames.precision import Ball, BallMatrix, Precision
from framestate.frames.refinement.line import Line, Taps, connect
from framestate.frames.refinement.stein import solve_stein

Pairing = Callable[[int, int], Ball]


@final
@dataclass(frozen=True, eq=False)
class Tables:
    """Everything about two refinable functions that an operator on [0, M] needs.

    Parameters
    ----------
    precision : Precision
        Digits that were asked for.
    taps : tuple of arb
        Taps h of phi.
    line : Line
        Integrals over the whole line.
    values, dual_values : tuple of arb
        phi(n) and chi(n) at n = 0 .. K.
    g, d, e : arb_mat
        Half-line integrals; row and column i belong to the translate -1 - i.
    """

    precision: Precision
    taps: tuple[Ball, ...]
    line: Line
    values: tuple[Ball, ...]
    dual_values: tuple[Ball, ...]
    g: BallMatrix
    d: BallMatrix
    e: BallMatrix

    def mass(self, k: int, l: int) -> Ball:
        """int_0^inf phi(s - k) chi(s - l) ds for any whole k and l."""
        return self.line.mass(k, l) if max(k, l) >= 0 else _at(self.g, k, l)

    def slope(self, k: int, l: int) -> Ball:
        """int_0^inf phi'(s - k) chi(s - l) ds."""
        return self.line.slope(k, l) if max(k, l) >= 0 else _at(self.d, k, l)

    def dilation(self, k: int, l: int) -> Ball:
        """int_0^inf s phi'(s - k) chi(s - l) ds."""
        return self.line.dilation(k, l) if max(k, l) >= 0 else _at(self.e, k, l)


def _at(table: BallMatrix, k: int, l: int) -> Ball:
    row, column = -1 - k, -1 - l
    inside = row < table.nrows() and column < table.ncols()
    return table[row, column] if inside else flint.arb(0)


def solve_tables(h: Taps, q: Taps, precision: Precision) -> Tables:
    """Derive the tables of the functions with taps h and q.

    Parameters
    ----------
    h, q : sequences of arb
        Taps; both functions are continuous and reproduce the constants, chi also s.
    precision : Precision
        Digits wanted; about (len(h) + len(q)) / 4 more are carried.
    """
    with precision.more((len(h) + len(q)) // 4).working():
        line = connect(h, q)
        values, dual_values = integer_values(h), integer_values(q)
        left, right = _Edge(h, values), _Edge(q, dual_values)
        return Tables(
            precision=precision,
            taps=tuple(h),
            line=line,
            values=values,
            dual_values=dual_values,
            g=_solve(line.mass, left, right),
            d=_slopes(line, left, right),
            e=_solve(line.dilation, left, right),
        )


def integer_values(h: Taps) -> tuple[Ball, ...]:
    """phi(0), .., phi(K): the eigenvector to the eigenvalue 1, with sum 1."""
    size = len(h) - 2  # phi(1) .. phi(K - 1); phi is continuous, so 0 at both ends
    root = flint.arb(2).sqrt()
    system = flint.arb_mat(
        [
            [
                (root * h[2 * n - m] if 0 <= 2 * n - m < len(h) else 0) - (n == m)
                for m in range(1, size + 1)
            ]
            for n in range(1, size + 1)
        ]
    )
    for j in range(size):
        system[size - 1, j] = flint.arb(1)
    right = flint.arb_mat(size, 1)
    right[size - 1, 0] = flint.arb(1)
    inner = system.solve(right, algorithm="precond").entries()
    return (flint.arb(0), *inner, flint.arb(0))


class _Edge:
    """The two-scale equation at the translates that 0 cuts: k = -1 .. -(K - 1)."""

    def __init__(self, h: Taps, values: tuple[Ball, ...]) -> None:
        self.size = len(h) - 2
        tap = lambda i: h[i] if 0 <= i < len(h) else flint.arb(0)
        cut = range(-1, -self.size - 1, -1)
        self.whole = range(self.size)  # translates 0 .. K - 2 that appear in a cut one
        self.cut = cut
        self.inner = flint.arb_mat([[tap(m - 2 * k) for m in cut] for k in cut])
        self.outer = flint.arb_mat([[tap(m - 2 * k) for m in self.whole] for k in cut])
        self.values = flint.arb_mat([[values[-k]] for k in cut])

    def deflated(self) -> BallMatrix:
        """sqrt2 H without its eigenvalue 1."""
        ones = flint.arb_mat([[1] * self.size])
        return self.inner * flint.arb(2).sqrt() - self.values * ones


def _known(form: Pairing, left: _Edge, right: _Edge) -> BallMatrix:
    """What the pairs with max(k, l) >= 0 contribute to the two-scale equation."""

    def block(rows: range, columns: range) -> BallMatrix:
        return flint.arb_mat([[form(k, l) for l in columns] for k in rows])

    P, Q = left.outer, right.outer.transpose()
    return (
        left.inner * block(left.cut, right.whole) * Q
        + P * block(left.whole, right.cut) * right.inner.transpose()
        + P * block(left.whole, right.whole) * Q
    )


def _solve(form: Pairing, left: _Edge, right: _Edge) -> BallMatrix:
    return solve_stein(left.inner, right.inner, _known(form, left, right))


def _slopes(line: Line, left: _Edge, right: _Edge) -> BallMatrix:
    """The table d, from its known sums over rows and columns."""
    reach = range(left.size + right.size + 2)
    columns = flint.arb_mat(  # sum_k d[k, l]
        [[-sum((line.slope(k, l) for k in reach), flint.arb(0)) for l in right.cut]]
    )
    rows = flint.arb_mat(  # sum_l d[k, l]
        [
            [-left.values[i, 0] - sum((line.slope(k, l) for l in reach), flint.arb(0))]
            for i, k in enumerate(left.cut)
        ]
    )
    total = sum(columns.entries(), flint.arb(0))
    M, N = left.deflated(), right.deflated()
    v, w = left.values, right.values.transpose()
    known = (
        2 * _known(line.slope, left, right)
        + v * w * total
        + v * columns * N.transpose()
        + M * rows * w
    )
    return solve_stein(M, N, known)
