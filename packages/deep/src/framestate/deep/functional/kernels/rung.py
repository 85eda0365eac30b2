"""Which implementation of a kernel serves a tensor.

`framestate.ssm.kernels.blocked` takes tensors as they are, on any device. Tensors on a
CUDA device go to `framestate.ssm.kernels.cuda` where CuPy is installed, without a copy
and on PyTorch's current stream.
"""

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor

from framestate.ssm.kernels import blocked, cuda


def run(name: str, *arguments: Tensor | int) -> tuple[Tensor, ...]:
    """The results of the kernel of that name, each a new tensor."""
    first = next(a for a in arguments if isinstance(a, Tensor))
    if first.is_cuda and _has_cupy():
        stream = torch.cuda.current_stream(first.device)
        with cuda.using(first.device.index, stream):
            found = getattr(cuda, name)(*map(_detached, arguments))
            results = found if isinstance(found, tuple) else (found,)
            return tuple(torch.from_dlpack(result) for result in results)
    with torch.no_grad(), first.device:  # new arrays stand beside the tensors
        found = getattr(blocked, name)(*map(_detached, arguments))
    results = found if isinstance(found, tuple) else (found,)
    return tuple(map(_whole, results))


def _whole(result: Tensor) -> Tensor:
    """The tensor with a storage of its own, as a fake tensor promises it."""
    size = result.untyped_storage().nbytes()
    if result.is_contiguous() and size == result.numel() * result.itemsize:
        return result
    return result.clone(memory_format=torch.contiguous_format)


def _detached(argument: Tensor | int) -> Any:
    """A tensor that exporters accept: no graph, no lazy conjugate."""
    if isinstance(argument, int):
        return argument
    return argument.detach().resolve_conj().resolve_neg()


@cache
def _has_cupy() -> bool:
    return importlib.util.find_spec("cupy") is not None


def differentiate(operator: Any, backward: Callable[..., Any]) -> None:
    """Give an operator of tensors alone its gradients, ``backward(*inputs, grad)``."""

    def setup(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        del output
        ctx.save_for_backward(*inputs)

    def gradients(ctx: Any, grad: Tensor) -> Any:
        return backward(*ctx.saved_tensors, grad)

    operator.register_autograd(gradients, setup_context=setup)
