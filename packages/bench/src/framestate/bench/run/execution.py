"""Experiments one after the other in this process, or several at once in workers.

An experiment depends on its settings, seed and data alone: whichever process computes
it, and beside whatever others, its numbers are the same.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias, cast, final

import numpy as np
import torch

from framestate.bench import plan
from framestate.bench.errors import BenchError, ExperimentError
from framestate.bench.plan import Experiment, Signals
from framestate.bench.record import Outcome
from framestate.bench.tasks.network import NetworkSettings, Place
from framestate.bench.train.events import Event
from framestate.bench.train.memory import peak_memory

_PATIENCE = 60.0  # seconds in which a worker that is stopped writes its checkpoint


@final
@dataclass(frozen=True)
class Done:
    """What came out of an experiment, or why nothing did, and what it took."""

    outcome: Outcome | BenchError
    seconds: float
    bytes: int


@final
@dataclass(frozen=True)
class Job:
    """An experiment with all that it needs."""

    experiment: Experiment
    signals: Signals
    data: Path | None
    cache: Path | None
    runs: Path


@final
@dataclass(frozen=True)
class _Heard:
    """An event of one of the trainings of a job."""

    name: str
    event: Event


Told: TypeAlias = Callable[[Experiment, str, Event], None]


def compute(job: Job, tell: Callable[[str, Event], None]) -> Done:
    """Compute an experiment in this process.

    What is smaller than a paper's uses one thread: the same sums on every machine, and
    no thread that waits for another where processes share the cores.
    """
    experiment = job.experiment
    settings = experiment.settings
    large = isinstance(settings, NetworkSettings) and not settings.scaled
    rng = np.random.default_rng(experiment.seed or 0)
    place = Place(
        job.data, job.cache, job.runs, lambda name: lambda event: tell(name, event)
    )
    begun = time.perf_counter()
    with _threads(os.cpu_count() or 1 if large else 1):
        outcome: Outcome | BenchError
        try:
            outcome = plan.execute(experiment, job.signals, rng, place)
        except BenchError as error:
            outcome = error
    seconds = time.perf_counter() - begun
    return Done(outcome, seconds, peak_memory(torch.device("cpu")) or 0)


@contextmanager
def _threads(count: int) -> Generator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def one_by_one(
    jobs: Iterable[Job], told: Told, begin: Callable[[str], None]
) -> Iterator[tuple[Job, Done]]:
    """Compute the jobs here, one after the other; `begin` is told what each is about."""
    for job in jobs:
        experiment = job.experiment
        begin(experiment.about)

        def tell(name: str, event: Event, one: Experiment = experiment) -> None:
            told(one, name, event)

        yield job, compute(job, tell)


def at_once(
    jobs: Iterable[Job], told: Told, workers: int
) -> Generator[tuple[Job, Done]]:
    """Compute the jobs in `workers` processes, each as soon as one is free.

    Yields
    ------
    (Job, Done)
        In the order in which they end.

    Raises
    ------
    ExperimentError
        If a worker dies, such as by the system's want of memory.
    """
    waiting = iter(jobs)
    team = [_Worker() for _ in range(workers)]
    try:
        for worker in team:
            worker.give(next(waiting, None))
        while any(worker.job is not None for worker in team):
            ready = wait([w.connection for w in team if w.job is not None])
            for worker in (w for w in team if w.connection in ready):
                job, message = worker.job, worker.hear()
                if job is None:
                    continue
                if isinstance(message, _Heard):
                    told(job.experiment, message.name, message.event)
                else:
                    worker.give(next(waiting, None))
                    yield job, message
    finally:
        for worker in team:
            worker.end()


@final
class _Worker:
    """A process that computes one job after the other."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.job: Job | None = None
        self._process: BaseProcess = context.Process(
            target=_serve, args=(other,), daemon=True
        )
        self._process.start()
        other.close()

    def give(self, job: Job | None) -> None:
        """Let it compute a job; None: nothing is left for it."""
        self.job = job
        if job is not None:
            self.connection.send(job)

    def hear(self) -> _Heard | Done:
        """What it has to say.

        Raises
        ------
        ExperimentError
            If it has died.
        """
        name = "" if self.job is None else self.job.experiment.name
        try:
            return cast("_Heard | Done", self.connection.recv())
        except (EOFError, ConnectionResetError) as error:
            self._process.join()
            raise ExperimentError(
                request=f"running {name} in a process of its own",
                finding=f"the process ended with exit code {self._process.exitcode}",
                remedy="Try it with --jobs 1; what is finished is kept.",
            ) from error

    def end(self) -> None:
        """Let it write a checkpoint if it is at work, and end."""
        self.connection.close()
        if self.job is not None:
            self._process.terminate()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(connection: Connection) -> None:
    """Take jobs and send what comes of them, until the other side is gone."""
    while True:
        try:
            job = cast("Job", connection.recv())
            done = compute(
                job, lambda name, event: connection.send(_Heard(name, event))
            )
            connection.send(done)
        except (EOFError, ConnectionError, KeyboardInterrupt):
            return
