"""One's own folder of sounds, a folder a class."""

import math
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io.wavfile
import scipy.signal
from jaxtyping import Float32
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.own.examples import PARTS, Examples
from framestate.bench.data.own.options import Options, unfit

_MOST = 768_000  # samples a second; a damaged header asks for billions
# SciPy stumbles over its own variables where a chunk is missing
_DAMAGE = (*streams.DAMAGE, ZeroDivisionError, TypeError, AttributeError, NameError)


def read(folder: Path, options: Options) -> Examples:
    """All sounds end to end, at one rate, with their classes.

    Raises
    ------
    DataError
        If there are no two classes, a file is damaged, or channels differ.
    """
    split = [part for part in PARTS if (folder / part).is_dir()]
    if split and split != list(PARTS):
        missing = ", ".join(sorted(set(PARTS) - set(split)))
        raise unfit(folder, f"there is {', '.join(split)}, but no {missing}")
    roots = [folder / part for part in split] or [folder]
    classes = sorted({name for root in roots for name in _classes(root)})
    if len(classes) < 2:
        raise unfit(folder, "it has no two folders of .wav files, a folder a class")
    files = [
        (part, label, file)
        for part, root in enumerate(roots)
        for label, name in enumerate(classes)
        for file in sorted((root / name).glob("*.[wW][aA][vV]"))
    ]
    sounds = [_sound(file) for _, _, file in files]
    rate = options.rate or Counter(found for found, _ in sounds).most_common(1)[0][0]
    waves = [_resampled(wave, found, rate) for found, wave in sounds]
    _require_channels(folder, [file for _, _, file in files], waves)
    parts = np.array([part for part, _, _ in files])
    lengths = np.array([len(wave) for wave in waves])
    train, validation, test = (np.flatnonzero(parts == part) for part in range(3))
    return Examples(
        np.concatenate(waves),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.array([label for _, label, _ in files]),
        (train, validation, test) if split else None,
        note=f"{rate} Hz, classes {', '.join(classes)}; ",
    )


def _classes(folder: Path) -> list[str]:
    return [
        place.name
        for place in folder.iterdir()
        if place.is_dir()
        and place.name[0] not in "._"
        and any(place.glob("*.[wW][aA][vV]"))
    ]


def _sound(path: Path) -> tuple[int, Float32[np.ndarray, "n channels"]]:
    """Samples a second, and samples in [-1, 1]."""
    with warnings.catch_warnings(), streams.binary(path) as raw:
        warnings.simplefilter("ignore", scipy.io.wavfile.WavFileWarning)
        warnings.filterwarnings(
            "error", ".*EOF", category=scipy.io.wavfile.WavFileWarning
        )
        try:
            rate, samples = scipy.io.wavfile.read(raw)
            wave = _unit(samples)
        except (*_DAMAGE, scipy.io.wavfile.WavFileWarning) as error:
            raise streams.broken(path, error) from error
    if not 1 <= rate <= _MOST or wave.size == 0:
        raise streams.damaged(path, f"{wave.size} samples at {rate} Hz")
    return int(rate), wave.reshape(len(wave), -1)


def _unit(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Integers as shares of their range: unsigned about 128, others about 0."""
    match samples.dtype.kind:
        case "u":
            return ((samples.astype(np.float32) - 128) / 128).astype(np.float32)
        case "i":
            return (samples / float(2 ** (8 * samples.itemsize - 1))).astype(np.float32)
        case _:
            return samples.astype(np.float32)


def _resampled(
    wave: Float32[np.ndarray, "n channels"], found: int, rate: int
) -> Float32[np.ndarray, "m channels"]:
    if found == rate:
        return wave
    common = math.gcd(found, rate)
    up, down = rate // common, found // common
    return scipy.signal.resample_poly(wave, up, down, axis=0).astype(np.float32)


def _require_channels(
    folder: Path, files: list[Path], waves: list[NDArray[Any]]
) -> None:
    for file, wave in zip(files, waves, strict=True):
        if wave.shape[1] != waves[0].shape[1]:
            name = file.relative_to(folder)
            finding = f"{name} has {wave.shape[1]} channels, others {waves[0].shape[1]}"
            raise unfit(folder, finding)
