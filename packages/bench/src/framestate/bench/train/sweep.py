"""A search over settings that several processes share through one file, by Optuna.

Every process calls `sweep` with the same plan and folder; together they make the
trials. What a killed process had begun is taken up again, in the same trial folder, so
that its training goes on from its checkpoint.
"""

import os
import socket
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias, final

import numpy as np
from filelock import FileLock

from framestate.bench.errors import InvalidInputError, ResultError
from framestate.bench.train.extras import require_extra
from framestate.bench.train.lock import unwritable

Value: TypeAlias = bool | int | float | str
Objective: TypeAlias = Callable[[Mapping[str, Value], Path], float]

SAMPLERS = ("tpe", "random", "grid")


@final
@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Value, ...]


@final
@dataclass(frozen=True)
class Range:
    """A number between two others, uniform or log-uniform; whole if both are."""

    low: float | int
    high: float | int
    log: bool = False


@final
@dataclass(frozen=True)
class Sweep:
    """What to search.

    Attributes
    ----------
    name : str
        Of the study.
    space : mapping
        Name of a setting -> where it is searched.
    trials : int
        How many, over all processes and sessions.
    higher_is_better : bool
        Which way is better.
    sampler : {"tpe", "random", "grid"}
        Who proposes; a grid takes choices alone.
    seed : int
        Of the proposals, which depend on how earlier trials ended too.
    """

    name: str
    space: Mapping[str, Choice | Range]
    trials: int
    higher_is_better: bool
    sampler: str = "tpe"
    seed: int = 0

    def __post_init__(self) -> None:
        findings = [
            f"{name} from {part.low} to {part.high}"
            for name, part in self.space.items()
            if isinstance(part, Range) and not part.low < part.high
        ]
        findings += [n for n, p in self.space.items() if p == Choice(())]
        if self.trials < 1 or not self.space:
            findings.append(f"{self.trials} trials over {len(self.space)} settings")
        if self.sampler not in SAMPLERS:
            findings.append(f"sampler {self.sampler!r}, not {', '.join(SAMPLERS)}")
        ranges = [n for n, p in self.space.items() if isinstance(p, Range)]
        if self.sampler == "grid" and ranges:
            findings.append(f"a grid over the range of {', '.join(ranges)}")
        if findings:
            raise InvalidInputError(
                request=f"sweep {self.name}",
                finding="; ".join(findings),
                remedy="Give low < high, at least one value, setting and trial.",
            )


@final
@dataclass(frozen=True)
class Trial:
    """A finished trial: its settings, its value (None if it failed), its folder."""

    settings: Mapping[str, Value]
    value: float | None
    folder: Path


def sweep(objective: Objective, plan: Sweep, folder: Path) -> tuple[Trial, ...]:
    """Make the trials that are left, with whoever else does; return all, best first.

    Parameters
    ----------
    objective : callable
        (settings, trial folder) -> value; a `ResultError` is a failed trial.
    plan : Sweep
        What to search.
    folder : Path
        Where the study and the folders of the trials are kept.

    Raises
    ------
    InvalidInputError
        If Optuna is not installed.
    OutputError
        If the folder cannot be written.
    """
    require_extra("sweep", f"sweep {plan.name}")
    with _quiet():
        study = _study(plan, folder)
        while (trial := _next(study, plan, folder)) is not None:
            _make(study, trial, objective, folder)
        return _finished(study, plan, folder)


