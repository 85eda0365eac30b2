"""The kernel of a dense step, C A^(q m) times A^s B: one product of two tables.

Both tables grow by doubling, [X, A^s X] of s columns each, so that they take
2 log2(length) matrix products a channel; the powers of A are squared along.
"""

import numpy as np
from jaxtyping import Float, Float64


def powers(
    C: Float[np.ndarray, "... n"],
    A: Float64[np.ndarray, "*h n n"],
    B: Float64[np.ndarray, "*h n"],
    length: int,
) -> Float[np.ndarray, "... length"]:
    """Equal to `reference.powers`, K[..., l] = C A^l B."""
    block = 1 << ((length - 1).bit_length() + 1) // 2
    near, power = B[..., None], A
    while near.shape[-1] < block:
        near = np.concatenate((near, power @ near), axis=-1)
        power = power @ power
    heads = C[..., None, :].astype(np.float64)
    while heads.shape[-2] * block < length:
        heads = np.concatenate((heads, heads @ power), axis=-2)
        power = power @ power
    K = heads.astype(C.dtype, copy=False) @ near.astype(C.dtype, copy=False)
    return K.reshape(*C.shape[:-1], -1)[..., :length]
