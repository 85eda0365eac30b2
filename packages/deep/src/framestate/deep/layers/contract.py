"""What every layer of sequences offers, for models, training and streaming.

Sequences are (batch, length, d_model). A causal layer gives the same numbers three
ways: the whole sequence at once, chunk by chunk, and sample by sample.
"""

from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError

Interval = float | Tensor | None


@runtime_checkable
class SequenceLayer(Protocol):
    """An ``nn.Module`` from sequences to sequences of the same shape.

    Attributes
    ----------
    d_model : int
        Channels.
    causal : bool
        Whether y_n depends on u_0 .. u_n alone. Only a causal layer streams.
    """

    d_model: int

    @property
    def causal(self) -> bool:
        """Whether the layer streams."""
        ...

    def __call__(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        `interval` is the sample interval in units of the layer's own: a number,
        (batch,) or (batch, length); None is 1. `lengths` (batch,) are the true
        lengths of sequences padded at the right, for layers that also look ahead.
        """
        ...

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> Any:
        """Return the state at rest."""
        ...

    def step(
        self, u_t: Tensor, state: Any, *, interval: Interval = None
    ) -> tuple[Tensor, Any]:
        """Absorb one sample (batch, d_model): y_t of that shape, and the new state."""
        ...

    def prefill(
        self, u: Tensor, state: Any, *, interval: Interval = None
    ) -> tuple[Tensor, Any]:
        """Absorb a chunk (batch, length, d_model): y of that shape, and the state."""
        ...


def refuse_interval(layer: str, interval: Interval) -> None:
    """Refuse an interval where a layer knows samples and not time.

    Raises
    ------
    InvalidInputError
        If `interval` is not None.
    """
    if interval is not None:
        raise InvalidInputError(
            request=f"interval={interval} for {layer}",
            finding="this layer counts samples and has no dt",
            remedy="Resample the sequence, or take a state space layer.",
        )


def refuse_streaming(layer: str) -> InvalidInputError:
    """Return the error of a layer that looks ahead and is asked to stream."""
    return InvalidInputError(
        request=f"streaming through {layer}",
        finding="it is not causal: an output waits for samples to come",
        remedy="Call it on whole sequences, or build the causal layer.",
    )
