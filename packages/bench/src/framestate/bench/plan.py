"""The plan: every experiment a frozen value, in two sizes.

"default" is the whole benchmark for a laptop without data or network; "quick" is a
sketch of the same. Experiments on signals from a data folder come in both.
"""

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias, cast, final

import numpy as np

from framestate.bench.data import Signal, catalog
from framestate.bench.errors import ExperimentError, UnknownTaskError
from framestate.bench.record import Outcome, Setting
from framestate.bench.tasks import (
    PACKAGE_ERRORS,
    approximation,
    delay,
    inputs,
    peaks,
    theorem,
    training,
)
from framestate.bench.tasks.approximation import RealSettings, SyntheticSettings
from framestate.bench.tasks.delay import DelaySettings
from framestate.bench.tasks.peaks import PeakSettings
from framestate.bench.tasks.theorem import RankSettings, TheoremSettings
from framestate.bench.tasks.training import TrainingSettings

Size = Literal["default", "quick"]
Settings: TypeAlias = (
    TheoremSettings
    | RankSettings
    | DelaySettings
    | SyntheticSettings
    | RealSettings
    | PeakSettings
    | TrainingSettings
)
Signals: TypeAlias = Mapping[str, tuple[Signal, ...]]
SUITES: tuple[str, ...] = ("theorem", "delay", "approximation", "training")