@contextmanager
def _writing(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(f"a sweep in {folder}", error) from error


def _study(plan: Sweep, folder: Path) -> Any:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return optuna.create_study(
            study_name=plan.name,
            storage=JournalStorage(JournalFileBackend(str(folder / "study.jsonl"))),
            direction="maximize" if plan.higher_is_better else "minimize",
            load_if_exists=True,
        )


def _next(study: Any, plan: Sweep, folder: Path) -> Any:
    """The next trial; None if as many are finished, or being made, as are wanted."""
    from optuna.trial import TrialState

    spoken_for = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
    # locked, so that two processes do not both go on
    with _writing(folder), FileLock(folder / ".sweep.lock"):
        _take_up(study)
        trials = study.get_trials(deepcopy=False)
        failed = [t for t in trials if t.user_attrs.get("failed")]
        running = [t for t in trials if t.state in spoken_for]
        if len(failed) + len(running) >= plan.trials:
            return None
        if not _propose(study, plan, trials):
            return None
        trial = study.ask({n: _distribution(p) for n, p in plan.space.items()})
        trial.set_user_attr("process", os.getpid())
        trial.set_user_attr("machine", socket.gethostname())
    return trial


def _propose(study: Any, plan: Sweep, trials: list[Any]) -> bool:
    """Say what is proposed next: a function of the seed and of the trials so far.

    A sampler of its own seed in each process would propose the same in all of them.
    False if a grid has nothing left.
    """
    import optuna

    seed = np.random.SeedSequence((plan.seed, len(trials))).generate_state(1)[0]
    sampler = optuna.samplers.RandomSampler(seed=int(seed))
    if plan.sampler == "tpe":
        sampler = optuna.samplers.TPESampler(seed=int(seed))
    study.sampler = sampler
    if plan.sampler != "grid" or any(t.state.name == "WAITING" for t in trials):
        return True
    values = [part.values for part in plan.space.values() if isinstance(part, Choice)]
    made = [trial.params for trial in trials]
    cells = (dict(zip(plan.space, cell, strict=True)) for cell in product(*values))
    left = next((cell for cell in cells if cell not in made), None)
    if left is not None:
        study.enqueue_trial(left)
    return left is not None


def _take_up(study: Any) -> None:
    """Give trials of processes that are no more on this machine back to be made."""
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        owner = trial.user_attrs
        here = owner.get("machine") == socket.gethostname()
        if here and not _is_alive(int(owner["process"])):
            _tell_failed(study, trial)
            _enqueue_again(study, trial)


def _make(study: Any, trial: Any, objective: Objective, folder: Path) -> None:
    try:
        value = objective(trial.params, _folder_of(trial, folder))
    except ResultError as error:
        with _writing(folder):
            trial.set_user_attr("failed", str(error))
            _tell_failed(study, trial)
    except BaseException:
        with _writing(folder):
            _tell_failed(study, trial)
            _enqueue_again(study, trial)
        raise
    else:
        with _writing(folder):
            study.tell(trial, value)


def _tell_failed(study: Any, trial: Any) -> None:
    from optuna.trial import TrialState

    study.tell(trial.number, state=TrialState.FAIL)


def _finished(study: Any, plan: Sweep, folder: Path) -> tuple[Trial, ...]:
    from optuna.trial import TrialState

    found = [
        Trial(dict(t.params), t.value, _folder_of(t, folder))
        for t in study.get_trials(deepcopy=False)
        if t.state == TrialState.COMPLETE or t.user_attrs.get("failed")
    ]
    sign = -1.0 if plan.higher_is_better else 1.0
    return tuple(
        sorted(found, key=lambda t: (t.value is None, sign * (t.value or 0.0)))
    )


def _enqueue_again(study: Any, trial: Any) -> None:
    origin = trial.user_attrs.get("origin", trial.number)
    study.enqueue_trial(trial.params, user_attrs={"origin": origin})


def _folder_of(trial: Any, folder: Path) -> Path:
    """Folder of a trial; one that is made again goes on in the folder it had."""
    return folder / f"trial-{trial.user_attrs.get('origin', trial.number):04d}"


def _distribution(part: Choice | Range) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(part, Choice):
        return CategoricalDistribution(part.values)
    if isinstance(part.low, int) and isinstance(part.high, int):
        return IntDistribution(part.low, part.high, log=part.log)
    return FloatDistribution(part.low, part.high, log=part.log)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _quiet() -> Generator[None]:
    """Keep Optuna's notes to itself for a while."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
