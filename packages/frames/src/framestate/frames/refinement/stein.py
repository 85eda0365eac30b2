r"""Stein equations X = M X N^T + C in balls, by doubling (Smith 1968).

X = sum_i M^i C (N^T)^i, and squaring M and N doubles the number of terms. What is
left after n terms is M^n X (N^T)^n, which bounds itself once |M^n| |N^n| < 1.
"""

import flint

from framestate.frames.errors import DigitsError
from framestate.frames.precision import Ball, BallMatrix

DOUBLINGS = 40  # 2^40 terms: a spectral radius within 1e-10 of one is no memory


def solve_stein(M: BallMatrix, N: BallMatrix, C: BallMatrix) -> BallMatrix:
    """Return X with X = M X N^T + C, the spectral radii of M and N below one.

    Parameters
    ----------
    M : arb_mat, shape (m, m)
    N : arb_mat, shape (n, n)
    C : arb_mat, shape (m, n)

    Returns
    -------
    arb_mat, shape (m, n)
        Balls that hold the solution, to about the working precision.

    Raises
    ------
    DigitsError
        When the terms do not fall below the working precision.
    """
    X, tiny = C, flint.arb(2) ** -flint.ctx.prec
    left = frobenius(M) * frobenius(N)
    for _ in range(DOUBLINGS):
        if left < tiny:
            return _widened(X, left * frobenius(X) / (1 - left))
        X = X + M * X * N.transpose()
        M, N = M * M, N * N
        left = frobenius(M) * frobenius(N)
    raise DigitsError(
        request=f"Stein equation of size {M.nrows()} x {N.nrows()}",
        finding=f"after 2^{DOUBLINGS} terms {left} of it is left at "
        f"{flint.ctx.prec} bits",
        remedy="Ask for more digits; the refinable functions must be continuous",
    )


def frobenius(X: BallMatrix) -> Ball:
    """Upper bound on the Frobenius norm."""
    # of a square the ball may reach below 0, where there is no root
    sizes = (flint.arb(entry.abs_upper()) for entry in X.entries())
    return sum((size * size for size in sizes), flint.arb(0)).sqrt()


def _widened(X: BallMatrix, radius: Ball) -> BallMatrix:
    """Every entry with that much more radius."""
    slack = flint.arb(0, radius.upper())
    return flint.arb_mat(X.nrows(), X.ncols(), [entry + slack for entry in X.entries()])
