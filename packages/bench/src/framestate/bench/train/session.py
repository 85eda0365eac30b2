"""What one session does with a run folder, from the first step to the result.

Only the process of rank 0 writes; all of them read, decide and stop alike.
"""

import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import torch

from framestate.bench.data.task import Split, Task
from framestate.bench.errors import ResultError
from framestate.bench.train import distributed, events, guard
from framestate.bench.train.checkpoints import Checkpoints, write_bytes
from framestate.bench.train.evaluate import evaluate
from framestate.bench.train.examples import Examples
from framestate.bench.train.logs import Logs, curves
from framestate.bench.train.memory import peak_memory
from framestate.bench.train.primary import primary
from framestate.bench.train.settings import TrainSettings
from framestate.bench.train.standing import Standing
from framestate.bench.train.state import Parts, put_weights, weights_of
from framestate.bench.train.stop import InterruptedTrainingError, StopRequest
from framestate.bench.train.trained import RESULT, result_of, trained_text

RECENT = 0.9  # weight of the past in the speed that is shown


@final
@dataclass(frozen=True, eq=False)
class Host:
    """What Lightning has set up for this process.

    Attributes
    ----------
    device : torch.device
        Where the model is.
    rank, world : int
        This process, of how many.
    precision : callable
        Gives the context of a forward pass.
    """

    device: torch.device
    rank: int
    world: int
    precision: Callable[[], AbstractContextManager[Any]]


