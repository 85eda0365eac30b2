"""Whole models by name."""

import torch

from framestate.deep.errors import require_count
from framestate.deep.models import SequenceModel
from framestate.deep.recipes.trees import multires


def multiresnet(  # noqa: PLR0913
    *,
    d_input: int,
    d_output: int,
    d_model: int = 256,
    n_layers: int = 10,
    kernel_size: int = 2,
    length: int = 1024,
    wavelet: str | None = None,
    trainable_filters: bool = True,
    pooling: str | None = "mean",
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
) -> SequenceModel:
    """MultiresNet (arXiv 2305.01638): (batch, time, d_input) -> (batch, d_output).

    The defaults are those of its sequential CIFAR-10, 1,365,514 parameters.

    Parameters
    ----------
    d_input, d_output : int
        Widths of a sample and of the answer.
    d_model, n_layers : int
        Width and number of blocks.
    kernel_size : int
        K >= 2, taps of the filters; that of the wavelet if one is named.
    length : int
        Samples that the deepest level of every tree sees.
    wavelet : str, optional
        First filters; random ones if absent.
    trainable_filters : bool
        Whether the filters are learned.
    pooling : str, optional
        "mean", "max", "last", or None for an answer at every sample.
    dropout : float
        Probability.
    generator : torch.Generator, optional
        Source of the first values (CPU); torch's own if absent.

    Raises
    ------
    framestate.frames.FramesError, InvalidInputError
        For an unknown wavelet, a bad size or name.
    """
    require_count("n_layers", n_layers)
    layers = [
        multires(
            wavelet,
            d_model=d_model,
            kernel_size=None if wavelet else kernel_size,
            length=length,
            trainable_filters=trainable_filters,
            generator=generator,
        )
        for _ in range(n_layers)
    ]
    return SequenceModel(
        d_input,
        d_output,
        layers,
        pooling=pooling,
        norm="post",
        dropout=dropout,
        generator=generator,
    )
