"""The fading tree of MultiresNet, as operators of PyTorch."""

import importlib.util
from functools import cache

import torch
from torch import Tensor

from framestate.deep.functional.kernels.rung import differentiate, run

_ITEMS = 16  # samples that a thread of the kernel has at most


@torch.library.custom_op("framestate::multires", mutates_args=())
def multires(x: Tensor, h0: Tensor, h1: Tensor, w: Tensor) -> Tensor:
    """Weighted levels of a tree of shared dilated filters (arXiv 2305.01638).

    With low = x, and causal correlations with the filters dilated by 1, 2, 4, ..,
    ``for i in depth .. 1: high, low = h1(low), h0(low); y += w[:, i] high`` and at
    last ``y += w[:, 0] low + w[:, depth + 1] x``.

    Parameters
    ----------
    x : Tensor
        Real (batch, channels, length).
    h0, h1 : Tensor
        Low-pass and high-pass filters, (channels, taps).
    w : Tensor
        Weights (channels, depth + 2).

    Returns
    -------
    Tensor
        (batch, channels, length).
    """
    return run("multires", x, h0, h1, w)[0]


@torch.library.custom_op("framestate::multires_backward", mutates_args=())
def multires_backward(
    x: Tensor, h0: Tensor, h1: Tensor, w: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients for x, h0, h1 and w."""
    found = run("multires_backward", x, h0, h1, w, grad)
    return found[0], found[1], found[2], found[3]


@multires.register_fake
def _(x: Tensor, h0: Tensor, h1: Tensor, w: Tensor) -> Tensor:
    del h0, h1, w
    return torch.empty_like(x, memory_format=torch.contiguous_format)


@multires_backward.register_fake
def _(
    x: Tensor, h0: Tensor, h1: Tensor, w: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    del grad
    return (
        torch.empty_like(x),
        torch.empty_like(h0),
        torch.empty_like(h1),
        torch.empty_like(w),
    )


differentiate(multires, multires_backward)


def serves(x: Tensor, taps: int) -> bool:
    """Whether one kernel of x's device takes a row of it, and its gradients, on chip.

    Parameters
    ----------
    x : Tensor
        (batch, channels, length).
    taps : int
        Of the filters.
    """
    return x.is_cuda and fits(
        x.shape[2], taps, number=x.itemsize, room=_room(x.device.index)
    )


def fits(length: int, taps: int, *, number: int, room: int) -> bool:
    """Whether a row's sums and two copies of it fit into a block's shared memory.

    Parameters
    ----------
    length, taps : int
        Samples of a row, taps of a filter.
    number, room : int
        Bytes of a number, bytes of shared memory that a block may have.
    """
    threads = 256 if length <= _ITEMS * 256 else 4096 // number
    held = max(2 * _ITEMS, 2 * taps + 2) * threads * number
    return length <= _ITEMS * threads and held <= room


@torch.compiler.assume_constant_result
def _room(device: int) -> int:
    """Bytes of shared memory that a block may have; 0 where CuPy is not installed."""
    if not _has_cupy():
        return 0
    return torch.cuda.get_device_properties(device).shared_memory_per_block_optin


@cache
def _has_cupy() -> bool:
    return importlib.util.find_spec("cupy") is not None
