"""Train a model on a task into a folder, and go on where it was broken off."""

import os
from contextlib import nullcontext
from pathlib import Path

from torch import nn

from framestate.bench.data.task import Task
from framestate.bench.errors import DataError, InvalidInputError
from framestate.bench.train import identity
from framestate.bench.train.checkpoints import Checkpoints
from framestate.bench.train.distributed import Placement, placement
from framestate.bench.train.events import Listener, silent
from framestate.bench.train.extras import require_extra
from framestate.bench.train.loader import Plan
from framestate.bench.train.lock import locked
from framestate.bench.train.order import batches_per_epoch
from framestate.bench.train.settings import TrainSettings
from framestate.bench.train.trained import RESULT, Trained, read_trained

RESUME = ("auto", "never", "must")


def train(
    model: nn.Module,
    task: Task,
    settings: TrainSettings,
    folder: Path,
    *,
    on_event: Listener = silent,
    resume: str = "auto",
) -> Trained:
    """Train, or finish a training that was broken off; a finished one is only read.

    On a CPU a training that was stopped or killed at any step, and called again with
    the same arguments, ends in the same bits as one that was not. Under torchrun or
    srun every process makes the same call. The selection is by the validation split
    alone; the test split is read once.

    Parameters
    ----------
    model : nn.Module
        Takes (inputs, lengths=..), see `answer_of`; built from the same seed each time.
        Afterwards it has the best weights, on the CPU, if it was trained here.
    task : Task
        Data, and what is asked.
    settings : TrainSettings
        How.
    folder : Path
        Where checkpoints, curves and the result are kept; one training a folder.
    on_event : callable
        Called with each `Event`, such as by `progress_bar`.
    resume : {"auto", "never", "must"}
        Go on if the folder has a training; begin anew, which deletes it; go on or fail.

    Returns
    -------
    Trained
        Numbers and curves.

    Raises
    ------
    InvalidInputError
        If model, task, settings, folder and device do not fit one another, or the extra
        is not installed.
    InterruptedTrainingError
        If SIGTERM or Ctrl-C asked to stop; a checkpoint is written.
    ResultError
        If a loss, gradient or weight is NaN or infinite.
    ExperimentError
        If memory ran out; it says which batch would fit.
    OutputError
        If the folder cannot be written, or another process writes there.
    DataError
        If the data, or all checkpoints, are damaged.
    """
    require_extra("train", f"training on {task.name}")
    place = placement(settings, os.environ)
    _require_choice(resume)
    plan = _plan(task, settings, place)
    with locked(folder) if plan.rank == 0 else nullcontext():
        if plan.rank == 0:
            _prepare(folder, identity.identity(task, settings, model), resume)
        finished = read_trained(folder) if resume != "never" else None
        if finished is None:
            from framestate.bench.train.fit import fit  # Lightning, only now

            fit(
                model,
                task,
                settings,
                folder,
                place=place,
                plan=plan,
                on_event=on_event,
            )
            finished = read_trained(folder)
    if finished is None:
        raise DataError(
            request=f"training into {folder}",
            finding="it has ended without a result",
            remedy="All processes must see the same folder.",
        )
    return finished


def _plan(task: Task, settings: TrainSettings, place: Placement) -> Plan:
    """Which batches there are; refuse a split that is too small for one step."""
    rows, step = len(task.train), settings.batch * settings.accumulate
    batch, accumulate = settings.batch, settings.accumulate
    per_epoch = batches_per_epoch(rows, batch=batch, accumulate=accumulate)
    for name, split in (("validation", task.validation), ("test", task.test)):
        if len(split) == 0:
            raise DataError(
                request=f"training on {task.name}",
                finding=f"its {name} split is empty",
                remedy="Give rows to select by, and rows to test on.",
            )
    if per_epoch == 0:
        raise InvalidInputError(
            request=f"steps of {step} rows (batch {batch} x accumulate {accumulate})",
            finding=f"the training split of {task.name} has {rows}",
            remedy=f"Use at most {rows} rows a step.",
        )
    steps = settings.steps or (settings.epochs or 0) * per_epoch // accumulate
    _require_time(settings, steps)
    return Plan(
        batch=batch,
        per_epoch=per_epoch,
        total=steps * accumulate,
        seed=settings.seed,
        workers=settings.workers,
        bucket=settings.bucket,
        pin=place.accelerator == "cuda",
        rank=place.rank,
        world=place.world,
    )


def _require_time(settings: TrainSettings, steps: int) -> None:
    if settings.warmup >= steps:
        raise InvalidInputError(
            request=f"a warm-up of {settings.warmup} steps",
            finding=f"the whole training has {steps}",
            remedy="Shorten the warm-up, or train for longer.",
        )


def _require_choice(resume: str) -> None:
    if resume not in RESUME:
        raise InvalidInputError(
            request=f"resume={resume!r}",
            finding="it is not a known word",
            remedy=f"Use one of {', '.join(RESUME)}.",
        )


def _prepare(folder: Path, value: dict[str, object], resume: str) -> None:
    """Bring a folder into order before the first process goes on."""
    checkpoints = Checkpoints(folder)
    checkpoints.sweep()
    if resume == "never":
        checkpoints.remove(folder / RESULT)
        checkpoints.clear()
    elif identity.has_identity(folder):
        identity.require_identity(folder, value)
        return
    elif resume == "must":
        raise DataError(
            request=f"resuming from {folder}",
            finding="no training was begun there",
            remedy='Use resume="auto" to begin one.',
        )
    identity.write_identity(folder, value)
