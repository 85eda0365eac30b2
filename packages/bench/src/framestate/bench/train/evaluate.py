"""A whole split, read without gradients."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from framestate.bench.data.task import Split, Task
from framestate.bench.train.examples import Examples
from framestate.bench.train.loader import in_order
from framestate.bench.train.losses import answer_of
from framestate.bench.train.metrics import Meter
from framestate.bench.train.tensors import Tensors


def _go_on() -> None:
    """Do not break off."""


def evaluate(  # noqa: PLR0913
    model: nn.Module,
    task: Task,
    split: Split,
    *,
    batch: int,
    workers: int,
    device: torch.device,
    rank: int = 0,
    world: int = 1,
    precision: Callable[[], AbstractContextManager[Any]] = nullcontext,
    poll: Callable[[], None] = _go_on,
    examples: Examples | None = None,
) -> dict[str, float]:
    """Loss and metrics of a model on a split, by name.

    Parameters
    ----------
    model : nn.Module
        Left in the mode, training or evaluation, that it was in.
    task : Task
        What is asked.
    split : Split
        Of which rows.
    batch, workers : int
        Rows at a time over all processes, and threads that prepare them.
    device : torch.device
        Where the model is.
    rank, world : int
        This process, of how many; each reads its share and all get the sums.
    precision : callable
        Gives a context for each batch, such as that of automatic mixed precision.
    poll : callable
        Called before each batch; it may raise to break off.
    examples : Examples or None
        Takes the number of each example that this process reads.

    Raises
    ------
    ResultError
        If the metric is not a number.
    """
    meter, training = Meter(task, device), model.training
    batches = in_order(
        task, split, batch=batch, workers=workers, rank=rank, world=world
    )
    model.eval()
    try:
        for tensors, counts in batches:
            poll()
            moved = _moved(tensors, device)
            with torch.no_grad(), precision():
                answer = answer_of(model, task, moved)
            if counts:
                meter.add(answer, moved.targets)
                if examples is not None:
                    examples.add(answer, moved.targets)
    finally:
        batches.close()
        model.train(training)
    return meter.values()


def _moved(tensors: Tensors, device: torch.device) -> Tensors:
    inputs, lengths, targets = tensors
    return Tensors(
        inputs.to(device, non_blocking=True),
        None if lengths is None else lengths.to(device, non_blocking=True),
        targets.to(device, non_blocking=True),
    )
