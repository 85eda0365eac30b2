"""What comes into a layer: shape, width, precision."""

import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError, require_real

_HALVES = (torch.float16, torch.bfloat16)


def entered(u: Tensor, d_model: int, dtype: torch.dtype, *, time: bool) -> Tensor:
    """Return the input in the layer's precision, or refuse it.

    Parameters
    ----------
    u : Tensor
        (batch, length, d_model) with `time`, else (batch, d_model).
    d_model : int
        Channels of the layer.
    dtype : torch.dtype
        Precision of its parameters.
    time : bool
        Whether there is an axis of samples.

    Returns
    -------
    Tensor
        The same; one in half precision, under autocast, in `dtype`.

    Raises
    ------
    InvalidInputError
        If the rank, the width or the dtype is another one, or it is empty.
    """
    if u.dtype in _HALVES and torch.is_autocast_enabled(u.device.type):
        u = u.to(dtype)
    name = "u" if time else "u_t"
    axes = "(batch, length, d_model)" if time else "(batch, d_model)"
    require_real(name, u, ndim=3 if time else 2, axes=axes)
    request = f"{name} of shape {tuple(u.shape)} and dtype {u.dtype}"
    if u.shape[-1] != d_model:
        raise InvalidInputError(
            request=request,
            finding=f"the layer has d_model = {d_model} channels",
            remedy=f"Give {name} as {axes} with {d_model} channels last.",
        )
    if u.dtype != dtype:
        raise InvalidInputError(
            request=request,
            finding=f"the layer's parameters are {dtype}",
            remedy=f"Use {name}.to(layer.C.dtype), layer.float() or layer.double().",
        )
    return u


def real_input(name: str, u: Tensor, like: Tensor, d_model: int, axes: str) -> Tensor:
    """Return u in the dtype of the parameter `like`, or refuse it.

    Raises
    ------
    InvalidInputError
        If the rank, width or dtype does not fit.
    """
    if torch.is_autocast_enabled(u.device.type) and u.is_floating_point():
        u = u.to(like.dtype)
    require_real(name, u, ndim=len(axes.split(",")), axes=axes)
    if u.shape[-1] != d_model or u.dtype != like.dtype:
        raise InvalidInputError(
            request=f"{name} of shape {tuple(u.shape)} and dtype {u.dtype}",
            finding=f"the layer has d_model = {d_model} and {like.dtype} parameters",
            remedy=f"Give {name} as {axes} in that width and dtype.",
        )
    return u
