"""Two-level kernels: l = q m + s with m ~ sqrt(length), one real matrix product.

The powers z^s, s < m, and c z^(q m) are tabulated separately, so there are about
2 sqrt(length) of them instead of length, and no (.., modes, length) array exists:
Re(h n) = [Re h, -Im h] [Re n, Im n]^T. The product runs in the precision of c.
"""

from typing import Any

import array_api_compat
import numpy as np
from jaxtyping import Complex, Complex128, Float

from framestate.ssm.kernels.blocked.split import power_table, split


def vandermonde(
    C: Complex[Any, "... m"],
    lam: Complex128[np.ndarray, "*h m"],
    B: Complex128[np.ndarray, "*h m"],
    length: int,
) -> Float[Any, "... length"]:
    """Equal to `reference.vandermonde`, K[..., l] = Re sum_m C B lam^l.

    The tables are made on the host; C decides where they are multiplied.
    """
    xp, device = array_api_compat.array_namespace(C), array_api_compat.device(C)
    block, blocks = split(length)
    near = np.power(lam[..., None], np.arange(block))
    far = np.power(lam[..., None, :], block * np.arange(blocks)[:, None])
    real = xp.real(C).dtype
    right = np.concatenate((np.real(near), np.imag(near)), axis=-2)
    right = xp.asarray(right, dtype=real, device=device)
    heads = C[..., None, :] * xp.asarray(B[..., None, :] * far, device=device)
    left = xp.astype(xp.concat((xp.real(heads), -xp.imag(heads)), axis=-1), real)
    if lam.ndim == 1:  # one product for all rows
        left = xp.reshape(left, (-1, left.shape[-1]))
    K = xp.reshape(left @ right, (*C.shape[:-1], block * blocks))
    return K[..., :length]


def vandermonde_rows(
    c: Complex[Any, "r m"], log_z: Complex[Any, "r m"], length: int
) -> Float[Any, "r length"]:
    """Equal to `reference.vandermonde_rows`, K[r, l] = Re sum_m c z^l."""
    xp = array_api_compat.array_namespace(c, log_z)
    block, blocks = split(length)
    near, far = _tables(xp, log_z, block, blocks, c.dtype)
    heads = c[:, :, None] * far
    left = xp.concat((xp.real(heads), -xp.imag(heads)), axis=1)
    right = xp.concat((xp.real(near), xp.imag(near)), axis=1)
    K = xp.matrix_transpose(left) @ right
    return xp.reshape(K, (c.shape[0], block * blocks))[:, :length]


def vandermonde_rows_backward(
    c: Complex[Any, "r m"], log_z: Complex[Any, "r m"], grad: Float[Any, "r length"]
) -> tuple[Complex[Any, "r m"], Complex[Any, "r m"]]:
    """Equal to `reference.vandermonde_rows_backward`.

    With p_q = sum_s g_{qm+s} conj(z^s) and p'_q the same weighted by s, one product,
    sum_l g_l conj(z^l) = sum_q conj(z^(qm)) p_q, and with a factor l it is
    sum_q conj(z^(qm)) (q m p_q + p'_q).
    """
    xp = array_api_compat.array_namespace(c, log_z, grad)
    rows, modes = c.shape
    block, blocks = split(grad.shape[1])
    near, far = _tables(xp, log_z, block, blocks, c.dtype)
    parts = xp.concat((xp.real(near), -xp.imag(near)), axis=1)
    weighted = xp.concat((parts, xp.arange(block, dtype=parts.dtype) * parts), axis=1)
    empty = xp.zeros((rows, block * blocks - grad.shape[1]), dtype=grad.dtype)
    g = xp.reshape(xp.concat((grad, empty), axis=1), (rows, blocks, block))
    p = xp.reshape(weighted @ xp.matrix_transpose(g), (rows, 2, 2, modes, blocks))
    p = p[:, :, 0, ...] + 1j * p[:, :, 1, ...]
    sums = xp.conj(far)[:, None, ...] * p
    starts = block * xp.arange(blocks, dtype=parts.dtype)
    late = xp.sum(sums[:, 1, :, :] + starts * sums[:, 0, :, :], axis=2)
    return xp.sum(sums[:, 0, :, :], axis=2), xp.astype(xp.conj(c) * late, log_z.dtype)


def _tables(
    xp: Any, log_z: Complex[Any, "r m"], block: int, blocks: int, dtype: Any
) -> tuple[Complex[Any, "r m block"], Complex[Any, "r m blocks"]]:
    """z^s, s < block, and z^(block q), q < blocks."""
    wide = xp.astype(log_z, xp.complex128)
    near = power_table(xp, wide, block, 1, dtype)
    return near, power_table(xp, wide, blocks, block, dtype)
