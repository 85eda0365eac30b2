"""A network that says at each sample how the series goes on."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from framestate.deep.layers.contract import refuse_streaming
from framestate.deep.models import SequenceModel

Forecasts = Float[Tensor, "batch *length horizon channels"]


@final
class ForecastNetwork(nn.Module):
    """z_t + change: the forecast of z_{t+1} .. z_{t+horizon} at each sample t.

    The model predicts changes from the last sample, so that a series far from where
    it was in training is still continued from where it is. A missing last sample
    stands at 0, the mean.

    Parameters
    ----------
    model : SequenceModel
        (batch, length, d_input) -> (batch, length, horizon channels), causal; the
        series are the first channels of its input.
    horizon, channels : int
        Samples ahead, and channels of the series.

    Raises
    ------
    InvalidInputError
        If the model looks ahead: it would see what it is to predict.
    """

    def __init__(self, model: SequenceModel, horizon: int, channels: int) -> None:
        super().__init__()
        if not model.causal:
            raise refuse_streaming("a forecaster")
        self.model, self.horizon, self.channels = model, horizon, channels
        self.head = model.head

    def forward(self, u: Tensor) -> Forecasts:
        """Return (batch, length, horizon, channels)."""
        return self._continued(u, self.model(u))

    def initial_state(self, batch_size: int) -> Any:
        """Return the state before the first sample."""
        return self.model.initial_state(batch_size)

    def step(self, u_t: Tensor, state: Any) -> tuple[Forecasts, Any]:
        """Absorb one sample (batch, d_input): (batch, horizon, channels)."""
        y, state = self.model.step(u_t, state)
        return self._continued(u_t, y), state

    def prefill(self, u: Tensor, state: Any) -> tuple[Forecasts, Any]:
        """Absorb a chunk: (batch, length, horizon, channels)."""
        y, state = self.model.prefill(u, state)
        return self._continued(u, y), state

    def rolled(
        self, u: Tensor, samples: int
    ) -> Float[Tensor, "batch samples channels"]:
        """Return what comes after u, each `horizon` samples fed back as if seen."""
        state, parts = self.initial_state(u.shape[0]), list[Tensor]()
        for _ in range(0, samples, self.horizon):
            y, state = self.prefill(u, state)
            parts.append(y[:, -1])
            seen = torch.zeros_like(u[:, :1]).expand(-1, self.horizon, -1).clone()
            seen[..., : self.channels] = parts[-1]
            u = seen
        return torch.cat(parts, 1)[:, :samples]

    def _continued(self, u: Tensor, change: Tensor) -> Forecasts:
        shape = (self.horizon, self.channels)
        return u[..., None, : self.channels] + change.unflatten(-1, shape)
