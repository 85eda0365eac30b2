"""What every baseline asks of its input."""

import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError, require_real


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
