"""What a row costs: measured on its first steps, kept beside the results.

A file with (seconds of one seed, bytes) for each experiment and size, which
`framestate-bench list` shows and `--budget` plans with. What was not run here yet is
taken from a file of this package, which says what two slow cores needed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import final

import torch

from framestate.bench.plan import Experiment
from framestate.bench.record import write_atomic
from framestate.bench.run.execution import Done
from framestate.bench.train.events import Event, Started, Stepped
from framestate.bench.train.memory import peak_memory

FILE, SHIPPED = "estimates.json", "costs.json"
_STEPS = 5  # of a session, after which its speed is known


@final
@dataclass(frozen=True)
class Estimate:
    """Cost of one seed of an experiment, or of all of it if it has none."""

    seconds: float
    bytes: int


def read(out: Path) -> Mapping[str, Estimate]:
    """What was measured here; a file that cannot be read says nothing."""
    try:
        return _parsed((out / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def known(out: Path) -> Mapping[str, Estimate]:
    """What was measured here, and for the rest what was measured before."""
    file = resources.files("framestate.bench.run").joinpath(SHIPPED)
    return {**_parsed(file.read_text(encoding="utf-8")), **read(out)}


def _parsed(text: str) -> Mapping[str, Estimate]:
    stored = json.loads(text)
    return {str(k): Estimate(float(s), int(b)) for k, (s, b) in stored.items()}


def text(costs: Mapping[str, Estimate]) -> str:
    """The content of a file of costs."""
    rows = {k: (round(e.seconds, 1), e.bytes) for k, e in costs.items()}
    return json.dumps(rows, indent=1, sort_keys=True) + "\n"


def keep(out: Path, size: str, experiment: Experiment, done: Done) -> None:
    """Write down what an experiment took.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    seconds = done.seconds / max(1, len(experiment.seeds))
    _keep(out, key(size, experiment.name), Estimate(seconds, done.bytes))


def _keep(out: Path, name: str, estimate: Estimate) -> None:
    write_atomic(out / FILE, text({**read(out), name: estimate}))


def key(size: str, experiment: str) -> str:
    """What stands for an experiment of a size."""
    return f"{size} {experiment}"


@final
class Watch:
    """Keeps an estimate of a training as soon as there is one.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the results.
    size : str
        Of the plan.
    experiment : Experiment
        What is trained.
    """

    def __init__(self, out: Path, size: str, experiment: Experiment) -> None:
        self._out, self._key = out, key(size, experiment.name)
        self._first: int | None = None

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case Started():
                self._first = event.step
            case Stepped() if self._first is not None:
                if event.step - self._first >= _STEPS:
                    share = event.steps / max(event.steps - event.step, 1)
                    peak = peak_memory(torch.device("cpu")) or 0
                    cost = Estimate(share * event.seconds_left, peak)
                    _keep(self._out, self._key, cost)
                    self._first = None
            case _:
                pass
