"""Sound files: one channel of 16-bit samples."""

import io
import wave
from pathlib import Path

import numpy as np
from jaxtyping import Int16

from framestate.bench.data import streams


def samples(path: Path, data: bytes, *, rate: int) -> Int16[np.ndarray, " n"]:
    """Samples of a .wav file.

    Raises
    ------
    DataError
        If it is damaged, has another rate, more channels or other samples, or fewer
        samples than it says.
    """
    try:
        with wave.open(io.BytesIO(data)) as sound:
            form = sound.getframerate(), sound.getnchannels(), sound.getsampwidth()
            count = sound.getnframes()
            raw = sound.readframes(count)
    except (wave.Error, *streams.DAMAGE) as error:
        raise streams.broken(path, error) from error
    if form != (rate, 1, 2):
        finding = "{} Hz, {} channels, {} bytes a sample".format(*form)
        raise streams.damaged(path, f"{finding}, not {rate}, 1, 2")
    if not count or len(raw) != 2 * count:
        raise streams.damaged(path, f"{len(raw)} bytes of sound, not {2 * count}")
    return np.frombuffer(raw, dtype="<i2").astype(np.int16)
