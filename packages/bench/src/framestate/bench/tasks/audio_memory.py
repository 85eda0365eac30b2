"""What a given count of numbers keeps of a second of sound (MultiresNet, appendix D).

The appendix shows a picture: a tree of ten D4 levels with 2,068 coefficients of 16,384
samples, and HiPPO with as many. We give numbers: the signal-to-noise ratio of the whole,
and of its last quarter, for trees of both rules, memories run sample by sample, and two codes
that are no memories: the largest coefficients, whose places depend on the signal, and the
principal components of other recordings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from framestate.bench.data import Signal, stretch, windows
from framestate.bench.record import Curve, Fidelity, Outcome, Record
from framestate.bench.tasks import pyramid
from framestate.bench.tasks.network import Place
from framestate.bench.tasks.reconstruction import reconstruct
from framestate.bench.tasks.sequences import Reading, read

SUITE = "audio-memory"
TREES: Mapping[str, pyramid.Rule] = {
    "tree, coarse levels": "coarse",
    "tree, recent coefficients": "recent",
}
LARGEST, COMPONENTS = "largest coefficients", "principal components"
_POINTS = 800  # of a curve
_RECENT = 4  # the last quarter

Batch = Float64[np.ndarray, "length trials"]


@final
@dataclass(frozen=True)
class AudioSettings:
    """One source of sound.

    Attributes
    ----------
    reading : Reading or None
        Clips of the data library; None for windows of embedded signals.
    samples : int
        Samples after stretching, a power of two; 16,384 in the paper.
    numbers : int
        Numbers kept: coefficients, or states.
    levels : int
        Levels of the tree.
    wavelet : str
        Of the tree; "db2" is D4.
    species : tuple of str
        Memories beside the trees.
    pieces : int
        Windows of each embedded signal.
    scaled : bool
        Whether samples and numbers are fewer than the paper's.
    """

    reading: Reading | None
    samples: int = 16_384
    numbers: int = 2068
    levels: int = 10
    wavelet: str = "db2"
    species: tuple[str, ...] = (
        "LegS",
        "FouS",
        "WaLRUS",
        "Slepian",
        "LegT",
        "WaLRUS-T",
    )
    pieces: int = 8
    scaled: bool = True

    @property
    def data(self) -> str | None:
        """Task of the data library; None for embedded signals."""
        return None if self.reading is None else self.reading.data


@final
@dataclass(frozen=True, eq=False)
class _Clips:
    name: str
    train: Batch
    test: Float64[np.ndarray, "length clips"]
    note: str


def run(
    settings: AudioSettings,
    experiment: str,
    place: Place,
    *,
    signals: Mapping[str, tuple[Signal, ...]],
) -> Outcome:
    """Reconstruct every clip from every memory of so many numbers.

    Raises
    ------
    DataError, InvalidInputError
        If the data are not there, or too short.
    """
    clips = _clips(settings, place, signals)
    rebuilt = _rebuilt(settings, clips)
    records = [
        record
        for name, values in rebuilt.items()
        for record in _records(settings, experiment, clips, name, values)
    ]
    lines = {"signal": clips.test, **rebuilt}
    curves = [_curve(experiment, clips, name, line) for name, line in lines.items()]
    return Outcome(tuple(records), tuple(curves))


def _clips(
    settings: AudioSettings, place: Place, signals: Mapping[str, tuple[Signal, ...]]
) -> _Clips:
    if settings.reading is None:
        pieces = [
            _prepared(piece, settings.samples)
            for (signal,) in signals.values()
            for piece in windows(
                signal,
                length=min(settings.samples, signal.values.size),
                count=settings.pieces,
            ).T
        ]
        test = np.stack(pieces, axis=1)
        note = f"{len(pieces)} windows of {', '.join(signals)}"
        return _Clips("embedded", test[:, :0], test, note)
    found = read(settings.reading, place)
    train, test = (
        np.stack([_prepared(row, settings.samples) for row in rows], axis=1)
        for rows in (found.train, found.test)
    )
    return _Clips(settings.reading.data, train, test, found.note)


def _prepared(
    values: Float64[np.ndarray, " time"], samples: int
) -> Float64[np.ndarray, " samples"]:
    stretched = stretch(values.astype(np.float64), length=samples)
    centered = stretched - stretched.mean()
    return centered / np.linalg.norm(centered)


def _rebuilt(settings: AudioSettings, clips: _Clips) -> dict[str, Batch]:
    tree = (settings.wavelet, settings.levels, settings.numbers)
    rebuilt = {
        name: pyramid.kept(clips.test, *tree, rule) for name, rule in TREES.items()
    }
    for name in settings.species:
        rebuilt[name] = reconstruct(name, clips.test, order=settings.numbers).values
    rebuilt[LARGEST] = pyramid.largest(clips.test, *tree)
    if clips.train.shape[1] > settings.numbers:
        rebuilt[COMPONENTS] = _projected(clips, settings.numbers)
    return rebuilt


def _projected(clips: _Clips, numbers: int) -> Batch:
    """Project on the principal components of the training clips, about zero."""
    count = clips.train.shape[1]
    _, vectors = scipy.linalg.eigh(
        clips.train.T @ clips.train, subset_by_index=(count - numbers, count - 1)
    )
    basis, _ = scipy.linalg.qr(clips.train @ vectors, mode="economic")
    return basis @ (basis.T @ clips.test)


def decibels(truth: Batch, values: Batch) -> Float64[np.ndarray, " trials"]:
    """Signal-to-noise ratio of each column, 10 log10(|u|^2 / |u - v|^2)."""
    energy = np.sum(truth**2, axis=0)
    return 10 * np.log10(energy / np.sum((truth - values) ** 2, axis=0))


def _records(
    settings: AudioSettings, experiment: str, clips: _Clips, name: str, values: Batch
) -> list[Record]:
    begin = settings.samples - settings.samples // _RECENT
    parts = {"SNR": slice(None), "SNR of the last quarter": slice(begin, None)}
    records: list[Record] = []
    for metric, part in parts.items():
        ratio = decibels(clips.test[part], values[part])
        spread = f"sd {ratio.std(ddof=1):.2g} over {ratio.size} clips"
        numbers = f"{settings.numbers} numbers for {settings.samples} samples"
        records.append(
            Record(
                suite=SUITE,
                experiment=experiment,
                species=name,
                signal=clips.name,
                metric=metric,
                value=float(ratio.mean()),
                unit="dB",
                fidelity=_fidelity(settings),
                note="; ".join((spread, numbers, *_words(name), clips.note)),
            )
        )
    return records


def _words(name: str) -> tuple[str, ...]:
    words = {
        LARGEST: "which ones depends on the signal: no memory",
        COMPONENTS: "of the training clips, all of one length: no memory",
    }
    return (words[name],) if name in words else ()


def _fidelity(settings: AudioSettings) -> Fidelity:
    if settings.reading is None:
        return "own"
    return "scaled-down" if settings.scaled else "look-alike"


def _curve(experiment: str, clips: _Clips, name: str, line: Batch) -> Curve:
    places = np.linspace(0, len(line) - 1, min(_POINTS, len(line))).astype(np.int64)
    scale = np.sqrt(len(line))
    return Curve(
        suite=SUITE,
        experiment=experiment,
        species=name,
        signal=clips.name,
        name="reconstruction",
        x=tuple(round(float(p) / len(line), 6) for p in places),
        y=tuple(round(float(v), 5) for v in scale * line[places, 0]),
    )
