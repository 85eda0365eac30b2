"""What a linear layer carries from one sample to the next: a real vector a channel."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float64
from torch import Tensor
from torch.utils import _pytree as pytree

from framestate.deep.errors import InvalidInputError, require_count


@final
@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """The state of a linear layer after some samples.

    Attributes
    ----------
    z : Tensor
        (batch, .., n), float64 whatever the layer's precision: a memory of many
        samples, rounded at each, would lose digits. A complex state is [Re, Im].
    """

    z: Float64[Tensor, "batch *rows n"]

    def detach(self) -> "Carried":
        """Return the same state, cut from the graph of the samples behind it."""
        return Carried(self.z.detach())


pytree.register_dataclass(Carried)


def at_rest(batch_size: int, *shape: int, device: torch.device | str | None) -> Carried:
    """Return zeros (batch_size, *shape).

    Raises
    ------
    InvalidInputError
        If batch_size < 1.
    """
    require_count("batch_size", batch_size)
    return Carried(torch.zeros(batch_size, *shape, dtype=torch.float64, device=device))


def rest_for(u: Tensor, *shape: int) -> Carried:
    """Return the zeros (batch, *shape) from which a batch of sequences starts."""
    rest = torch.zeros(u.shape[0], *shape, dtype=torch.float64, device=u.device)
    return Carried(rest)


def require_carried(state: Carried, *shape: int) -> None:
    """Refuse a state of another shape or precision.

    Raises
    ------
    InvalidInputError
        If the state does not fit the layer and the batch.
    """
    z = state.z
    if tuple(z.shape) != shape or z.dtype != torch.float64:
        raise InvalidInputError(
            request=f"a state of shape {tuple(z.shape)} and dtype {z.dtype}",
            finding=f"this input and layer need float64 {shape}",
            remedy=f"Start from layer.initial_state({shape[0]}).",
        )
