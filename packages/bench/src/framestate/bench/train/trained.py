"""What a training leaves: numbers, curves and their JSON form."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

from torch import nn

from framestate.bench.data.task import Task
from framestate.bench.errors import DataError
from framestate.bench.record import pack, unpack
from framestate.bench.train.primary import primary
from framestate.bench.train.standing import Standing

RESULT = "result.json"


@final
@dataclass(frozen=True)
class Series:
    """A number over steps."""

    name: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


@final
@dataclass(frozen=True)
class Trained:
    """A finished training.

    Attributes
    ----------
    task, metric : str
        What was learned, and the metric that selects.
    higher_is_better : bool
        Which way that metric goes.
    validation, best_step
        Its best value on the validation split, and the step it was reached at.
    test : float
        Its value on the test split, read once with the weights of that step.
    test_metrics : mapping
        All metrics of the test split.
    scores : tuple of float
        What each test example adds to `test`, see `framestate.bench.train.examples`;
        empty where the metric is no mean, or several processes trained.
    steps : int
        Steps taken; fewer than asked for if `stopped` is "patience", not "done".
    stopped : str
        Why it ended.
    curves : tuple of Series
        Training loss, and each number of the validation split.
    seconds : float
        Of training alone, over all sessions.
    samples_per_second : float
        Rows trained on, by those seconds.
    data_wait : float
        Share of those seconds spent waiting for data.
    peak_memory : int or None
        Bytes: of the GPU, or of this process; None where the system does not say.
    parameters, trainable : int
        Numbers in the model, and how many of them are learned.
    resumed_from : int or None
        Step the last session began at; None if it was the first.
    """

    task: str
    metric: str
    higher_is_better: bool
    validation: float
    best_step: int
    test: float
    test_metrics: Mapping[str, float]
    scores: tuple[float, ...]
    steps: int
    stopped: str
    curves: tuple[Series, ...]
    seconds: float
    samples_per_second: float
    data_wait: float
    peak_memory: int | None
    parameters: int
    trainable: int
    resumed_from: int | None


def result_of(  # noqa: PLR0913
    task: Task,
    model: nn.Module,
    standing: Standing,
    *,
    test: Mapping[str, float],
    scores: tuple[float, ...],
    curves: tuple[Series, ...],
    peak_memory: int | None,
    resumed_from: int | None,
) -> Trained:
    """The result of a training that has ended, and was evaluated and tested."""
    metric, higher = primary(task)
    parameters, seconds = list(model.parameters()), max(standing.seconds, 1e-9)
    return Trained(
        task=task.name,
        metric=metric,
        higher_is_better=higher,
        validation=float(standing.best or 0.0),
        best_step=standing.best_step,
        test=test[metric],
        test_metrics=test,
        scores=scores,
        steps=standing.step,
        stopped=standing.stopped,
        curves=curves,
        seconds=standing.seconds,
        samples_per_second=standing.samples / seconds,
        data_wait=standing.waited / seconds,
        peak_memory=peak_memory,
        parameters=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        resumed_from=resumed_from,
    )


def trained_text(trained: Trained) -> str:
    """JSON text of a result."""
    value = {**asdict(trained), "scores": pack(trained.scores)}
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def read_trained(folder: Path) -> Trained | None:
    """The result of a run folder, None if it has none yet.

    Raises
    ------
    DataError
        If the file is not one.
    """
    path = folder / RESULT
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        value["curves"] = tuple(
            Series(c["name"], tuple(c["steps"]), tuple(c["values"]))
            for c in value["curves"]
        )
        value["scores"] = unpack(value["scores"])
        return Trained(**value)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            request=f"reading {path}",
            finding=f"it is no result of this version ({error})",
            remedy='Delete it, or train again with resume="never".',
        ) from error
