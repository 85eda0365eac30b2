"""Peak detection (WaLRUS): does a peak survive in the memory, how high, and where.

Signals of ten separate peaks and a little noise are rebuilt from the final state of a
memory; the peak finder of the paper looks for the peaks in what is rebuilt.
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
from framestate.bench.tasks.reconstruction import (
    reconstruct,
    reconstruct_windows,
)

SUITE, WINDOW_SUITE = "approximation", "translated"
_FLOOR = 0.003  # smaller values of the reconstruction count as zero
_LOW = 0.005  # find_peaks height
METRICS: tuple[str, ...] = (
    "missed peaks",
    "false peaks",
    "amplitude error",
    "displacement",
)
_PAPER_LENGTH = 10_000
_UNITS = ("%", "%", "%", "samples")
# the paper's FouT is that of HiPPO, with the weak seam: the other one misses no peak
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
    "spikes in a window": {
        "LegT": (6.4, 1.1, 19.6, 6.0),
        "FouT-weak": (13.0, 0.05, 28.4, 5.4),
        "WaLRUS-T": (0.27, 0.22, 3.5, 4.3),
    },
    "bumps in a window": {
        "LegT": (1.12, 0.43, 6.9, 5.5),
        "FouT-weak": (29.76, 0.28, 28.4, 5.8),
        "WaLRUS-T": (0.08, 0.20, 2.5, 4.8),
    },
}

Wave = Float64[np.ndarray, " length"]
Indices = Int64[np.ndarray, " peaks"]


@final
@dataclass(frozen=True)
class PeakSettings:
    """Peaks in the scaled measure, or in a window, with the settings of the paper.

    Attributes
    ----------
    kinds : tuple
        Shapes of the peaks.
    order, length, trials, peaks : int
        States, samples, signals, and peaks of each.
    window : int or None
        Samples that a translated memory holds, rebuilt piece by piece; None where the
        whole past is rebuilt.
    species : tuple of str
        Which memories.
    """

    kinds: tuple[synthetic.PeakKind, ...] = ("spikes", "bumps")
    order: int = 65
    length: int = 10_000
    trials: int = 1000
    peaks: int = 10
    window: int | None = None
    species: tuple[str, ...] = species.SCALED_SPECIES

    @property
    def finder(self) -> tuple[float, float]:
        """Moving average as a share of the length, and least height that is kept."""
        return (0.01, 0.007) if self.window is None else (0.002, 0.018)

    @property
    def paper_trials(self) -> int:
        """As many as the paper draws."""
        return 1000 if self.window is None else 2000


@final
@dataclass(frozen=True, eq=False)
class _Trial:
    """What was rebuilt of a stretch, and the peaks that lie in it."""

    clean: Wave
    wave: Wave
    true: Indices


def run(settings: PeakSettings, rng: np.random.Generator) -> Outcome:
    """Missed, false, amplitude error and displacement for every species."""
    records: list[Record] = []
    shape = synthetic.WIDE if settings.window is None else synthetic.NARROW
    for kind in settings.kinds:
        draws = [
            synthetic.peaks(
                kind, rng, length=settings.length, count=settings.peaks, shape=shape
            )
            for _ in range(settings.trials)
        ]
        for name in settings.species:
            score = _score(_trials(settings, name, draws), settings)
            records += _records(settings, kind, name, score)
    return Outcome(records=tuple(records))


def _trials(
    settings: PeakSettings, name: str, draws: list[synthetic.Peaks]
) -> list[_Trial]:
    batch = np.stack([draw.noisy for draw in draws], axis=1)
    window = settings.window
    if window is None:
        rebuilt = reconstruct(name, batch, order=settings.order).values
        return [
            _Trial(draw.clean, wave, draw.positions)
            for draw, wave in zip(draws, rebuilt.T, strict=True)
        ]
    _, found = reconstruct_windows(
        name, batch, order=settings.order, window=window, every=window
    )
    trials: list[_Trial] = []
    for index, wave in enumerate(found.values.T):
        place, draw = divmod(index, len(draws))
        begin = place * window
        inside = draws[draw].positions - begin
        clean = draws[draw].clean[begin : begin + window]
        trials.append(_Trial(clean, wave, inside[(inside >= 0) & (inside < window)]))
    return trials


def find(wave: Wave, *, window: int, keep: float = 0.007) -> Indices:
    """Peaks of a reconstruction, by the finder of the paper.

    Values below .003 become zero, a moving average smooths, `find_peaks` with
    height .005 proposes, and what is higher than `keep` is kept.
    """
    clipped = np.where(wave < _FLOOR, 0.0, wave)
    smooth = np.convolve(clipped, np.full(window, 1.0 / window), mode="same")
    places, _ = scipy.signal.find_peaks(smooth, height=_LOW)
    return places[smooth[places] > keep].astype(np.int64)


@final
@dataclass(frozen=True)
class Score:
    """Counts and sums over many trials; a displacement is one of 10,000 samples."""

    missed: float
    false: float
    amplitude: float | None
    displacement: float | None


def _score(trials: list[_Trial], settings: PeakSettings) -> Score:
    # the thresholds belong to 10,000 samples of a unit-norm signal
    gain = np.sqrt(settings.length / _PAPER_LENGTH)
    share, keep = settings.finder
    window = max(1, round(share * settings.length))
    missed = false = 0
    amplitudes: list[float] = []
    shifts: list[float] = []
    for trial in trials:
        found, true = find(trial.wave * gain, window=window, keep=keep), trial.true
        if true.size == 0:
            false += found.size
            continue
        linked = np.abs(found[:, None] - true[None, :]).argmin(axis=1)
        lost = true.size - np.unique(linked).size
        missed += lost
        false += found.size - true.size + lost
        truth = trial.clean[true[linked]]
        amplitudes += list(np.abs(trial.wave[found] - truth) / np.abs(truth))
        shifts += list(np.abs(found - true[linked]).astype(np.float64))
    total = sum(trial.true.size for trial in trials)
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
    whole = settings.window is None
    paper = _PAPER[kind if whole else f"{kind} in a window"].get(name, (None,) * 4)
    trials = settings.paper_trials
    full = settings.trials >= trials and settings.length == _PAPER_LENGTH
    fidelity: Fidelity = "regenerated" if full else "scaled-down"
    note = f"{settings.trials} trials of {trials}, {settings.length} samples"
    suite = SUITE if whole else WINDOW_SUITE
    if settings.length != _PAPER_LENGTH:
        note += f"; displacement scaled to the paper's {_PAPER_LENGTH}"
    return [
        Record(
            suite=suite,
            experiment=f"{suite}/peaks",
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
