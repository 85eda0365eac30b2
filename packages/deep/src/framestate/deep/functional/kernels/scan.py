"""The linear recurrence along rows, and its gradient, as operators of PyTorch."""

from typing import Any

import torch
from torch import Tensor

from framestate.deep.functional.kernels.rung import run


@torch.library.custom_op("framestate::scan", mutates_args=())
def scan(a: Tensor, x: Tensor, start: Tensor) -> Tensor:
    """z[:, n] = a[:, n] z[:, n - 1] + x[:, n], with start before the first sample.

    Parameters
    ----------
    a : Tensor
        Gains (rows, 1) or (rows, length), real or complex.
    x : Tensor
        Inputs (rows, length), in the dtype of a.
    start : Tensor
        State before the first sample, (rows,).

    Returns
    -------
    Tensor
        States (rows, length).
    """
    return run("scan", a, x, start)[0]


@torch.library.custom_op("framestate::scan_backward", mutates_args=())
def scan_backward(
    a: Tensor, z: Tensor, start: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients for a, x and start, from the states z."""
    found = run("scan_backward", a, z, start, grad)
    return found[0], found[1], found[2]


@scan.register_fake
def _(a: Tensor, x: Tensor, start: Tensor) -> Tensor:
    del a, start
    return torch.empty_like(x, memory_format=torch.contiguous_format)


@scan_backward.register_fake
def _(
    a: Tensor, z: Tensor, start: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    del grad
    return torch.empty_like(a), torch.empty_like(z), torch.empty_like(start)


def _setup(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor], output: Tensor) -> None:
    a, _, start = inputs
    ctx.save_for_backward(a, output, start)


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    a, z, start = ctx.saved_tensors
    return scan_backward(a, z, start, grad)


scan.register_autograd(_backward, setup_context=_setup)
