"""What a convolution kernel is: the obvious sums, which decide every other one.

Both functions return K[..., l] for l = 0 .. length - 1 in the real precision of
C (float32 for float32 and complex64), with all arithmetic in double precision.
"""

import numpy as np
from jaxtyping import Complex, Complex128, Float, Float64


def vandermonde(
    C: Complex[np.ndarray, "... m"],
    lam: Complex128[np.ndarray, " m"],
    B: Complex128[np.ndarray, " m"],
    length: int,
) -> Float[np.ndarray, "... length"]:
    """K[..., l] = Re sum_m C[..., m] B[m] lam[m]^l, through the (m, length) table."""
    table = np.power(lam[:, None], np.arange(length))
    return np.real((C * B) @ table).astype(np.real(C).dtype)


def powers(
    C: Float[np.ndarray, "... n"],
    A: Float64[np.ndarray, "n n"],
    B: Float64[np.ndarray, " n"],
    length: int,
) -> Float[np.ndarray, "... length"]:
    """K[..., l] = C[..., :] A^l B, one product with A a step."""
    K = np.empty((*C.shape[:-1], length), dtype=C.dtype)
    x = B
    for step in range(length):
        K[..., step] = C @ x
        x = A @ x
    return K
