"""A net of one block, trained to give back its input as it was some samples ago.

The common part of the training runs: what they differ in is where sequences come from.
Samples are compared by mean squared error, tokens by cross-entropy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss

from framestate.bench.networks import NetSettings
from framestate.bench.networks.layers import layer
from framestate.deep import models, train


@final
@dataclass(frozen=True)
class Recipe:
    """The net and its training.

    Attributes
    ----------
    net : NetSettings
        Its one block; no norm, which would take the amplitude away that is asked for.
    lag, length : int
        Delay and length of a sequence, samples.
    steps : int
        Updates.
    lr : float
        Learning rate (AdamW); that of dt is a quarter of it.
    evaluate : int
        Steps between two evaluations on the test sequences.
    """

    net: NetSettings
    lag: int
    length: int
    steps: int
    lr: float
    evaluate: int


@final
@dataclass(frozen=True, eq=False)
class Material:
    """Sequences to learn from and to be tested on.

    Attributes
    ----------
    draw : callable
        A batch of training sequences, (batch, length, 1) samples or (batch, length)
        tokens.
    test : Tensor
        The test sequences, of the same form.
    vocabulary : int or None
        Number of tokens; None for samples.
    """

    draw: Callable[[np.random.Generator], Tensor]
    test: Tensor
    vocabulary: int | None = None


@final
@dataclass(frozen=True)
class Recalled:
    """What came out of one training.

    Attributes
    ----------
    losses : tuple of (int, float)
        Step and loss on its batch.
    tests : tuple of (int, float)
        Step and error on the test sequences; the last is the result.
    right : float
        Share of tokens given back, 0 for samples.
    parameters : int
        Numbers that were trained.
    """

    losses: tuple[tuple[int, float], ...]
    tests: tuple[tuple[int, float], ...]
    right: float
    parameters: int


def recall(recipe: Recipe, material: Material, *, seed: int) -> Recalled:
    """Train one net; first weights and batches are functions of the seed.

    Raises
    ------
    framestate.deep.TrainingError
        If a loss is not finite.
    """
    generator = torch.Generator().manual_seed(seed)
    model = _model(recipe, material, generator)
    lag, seen = recipe.lag, list[tuple[int, float]]()

    def loss(prediction: Tensor, target: Tensor) -> Tensor:
        return distance(prediction[:, lag:], target[:, lag:])

    def on_step(step: int, value: float) -> None:
        del value
        if step % recipe.evaluate == 0 or step == recipe.steps:
            seen.append((step, float(loss(_answer(model, material), target))))

    target = delayed(material.test, lag)
    trained = train.fit(
        model,
        _batches(recipe, material, seed),
        steps=recipe.steps,
        lr=recipe.lr,
        ssm_lr=recipe.lr / 4,
        loss=loss,
        clip_norm=1.0,
        generator=generator,
        on_step=on_step,
    )
    return Recalled(
        losses=tuple(enumerate(trained.losses, start=1)),
        tests=tuple(seen),
        right=_right(model, material, lag),
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
    )


def distance(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of samples, cross-entropy (nats) of tokens."""
    if target.is_floating_point():
        return mse_loss(prediction, target)
    return cross_entropy(prediction.flatten(0, 1), target.flatten())


def delayed(inputs: Tensor, lag: int) -> Tensor:
    """The inputs as they were `lag` samples ago; the first `lag` mean nothing."""
    return torch.roll(inputs, lag, dims=1)


def _model(
    recipe: Recipe, material: Material, generator: torch.Generator
) -> models.SequenceModel:
    net, tokens = recipe.net, material.vocabulary
    inner = layer(net, recipe.length, generator)
    encoder = 1
    if tokens is not None:
        encoder = models.TokenEncoder(
            tokens, net.width, padding_index=0, generator=generator
        )
    return models.SequenceModel(
        encoder,
        tokens or 1,
        [inner],
        norm="none",
        activation=net.activation,
        mixing=net.mixing,
        residual=net.residual,
        generator=generator,
    )


def _batches(
    recipe: Recipe, material: Material, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    rng = np.random.default_rng(seed)
    for _ in range(recipe.steps):
        inputs = material.draw(rng)
        yield inputs, delayed(inputs, recipe.lag)


def _answer(model: models.SequenceModel, material: Material) -> Tensor:
    with torch.no_grad():
        return model(material.test)


def _right(model: models.SequenceModel, material: Material, lag: int) -> float:
    if material.vocabulary is None:
        return 0.0
    found = _answer(model, material).argmax(dim=-1)
    same = found[:, lag:] == delayed(material.test, lag)[:, lag:]
    return float(same.double().mean())