@final
@dataclass(frozen=True)
class Experiment:
    """One thing to compute.

    Attributes
    ----------
    name : str
        "suite/what"; unique in a plan.
    about : str
        What it computes, in a few words.
    settings : Settings
        Everything it depends on besides seed and signals.
    signals : tuple of str
        Real signals it reads, by name in `data.catalog`.
    seed : int or None
        Seed of its random draws; None where nothing is random.
    """

    name: str
    about: str
    settings: Settings
    signals: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def suite(self) -> str:
        """The part before the slash."""
        return self.name.partition("/")[0]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds to print beside its numbers."""
        if isinstance(self.settings, TrainingSettings):
            return self.settings.seeds
        return () if self.seed is None else (self.seed,)

    @property
    def needs_folder(self) -> bool:
        """Whether a signal comes from the data folder."""
        return any(catalog.needs_folder(name) for name in self.signals)

    def settings_json(self) -> dict[str, Setting]:
        """Settings as JSON values."""
        text = json.dumps(asdict(self.settings))
        return cast("dict[str, Setting]", json.loads(text))

    def key(self, signals: Signals, *, code: str) -> str:
        """Hash of all that the outcome depends on: settings, seed, signals, code."""
        digest = hashlib.sha256(code.encode())
        kind = type(self.settings).__name__
        parts = (self.name, kind, self.settings_json(), self.seed)
        digest.update(json.dumps(parts, sort_keys=True).encode())
        for name in self.signals:
            for signal in signals[name]:
                digest.update(np.ascontiguousarray(signal.values).tobytes())
        return digest.hexdigest()


def check(experiment: Experiment, signals: Signals) -> None:
    """Refuse what cannot work before anything is computed.

    Raises
    ------
    InvalidInputError
        If the lag is longer than the signal.
    """
    if isinstance(experiment.settings, DelaySettings):
        chosen = [signals[name][0] for name in experiment.signals]
        delay.check(experiment.settings, chosen[0] if chosen else None)


def execute(
    experiment: Experiment, signals: Signals, rng: np.random.Generator
) -> Outcome:
    """Hand an experiment to its task.

    Raises
    ------
    ExperimentError
        If one of the packages below refuses.
    """
    try:
        return _dispatch(experiment, signals, rng)
    except PACKAGE_ERRORS as error:
        raise ExperimentError(
            request=f"{experiment.name}, {error.request}",
            finding=error.finding,
            remedy=error.remedy,
        ) from error


def _dispatch(
    experiment: Experiment, signals: Signals, rng: np.random.Generator
) -> Outcome:
    match experiment.settings:
        case TheoremSettings() as settings:
            return theorem.run(settings, rng)
        case RankSettings() as settings:
            return theorem.run_rank(settings, rng)
        case DelaySettings() as settings:
            chosen = [signals[name][0] for name in experiment.signals]
            return delay.run(settings, rng, signal=chosen[0] if chosen else None)
        case SyntheticSettings() as settings:
            return approximation.run_synthetic(settings, rng)
        case RealSettings() as settings:
            return approximation.run_real(settings, rng, signals=signals)
        case PeakSettings() as settings:
            return peaks.run(settings, rng)
        case TrainingSettings() as settings:
            (signal,) = signals[experiment.signals[0]]
            return training.run(settings, rng, signal=signal)


def plan(size: Size) -> tuple[Experiment, ...]:
    """All experiments of a size, in the order of the report."""
    quick = size == "quick"
    return (*_theorem(quick), *_delay(quick), *_approximation(quick), *_training(quick))


_Many: TypeAlias = Iterable[Experiment]


def _theorem(quick: bool) -> _Many:  # noqa: FBT001 - the two sizes, private
    frames = [(0, 3), (-1, 2)] if quick else [(0, 3), (-1, 2), (-2, 2)]
    for scales in frames:
        yield Experiment(
            name=f"theorem/{scales[0]}..{scales[1]}",
            about=f"Theorem 1 on the db11 frame, scales {scales[0]} to {scales[1]}",
            settings=TheoremSettings(scales=scales),
        )
    if not quick:
        yield Experiment(
            name="theorem/-3..1",
            about="effective rank of the db11 frame, scales -3 to 1",
            settings=RankSettings(scales=(-3, 1)),
        )


def _delay(quick: bool) -> _Many:  # noqa: FBT001
    base = DelaySettings(signal="white")
    if quick:
        base = replace(base, dt_count=9, dt_refine=1, dt_range=(5e-4, 1e-1))
    for name in inputs.STATIONARY:
        yield Experiment(
            name=f"delay/{name}",
            about=f"delay task, {inputs.TITLES[name]}",
            settings=replace(base, signal=name),
        )
    embedded = ("ecg", "nino") if quick else ("ecg", "nino", "camera")
    for name in (*embedded, "mitbih", "speech", "m4-hourly"):
        yield Experiment(
            name=f"delay/{name}",
            about=f"delay task on a real record, {name}",
            settings=replace(base, signal=name, dt_count=7 if quick else 19),
            signals=(name,),
        )


def _approximation(quick: bool) -> _Many:  # noqa: FBT001
    length = 2000 if quick else 5000
    yield Experiment(
        name="approximation/synthetic",
        about="function approximation, the four random classes",
        settings=SyntheticSettings(length=length, trials=20 if quick else 100),
        seed=0,
    )
    real = ("ecg", "nino", "camera", "ascent", "aero")
    yield Experiment(
        name="approximation/real",
        about="function approximation, real signals",
        settings=RealSettings(signals=real, length=length),
        signals=real,
    )
    yield Experiment(
        name="approximation/peaks",
        about="peak detection, spikes and bumps",
        settings=PeakSettings(length=4000, trials=20) if quick else PeakSettings(),
        seed=0,
    )
    for name in ("m4-monthly", "m4-hourly"):
        yield Experiment(
            name=f"approximation/{name}",
            about=f"function approximation, {name} series",
            settings=RealSettings(signals=(name,), length=length),
            signals=(name,),
        )


def _training(quick: bool) -> _Many:  # noqa: FBT001
    settings = TrainingSettings()
    if quick:
        settings = replace(settings, steps=150, order=32)
    for name in ("ecg", "mitbih"):
        yield Experiment(
            name=f"training/{name}",
            about=f"training run, delay of the real signal {name}",
            settings=settings,
            signals=(name,),
        )


def select(
    experiments: tuple[Experiment, ...], names: Iterable[str]
) -> tuple[Experiment, ...]:
    """Experiments of the named suites or of these names; all if none is named.

    Raises
    ------
    UnknownTaskError
        If a name is neither; near names are offered.
    """
    wanted = tuple(names)
    known = [*SUITES, *(e.name for e in experiments)]
    for name in wanted:
        if name not in known:
            raise UnknownTaskError(
                request=f"task {name!r}",
                finding="there is no task of this name",
                remedy=_suggestion(name, known),
            )
    if not wanted:
        return experiments
    return tuple(e for e in experiments if {e.name, e.suite} & set(wanted))


def _suggestion(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    listing = "framestate-bench list shows all."
    return f"Did you mean {' or '.join(near)}? {listing}" if near else listing


def with_lag(
    experiments: tuple[Experiment, ...], lag: int | None
) -> tuple[Experiment, ...]:
    """The same plan with another lag in the delay task, not to be shortened."""
    if lag is None:
        return experiments
    return tuple(
        replace(e, settings=replace(e.settings, lag=lag, exact_lag=True))
        if isinstance(e.settings, DelaySettings)
        else e
        for e in experiments
    )
