"""Pictures from memory: every pixel is seen once, and all are rebuilt from the last state.

The peak signal-to-noise ratio is 10 log10(range^2 / MSE) of a picture, its range that of
the whole data set (0 to 255 before standardizing).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.record import Curve, Outcome, Record
from framestate.bench.tasks.network import Place
from framestate.bench.tasks.reconstruction import Reconstruction, reconstruct
from framestate.bench.tasks.sequences import Reading, Sequences, read

SUITE = "signal"
MEMORIES: tuple[str, ...] = (
    "LegS",
    "FouS",
    "WaLRUS",
    "Slepian",
    "LegT",
    "FouT",
    "WaLRUS-T",
)


@final
@dataclass(frozen=True)
class ImageSettings:
    """Pictures of a task, pixel after pixel.

    Attributes
    ----------
    reading : Reading
        Which ones; the test pictures are rebuilt.
    order : int
        States of each memory.
    species : tuple of str
        Which memories.
    """

    reading: Reading
    order: int = 128
    species: tuple[str, ...] = MEMORIES

    @property
    def data(self) -> str:
        """Task of the data library."""
        return self.reading.data


def run(settings: ImageSettings, experiment: str, place: Place) -> Outcome:
    """Rebuild every test picture from every memory.

    Raises
    ------
    DataError, InvalidInputError
        If the data are not there, or of another length.
    """
    found = read(settings.reading, place)
    pictures = np.asarray(found.test.T, dtype=np.float64)
    rebuilt = {
        name: reconstruct(name, pictures, order=settings.order)
        for name in settings.species
    }
    span = float(np.ptp(found.train))
    make = _Maker(settings, experiment, found, pictures, span)
    lines = {"signal": pictures, **{n: r.values for n, r in rebuilt.items()}}
    return Outcome(
        tuple(record for n, r in rebuilt.items() for record in make.records(n, r)),
        tuple(make.curve(name, line[:, 0]) for name, line in lines.items()),
    )


@final
@dataclass(frozen=True, eq=False)
class _Maker:
    """Records and curves of one experiment."""

    settings: ImageSettings
    experiment: str
    found: Sequences
    pictures: Float64[np.ndarray, "length pictures"]
    span: float

    def records(self, name: str, rebuilt: Reconstruction) -> list[Record]:
        """The memory, and the best that its span allows."""
        energy = np.mean(self.pictures**2, axis=0)
        values = {"PSNR": rebuilt.error, "PSNR of the ideal": rebuilt.ideal}
        made: list[Record] = []
        for metric, error in values.items():
            peak = 10 * np.log10(self.span**2 / (energy * error**2))
            spread = f"sd {peak.std(ddof=1):.2g} over {peak.size} pictures"
            states = f"{self.settings.order} states for {len(self.pictures)} pixels"
            made.append(
                Record(
                    suite=SUITE,
                    experiment=self.experiment,
                    species=name,
                    signal=self.settings.data,
                    metric=metric,
                    value=float(peak.mean()),
                    unit="dB",
                    fidelity="own",
                    note=f"{spread}; {states}; {self.found.note}",
                )
            )
        return made

    def curve(self, name: str, line: Float64[np.ndarray, " length"]) -> Curve:
        """The first picture, pixel after pixel."""
        return Curve(
            suite=SUITE,
            experiment=self.experiment,
            species=name,
            signal=self.settings.data,
            name="reconstruction",
            x=tuple(round(k / line.size, 6) for k in range(line.size)),
            y=tuple(round(float(v), 4) for v in line),
        )
