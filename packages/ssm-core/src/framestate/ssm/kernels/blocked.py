"""Two-level kernels: l = q m + s with m ~ sqrt(length), one real matrix product.

The powers s < m and the powers q m are tabulated separately in double
precision, so there are about 2 sqrt(length) of them instead of length, and no
(..., state, length) array exists. The final product runs in the precision of C.
"""

import math

import numpy as np
from jaxtyping import Complex, Complex128, Float, Float64


def vandermonde(
    C: Complex[np.ndarray, "... m"],
    lam: Complex128[np.ndarray, " m"],
    B: Complex128[np.ndarray, " m"],
    length: int,
) -> Float[np.ndarray, "... length"]:
    """Equal to `reference.vandermonde`, K[..., l] = Re sum_m C B lam^l."""
    block, blocks = _split(length)
    near = np.power(lam[:, None], np.arange(block))
    far = np.power(lam, block * np.arange(blocks)[:, None])
    heads = (C * B)[..., None, :] * far
    left = np.concatenate((np.real(heads), -np.imag(heads)), axis=-1)
    right = np.concatenate((np.real(near), np.imag(near)))
    return _product(left, right, np.real(C).dtype, length)


def powers(
    C: Float[np.ndarray, "... n"],
    A: Float64[np.ndarray, "n n"],
    B: Float64[np.ndarray, " n"],
    length: int,
) -> Float[np.ndarray, "... length"]:
    """Equal to `reference.powers`, K[..., l] = C A^l B."""
    block, blocks = _split(length)
    near = np.empty((len(B), block))
    near[:, 0] = B
    for s in range(1, block):
        near[:, s] = A @ near[:, s - 1]
    leap = np.linalg.matrix_power(A, block)
    heads = np.empty((*C.shape[:-1], blocks, len(B)))
    heads[..., 0, :] = C
    for q in range(1, blocks):
        heads[..., q, :] = heads[..., q - 1, :] @ leap
    return _product(heads, near, C.dtype, length)


def _split(length: int) -> tuple[int, int]:
    """The size m of a block and the number of blocks that cover the length."""
    block = math.isqrt(length - 1) + 1
    return block, -(-length // block)


def _product(
    heads: Float64[np.ndarray, "... blocks k"],
    near: Float64[np.ndarray, "k block"],
    dtype: np.dtype,
    length: int,
) -> Float[np.ndarray, "... length"]:
    flat = heads.reshape(-1, heads.shape[-1]).astype(dtype, copy=False)
    K = flat @ near.astype(dtype, copy=False)
    return K.reshape(*heads.shape[:-2], -1)[..., :length]
