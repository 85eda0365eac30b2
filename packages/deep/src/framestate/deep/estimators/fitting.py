"""Fitting: what every estimator does between its data and its loss."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Int
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from torch import Tensor

from framestate.deep.estimators.batches import Inputs
from framestate.deep.estimators.network import network
from framestate.deep.estimators.progress import Progress
from framestate.deep.estimators.scaling import (
    network_input,
    no_scaling,
    standard_scaling,
)
from framestate.deep.estimators.sequences import Sequences
from framestate.deep.estimators.settings import Settings
from framestate.deep.estimators.training import (
    Objective,
    one_epoch,
    optimizer_of,
    train,
)
from framestate.deep.models import SequenceModel

FEWEST_HELD_OUT = 10  # fewer rows say too little to stop a training
LARGEST_SEED = 2**31 - 1
Rows = tuple[Tensor, Tensor]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What a network of one answer per sequence is to learn.

    Attributes
    ----------
    d_output : int
        Numbers it answers with.
    loss : callable
        (answers, rows) -> sum of the losses, sum of their weights.
    labels : ndarray, optional
        Class per row; each class is held out in its share.
    """

    d_output: int
    loss: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
    labels: Int[np.ndarray, " n"] | None = None


def learn(
    owner: Any,
    settings: Settings,
    sequences: Sequences,
    task: Task,
    *,
    resume: bool,
    one_pass: bool,
) -> None:
    """Fit an estimator of one answer per sequence, wholly or by one pass."""
    generator = source_of(owner, fresh=not (resume and one_pass))
    if not resume:
        owner.model_ = start(
            owner,
            settings,
            sequences,
            generator,
            d_output=task.d_output,
            length=sequences.values.shape[1],
            pooling=owner.pooling,
        )
    inputs = inputs_of(owner, sequences)

    def objective(rows: Tensor) -> tuple[Tensor, Tensor]:
        u, lengths = inputs.batch(rows, settings.device)
        return task.loss(owner.model_(u, lengths=lengths), rows)

    if one_pass:
        pass_once(owner, settings, objective, torch.arange(len(inputs)), generator)
    else:
        rows = split(len(inputs), task.labels, settings.validation_fraction, owner)
        run(owner, settings, objective, rows, generator)


def source_of(owner: Any, *, fresh: bool) -> torch.Generator:
    """Return a source of randomness from the estimator's random_state."""
    if fresh or not hasattr(owner, "_random"):
        owner._random = check_random_state(owner.random_state)
    return torch.Generator().manual_seed(int(owner._random.randint(LARGEST_SEED)))


def start(  # noqa: PLR0913
    owner: Any,
    settings: Settings,
    sequences: Sequences,
    generator: torch.Generator,
    *,
    d_output: int,
    length: int,
    pooling: str | None,
) -> SequenceModel:
    """Settle the scale of the inputs, and return an untrained network."""
    owner.scaling_ = (
        standard_scaling(sequences.values, sequences.true)
        if owner.standardize
        else no_scaling(sequences.channels)
    )
    owner.history_ = {"loss": []}
    vars(owner).pop("_optimizer", None)
    return network(
        settings,
        d_input=sequences.channels * (2 if owner.missing == "mask" else 1),
        d_output=d_output,
        pooling=pooling,
        length=length,
        generator=generator,
    )


def inputs_of(owner: Any, sequences: Sequences) -> Inputs:
    """Return sequences in the scale and precision of the estimator's network."""
    values = network_input(
        sequences,
        owner.scaling_,
        mask=owner.missing == "mask",
        dtype=next(owner.model_.parameters()).dtype,
    )
    return Inputs(values, torch.from_numpy(sequences.lengths))


def run(
    owner: Any,
    settings: Settings,
    objective: Objective,
    rows: Rows,
    generator: torch.Generator,
) -> None:
    """Train through all epochs, and write down how it went."""
    name, epochs = type(owner).__name__, settings.plan.max_epochs
    history = train(
        owner.model_.to(settings.device),
        objective,
        rows,
        settings.plan,
        generator=generator,
        progress=Progress(name, epochs, quiet=not owner.verbose),
    )
    owner.history_ = {"loss": list(history.loss)}
    if history.validation_loss:
        owner.history_["validation_loss"] = list(history.validation_loss)
    owner.best_epoch_ = history.best_epoch
    vars(owner).pop("_optimizer", None)


def pass_once(
    owner: Any,
    settings: Settings,
    objective: Objective,
    rows: Tensor,
    generator: torch.Generator,
) -> None:
    """Go once through the rows at the full learning rate, moments kept."""
    model = owner.model_.to(settings.device)
    if not hasattr(owner, "_optimizer"):
        owner._optimizer = optimizer_of(model, settings.plan)
    loss = one_epoch(model, objective, rows, owner._optimizer, settings.plan, generator)
    owner.history_ = {"loss": [*owner.history_["loss"], loss]}
    owner.best_epoch_ = len(owner.history_["loss"])


def split(
    n: int, labels: Int[np.ndarray, " n"] | None, fraction: float, owner: Any
) -> Rows:
    """Return rows to train on and rows to hold out, the latter none if too few.

    Classes are held out in their shares where each has two rows and a place.
    """
    held_out = int(fraction * n)
    if owner.patience is None or held_out < FEWEST_HELD_OUT:
        return torch.arange(n), torch.arange(0)
    if labels is not None:
        counts = np.bincount(labels)
        if counts.min() < 2 or len(counts) > held_out:
            labels = None
    fit, test = train_test_split(
        np.arange(n),
        test_size=held_out,
        stratify=labels,
        random_state=owner._random,
    )
    return torch.from_numpy(fit), torch.from_numpy(test)
