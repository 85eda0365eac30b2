"""Files of Speech Commands -> clips, words, speakers and official parts.

A clip is <word>/<speaker>_nohash_<n>.wav; validation_list.txt and testing_list.txt name
those that do not train. Rows lie as they come.
"""

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Int16, UInt8
from numpy.typing import NDArray

from framestate.bench.data import streams, wav
from framestate.bench.data.dataset import Arrays, Progress
from framestate.bench.data.sets import files, moments

RATE = SAMPLES = 16_000
TRAIN, VALIDATION, TEST = range(3)
_WORDS = (
    "bed cat down five forward go house left marvin no on right sheila tree up visual "
    "yes backward bird dog eight follow four happy learn nine off one seven six stop "
    "three two wow zero"
)
WORDS = tuple(_WORDS.split())
_LISTS = {"validation_list.txt": VALIDATION, "testing_list.txt": TEST}
_FIELDS = (
    "lo",
    "hi",
    "n_samples",
    "label35",
    "words35",
    "speaker",
    "utterance",
    "official_split",
)


@final
@dataclass
class _Clips:
    """Clips as they come; the samples are kept on the disk until all are there."""

    store: Any  # a temporary file; its class differs between systems
    names: list[str] = field(default_factory=list[str])
    lengths: list[int] = field(default_factory=list[int])
    moments: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def add(self, path: Path, name: str, data: bytes) -> None:
        """Append a .wav file, filled up with zeros to a second."""
        clip = _clip(path / name, data)
        if clip.size > SAMPLES:
            raise streams.damaged(path / name, f"{clip.size} samples, over {SAMPLES}")
        padded = np.zeros((1, SAMPLES), dtype=np.int16)
        padded[0, : clip.size] = clip
        total, squares = moments.sums(padded)
        self.store.write(padded.tobytes())
        self.names.append(name)
        self.lengths.append(clip.size)
        self.moments.append((int(total[0]), int(squares[0])))

    def arrays(self, part: Mapping[str, int]) -> Arrays:
        """All clips, in a file that goes with the array."""
        self.store.flush()
        words, names = zip(*(name.split("/") for name in self.names), strict=True)
        sums, squares = np.array(self.moments, dtype=np.int64).T
        shape = (len(self.names), SAMPLES)
        return {
            "clips": np.memmap(self.store, np.int16, "r", shape=shape),
            "samples": np.array(self.lengths, dtype=np.int32),
            "word": np.array([WORDS.index(word) for word in words], dtype=np.int8),
            "part": np.array([part[name] for name in self.names], dtype=np.int8),
            "name": np.array(names),
            "sums": sums,
            "squares": squares,
        }


def _clip(path: Path, data: bytes) -> Int16[np.ndarray, " n"]:
    sound = wav.read(path, io.BytesIO(data))
    found = sound.rate, sound.samples.shape[1], sound.samples.dtype
    if found != (RATE, 1, np.int16):
        finding = "{} Hz, {} channels of {}".format(*found)
        raise streams.damaged(path, f"{finding}, not {RATE}, 1 of int16")
    return sound.samples[:, 0]


def whole(source: str, folder: Path, progress: Progress) -> Arrays:
    """The complete data set, packed or not, with its lists.

    Raises
    ------
    DataError
        If a list or a word is missing, a list names a clip that is not there, or a
        sound file is damaged.
    """
    path = folder / source
    with tempfile.TemporaryFile() as store:
        clips, lists = _read(path, store, progress)
        part = dict.fromkeys(clips.names, TRAIN)
        missing = [w for w in WORDS if not any(n.startswith(f"{w}/") for n in part)]
        if missing:
            raise streams.damaged(path, f"no clip of {missing[0]!r}")
        for name, which in _LISTS.items():
            if name not in lists:
                raise streams.damaged(path, f"{name} is missing")
            for line in lists[name].split():
                if line not in part:
                    raise streams.damaged(path, f"{name} names {line}: not there")
                part[line] = which
        return clips.arrays(part)


def test_set(source: str, folder: Path, progress: Progress) -> Arrays:
    """The official archive of the test clips of ten words.

    Raises
    ------
    DataError
        If there is no clip in it, or a sound file is damaged.
    """
    path = folder / source
    with tempfile.TemporaryFile() as store:
        clips, _ = _read(path, store, progress)
        if not clips.names:
            raise streams.damaged(path, "there is no clip of a word in it")
        return clips.arrays(dict.fromkeys(clips.names, TEST))


def _read(path: Path, store: Any, progress: Progress) -> tuple[_Clips, dict[str, str]]:
    clips, lists = _Clips(store), dict[str, str]()
    for name, data in files.members(path, _wanted):
        if name in _LISTS:
            lists[name] = data.decode("utf-8", errors="replace")
        else:
            clips.add(path, name, data)
            progress(len(clips.names), 0)
    return clips, lists


def _wanted(name: str) -> bool:
    word, _, clip = name.partition("/")
    is_clip = word in WORDS and clip.endswith(".wav") and "/" not in clip
    return name in _LISTS or is_clip


def prepared(source: str, folder: Path, progress: Progress) -> Arrays:
    """Clips of an .npz file, coded as the two bytes of their zig-zag differences.

    Raises
    ------
    DataError
        If it is damaged, or its arrays do not belong together.
    """
    progress(0, 1)
    path = folder / source
    found = files.npz(path, *_FIELDS)
    for code in (found["lo"], found["hi"]):
        if code.dtype != np.uint8 or code.shape != (len(found["label35"]), SAMPLES):
            raise streams.damaged(path, f"a code is {code.dtype} {code.shape}")
    clips = unzigzag(found["lo"], found["hi"])
    with files.reading(path):
        words = [str(word) for word in found["words35"]]
        word = [WORDS.index(words[label]) for label in found["label35"]]
        pairs = zip(found["speaker"], found["utterance"], strict=True)
        names = np.array([f"{speaker}_nohash_{nth}.wav" for speaker, nth in pairs])
        part = found["official_split"].astype(np.int8)
    sizes = {len(clips), len(names), len(part), len(found["n_samples"])}
    if len(sizes) != 1 or not np.isin(part, (TRAIN, VALIDATION, TEST)).all():
        raise streams.damaged(path, f"{len(clips)} clips do not fit their labels")
    sums, squares = moments.sums(clips)
    progress(1, 1)
    return {
        "clips": clips,
        "samples": found["n_samples"],
        "word": np.array(word, dtype=np.int8),
        "part": part,
        "name": names,
        "sums": sums,
        "squares": squares,
    }


def unzigzag(
    low: UInt8[np.ndarray, "n L"], high: UInt8[np.ndarray, "n L"]
) -> Int16[np.ndarray, "n L"]:
    """Samples whose first differences d are stored as 2d if d >= 0, else -2d - 1."""
    coded = low.astype(np.uint16) | (high.astype(np.uint16) << 8)
    sign = (-(coded & 1).astype(np.int32)).astype(np.uint16)
    steps: NDArray[Any] = (coded >> 1) ^ sign
    return np.cumsum(steps, axis=-1, dtype=np.uint16).view(np.int16)
