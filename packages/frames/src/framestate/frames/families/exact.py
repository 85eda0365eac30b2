r"""Polynomials with rational coefficients, in orthonormal Legendre coordinates.

A polynomial family is phi_n = sqrt(q_n) p_n with rational p_n and q_n. With
p = sum_j a_j P_j(x), x = 2s - 1, and the coefficients of the powers

    x^k = sum_j (2j+1) k! / (2^i i! (k+j+1)!!) P_j,   i = (k - j)/2 = 0, 1, ..

(Gradshteyn and Ryzhik 8.922) the coordinates sqrt(q_n / (2j+1)) a_j come from
arithmetic over the rationals and are rounded once. 256 functions take half a second,
512 some ten.
"""

from collections.abc import Sequence
from math import factorial
from typing import Any

import flint
import numpy as np
from jaxtyping import Float64

from framestate.frames.precision import Precision

RationalMatrix = Any  # flint.fmpq_mat
HERE = flint.fmpq_poly([1, 1]) / 2  # s as a polynomial in x


def legendre_coefficients(polynomials: Sequence[Any], size: int) -> RationalMatrix:
    """Coefficients a_j, j < size, of polynomials in x; shape (len, size)."""
    entries = [p[k] for p in polynomials for k in range(size)]
    return flint.fmpq_mat(len(polynomials), size, entries) * _powers_in_legendre(size)


def _powers_in_legendre(size: int) -> RationalMatrix:
    double = [1, 1]  # double factorials
    for m in range(2, 2 * size):
        double.append(m * double[m - 2])
    entries = [flint.fmpq(0)] * size**2
    for k in range(size):
        for j in range(k, -1, -2):
            i = (k - j) // 2
            below = 2**i * factorial(i) * double[k + j + 1]
            entries[k * size + j] = flint.fmpq((2 * j + 1) * factorial(k), below)
    return flint.fmpq_mat(size, size, entries)


def mode_squares(size: int) -> list[Any]:
    """1 / (2j+1), j < size: the squared norms of P_j(2s - 1) on [0, 1]."""
    return [flint.fmpq(1, 2 * j + 1) for j in range(size)]


def rounded(
    x: RationalMatrix, rows: Sequence[Any], columns: Sequence[Any]
) -> Float64[np.ndarray, "rows columns"]:
    """Entries x_ij sqrt(rows_i columns_j), each rounded once."""
    with Precision().working():
        left, right = (
            [flint.arb(flint.fmpq(q)).sqrt() for q in squares]
            for squares in (rows, columns)
        )
        values = [
            [float((l * r * flint.arb(x[i, j])).mid()) for j, r in enumerate(right)]
            for i, l in enumerate(left)
        ]
    return np.array(values)
