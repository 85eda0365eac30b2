"""Epochs over arrays: AdamW, warm-up and cosine, early stopping, best weights kept.

An objective says what is minimized: of an index of rows it returns the sum of the
losses and the sum of their weights, whose ratio over a batch is differentiated and
over an epoch is reported.
"""

import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from math import cos, inf, isfinite, pi
from typing import final

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from framestate.deep.errors import TrainingError
from framestate.deep.estimators.progress import Progress
from framestate.deep.train import parameter_groups
from framestate.deep.train.loop import seeded

Objective = Callable[[Tensor], tuple[Tensor, Tensor]]
WARM_UP = 0.1  # share of all steps
DYNAMICS_LR = 1e-3  # A, B and dt: at most this, as S4 has it
LARGEST_GRADIENT = 1.0
TINY = torch.finfo(torch.float32).tiny  # a batch of no weight has no gradient


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to train.

    Attributes
    ----------
    lr, weight_decay : float
        Of AdamW.
    max_epochs, batch_size : int
        At most so many epochs, of batches of so many rows.
    patience : int or None
        Epochs without a better validation loss before it stops. None: never.
    """

    lr: float
    weight_decay: float
    max_epochs: int
    batch_size: int
    patience: int | None


@final
@dataclass(frozen=True, slots=True)
class History:
    """The mean loss of each epoch, and which epoch's weights were kept.

    Attributes
    ----------
    loss : tuple of float
        Over the training rows, as the weights went along.
    validation_loss : tuple of float
        Over the validation rows after each epoch; empty without them.
    best_epoch : int
        Counted from 1; 0 if no epoch was better than the start.
    """

    loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    best_epoch: int


def optimizer_of(model: nn.Module, plan: Plan) -> AdamW:
    """Return AdamW over the model's three groups of parameters."""
    rate = min(plan.lr, DYNAMICS_LR)
    decay = plan.weight_decay
    return AdamW(parameter_groups(model, lr=plan.lr, ssm_lr=rate, weight_decay=decay))


def train(
    model: nn.Module,
    objective: Objective,
    rows: tuple[Tensor, Tensor],
    plan: Plan,
    *,
    generator: torch.Generator,
    progress: Progress,
) -> History:
    """Train `model` in place and return its history.

    With validation rows the weights of the best epoch are kept, those at the start
    counting as epoch 0, and training stops after `patience` epochs without a better
    one; without them the last weights are kept. Ctrl-C ends it the same way, with a
    warning that says so; before the end of the first epoch it goes through.

    Parameters
    ----------
    model : nn.Module
        The network; afterwards in evaluation mode.
    objective : callable
        What is minimized.
    rows : (Tensor, Tensor)
        Rows to train on, and rows to validate on (or none).
    plan : Plan
        How.
    generator : torch.Generator
        Source of the order of the rows and of the dropout.
    progress : Progress
        Who is told.

    Raises
    ------
    TrainingError
        If a loss is not finite; the model then has the best weights before that.
    """
    optimizer = optimizer_of(model, plan)
    steps = plan.max_epochs * -(-len(rows[0]) // plan.batch_size)
    schedule = LambdaLR(optimizer, lambda step: share_of_lr(step, steps))
    run = _Run(model, plan, mean_loss(model, objective, rows[1], plan.batch_size))
    try:
        while run.goes_on():
            loss = one_epoch(
                model, objective, rows[0], optimizer, plan, generator, schedule
            )
            held_out = mean_loss(model, objective, rows[1], plan.batch_size)
            run.record(loss, held_out)
            progress.epoch(len(run.losses), loss, held_out)
    except KeyboardInterrupt:
        if not run.losses:
            raise
        run.warn()
    except TrainingError:
        run.restore()
        raise
    run.restore()
    progress.close(f"{len(run.losses)} epochs, weights of epoch {run.best}")
    return History(tuple(run.losses), tuple(run.validation), run.best)


@final
class _Run:
    """What has been seen so far, and the weights that are best."""

    def __init__(self, model: nn.Module, plan: Plan, held_out: float | None) -> None:
        self.model, self.plan = model, plan
        self.losses, self.validation = list[float](), list[float]()
        self.lowest = inf if held_out is None else held_out
        self.best, self.kept = 0, deepcopy(model.state_dict())

    def goes_on(self) -> bool:
        """Whether another epoch is due."""
        count, patience = len(self.losses), self.plan.patience
        stale = patience is not None and count - self.best >= patience
        return count < self.plan.max_epochs and not stale

    def record(self, loss: float, held_out: float | None) -> None:
        """Note an epoch; keep the weights if they are the best, or all there is."""
        self.losses.append(loss)
        if held_out is not None:
            self.validation.append(held_out)
            if held_out >= self.lowest:
                return
            self.lowest = held_out
        self.best, self.kept = len(self.losses), deepcopy(self.model.state_dict())

    def restore(self) -> None:
        """Put the best weights back."""
        self.model.load_state_dict(self.kept)
        self.model.eval()

    def warn(self) -> None:
        """Say that Ctrl-C was pressed, and what is kept."""
        warnings.warn(
            f"training was interrupted in epoch {len(self.losses) + 1} of "
            f"{self.plan.max_epochs}; the weights of epoch {self.best} are kept",
            stacklevel=5,
        )


def one_epoch(  # noqa: PLR0913
    model: nn.Module,
    objective: Objective,
    rows: Tensor,
    optimizer: AdamW,
    plan: Plan,
    generator: torch.Generator,
    schedule: LambdaLR | None = None,
) -> float:
    """Go once through the rows in random order; return the mean loss.

    Raises
    ------
    TrainingError
        If a loss is not finite.
    """
    model.train()
    total, weight = 0.0, 0.0
    order = rows[torch.randperm(len(rows), generator=generator)]
    with seeded(model, generator):
        for batch in order.split(plan.batch_size):
            optimizer.zero_grad(set_to_none=True)
            loss, share = objective(batch)
            _require_finite(loss.item())
            (loss / share.clamp(min=TINY)).backward()
            nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
            optimizer.step()
            if schedule is not None:
                schedule.step()
            total, weight = total + loss.item(), weight + share.item()
    model.eval()
    return total / max(weight, TINY)


@torch.no_grad()
def mean_loss(
    model: nn.Module, objective: Objective, rows: Tensor, batch_size: int
) -> float | None:
    """Return the mean loss in evaluation mode, None over no rows."""
    if len(rows) == 0:
        return None
    model.eval()
    parts = [objective(batch) for batch in rows.split(batch_size)]
    total = sum(loss.item() for loss, _ in parts)
    _require_finite(total)
    return total / max(sum(share.item() for _, share in parts), TINY)


def share_of_lr(step: int, steps: int) -> float:
    """Return the share of the learning rate: linear warm-up, then half a cosine."""
    rise = max(1.0, WARM_UP * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + cos(pi * (step - rise) / max(1.0, steps - rise)))


def _require_finite(loss: float) -> None:
    if not isfinite(loss):
        raise TrainingError(
            request="training",
            finding=f"the loss is {loss}",
            remedy="Lower lr, or use standardize=True if the scales are extreme.",
        )
