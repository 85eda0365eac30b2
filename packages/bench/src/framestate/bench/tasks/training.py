"""One real training run: a small W4S4 against the same net with S4D-LegS.

Task: give back u[n - lag] of a real record. One block of four channels, A and B
frozen, C, D, dt and everything around trained (the setting of W4S4, Table 1). The
first part of the record trains, the last part tests; nothing of it is seen before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from framestate.bench.data import Signal, windows
from framestate.bench.errors import InvalidInputError
from framestate.bench.networks import NetSettings
from framestate.bench.record import Curve, Outcome, Record
from framestate.bench.tasks import species
from framestate.bench.tasks.recall import Material, Recalled, Recipe, recall

SUITE = "training"
S4D_LEGS = "S4D-LegS"
BASELINE = "predict the mean"
# W4S4, Table 1, BIDMC (the only electrocardiogram there); its HiPPO is not diagonal
_PAPER = {species.W4S4: -0.9420, S4D_LEGS: -0.9220}
_LAYERS = {species.W4S4: "w4s4", S4D_LEGS: "s4d-legs"}
_TRAIN_SHARE = 0.7
_TEST_WINDOWS = 16


@final
@dataclass(frozen=True)
class TrainingSettings:
    """A training run and its repetitions.

    Attributes
    ----------
    order, channels : int
        State size of a channel, and channels of the one block.
    lag, window : int
        Delay and length of a training window, samples.
    batch, steps : int
        Windows a step, steps.
    lr : float
        Learning rate (AdamW); that of dt is a quarter of it.
    evaluate : int
        Steps between two evaluations on the test part.
    seeds : tuple of int
        One repetition each.
    """

    order: int = 64
    channels: int = 4
    lag: int = 64
    window: int = 256
    batch: int = 16
    steps: int = 1500
    lr: float = 0.01
    evaluate: int = 40
    seeds: tuple[int, ...] = (0, 1)


@final
@dataclass(frozen=True, eq=False)
class _Split:
    """Standardized record (train statistics) and its test windows."""

    train: Float64[np.ndarray, " samples"]
    test: Tensor

    def draw(
        self, settings: TrainingSettings
    ) -> Callable[[np.random.Generator], Tensor]:
        """Windows from anywhere in the training part."""
        window, last = settings.window, self.train.size - settings.window

        def batch(rng: np.random.Generator) -> Tensor:
            starts = rng.integers(0, last + 1, size=settings.batch)
            rows = np.stack([self.train[s : s + window] for s in starts])
            return torch.tensor(rows, dtype=torch.float32).unsqueeze(-1)

        return batch


def run(
    settings: TrainingSettings, rng: np.random.Generator, *, signal: Signal
) -> Outcome:
    """Train both nets for every seed and test them.

    Raises
    ------
    InvalidInputError
        If the record is too short for the window, or the window for the lag.
    """
    del rng  # each repetition has its own seed
    split = _split(settings, signal)
    material = Material(draw=split.draw(settings), test=split.test)
    records: list[Record] = []
    curves: list[Curve] = []
    for name in _LAYERS:
        recipe = _recipe(settings, name)
        trained = [recall(recipe, material, seed=seed) for seed in settings.seeds]
        for seed, result in zip(settings.seeds, trained, strict=True):
            curves += _curves(signal, name, seed, result)
        finals = [float(np.log10(result.tests[-1][1])) for result in trained]
        records.append(_record(settings, signal, name, finals))
    flat = split.test[:, : settings.window - settings.lag]
    # the mean of the training part is zero: predicting it leaves the power
    baseline = float(torch.log10(torch.mean(flat**2)))
    records.append(_record(settings, signal, BASELINE, [baseline]))
    return Outcome(records=tuple(records), curves=tuple(curves))


def _split(settings: TrainingSettings, signal: Signal) -> _Split:
    cut = int(_TRAIN_SHARE * signal.values.size)
    shorter = min(cut, signal.values.size - cut)
    if settings.lag >= settings.window or settings.window > shorter:
        raise InvalidInputError(
            request=f"delay of {settings.lag} in windows of {settings.window} samples "
            f"of {signal.name!r}",
            finding=f"the test part of the signal has {shorter} samples",
            remedy="Use lag < window <= that length.",
        )
    train_part, test_part = signal.values[:cut], signal.values[cut:]
    mean, scale = train_part.mean(), train_part.std()
    rest = Signal(signal.name, (test_part - mean) / scale, "", signal.source)
    test = windows(rest, length=settings.window, count=_TEST_WINDOWS)
    tensor = torch.tensor(test.T, dtype=torch.float32).unsqueeze(-1)
    return _Split(train=(train_part - mean) / scale, test=tensor)


def _recipe(settings: TrainingSettings, name: str) -> Recipe:
    # windows from three times the lag down to a third of it, for both nets alike
    net = NetSettings(
        _LAYERS[name],
        width=settings.channels,
        order=settings.order,
        wavelet=species.WAVELET,
        dt_min=1 / (3 * settings.lag),
        dt_max=3 / settings.lag,
    )
    return Recipe(
        net=net,
        lag=settings.lag,
        length=settings.window,
        steps=settings.steps,
        lr=settings.lr,
        evaluate=settings.evaluate,
    )


def _curves(signal: Signal, name: str, seed: int, result: Recalled) -> list[Curve]:
    """Loss curve and, last, test curve, as logarithms."""
    lines = {"training loss": result.losses[::10], "test error": result.tests}
    return [
        Curve(
            suite=SUITE,
            experiment=f"training/{signal.name}",
            species=name,
            signal=signal.name,
            name=f"{label}, seed {seed}",
            x=tuple(float(step) for step, _ in points),
            y=tuple(float(np.log10(value)) for _, value in points),
        )
        for label, points in lines.items()
    ]


def _record(
    settings: TrainingSettings, signal: Signal, name: str, finals: list[float]
) -> Record:
    runs = ", ".join(f"{value:.3f}" for value in finals)
    note = f"lag {settings.lag}, {settings.steps} steps; runs {runs}"
    paper = _PAPER.get(name)
    return Record(
        suite=SUITE,
        experiment=f"training/{signal.name}",
        species=name,
        signal=signal.name,
        metric="log10 test MSE",
        value=float(np.mean(finals)),
        paper=paper,
        fidelity="own" if paper is None else "look-alike",
        note=note if paper is None else f"{note}; the paper's record is BIDMC",
    )
