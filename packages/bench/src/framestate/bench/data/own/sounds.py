"""One's own folder of sounds, a folder a class."""

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from framestate.bench.data import streams, wav
from framestate.bench.data.own.examples import PARTS, Examples
from framestate.bench.data.own.options import Options, unfit
from framestate.bench.data.spill import spilling


def read(folder: Path, options: Options) -> Examples:
    """All sounds end to end, at one rate, with their classes; on the disk.

    Raises
    ------
    DataError
        If there are no two classes, a file is damaged, or channels differ.
    OutputError
        If there is no room for them in the temporary folder.
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
    waves, lengths, rate = _waves(folder, [file for _, _, file in files], options)
    parts = np.array([part for part, _, _ in files])
    train, validation, test = (np.flatnonzero(parts == part) for part in range(3))
    return Examples(
        waves,
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


def _waves(
    folder: Path, files: list[Path], options: Options
) -> tuple[Float32[np.ndarray, "total channels"], list[int], int]:
    """Samples of all files at one rate, how many are of each, and the rate."""
    rates, lengths, channels = list[int](), list[int](), 0
    with spilling() as spill:
        for file in files:
            with streams.binary(file) as raw:
                sound = wav.read(file, raw)
            channels = channels or sound.samples.shape[1]
            if sound.samples.shape[1] != channels:
                finding = f"has {sound.samples.shape[1]} channels, others {channels}"
                raise unfit(folder, f"{file.relative_to(folder)} {finding}")
            spill.add(sound.unit())
            rates.append(sound.rate)
            lengths.append(len(sound.samples))
        waves = spill.array(np.float32, (sum(lengths), channels))
    rate = options.rate or Counter(rates).most_common(1)[0][0]
    if set(rates) == {rate}:
        return waves, lengths, rate
    ends = np.cumsum([0, *lengths])
    with spilling() as spill:
        for place, ((begin, end), found) in enumerate(
            zip(pairwise(ends), rates, strict=True)
        ):
            wave = _resampled(waves[begin:end], found, rate)
            spill.add(wave)
            lengths[place] = len(wave)
        return spill.array(np.float32, (sum(lengths), channels)), lengths, rate


def _resampled(
    wave: Float32[np.ndarray, "n channels"], found: int, rate: int
) -> Float32[np.ndarray, "m channels"]:
    if found == rate:
        return wave
    import scipy.signal  # slow to import, and not needed to list what there is

    common = math.gcd(found, rate)
    up, down = rate // common, found // common
    return scipy.signal.resample_poly(wave, up, down, axis=0).astype(np.float32)
