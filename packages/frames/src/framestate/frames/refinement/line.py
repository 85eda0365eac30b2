r"""Integrals of refinable functions over the whole line, in balls, without quadrature.

For phi(x) = sqrt2 sum h_i phi(2x - i) and a second such function chi with taps q:

    rho[m]   = int phi(x) chi(x - m) dx      = sum h_i q_j rho[2m + j - i]
    gamma[m] = int phi'(x) chi(x - m) dx     = 2 sum h_i q_j gamma[2m + j - i]
    mu[m]    = int x phi'(x) chi(x - m) dx   = sum h_i q_j (mu + i gamma)[2m + j - i]

Each is a small linear system that is singular by one; the partition of unity closes
it (T-connection): sum rho = 1, sum m gamma[m] = -1, sum mu = -1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import flint

from framestate.frames.precision import Ball, BallMatrix

Taps = Sequence[Ball]


@final
@dataclass(frozen=True, eq=False)
class Line:
    """Connection coefficients on the whole line; zero outside the lists.

    Parameters
    ----------
    first : int
        Index m of the first entry: 1 - (support of chi).
    rho, gamma, mu : tuple of arb
        The three sequences, m = first, first + 1, ..
    """

    first: int
    rho: tuple[Ball, ...]
    gamma: tuple[Ball, ...]
    mu: tuple[Ball, ...]

    def at(self, sequence: tuple[Ball, ...], m: int) -> Ball:
        """Entry m of one of the sequences."""
        inside = 0 <= m - self.first < len(sequence)
        return sequence[m - self.first] if inside else flint.arb(0)

    def mass(self, k: int, l: int) -> Ball:
        """int phi(x - k) chi(x - l) dx."""
        return self.at(self.rho, l - k)

    def slope(self, k: int, l: int) -> Ball:
        """int phi'(x - k) chi(x - l) dx."""
        return self.at(self.gamma, l - k)

    def dilation(self, k: int, l: int) -> Ball:
        """int x phi'(x - k) chi(x - l) dx."""
        return k * self.at(self.gamma, l - k) + self.at(self.mu, l - k)


def connect(h: Taps, q: Taps) -> Line:
    """Solve for the three sequences of the functions with taps h and q."""
    first, last = 2 - len(q), len(h) - 2  # where the supports overlap
    index = range(first, last + 1)
    cross = _cross_correlation(h, q)

    def apply(scale: int, weight: Callable[[int], Ball]) -> BallMatrix:
        rows = [[scale * weight(n - 2 * m) for n in index] for m in index]
        return flint.arb_mat(rows)

    plain = lambda shift: cross.get(shift, (flint.arb(0),) * 2)[0]
    weighted = lambda shift: cross.get(shift, (flint.arb(0),) * 2)[1]
    one, position = [1 for _ in index], list(index)
    zero = flint.arb_mat(len(index), 1)
    rho = _solve(apply(1, plain), zero, one, 1)
    gamma = _solve(apply(2, plain), zero, position, -1)
    mu = _solve(apply(1, plain), apply(1, weighted) * gamma, one, -1)
    return Line(first, *(tuple(x.entries()) for x in (rho, gamma, mu)))


def _cross_correlation(h: Taps, q: Taps) -> dict[int, tuple[Ball, Ball]]:
    """j - i -> (sum h_i q_j, sum i h_i q_j)."""
    sums: dict[int, tuple[Ball, Ball]] = {}
    for i, a in enumerate(h):
        for j, b in enumerate(q):
            plain, weighted = sums.get(j - i, (flint.arb(0), flint.arb(0)))
            sums[j - i] = plain + a * b, weighted + i * a * b
    return sums


def _solve(
    operator: BallMatrix, right: BallMatrix, functional: list[int], value: int
) -> BallMatrix:
    """Solve (I - operator) x = right with functional . x = value in the middle row.

    The functional spans the left null space of I - operator and does not vanish in
    the row that it replaces.
    """
    size = operator.nrows()
    row = max(range(size), key=lambda i: abs(functional[i]))
    system = -operator
    for i in range(size):
        system[i, i] = system[i, i] + 1
    rest = flint.arb_mat(right)
    for j in range(size):
        system[row, j] = flint.arb(functional[j])
    rest[row, 0] = flint.arb(value)
    return system.solve(rest, algorithm="precond")
