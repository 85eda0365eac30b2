r"""A dense linear recurrence over many samples at once, by repeated squaring.

    x_n = A x_{n-1} + B u_n,        y_n = C x_n

With l = q w + p, w ~ sqrt(length), the kernel C A^l B is one product of two tables,
(C A^(q w)) by (A^p B). Both grow by doubling, [X, A^(2^j) X], so that a length costs
log2(length) products of matrices and nothing of size length but the result. Where A
is a contraction, as every step of a frame operator by the bilinear rule is, an error
grows no faster than the length. All arithmetic is real: compilers and exporters see
matrix products alone.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

Squares = Sequence[Tensor]
# Numbers in the matrices of a block of rows: 128K float64 are 1 MiB.
_BLOCK_ELEMENTS = 1 << 17


def impulse_responses(
    A: Float[Tensor, "rows n n"],
    B: Float[Tensor, "rows n"],
    C: Float[Tensor, "rows n"],
    length: int,
) -> Float[Tensor, "rows {length}"]:
    """C A^l B of every row, a block of rows at a time where that fits a cache."""
    size = A.shape[0]
    if A.device.type == "cpu" and not torch.compiler.is_compiling():
        size = max(1, _BLOCK_ELEMENTS // A[0].numel())
    blocks = (x.split(size) for x in (A, B, C))
    found = [
        power_kernel(squares(a, length), c[:, None], b[..., None], length)[:, 0, 0]
        for a, b, c in zip(*blocks, strict=True)
    ]
    return torch.cat(found)


def squares(A: Float[Tensor, "*rows n n"], length: int) -> list[Tensor]:
    """A, A^2, A^4, .. A^(2^j) for all 2^j < length: what the functions below share."""
    found = [A][: length - 1]
    while 1 << len(found) < length:
        found.append(found[-1] @ found[-1])
    return found


def power_kernel(
    powers: Squares,
    C: Float[Tensor, "*rows outputs n"],
    B: Float[Tensor, "*rows n inputs"],
    length: int,
) -> Float[Tensor, "*rows outputs inputs {length}"]:
    """C A^l B for l < length.

    Parameters
    ----------
    powers : sequence of Tensor
        ``squares(A, length)``.
    C, B : Tensor
        Output rows and input columns.
    length : int
        Number of lags, at least 1.
    """
    width = _width(length)
    near = _krylov(powers, B, width)
    outputs, inputs, heads = C.shape[-2], B.shape[-1], C
    for power in powers[width.bit_length() - 1 :]:
        heads = torch.cat((heads, heads @ power), -2)
    K = (heads @ near).unflatten(-1, (width, inputs)).unflatten(-3, (-1, outputs))
    return K.movedim((-3, -1), (-4, -3)).flatten(-2)[..., :length]


def power_applied(
    powers: Squares, x: Float[Tensor, "*rows n columns"], count: int
) -> Float[Tensor, "*rows n columns"]:
    """A^count x, for count < length of ``squares(A, length)``."""
    for bit, power in enumerate(powers):
        if count >> bit & 1:
            x = power @ x
    return x


def absorbed(
    powers: Squares,
    B: Float[Tensor, "*rows n"],
    u: Float[Tensor, "*rows batch length"],
) -> Float[Tensor, "*rows batch n"]:
    """The state after samples from rest: sum_j A^(length - 1 - j) B u_j.

    Blocks of w samples by one product, then neighbors are joined until one is left.
    """
    length = u.shape[-1]
    width = _width(length)
    near = _krylov(powers, B[..., None], width)
    u = pad(u, (-length % width, 0)).unflatten(-1, (-1, width))
    blocks = u.flip(-1) @ near.mT[..., None, :, :]
    for power in powers[width.bit_length() - 1 :]:
        blocks = pad(blocks, (0, 0, blocks.shape[-2] % 2, 0))
        early, late = blocks[..., 0::2, :], blocks[..., 1::2, :]
        blocks = early @ power.mT[..., None, :, :] + late
    return blocks[..., 0, :]


def _krylov(
    powers: Squares, X: Float[Tensor, "*rows n columns"], width: int
) -> Float[Tensor, "*rows n many"]:
    """[X, A X, .., A^(width - 1) X], width a power of two."""
    for power in powers[: width.bit_length() - 1]:
        X = torch.cat((X, power @ X), -1)
    return X


def _width(length: int) -> int:
    """A power of two next to sqrt(length)."""
    return 1 << ((length - 1).bit_length() + 1) // 2
