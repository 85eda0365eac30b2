"""Sound files: PCM of 8 to 32 bit or floats, any rate and number of channels."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float32, Shaped
from numpy.typing import NDArray

from framestate.bench.data import streams

_MOST = 768_000  # samples a second; a damaged header asks for billions
# SciPy stumbles over its own variables where a chunk is missing
_DAMAGE = (*streams.DAMAGE, ZeroDivisionError, TypeError, AttributeError, NameError)


@final
@dataclass(frozen=True, eq=False)
class Sound:
    """What a file holds.

    Attributes
    ----------
    rate : int
        Samples a second.
    samples : (n, channels)
        As stored: uint8 about 128, int16, int32 (24 bit in its upper three bytes), ..
        or floats; at least one.
    """

    rate: int
    samples: Shaped[np.ndarray, "n channels"]

    def unit(self) -> Float32[np.ndarray, "n channels"]:
        """Samples in [-1, 1): integers as shares of their range."""
        samples = self.samples
        match samples.dtype.kind:
            case "u":
                middle = np.float32(128)
                return (samples.astype(np.float32) - middle) / middle
            case "i":
                largest = 2.0 ** (8 * samples.itemsize - 1)
                return (samples / largest).astype(np.float32)
            case _:
                return samples.astype(np.float32)


def read(path: Path, source: io.BufferedIOBase) -> Sound:
    """The sound of a .wav file.

    Parameters
    ----------
    path : pathlib.Path
        Named in the error.
    source : file
        Its bytes, from the first on; it can seek.

    Raises
    ------
    DataError
        If it is damaged, is of no known kind, or breaks off.
    """
    rate, samples = _stored(path, source)
    if not 1 <= rate <= _MOST or samples.size == 0:
        raise streams.damaged(path, f"{samples.size} samples at {rate} Hz")
    return Sound(rate, samples.reshape(len(samples), -1))


def _stored(path: Path, source: io.BufferedIOBase) -> tuple[int, NDArray[Any]]:
    from scipy.io import wavfile  # slow to import, and not needed to list what there is

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wavfile.WavFileWarning)
        warnings.filterwarnings("error", ".*EOF", category=wavfile.WavFileWarning)
        try:
            rate, samples = wavfile.read(source)
        except (*_DAMAGE, wavfile.WavFileWarning) as error:
            raise streams.broken(path, error) from error
    return int(rate), samples
