"""Peak detection (WaLRUS): does a peak survive in the memory, how high, and where.

Signals of ten separate peaks and a little noise are rebuilt from the final state of a
scaled memory; the peak finder of the paper looks for the peaks in what is rebuilt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.signal
from jaxtyping import Float64, Int64

from framestate.bench.data import synthetic
from framestate.bench.record import Fidelity, Outcome, Record
from framestate.bench.tasks import species
from framestate.bench.tasks.reconstruction import reconstruct

SUITE = "approximation"
PAPER_TRIALS = 1000
_FLOOR = 0.003  # smaller values of the reconstruction count as zero
_LOW, _KEEP = 0.005, 0.007  # find_peaks height; what is kept
_AVERAGE = 0.01  # moving average, share of the length (100 of 10,000)
METRICS: tuple[str, ...] = (
    "missed peaks",
    "false peaks",
    "amplitude error",
    "displacement",
)
_PAPER_LENGTH = 10_000
_UNITS = ("%", "%", "%", "samples")
_PAPER: Mapping[str, Mapping[str, tuple[float, float, float, float]]] = {
    "spikes": {
        species.LEGS: (2.5, 1.6, 16.2, 18.8),
        species.FOUS: (0.62, 1.6, 11.8, 32.0),
        species.WALRUS: (0.0, 0.01, 5.5, 10.0),
    },
    "bumps": {
        species.LEGS: (0.29, 0.3, 12.4, 12.7),
        species.FOUS: (0.30, 1.9, 16.2, 33.7),
        species.WALRUS: (0.0, 0.0, 6.5, 7.1),
    },
}

Wave = Float64[np.ndarray, " length"]
Indices = Int64[np.ndarray, " peaks"]


@final
@dataclass(frozen=True)
class PeakSettings:
    """Peaks in the scaled measure, with the settings of the paper."""

    kinds: tuple[synthetic.PeakKind, ...] = ("spikes", "bumps")
    order: int = 65
    length: int = 10_000
    trials: int = PAPER_TRIALS
    peaks: int = 10
    species: tuple[str, ...] = species.SCALED_SPECIES


def run(settings: PeakSettings, rng: np.random.Generator) -> Outcome:
    """Missed, false, amplitude error and displacement for every species."""
    records: list[Record] = []
    for kind in settings.kinds:
        draws = [
            synthetic.peaks(kind, rng, length=settings.length, count=settings.peaks)
            for _ in range(settings.trials)
        ]
        batch = np.stack([draw.noisy for draw in draws], axis=1)
        for name in settings.species:
            rebuilt = reconstruct(name, batch, order=settings.order).values
            score = _score(list(zip(draws, rebuilt.T, strict=True)), settings)
            records += _records(settings, kind, name, score)
    return Outcome(records=tuple(records))


def find(wave: Wave, *, window: int) -> Indices:
    """Peaks of a reconstruction, by the finder of the paper.

    Values below .003 become zero, a moving average smooths, `find_peaks` with
    height .005 proposes, and what is higher than .007 is kept.
    """
    clipped = np.where(wave < _FLOOR, 0.0, wave)
    smooth = np.convolve(clipped, np.full(window, 1.0 / window), mode="same")
    places, _ = scipy.signal.find_peaks(smooth, height=_LOW)
    return places[smooth[places] > _KEEP].astype(np.int64)


@final
@dataclass(frozen=True)
class Score:
    """Counts and sums over many trials; a displacement is one of 10,000 samples."""

    missed: float
    false: float
    amplitude: float | None
    displacement: float | None


def _score(trials: list[tuple[synthetic.Peaks, Wave]], settings: PeakSettings) -> Score:
    # the thresholds belong to 10,000 samples of a unit-norm signal
    gain = np.sqrt(settings.length / _PAPER_LENGTH)
    window = max(1, round(_AVERAGE * settings.length))
    missed = false = 0
    amplitudes: list[float] = []
    shifts: list[float] = []
    for draw, wave in trials:
        found = find(wave * gain, window=window)
        true = draw.positions
        linked = np.abs(found[:, None] - true[None, :]).argmin(axis=1)
        lost = true.size - np.unique(linked).size
        missed += lost
        false += found.size - true.size + lost
        truth = draw.clean[true[linked]]
        amplitudes += list(np.abs(wave[found] - truth) / np.abs(truth))
        shifts += list(np.abs(found - true[linked]).astype(np.float64))
    total = len(trials) * settings.peaks
    return Score(
        missed=100.0 * missed / total,
        false=100.0 * false / total,
        amplitude=100.0 * float(np.mean(amplitudes)) if amplitudes else None,
        displacement=(
            float(np.mean(shifts)) * _PAPER_LENGTH / settings.length if shifts else None
        ),
    )


def _records(
    settings: PeakSettings, kind: str, name: str, score: Score
) -> list[Record]:
    values = (score.missed, score.false, score.amplitude, score.displacement)
    paper = _PAPER[kind].get(name, (None, None, None, None))
    full = settings.trials >= PAPER_TRIALS and settings.length == _PAPER_LENGTH
    fidelity: Fidelity = "regenerated" if full else "scaled-down"
    note = f"{settings.trials} trials of {PAPER_TRIALS}, {settings.length} samples"
    if settings.length != _PAPER_LENGTH:
        note += f"; displacement scaled to the paper's {_PAPER_LENGTH}"
    return [
        Record(
            suite=SUITE,
            experiment=f"{SUITE}/peaks",
            species=name,
            signal=f"peaks: {kind}",
            metric=metric,
            value=value,
            unit=unit,
            paper=printed,
            fidelity=fidelity,
            note=note,
        )
        for metric, value, unit, printed in zip(
            METRICS, values, _UNITS, paper, strict=True
        )
        if value is not None  # no peak found at all: nothing to measure
    ]
