"""What a row costs: measured on its first steps, kept beside the results.

A file with (seconds, bytes) for each experiment and size; `framestate-bench list` shows
it. It says what this machine needed, and nothing about another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch

from framestate.bench.record import write_atomic
from framestate.bench.train.events import Event, Listener, Started, Stepped
from framestate.bench.train.memory import peak_memory

FILE = "estimates.json"
_STEPS = 5  # of a session, after which its speed is known


@final
@dataclass(frozen=True)
class Estimate:
    """Cost of an experiment, all seeds together."""

    seconds: float
    bytes: int


def read(out: Path) -> Mapping[str, Estimate]:
    """By "size experiment"; a file that cannot be read says nothing."""
    try:
        stored = json.loads((out / FILE).read_text(encoding="utf-8"))
        return {str(k): Estimate(float(s), int(b)) for k, (s, b) in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def keep(out: Path, size: str, experiment: str, seconds: float) -> None:
    """Write down what an experiment takes, and the peak of this process.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    known = {k: (e.seconds, e.bytes) for k, e in read(out).items()}
    known[key(size, experiment)] = (
        round(seconds, 1),
        peak_memory(torch.device("cpu")) or 0,
    )
    write_atomic(out / FILE, json.dumps(known, indent=1, sort_keys=True) + "\n")


def key(size: str, experiment: str) -> str:
    """What stands for an experiment of a size."""
    return f"{size} {experiment}"


@final
class Watch:
    """Passes events on, and keeps an estimate as soon as there is one.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the results.
    size, experiment : str
        What is run.
    seeds : int
        Trainings of it.
    listener : callable
        Who is told afterwards.
    """

    def __init__(
        self, out: Path, size: str, experiment: str, seeds: int, listener: Listener
    ) -> None:
        self._place = out, size, experiment
        self._seeds, self._listener = seeds, listener
        self._first: int | None = None

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case Started():
                self._first = event.step
            case Stepped() if self._first is not None:
                taken = event.step - self._first
                if taken >= _STEPS:
                    share = event.steps / max(event.steps - event.step, 1)
                    keep(*self._place, self._seeds * share * event.seconds_left)
                    self._first = None
            case _:
                pass
        self._listener(event)
