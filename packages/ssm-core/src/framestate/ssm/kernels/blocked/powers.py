"""The kernel of a dense step, C A^(q m) times A^s B: one product of two tables.

Both tables grow by doubling, [X, A^s X] of s columns each, so that they take
2 log2(length) matrix products a channel; the powers of A are squared along.
"""

from typing import Any

import array_api_compat
import numpy as np
from jaxtyping import Float, Float64


def powers(
    C: Float[Any, "... n"],
    A: Float64[np.ndarray, "*h n n"],
    B: Float64[np.ndarray, "*h n"],
    length: int,
) -> Float[Any, "... length"]:
    """Equal to `reference.powers`, K[..., l] = C A^l B.

    Powers of A are taken on the host; C decides where they are multiplied.
    """
    xp, device = array_api_compat.array_namespace(C), array_api_compat.device(C)
    block = 1 << ((length - 1).bit_length() + 1) // 2
    near, power = B[..., None], A
    while near.shape[-1] < block:
        near = np.concatenate((near, power @ near), axis=-1)
        power = power @ power
    heads = xp.astype(C[..., None, :], xp.float64)
    while heads.shape[-2] * block < length:
        later = heads @ xp.asarray(power, device=device)
        heads = xp.concat((heads, later), axis=-2)
        power = power @ power
    near = xp.asarray(near, dtype=C.dtype, device=device)
    K = xp.astype(heads, C.dtype, copy=False) @ near
    return xp.reshape(K, (*C.shape[:-1], heads.shape[-2] * block))[..., :length]
