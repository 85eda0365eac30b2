"""The convolution kernel of a dense step: K_l = C A^l B."""

import numpy as np
from jaxtyping import Float, Float64


def powers(
    C: Float[np.ndarray, "... n"],
    A: Float64[np.ndarray, "*h n n"],
    B: Float64[np.ndarray, "*h n"],
    length: int,
) -> Float[np.ndarray, "... length"]:
    """K[..., l] = C[..., :] A^l B, one product with A a step.

    Channels ``*h`` with matrices of their own have rows of their own, C (.., *h, n).
    """
    K = np.empty((*C.shape[:-1], length), dtype=C.dtype)
    x = B
    for step in range(length):
        K[..., step] = np.sum(C * x, axis=-1)
        x = (A @ x[..., None])[..., 0]
    return K
