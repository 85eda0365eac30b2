"""No step is taken with a number that is not one."""

import torch
from torch import Tensor, nn

from framestate.bench.errors import ResultError


def first_bad(model: nn.Module) -> str | None:
    """Name of the first parameter with a NaN or an infinity in it, None if none has."""
    for name, parameter in model.named_parameters():
        if not is_finite(parameter):
            return f"parameter {name}"
    return None


def first_bad_gradient(model: nn.Module) -> str | None:
    """Name of the first parameter whose gradient has a NaN or an infinity in it."""
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and not is_finite(parameter.grad):
            return f"gradient of {name}"
    return None


def is_finite(tensor: Tensor) -> bool:
    """Whether every entry is a finite number."""
    return bool(torch.isfinite(tensor.detach()).all())


def not_finite(step: int, tensor: str, kept: int | None) -> ResultError:
    """The error of a step, counted from 1, and the last checkpoint before it."""
    start = "no checkpoint was written before it"
    held = start if kept is None else f"the checkpoint of step {kept} is kept"
    return ResultError(
        request=f"training step {step}",
        finding=f"NaN or infinity in the {tensor}; {held}",
        remedy="Lower lr or ssm_lr, set clip_norm, add warmup, or use precision='32'.",
    )
