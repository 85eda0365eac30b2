"""From settings and a task to a model that takes the task's batches.

A model is called with (inputs, lengths=..) as `framestate.bench.data.task.Batch` has
them, as tensors, and returns what the loss of the task's kind compares with targets.
"""

from typing import final

import torch
from torch import Tensor, nn

from framestate.bench.data.task import Task
from framestate.bench.networks.layers import layer
from framestate.bench.networks.settings import NetSettings
from framestate.deep.layers import SequenceLayer
from framestate.deep.models import (
    Block,
    DensityHead,
    PooledHead,
    SequenceModel,
    SinusoidalPositions,
    TokenEncoder,
    WindowHead,
    forecast_input,
)
from framestate.deep.models.encoders import Encoder, LinearEncoder
from framestate.deep.models.heads import Head


def build(settings: NetSettings, task: Task, *, seed: int) -> nn.Module:
    """The network for a task, its first values a function of the seed.

    Raises
    ------
    UnknownTaskError
        If there is no layer of that name.
    framestate.deep.InvalidInputError, framestate.frames.FramesError
        If a setting is out of range.
    """
    generator = torch.Generator().manual_seed(seed)
    length = task.max_length + task.horizon
    blocks = [
        _block(settings, layer(settings, length, generator), generator)
        for _ in range(settings.depth)
    ]
    encoder, head = (
        _encoder(settings, task, generator),
        _head(settings, task, generator),
    )
    positions = None
    if settings.layer == "transformer":
        positions = SinusoidalPositions(settings.width)
    model = SequenceModel(encoder, head, blocks, positions=positions)
    match task.kind:
        case "forecast":
            return Forecaster(model, task.horizon)
        case "retrieval":
            return Comparison(model)
        case _:
            return model


@final
class Forecaster(nn.Module):
    """A model of (history, then zeros) that answers over the horizon."""

    def __init__(self, model: SequenceModel, horizon: int) -> None:
        super().__init__()
        self.model, self.horizon = model, horizon

    def forward(self, u: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """(batch, history, d) -> (batch, horizon, outputs)."""
        del lengths  # a history is of one length
        return self.model(forecast_input(u, self.horizon))


@final
class Comparison(nn.Module):
    """A model of two documents, each encoded by itself."""

    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, u: Tensor, *, lengths: Tensor | None = None) -> Tensor:
        """(batch, 2, L) and (batch, 2) -> (batch, classes)."""
        both = None if lengths is None else lengths.flatten()
        return self.model(u.flatten(0, 1), lengths=both)


def _block(
    settings: NetSettings, inner: SequenceLayer, generator: torch.Generator
) -> Block:
    if settings.layer == "transformer":  # has norm, mixing and residual inside
        return Block(
            inner, norm="none", activation="none", mixing="none", residual=False
        )
    return Block(
        inner,
        norm=settings.norm,
        norm_kind=settings.norm_kind,
        activation=settings.activation,
        mixing=settings.mixing,
        residual=settings.residual,
        dropout=settings.dropout,
        tie_dropout=True,
        generator=generator,
    )


def _encoder(settings: NetSettings, task: Task, generator: torch.Generator) -> Encoder:
    width = settings.width
    if task.vocabulary is not None:
        return TokenEncoder(
            task.vocabulary, width, padding_index=0, generator=generator
        )
    extra = 1 if task.kind == "forecast" else 0  # the mark of the horizon
    assert task.channels is not None
    return LinearEncoder(task.channels + extra, width, generator=generator)


def _head(settings: NetSettings, task: Task, generator: torch.Generator) -> Head:
    width, outputs = settings.width, task.outputs
    match task.kind:
        case "forecast":
            return WindowHead(width, outputs, task.horizon, generator=generator)
        case "density":
            return DensityHead(
                width,
                channels=outputs,
                mixtures=settings.mixtures,
                generator=generator,
            )
        case _:
            pairs = task.kind == "retrieval"
            return PooledHead(
                width,
                outputs,
                pooling=settings.pooling,
                pairs=pairs,
                generator=generator,
            )
