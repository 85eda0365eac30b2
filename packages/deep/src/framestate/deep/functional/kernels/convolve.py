"""Causal convolution of moderate length, channel by channel, as operators of PyTorch."""

import torch
from torch import Tensor

from framestate.deep.functional.kernels.rung import differentiate, run


@torch.library.custom_op("framestate::convolve", mutates_args=())
def convolve(u: Tensor, K: Tensor) -> Tensor:
    """y[b, h, l] = sum_k K[h, k] u[b, h, l - k], directly.

    Parameters
    ----------
    u : Tensor
        Real (batch, channels, length).
    K : Tensor
        Real (channels, taps).

    Returns
    -------
    Tensor
        (batch, channels, length).
    """
    return run("convolve", u, K)[0]


@torch.library.custom_op("framestate::convolve_backward", mutates_args=())
def convolve_backward(u: Tensor, K: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients for u and K."""
    found = run("convolve_backward", u, K, grad)
    return found[0], found[1]


@convolve.register_fake
def _(u: Tensor, K: Tensor) -> Tensor:
    del K
    return torch.empty_like(u, memory_format=torch.contiguous_format)


@convolve_backward.register_fake
def _(u: Tensor, K: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    del grad
    return torch.empty_like(u), torch.empty_like(K)


differentiate(convolve, convolve_backward)
