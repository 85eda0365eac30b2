"""How a length is cut into blocks: l = q m + s with m about sqrt(length)."""

import math
from typing import Any

from jaxtyping import Complex, Complex128


def split(length: int) -> tuple[int, int]:
    """The size m of a block and the number of blocks that cover the length."""
    block = math.isqrt(length - 1) + 1
    return block, -(-length // block)


def power_table(
    xp: Any, log_z: Complex128[Any, "r m"], count: int, stride: int, dtype: Any
) -> Complex[Any, "r m count"]:
    """z^(stride k), k < count, from 2 sqrt(count) exponentials in double precision."""
    near, far = split(count)
    steps = log_z[:, :, None] * stride
    small = xp.exp(steps * xp.arange(near, dtype=xp.float64))
    large = xp.exp(steps * (near * xp.arange(far, dtype=xp.float64)))
    small, large = xp.astype(small, dtype), xp.astype(large, dtype)
    table = large[:, :, :, None] * small[:, :, None, :]
    return xp.reshape(table, (*log_z.shape, near * far))[:, :, :count]
