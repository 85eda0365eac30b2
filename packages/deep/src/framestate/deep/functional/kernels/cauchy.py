"""Cauchy sums over conjugate pairs, as operators of PyTorch."""

import torch
from torch import Tensor

from framestate.deep.functional.kernels.rung import differentiate, run


@torch.library.custom_op("framestate::cauchy", mutates_args=())
def cauchy(v: Tensor, s: Tensor, lam: Tensor) -> Tensor:
    """The sum over m of v / (s + lam) + conj(v) / (s + conj(lam)).

    Parameters
    ----------
    v : Tensor
        Complex (rows, modes).
    s : Tensor
        Complex (rows, frequencies) or (1, frequencies).
    lam : Tensor
        Complex (rows, modes) or (1, modes).

    Returns
    -------
    Tensor
        Complex (rows, frequencies).
    """
    return run("cauchy", v, s, lam)[0]


@torch.library.custom_op("framestate::cauchy_backward", mutates_args=())
def cauchy_backward(
    v: Tensor, s: Tensor, lam: Tensor, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients for v, s and lam."""
    found = run("cauchy_backward", v, s, lam, grad)
    return found[0], found[1], found[2]


@cauchy.register_fake
def _(v: Tensor, s: Tensor, lam: Tensor) -> Tensor:
    del lam
    return v.new_empty((v.shape[0], s.shape[1]))


@cauchy_backward.register_fake
def _(v: Tensor, s: Tensor, lam: Tensor, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    del grad
    return torch.empty_like(v), torch.empty_like(s), torch.empty_like(lam)


differentiate(cauchy, cauchy_backward)
