"""Normalization of channels that knows of padding."""

from typing import final

import torch
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError, require_name
from framestate.deep.models.lengths import true_samples

NORM_KINDS = ("layer", "batch")


@final
class ChannelNorm(nn.Module):
    """Layer norm over the channels, or batch norm over batch and time.

    In training, batch norm takes mean and variance over the true samples only:
    padding moves neither the outputs nor the running statistics. In evaluation it
    uses the running ones and acts on each sample alone, so that it streams; a single
    step in training has no statistics and is refused.

    Parameters
    ----------
    kind : str
        "layer" or "batch".
    d_model : int
        Channels.

    Raises
    ------
    InvalidInputError
        For an unknown kind, or a step through batch norm in training.
    """

    def __init__(self, kind: str, d_model: int) -> None:
        super().__init__()
        require_name("norm_kind", kind, NORM_KINDS)
        self.kind = kind
        self.norm: nn.LayerNorm | nn.BatchNorm1d = (
            nn.LayerNorm(d_model) if kind == "layer" else nn.BatchNorm1d(d_model)
        )

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return x, (batch, length, d_model) or (batch, d_model), normalized."""
        if isinstance(self.norm, nn.LayerNorm):
            return self.norm(x)
        if self.training and x.ndim == 2:
            raise InvalidInputError(
                request="a step through batch norm in training",
                finding="one sample has no mean and variance over time",
                remedy="Call model.eval() before streaming.",
            )
        if self.training and lengths is not None:
            return _over_true_samples(self.norm, x, lengths)
        return self.norm(x.flatten(0, -2)).view_as(x)


def _over_true_samples(norm: nn.BatchNorm1d, x: Tensor, lengths: Tensor) -> Tensor:
    """Batch norm by its definition, every sum over the true samples alone."""
    true = true_samples(lengths, x.shape[1])[..., None]
    count = lengths.sum()
    mean = torch.where(true, x, 0).sum((0, 1)) / count
    variance = torch.where(true, x - mean, 0).square().sum((0, 1)) / count
    if norm.running_mean is not None and norm.running_var is not None:
        rate = 0.1 if norm.momentum is None else norm.momentum
        with torch.no_grad():
            unbiased = variance * count / (count - 1).clamp(min=1)
            norm.running_mean.lerp_(mean, rate)
            norm.running_var.lerp_(unbiased, rate)
    return (x - mean) * (norm.weight * torch.rsqrt(variance + norm.eps)) + norm.bias
