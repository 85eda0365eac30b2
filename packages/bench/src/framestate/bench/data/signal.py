"""A real signal with its provenance, and cutting it into windows."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate.bench.errors import InvalidInputError


@final
@dataclass(frozen=True, eq=False)
class Signal:
    """A one-dimensional record.

    Attributes
    ----------
    name : str
        Short name used in tables, e.g. "ecg".
    values : (length,) float64
        The samples, finite (checked on creation).
    sampling : str
        What one sample is, in words.
    source : str
        Where it comes from, in words.
    """

    name: str
    values: Float64[np.ndarray, " length"]
    sampling: str
    source: str

    def __post_init__(self) -> None:
        bad = np.flatnonzero(~np.isfinite(self.values))
        if bad.size:
            raise InvalidInputError(
                request=f"signal {self.name!r}",
                finding=f"sample {bad[0]} is {self.values[bad[0]]} "
                f"({bad.size} of {self.values.size} are not finite)",
                remedy="Fill or cut the gap; nothing is computed on such a signal.",
            )
        if self.values.size < 2 or np.ptp(self.values) == 0.0:
            raise InvalidInputError(
                request=f"signal {self.name!r}",
                finding=f"{self.values.size} samples without any change",
                remedy="Give a signal that varies; there is nothing to remember.",
            )


def windows(
    signal: Signal, *, length: int, count: int
) -> Float64[np.ndarray, "length count"]:
    """Cut `count` windows of `length` samples, evenly spread; they may overlap.

    Raises
    ------
    InvalidInputError
        If the signal is shorter than one window.
    """
    size = signal.values.size
    if length > size:
        raise InvalidInputError(
            request=f"windows of {length} samples of {signal.name!r}",
            finding=f"the signal has only {size} samples",
            remedy=f"Ask for at most {size} samples.",
        )
    starts = np.linspace(0, size - length, count).astype(np.int64)
    return np.stack([signal.values[s : s + length] for s in starts], axis=1)


def stretch(
    values: Float64[np.ndarray, " length"], *, length: int
) -> Float64[np.ndarray, " stretched"]:
    """Resample to `length` points by Fourier, after a mirror at the end.

    A record followed by its mirror image is periodic without a jump.
    """
    import scipy.signal  # slow to import, and not needed to list what there is

    mirrored = np.concatenate([values, values[::-1]])
    return np.asarray(scipy.signal.resample(mirrored, 2 * length))[:length]
