"""A fitted estimator on a live signal: one sample in, the answer so far out."""

from collections.abc import Callable
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.batches import device_of_network


@final
class SequenceStream:
    """The running prediction for one sequence, in constant memory.

    After the same samples it is what the estimator says of the whole sequence. A
    stream belongs to the network as it was when the stream was made: training goes
    on with a new stream.

    Parameters
    ----------
    model : nn.Module
        A causal network that steps.
    to_network : callable
        Samples (length, channels) -> (1, length, d_input).
    to_user : callable
        The network's answer (1, ...) -> the prediction.

    Raises
    ------
    InvalidInputError
        If the network looks ahead, and for samples that are not of its channels.
    """

    def __init__(
        self,
        model: Any,
        to_network: Callable[[np.ndarray], Tensor],
        to_user: Callable[[np.ndarray], Any],
    ) -> None:
        self.model, self.to_network, self.to_user = model, to_network, to_user
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next sample is the first of a new sequence."""
        self.model.eval()
        self.state = self.model.initial_state(1)
        self.count = 0

    def push(self, sample: Any) -> Any:
        """Absorb one sample, a number or (channels,): the prediction so far."""
        values = np.atleast_1d(sample)
        if values.ndim != 1:
            raise InvalidInputError(
                request=f"one sample of shape {values.shape}",
                finding="a sample is a number, or one number per channel",
                remedy="Use extend for several samples (length, channels).",
            )
        with torch.no_grad():
            u = self.to_network(values[None]).to(device_of_network(self.model))
            y, self.state = self.model.step(u[:, 0], self.state)
        return self._answered(y, 1)

    def extend(self, samples: Any) -> Any:
        """Absorb several, (length,) or (length, channels): the prediction so far."""
        values = np.asarray(samples)
        values = values[:, None] if values.ndim == 1 else values
        with torch.no_grad():
            u = self.to_network(values).to(device_of_network(self.model))
            y, self.state = self.model.prefill(u, self.state)
        y = y[:, -1] if self.model.head.per_sample else y
        return self._answered(y, len(values))

    def _answered(self, y: Tensor, count: int) -> Any:
        self.count += count
        return self.to_user(y.double().cpu().numpy())
