"""White noise taken away by a linear readout of a memory, a few samples late.

Each memory reads noisy clips; the best linear readout of its state, fitted on other clips,
says what the clean sample was `lag` samples ago. Beside it stand soft thresholds of a
wavelet pyramid, which see the whole clip, and no filter at all. Signal-to-noise ratios of
a clip are gains over its own input.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.record import Outcome, Record
from framestate.bench.tasks import pyramid, readout
from framestate.bench.tasks.audio_memory import decibels
from framestate.bench.tasks.network import Place
from framestate.bench.tasks.sequences import Reading, read

SUITE = "signal"
SHRINKAGE = "wavelet shrinkage"
MEMORIES: tuple[str, ...] = (
    "W4S4",
    "LegS",
    "FouS",
    "WaLRUS-T",
    "LegT",
    "FouT",
    "S4D-Lin",
)

Batch = Float64[np.ndarray, "length trials"]


@final
@dataclass(frozen=True)
class DenoiseSettings:
    """Clips of a task under white noise.

    Attributes
    ----------
    reading : Reading
        Which clips, of 2^k samples.
    levels_db : tuple of float
        Signal-to-noise ratios of the noisy clips.
    order, lag : int
        States of each memory, and samples that a readout may wait.
    windows : tuple of int
        Windows to choose from, samples.
    wavelet, levels : str, int
        Of the shrinkage.
    species : tuple of str
        Which memories.
    """

    reading: Reading
    levels_db: tuple[float, ...] = (0.0, 5.0, 10.0)
    order: int = 65
    lag: int = 16
    windows: tuple[int, ...] = (64, 128, 256)
    wavelet: str = "db8"
    levels: int = 5
    species: tuple[str, ...] = MEMORIES

    @property
    def data(self) -> str:
        """Task of the data library."""
        return self.reading.data


def run(settings: DenoiseSettings, experiment: str, place: Place) -> Outcome:
    """Gain of every memory at every noise level.

    Raises
    ------
    DataError, InvalidInputError
        If the data are not there, or too short.
    """
    found = read(settings.reading, place)
    clean = [np.asarray(rows.T, dtype=np.float64) for rows in (found.train, found.test)]
    records: list[Record] = []
    for level in settings.levels_db:
        rng = np.random.default_rng(0)
        noisy = [_noisy(batch, level, rng) for batch in clean]
        for name, values in _denoised(settings, clean, noisy).items():
            cut = slice(settings.lag, len(clean[1]) - settings.lag)
            gain = decibels(clean[1][cut], values[cut]) - decibels(
                clean[1][cut], noisy[1][cut]
            )
            spread = f"sd {gain.std(ddof=1):.2g} over {gain.size} clips"
            records.append(
                Record(
                    suite=SUITE,
                    experiment=experiment,
                    species=name,
                    signal=settings.data,
                    metric=f"SNR gain at {level:g} dB",
                    value=float(gain.mean()),
                    unit="dB",
                    fidelity="own",
                    note="; ".join((spread, _words(settings, name), found.note)),
                )
            )
    return Outcome(tuple(records))


def _noisy(batch: Batch, level: float, rng: np.random.Generator) -> Batch:
    power = np.mean(batch**2, axis=0)
    scale = np.sqrt(power / 10 ** (level / 10))
    return batch + scale * rng.standard_normal(batch.shape)


def _denoised(
    settings: DenoiseSettings,
    clean: list[Float64[np.ndarray, "_ _"]],
    noisy: list[Float64[np.ndarray, "_ _"]],
) -> dict[str, Float64[np.ndarray, "length clips"]]:
    """What each says of the test clips, put back to where it belongs."""
    lag = settings.lag
    seen, unseen = (
        readout.Pairs(heard, np.roll(said, lag, axis=0), lag)
        for said, heard in zip(clean, noisy, strict=True)
    )
    dts = 1 / np.array(settings.windows)
    found = {SHRINKAGE: pyramid.shrunk(noisy[1], settings.wavelet, settings.levels)}
    for name in settings.species:
        best = readout.best_linear(name, seen, unseen, order=settings.order, dts=dts)
        found[name] = np.concatenate([best.answers, noisy[1][-lag:]])
    return found


def _words(settings: DenoiseSettings, name: str) -> str:
    if name == SHRINKAGE:
        return f"{settings.wavelet}, {settings.levels} levels, sees the whole clip"
    return f"{settings.order} states, {settings.lag} samples late"
