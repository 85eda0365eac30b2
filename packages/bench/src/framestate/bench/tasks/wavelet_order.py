"""Which wavelet: how many states a frame leaves, and what they remember.

One wavelet at the papers' scales (0 to 3, shift .01, rcond .01): number of atoms, effective
rank, numbers that a W4S4 channel trains, and the relative L2 error of the rebuilt past of
random and real signals, with the ideal projection beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from framestate import frames
from framestate.bench.data import Signal, synthetic, windows
from framestate.bench.record import Outcome, Record
from framestate.bench.tasks import species
from framestate.bench.tasks.approximation import prepared
from framestate.bench.tasks.reconstruction import Batch, reconstruct_past

SUITE = "wavelet-order"


@final
@dataclass(frozen=True)
class OrderSettings:
    """One wavelet.

    Attributes
    ----------
    wavelet : str
        Such as "db4", "sym6" or "coif2".
    scales : (int, int)
        Finest and coarsest.
    length, trials : int
        Samples, and signals of each kind.
    """

    wavelet: str
    scales: tuple[int, int] = species.SCALED_RANGE
    length: int = 2000
    trials: int = 20


def run(
    settings: OrderSettings,
    rng: np.random.Generator,
    *,
    signals: Mapping[str, tuple[Signal, ...]],
) -> Outcome:
    """Size of the frame, and errors of its scaled memory."""
    frame = frames.wavelet_frame(
        settings.wavelet,
        scales=settings.scales,
        shift=species.SHIFT,
        rcond=species.RCOND,
    )
    make = _Maker(settings)
    records = [
        make("frame", "atoms N", float(frame.size)),
        make("frame", "effective rank r", float(frame.rank)),
        # C and D of a channel, and its dt
        make("frame", "trained numbers", float(frame.rank + 2), "of a W4S4 channel"),
    ]
    for name, batch in _batches(settings, rng, signals).items():
        rebuilt = reconstruct_past(frame, batch)
        note = f"{batch.shape[1]} signals of {settings.length} samples"
        records += [
            make(name, "relative error", float(rebuilt.error.mean()), note),
            make(name, "ideal error", float(rebuilt.ideal.mean()), note),
        ]
    return Outcome(tuple(records))


def _batches(
    settings: OrderSettings,
    rng: np.random.Generator,
    signals: Mapping[str, tuple[Signal, ...]],
) -> dict[str, Batch]:
    batches = {
        kind: synthetic.trials(kind, rng, settings.trials, length=settings.length)
        for kind in synthetic.CLASSES
    }
    for name, (signal,) in signals.items():
        length = min(512, signal.values.size // 2)
        cut = windows(signal, length=length, count=settings.trials)
        pieces = [prepared(piece, settings.length) for piece in cut.T]
        batches[name] = np.stack(pieces, axis=1)
    return batches


@final
@dataclass(frozen=True)
class _Maker:
    settings: OrderSettings

    def __call__(
        self, signal: str, metric: str, value: float, note: str = ""
    ) -> Record:
        name, (finest, coarsest) = self.settings.wavelet, self.settings.scales
        return Record(
            suite=SUITE,
            experiment=f"{SUITE}/{name}",
            species=f"WaLRUS, {name}",
            signal=signal,
            metric=metric,
            value=value,
            fidelity="own",
            note="; ".join(filter(None, (f"scales {finest}..{coarsest}", note))),
        )
