"""Which parts of a layer get gradients, by the names of its equation."""

import torch
from torch import Tensor, nn

from framestate.deep.errors import require_name


def trainable_among(
    trainable: tuple[str, ...] | str, known: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names as a tuple in the order of the known ones.

    Raises
    ------
    InvalidInputError
        For a name that the layer does not have.
    """
    given = (trainable,) if isinstance(trainable, str) else trainable
    for name in given:
        require_name("trainable", name, known)
    return tuple(name for name in known if name in given)


def parameter(name: str, value: Tensor, trainable: tuple[str, ...]) -> nn.Parameter:
    """Return a value in the default dtype, with gradients if its part is trained."""
    value = value.to(torch.get_default_dtype()).clone()
    return nn.Parameter(value, requires_grad=name in trainable)
