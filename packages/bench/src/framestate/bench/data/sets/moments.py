"""Mean and standard deviation of many integers, exactly.

With S = sum x and Q = sum x^2 of N integers,

    mean = S/N,    variance = (Q - S^2/N)/(N - ddof) = (N Q - S^2)/(N (N - ddof)),

where N Q - S^2 is an integer that Python computes without rounding. S and Q of each
row are kept beside the rows, so that the statistics of any train split cost nothing.
"""

import math

import numpy as np
from jaxtyping import Int16, Int64


def sums(
    rows: Int16[np.ndarray, "n *shape"],
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """Sum and sum of squares of each row."""
    total = np.empty(len(rows), dtype=np.int64)
    squares = np.empty(len(rows), dtype=np.int64)
    for index, row in enumerate(rows):
        wide = row.astype(np.int64)
        total[index], squares[index] = wide.sum(), np.square(wide).sum()
    return total, squares


def mean_std(
    total: Int64[np.ndarray, " n"],
    squares: Int64[np.ndarray, " n"],
    count: int,
    *,
    ddof: int,
) -> tuple[float, float]:
    """Mean and standard deviation of ``count`` integers from sums of their parts."""
    s, q = sum(total.tolist()), sum(squares.tolist())
    return s / count, math.sqrt((count * q - s * s) / (count * (count - ddof)))
