"""Kernels of diagonal systems, rows with poles of their own, as operators of PyTorch."""

from typing import Any

import torch
from torch import Tensor

from framestate.deep.functional.kernels.rung import run


@torch.library.custom_op("framestate::vandermonde_rows", mutates_args=())
def vandermonde_rows(c: Tensor, log_z: Tensor, length: int) -> Tensor:
    """K[r, l] = Re sum_m c[r, m] exp(l log_z[r, m]), l < length.

    Parameters
    ----------
    c : Tensor
        Complex (rows, modes); its precision is the kernel's.
    log_z : Tensor
        Complex (rows, modes), logarithms of the poles.
    length : int
        Number of lags.

    Returns
    -------
    Tensor
        Real (rows, length).
    """
    return run("vandermonde_rows", c, log_z, length)[0]


@torch.library.custom_op("framestate::vandermonde_rows_backward", mutates_args=())
def vandermonde_rows_backward(
    c: Tensor, log_z: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradients for c and log_z."""
    found = run("vandermonde_rows_backward", c, log_z, grad)
    return found[0], found[1]


@vandermonde_rows.register_fake
def _(c: Tensor, log_z: Tensor, length: int) -> Tensor:
    del log_z
    return c.new_empty((c.shape[0], length), dtype=c.dtype.to_real())


@vandermonde_rows_backward.register_fake
def _(c: Tensor, log_z: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    del grad
    return torch.empty_like(c), torch.empty_like(log_z)


def _setup(ctx: Any, inputs: tuple[Tensor, Tensor, int], output: Tensor) -> None:
    del output
    ctx.save_for_backward(inputs[0], inputs[1])


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
    c, log_z = ctx.saved_tensors
    return *vandermonde_rows_backward(c, log_z, grad), None


vandermonde_rows.register_autograd(_backward, setup_context=_setup)
