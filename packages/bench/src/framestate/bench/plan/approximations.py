"""WaLRUS, tables 1 and 2: the whole past and a window of it, rebuilt.

The scaled rows at "cpu" have 65 states and signals as much simpler; peaks have the
paper's own size there. Slepian functions and wavelets of the interval are compared in
rows of their own, as the paper's shares are among its three memories.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias

from framestate.bench.plan.experiment import Experiment, Size
from framestate.bench.tasks import species
from framestate.bench.tasks.approximation import RealSettings, SyntheticSettings
from framestate.bench.tasks.peaks import PeakSettings
from framestate.bench.tasks.translated import WindowSettings

_Many: TypeAlias = Iterable[Experiment]
_REAL = ("ecg", "nino", "camera", "ascent", "aero")
_ALL = (*species.SCALED_SPECIES, *species.ABLATIONS)
# (smoke, cpu, paper) of the settings
_SYNTHETIC = {
    "smoke": SyntheticSettings(length=2000, trials=20),
    "cpu": SyntheticSettings(),
    "paper": SyntheticSettings(
        order=501, length=10_000, trials=1000, jumps=1000, width=0.001
    ),
}


def experiments(size: Size) -> _Many:
    """Every row of a size, in the order of the report."""
    yield from _scaled(size)
    yield from _ablation(size)
    yield from _translated(size)


def _scaled(size: Size) -> _Many:
    quick = size == "smoke"
    length = 2000 if quick else 5000
    yield Experiment(
        name="approximation/synthetic",
        about="function approximation, the four random classes",
        settings=_SYNTHETIC[size],
        seed=0,
    )
    yield Experiment(
        name="approximation/real",
        about="function approximation, real signals",
        settings=RealSettings(signals=_REAL, length=length),
        signals=_REAL,
    )
    yield Experiment(
        name="approximation/peaks",
        about="peak detection, spikes and bumps",
        settings=PeakSettings(length=4000, trials=20) if quick else PeakSettings(),
        seed=0,
    )
    large = {
        "m4-monthly": RealSettings(("m4-monthly",), order=501),
        "m4-hourly": RealSettings(("m4-hourly",), order=501),
        "speech": RealSettings(("speech",), order=1995, length=50_000, window=8000),
    }
    for name, settings in large.items():
        small = RealSettings((name,), length=length)
        yield Experiment(
            name=f"approximation/{name}",
            about=f"function approximation, {name} series",
            settings=settings if size == "paper" else small,
            signals=(name,),
        )


def _ablation(size: Size) -> _Many:
    settings = replace(_SYNTHETIC["smoke" if size == "smoke" else "cpu"], species=_ALL)
    yield Experiment(
        name="approximation-ablation/synthetic",
        about="the same with Slepian functions and wavelets of the interval",
        settings=replace(settings, trials=10 if size == "smoke" else 50),
        seed=0,
    )
    yield Experiment(
        name="approximation-ablation/real",
        about="real signals with Slepian functions and wavelets of the interval",
        settings=RealSettings(
            _REAL, length=2000 if size == "smoke" else 5000, species=_ALL
        ),
        signals=_REAL,
    )


def _translated(size: Size) -> _Many:
    trials = {"smoke": 2, "cpu": 10, "paper": 100}[size]
    large = size == "paper"
    base = WindowSettings(trials=trials, scaled=not large)
    paper = {
        "": replace(
            base, order=128, length=40_000, window=2000, every=2000, jumps=1000
        ),
        "m4-hourly": replace(base, order=128, length=8000, window=1000, every=200),
        "speech": replace(base, order=500, length=64_000, window=30_000, every=1500),
    }
    for name, settings in paper.items():
        small = replace(base, length=4000, window=500, every=500, jumps=80)
        chosen = settings if large else small
        yield Experiment(
            name=f"translated/{name or 'synthetic'}",
            about=f"a window of the past rebuilt, {name or 'the four random classes'}",
            settings=replace(chosen, signals=(name,) if name else ()),
            signals=(name,) if name else (),
            seed=None if name else 0,
        )
    yield Experiment(
        name="translated/peaks",
        about="peak detection in a window",
        settings=PeakSettings(
            length=4000 if size == "smoke" else 10_000,
            trials={"smoke": 5, "cpu": 100, "paper": 2000}[size],
            peaks=20,
            window=800 if size == "smoke" else 2000,
            species=species.TRANSLATED_SPECIES,
        ),
        seed=0,
    )
