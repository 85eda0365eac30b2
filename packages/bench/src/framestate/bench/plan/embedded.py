"""Experiments that need no data set: theorem, delay, approximation, a small training.

"smoke" is a sketch of a minute; "cpu" and "paper" are the same and whole but for the
approximation, where the paper's state sizes take hours.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from framestate.bench.plan import approximations
from framestate.bench.plan.experiment import Experiment, Size
from framestate.bench.tasks import inputs
from framestate.bench.tasks.delay import DelaySettings
from framestate.bench.tasks.kernels import KernelSettings
from framestate.bench.tasks.theorem import RankSettings, TheoremSettings
from framestate.bench.tasks.training import TrainingSettings

# balls of that many digits: on larger frames they take minutes
_DIGITS = {(0, 3): 40}
_Many: TypeAlias = Iterable[Experiment]


def experiments(size: Size) -> Iterable[Experiment]:
    """All of a size, in the order of the report."""
    quick = size == "smoke"
    yield from _theorem(quick=quick)
    yield Experiment(
        name="kernels/all",
        about="impulse responses and kernels of recall",
        settings=KernelSettings(),
    )
    yield from _delay(quick=quick)
    yield from _weather(quick=quick)
    yield from approximations.experiments(size)
    yield from _training(quick=quick)


def _theorem(*, quick: bool) -> _Many:
    frames = [(0, 3), (-1, 2)] if quick else [(0, 3), (-1, 2), (-2, 2)]
    for scales in frames:
        yield Experiment(
            name=f"theorem/{scales[0]}..{scales[1]}",
            about=f"Theorem 1 on the db11 frame, scales {scales[0]} to {scales[1]}",
            settings=TheoremSettings(scales, _DIGITS.get(scales)),
        )
    if not quick:
        yield Experiment(
            name="theorem/-3..1",
            about="effective rank of the db11 frame, scales -3 to 1",
            settings=RankSettings(scales=(-3, 1)),
        )


def _delay(*, quick: bool) -> _Many:
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


def _weather(*, quick: bool) -> _Many:
    """A record of the data library."""
    yield Experiment(
        name="delay/weather",
        about="delay task on a real record, wet bulb temperature of WTH",
        settings=DelaySettings("weather", data="wth-s720", dt_count=7 if quick else 19),
    )


def _training(*, quick: bool) -> _Many:
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
