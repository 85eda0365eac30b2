"""Eigenvectors of a real skew-symmetric matrix, orthonormal by construction.

Householder reflections turn S into a skew tridiagonal matrix. Its even and odd
coordinates only feed each other, so that it is [[0, K], [-K^T, 0]] with K bidiagonal,
and the singular value decomposition K v = sigma u gives the pairs

    S (u, i v) = i sigma (u, i v),    S (u, -i v) = -i sigma (u, -i v).

Everything stays real, and an odd size keeps its real mode of rate 0 exactly.
"""

import numpy as np
import scipy.linalg
from jaxtyping import Complex128, Float64


def skew_modes(
    S: Float64[np.ndarray, "n n"],
) -> tuple[Float64[np.ndarray, " m"], Complex128[np.ndarray, "n m"]]:
    """Rates and unit eigenvectors of S, one of each conjugate pair.

    Parameters
    ----------
    S : (n, n) float64
        Skew-symmetric; only what is below the diagonal and on its first
        superdiagonal after reduction is read.

    Returns
    -------
    omega : (m,) float64
        Rates >= 0, ascending, m = (n + 1) // 2: S V = V diag(i omega). An odd n
        has one real eigenvector, and its rate is exactly 0.
    vectors : (n, m) complex128
        V; together with the conjugates of the n // 2 pairs it is unitary. A pair
        of rate 0 stands for two real directions.
    """
    n = len(S)
    T, Q = scipy.linalg.hessenberg(S, calc_q=True) if n > 2 else (S, np.eye(n))
    below = np.diag(T, -1)
    K = np.zeros(((n + 1) // 2, n // 2))
    pair = np.arange(n // 2)
    K[pair, pair] = -below[0::2]
    later = np.arange((n - 1) // 2)
    K[later + 1, later] = below[1::2]
    U, sigma, Vt = np.linalg.svd(K, full_matrices=True)
    even, odd = Q[:, 0::2] @ U, Q[:, 1::2] @ Vt.T
    pairs = (even[:, : n // 2] + 1j * odd) / np.sqrt(2)
    real = even[:, n // 2 :].astype(np.complex128)
    omega = np.concatenate((np.zeros(real.shape[1]), sigma[::-1]))
    return omega, np.concatenate((real, pairs[:, ::-1]), axis=1)
