"""How much memory a training took, and what would fit when it did not."""

import gc
import sys
from copy import deepcopy
from importlib.util import find_spec

import numpy as np
import torch
from torch import nn

from framestate.bench.data.task import Task
from framestate.bench.errors import ExperimentError
from framestate.bench.train.losses import answer_of, loss_of
from framestate.bench.train.settings import TrainSettings
from framestate.bench.train.tensors import Tensors, tensors_of


def peak_memory(device: torch.device) -> int | None:
    """Most bytes in use so far: of the GPU, or of this process; None if unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if find_spec("resource") is None:  # Windows
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or elsewhere."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "not enough memory" in str(error)


def fitting_batch(
    model: nn.Module, task: Task, batch: int, device: torch.device
) -> int | None:
    """Largest half, quarter, .. of a batch that went forward and backward.

    Tried with the first rows of the training split, in float32, without the state of an
    optimizer, and with norms as in evaluation, which one row alone can pass; None if not
    even one row fits.
    """
    model.to(device).eval()  # Lightning has put it on the CPU
    while batch > 1:
        batch //= 2
        model.zero_grad(set_to_none=True)
        gc.collect()
        if device.type == "cuda":
            torch.cuda.empty_cache()
        try:
            _try(model, task, batch, device)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        else:
            return batch
    return None


def out_of_memory(
    error: str,
    model: nn.Module,
    task: Task,
    settings: TrainSettings,
    device: torch.device,
    world: int,
) -> ExperimentError:
    """Find which batch would fit, and say how the step stays the same.

    Each of several processes looks for itself, with its own share of the batch and a
    copy of the model, since the gradients of the model itself wait for the others.
    Weights that are cut over the processes cannot be tried by one of them.
    """
    share = settings.batch // world
    if world > 1 and settings.strategy == "fsdp":
        remedy = _untried(settings, world)
    else:
        alone = model if world == 1 else deepcopy(model)
        fits = fitting_batch(alone, task, share, device)
        remedy = _tried(settings, share, fits, world)
    return ExperimentError(
        request=f"training with batch = {settings.batch}"
        + (f", {share} on each of {world} processes" if world > 1 else ""),
        finding=f"memory ran out ({error.partition(chr(10))[0]})",
        remedy=remedy,
    )


def _tried(settings: TrainSettings, share: int, fits: int | None, world: int) -> str:
    if fits is None:
        return "Use a smaller or shorter model: not even one row fits."
    batch, times = fits * world, settings.accumulate * -(-share // fits)
    rows, before = batch * times, settings.batch * settings.accumulate
    seen = "as many rows as before" if rows == before else f"{rows} rows, not {before}"
    return (
        f"batch = {batch} went through: use batch={batch} and accumulate={times}, "
        f"and a step sees {seen}."
    )


def _untried(settings: TrainSettings, world: int) -> str:
    half = settings.batch // (2 * world) * world
    if not half:
        return "Use a smaller or shorter model, or more processes: each has one row."
    times = settings.accumulate * -(-settings.batch // half)
    return (
        "No smaller batch was tried, since the weights are cut over the processes: "
        f"begin with batch={half} and accumulate={times}."
    )


def _try(model: nn.Module, task: Task, batch: int, device: torch.device) -> None:
    rows = np.arange(min(batch, len(task.train)), dtype=np.int64)
    inputs, lengths, targets = tensors_of(task.train.batch(rows), task)
    moved = Tensors(
        inputs.to(device),
        None if lengths is None else lengths.to(device),
        targets.to(device),
    )
    loss_of(task, answer_of(model, task, moved), moved.targets).backward()
    model.zero_grad(set_to_none=True)