@final
class Session:
    """One session of a training.

    Parameters
    ----------
    task, settings
        What is trained, and how.
    folder : Path
        Where it is kept.
    steps : int
        Of the whole training.
    stop : StopRequest
        Whether a signal has come.
    on_event : callable
        Who listens.

    Attributes
    ----------
    standing : Standing
        How far it has come.
    """

    def __init__(
        self,
        task: Task,
        settings: TrainSettings,
        folder: Path,
        *,
        steps: int,
        stop: StopRequest,
        on_event: events.Listener,
    ) -> None:
        self.task, self.settings, self.folder = task, settings, folder
        self.steps, self.stop, self.on_event = steps, stop, on_event
        self.standing = Standing()
        self.metric, self.higher = primary(task)
        self.checkpoints = Checkpoints(folder, settings.keep)
        self._logs: Logs | None = None
        self._resumed_from: int | None = None
        self._kept: int | None = None
        self._saved_at, self._pace = time.monotonic(), 0.0
        self._stop_agreed, self._save_agreed = False, False

    def begin(self, parts: Parts, host: Host) -> None:
        """Go on from the newest whole checkpoint, or from the start.

        Raises
        ------
        DataError
            If there are checkpoints, and none of them is whole.
        """
        self.parts, self.host = parts, host
        step = distributed.from_first(self._newest(), host.device)
        if step:
            self.standing = parts.restore(self.checkpoints.load(step))
            self._resumed_from = self._kept = step
        if host.rank == 0:
            self._logs = Logs(self.folder, after=step)
        self._tell_start(step)
        if self.standing.pending:
            self._evaluate(step)
            self._save()
        if self.standing.stopped:  # only the test is missing
            parts.loader.load_state_dict({"position": parts.loader.plan.total})

    def wishes(self) -> tuple[float, float]:
        """Whether this process wants to stop, and to save: what is asked of all."""
        due = self.settings.checkpoint_every_seconds
        late = due is not None and time.monotonic() - self._saved_at >= due
        return float(self.stop.signum > 0), float(late)

    def agreed(self, *, stop: bool, save: bool) -> None:
        """What all processes do at the end of this step."""
        self._stop_agreed, self._save_agreed = stop, save

    def step(self, values: dict[str, float], *, seconds: float, waited: float) -> bool:
        """A step was taken: log, evaluate, keep; and say whether it was the last.

        Raises
        ------
        InterruptedTrainingError
            If a signal has asked to stop; the step is kept.
        OutputError
            If the folder cannot be written.
        ResultError
            If the weights, or an evaluation, are not finite.
        """
        rows = self.settings.batch * self.settings.accumulate
        self.standing = self.standing.stepped(seconds, waited, rows)
        step = self.standing.step
        if self._logs is not None:
            self._logs.step(step, values)
        self._show(values, seconds, rows)
        every = self.settings.checkpoint_every_steps
        due = self._save_agreed or self._stop_agreed
        due = due or (every is not None and step % every == 0)
        if self._evaluation_is_due(step):
            self._evaluate(step)
            due = True
        if due:
            self._save()
        if self._stop_agreed:
            raise self.interrupted()
        return self.standing.stopped != ""

    def finish(self) -> None:
        """Read the test split once, with the best weights, and write the result.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        parts, host = self.parts, self.host
        distributed.from_first(0, host.device)  # the best weights are written
        best = self.checkpoints.load_best(self.standing.best_step)
        put_weights(parts.model, best, sharded=parts.sharded)
        peak = peak_memory(host.device)
        # several processes have a part of the examples each, and keep none
        examples = Examples(self.task) if host.world == 1 else None
        test = self._measure(parts.model, self.task.test, examples)
        if self._logs is not None:
            self._logs.sync()
            result = result_of(
                self.task,
                parts.model,
                self.standing,
                test=test,
                scores=() if examples is None else examples.values(),
                curves=curves(self.folder),
                peak_memory=peak,
                resumed_from=self._resumed_from,
            )
            write_bytes(self.folder / RESULT, trained_text(result).encode())
        distributed.from_first(0, host.device)  # the result is written

    def close(self) -> None:
        """Close the logs."""
        if self._logs is not None:
            self._logs.close()
            self._logs = None

    def interrupted(self) -> InterruptedTrainingError:
        """The error that says where it goes on from."""
        signum = self.stop.signum or signal.SIGTERM  # another process was asked
        step, folder = self.standing.step, str(self.folder)
        return InterruptedTrainingError(signum=signum, step=step, folder=folder)

    def not_finite(self, tensor: str) -> ResultError:
        """The error of the step that is being taken."""
        return guard.not_finite(self.standing.step + 1, tensor, self._kept)

    def _newest(self) -> int:
        if self.host.rank != 0:
            return 0
        found = self.checkpoints.newest()
        for damaged in () if found is None else found.damaged:
            self._tell(events.Warned(damaged))
        return 0 if found is None else found.step

    def _evaluation_is_due(self, step: int) -> bool:
        per_epoch = self.parts.loader.plan.per_epoch // self.settings.accumulate
        given = self.settings.evaluate_every
        return step == self.steps or step % (given or per_epoch) == 0

    def _evaluate(self, step: int) -> None:
        average = self.parts.average
        model = self.parts.model if average is None else average.module
        found = self._measure(model, self.task.validation)
        before = self.standing
        self.standing = before.judged(found[self.metric], higher=self.higher).ended(
            self.steps, self.settings.patience
        )
        best = self.standing.best_step == step
        if best:
            weights = weights_of(model, sharded=self.parts.sharded)
            if self._logs is not None:
                self.checkpoints.save_best(weights, step=step)
        if self._logs is not None:
            self._logs.evaluation(step, found)
        self._tell(events.Evaluated(step, found, self.metric, best))

    def _measure(
        self, model: torch.nn.Module, split: Split, examples: Examples | None = None
    ) -> dict[str, float]:
        return evaluate(
            model,
            self.task,
            split,
            batch=self.settings.batch,
            workers=self.settings.workers,
            device=self.host.device,
            rank=self.host.rank,
            world=self.host.world,
            precision=self.host.precision,
            poll=self._poll,
            examples=examples,
        )

    def _poll(self) -> None:
        """Break an evaluation off if a signal has come; it is made again later.

        Several processes cannot agree here, and finish it.
        """
        if self.stop.signum == 0 or self.host.world > 1:
            return
        if not self.standing.stopped:
            self.standing = replace(self.standing, pending=True)
            self._save()
        raise self.interrupted()

    def _save(self) -> None:
        step = self.standing.step
        bad = guard.first_bad(self.parts.model)
        if bad is not None:
            raise guard.not_finite(step, bad, self._kept)
        state = self.parts.state(self.standing)
        if self._logs is not None:
            self._logs.sync()  # a resumed session counts on the rows before it
            best = self.standing.best_step
            path = self.checkpoints.save(state, step=step, best_step=best)
            self._tell(events.Saved(step, path))
        self._kept, self._saved_at = step, time.monotonic()

    def _show(self, values: dict[str, float], seconds: float, rows: int) -> None:
        step = self.standing.step
        past = RECENT if self._pace else 0.0
        self._pace = past * self._pace + (1.0 - past) * seconds
        left = (self.steps - step) * self._pace
        speed = rows / max(self._pace, 1e-9)
        self._tell(
            events.Stepped(step, self.steps, values["loss"], values["lr"], speed, left)
        )

    def _tell(self, event: events.Event) -> None:
        if self.host.rank == 0:
            self.on_event(event)

    def _tell_start(self, step: int) -> None:
        device, since = str(self.host.device), self._resumed_from
        count = sum(p.numel() for p in self.parts.model.parameters())
        self._tell(
            events.Started(self.task.name, step, self.steps, device, count, since)
        )
