"""One real training run: a small W4S4 against the same net with S4D-LegS.

Task: give back u[n - lag] of a real record. One block of four channels, A and B
frozen, C, D, dt and everything around trained (the setting of W4S4, Table 1). The
first part of the record trains, the last part tests; nothing of it is seen before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from framestate.bench.data import Signal, windows
from framestate.bench.errors import InvalidInputError
from framestate.bench.record import Curve, Outcome, Record
from framestate.bench.tasks import species
from framestate.deep import models, recipes, train

SUITE = "training"
S4D_LEGS = "S4D-LegS"
BASELINE = "predict the mean"
# W4S4, Table 1, BIDMC (the only electrocardiogram there); its HiPPO is not diagonal
_PAPER = {species.W4S4: -0.9420, S4D_LEGS: -0.9220}
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
    records: list[Record] = []
    curves: list[Curve] = []
    for name in (species.W4S4, S4D_LEGS):
        finals: list[float] = []
        for seed in settings.seeds:
            trained = _train(settings, name, seed, split, signal)
            curves += trained
            finals.append(trained[-1].y[-1])
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


def _model(
    settings: TrainingSettings, name: str, generator: torch.Generator
) -> models.SequenceModel:
    # windows from three times the lag down to a third of it, for both nets alike
    options: recipes.LayerOptions = {
        "dt_min": 1 / (3 * settings.lag),
        "dt_max": 3 / settings.lag,
        "generator": generator,
    }
    width, order = settings.channels, settings.order
    if name == species.W4S4:
        layer = recipes.w4s4(species.WAVELET, d_model=width, order=order, **options)
    else:
        layer = recipes.s4d_legs(d_model=width, order=order, **options)
    # a norm over four channels would take the amplitude away that is asked for
    return models.SequenceModel(1, 1, [layer], norm="none", generator=generator)


def _batches(
    settings: TrainingSettings, split: _Split, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    rng = np.random.default_rng(seed)
    last = split.train.size - settings.window
    for _ in range(settings.steps):
        starts = rng.integers(0, last + 1, size=settings.batch)
        rows = np.stack([split.train[s : s + settings.window] for s in starts])
        inputs = torch.tensor(rows, dtype=torch.float32).unsqueeze(-1)
        yield inputs, _delayed(inputs, settings.lag)


def _delayed(inputs: Tensor, lag: int) -> Tensor:
    return torch.roll(inputs, lag, dims=1)  # the first `lag` are never compared


def _train(
    settings: TrainingSettings, name: str, seed: int, split: _Split, signal: Signal
) -> list[Curve]:
    """Train one net; its loss curve and, last, its test curve."""
    generator = torch.Generator().manual_seed(seed)
    model = _model(settings, name, generator)
    lag = settings.lag

    def loss(prediction: Tensor, target: Tensor) -> Tensor:
        return torch.mean((prediction[:, lag:] - target[:, lag:]) ** 2)

    seen: list[tuple[int, float]] = []

    def on_step(step: int, value: float) -> None:
        del value
        if step % settings.evaluate == 0 or step == settings.steps:
            with torch.no_grad():
                error = loss(model(split.test), _delayed(split.test, lag))
            seen.append((step, float(torch.log10(error))))

    trained = train.fit(
        model,
        _batches(settings, split, seed),
        steps=settings.steps,
        lr=settings.lr,
        ssm_lr=settings.lr / 4,
        loss=loss,
        clip_norm=1.0,
        generator=generator,
        on_step=on_step,
    )
    losses = [(i + 1, float(np.log10(x))) for i, x in enumerate(trained.losses)]
    return [
        _curve(signal, name, f"training loss, seed {seed}", losses[::10]),
        _curve(signal, name, f"test error, seed {seed}", seen),
    ]


def _curve(
    signal: Signal, name: str, label: str, points: list[tuple[int, float]]
) -> Curve:
    return Curve(
        suite=SUITE,
        experiment=f"training/{signal.name}",
        species=name,
        signal=signal.name,
        name=label,
        x=tuple(float(step) for step, _ in points),
        y=tuple(value for _, value in points),
    )


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
