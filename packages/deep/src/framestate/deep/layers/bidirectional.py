"""Two causal layers, one of them looking back from the end (as S4 does)."""

from typing import final

import torch
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.contract import (
    Interval,
    SequenceLayer,
    refuse_streaming,
)
from framestate.deep.layers.reversal import reversal, until_next
from framestate.deep.spec import Spec, spec_of


@final
class Bidirectional(nn.Module):
    """y_n = f(u_0 .. u_n) + b(u_L .. u_{n+1}): all samples, each counted once.

    The backward layer reads the sequence from its last sample and gives its output
    one sample earlier, so that u_n reaches y_n by the forward layer alone; the last
    sample's backward part is 0. Where an interval is given for every sample, what was
    before a sample is then after it. Sequences that are padded at the right are
    reversed within their true `lengths`: what is in the padding reaches no output
    before it. Such a layer is not causal and does not stream.

    Parameters
    ----------
    forward_layer, backward_layer : SequenceLayer
        Causal layers of one width.

    Raises
    ------
    InvalidInputError
        If one is not causal, or the widths differ.
    """

    causal: bool = False

    def __init__(
        self, forward_layer: SequenceLayer, backward_layer: SequenceLayer
    ) -> None:
        super().__init__()
        widths = forward_layer.d_model, backward_layer.d_model
        causal = forward_layer.causal, backward_layer.causal
        if widths[0] != widths[1] or not all(causal):
            raise InvalidInputError(
                request=f"two directions of widths {widths}, causal {causal}",
                finding="both directions are causal layers of one width",
                remedy="Build two causal layers with the same d_model.",
            )
        self.d_model = forward_layer.d_model
        self.forward_layer, self.backward_layer = forward_layer, backward_layer

    @property
    def spec(self) -> Spec:
        """How the layer was made.

        Raises
        ------
        InvalidInputError
            If a direction was not made by a recipe.
        """
        directions = ("forward_layer", "backward_layer")
        return Spec(
            "Bidirectional", {name: spec_of(getattr(self, name)) for name in directions}
        )

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u.

        Raises
        ------
        InvalidInputError
            If `u`, the interval or `lengths` does not fit.
        """
        ahead = self.forward_layer(u, interval=interval)
        back = reversal(lengths, u.shape[0], u.shape[1])
        late = self.backward_layer(back(u), interval=until_next(interval, back))
        # In the reversed order, one sample later is one sample earlier in time.
        late = torch.cat((torch.zeros_like(late[:, :1]), late[:, :-1]), 1)
        return ahead + back(late)

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> None:
        """Refuse to stream.

        Raises
        ------
        InvalidInputError
            Always.
        """
        del batch_size, device
        raise refuse_streaming("a bidirectional layer")

    def step(self, u_t: Tensor, state: object, *, interval: Interval = None) -> None:
        """Refuse to stream, as `initial_state` does."""
        del u_t, state, interval
        raise refuse_streaming("a bidirectional layer")

    def prefill(self, u: Tensor, state: object, *, interval: Interval = None) -> None:
        """Refuse to stream, as `initial_state` does."""
        del u, state, interval
        raise refuse_streaming("a bidirectional layer")
