"""What a model carries from one sample to the next."""

from dataclasses import dataclass
from typing import Any, final

from torch import Tensor


@final
@dataclass(frozen=True, slots=True, eq=False)
class ModelState:
    """The state of a model after some samples; at rest it is all zeros.

    Attributes
    ----------
    position : Tensor
        Samples (patches) so far, int64 (batch,).
    blocks : tuple
        The state of every layer.
    head : tuple of Tensor
        What the head keeps: a running sum and count, a maximum, a window.
    """

    position: Tensor
    blocks: tuple[Any, ...]
    head: tuple[Tensor, ...]

    def detach(self) -> "ModelState":
        """Return the same state, cut from the graph.

        To be called after an optimizer step in the middle of a stream (truncated
        backpropagation).
        """
        return ModelState(self.position, _detached(self.blocks), _detached(self.head))


def _detached(state: Any) -> Any:
    """Cut a tensor, a tuple of states, or a layer's own state."""
    if isinstance(state, tuple):
        return tuple(_detached(part) for part in state)
    return state.detach()
