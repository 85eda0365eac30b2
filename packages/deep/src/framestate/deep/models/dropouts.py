"""Dropout with a mask that is shared along time, channels or neither."""

from typing import final

from torch import Tensor, nn
from torch.nn.functional import dropout

from framestate.deep.errors import InvalidInputError


@final
class SharedDropout(nn.Module):
    """Zero entries with one probability, whole channels or whole branches at once.

    Parameters
    ----------
    probability : float
        0 <= probability < 1; what is kept is divided by 1 - probability.
    over_time : bool
        One mask for all samples of a sequence (S4's tied dropout). Step by step
        each sample draws its own.
    over_channels : bool
        One mask for all channels; with `over_time`, stochastic depth (arXiv
        1603.09382): a residual branch is kept or left out per sequence.
    name : str
        What an error calls the probability.

    Raises
    ------
    InvalidInputError
        If the probability is out of range.
    """

    def __init__(
        self,
        probability: float,
        *,
        over_time: bool,
        over_channels: bool = False,
        name: str = "dropout",
    ) -> None:
        super().__init__()
        if not 0 <= probability < 1:
            raise InvalidInputError(
                request=f"{name}={probability}",
                finding="a probability below 1 is needed",
                remedy=f"Give 0 <= {name} < 1.",
            )
        self.probability = probability
        self.over_time = over_time
        self.over_channels = over_channels

    def forward(self, x: Tensor) -> Tensor:
        """Return x, (batch, length, channels) or (batch, channels), masked."""
        if not self.training or self.probability == 0:
            return x
        if not (self.over_time or self.over_channels):
            return dropout(x, self.probability)
        shape = list(x.shape)
        if self.over_time and x.ndim == 3:
            shape[1] = 1
        if self.over_channels:
            shape[-1] = 1
        return x * dropout(x.new_ones(shape), self.probability)

    def extra_repr(self) -> str:
        """Return the settings, for print(model)."""
        return (
            f"{self.probability}, over_time={self.over_time}, "
            f"over_channels={self.over_channels}"
        )
