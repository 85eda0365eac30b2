"""Speech Commands v0.02: 35 words, a second each at 16 kHz, as int16.

    sc35         all words, official lists, zeros behind clips shorter than a second
    sc10         ten commands, clips of exactly 16,000 samples, .7/.15/.15 at random
    sc10-subset  the official test clips of the ten commands, cut by speaker
    ..-half      every second sample at test, all of them before (zero-shot)

Inputs are (x - mean)/(std + 1e-5) of x = int16/2^15, with one mean and one std (N - 1)
of all samples of the train clips.

Two traps of state-spaces/s4, not repeated here. (a) Its torchaudio.load gives [-1, 1]
already; its own division by 2^15 is a second one, std is then about 2.5e-6, the 1e-5
rules, and the model sees inputs of std .2. (b) Its array is (clip, 1, sample) when it
standardizes over the last axis, so that every sample index has its own mean and std.
The lists of sc35 are official; sc10 draws from the order in which a disk lists files,
here by word and name, so that its split has the paper's law but not its clips.

The split of sc10-subset is a hash of the speaker: it needs no list, and no speaker is
in two parts.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from framestate.bench.data.dataset import DataSet, Decoded, Layout, Remote
from framestate.bench.data.sets import files, moments, shuffled, speech_files
from framestate.bench.data.sets.speech_files import SAMPLES, TEST, WORDS
from framestate.bench.data.splits import Rows
from framestate.bench.data.task import Task
from framestate.bench.errors import DataError

_COMMANDS = "yes no up down left right on off stop go"
COMMANDS = tuple(_COMMANDS.split())
_SCALE, _SOFT = 2.0**15, 1e-5
Parts: TypeAlias = tuple[
    Int64[np.ndarray, " a"], Int64[np.ndarray, " b"], Int64[np.ndarray, " c"]
]
_Labeled: TypeAlias = tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]
_Cut: TypeAlias = Callable[[str, Decoded], Parts]


def subset_part(speaker: str) -> int:
    """0, 1 or 2 (train, validation, test): 70, 15 and 15 of a hundred speakers."""
    digest = hashlib.sha1(f"w4s4-{speaker}".encode(), usedforsecurity=False)
    place = int(digest.hexdigest(), 16) % 100
    return int(place >= 70) + int(place >= 85)


def _rows(name: str, decoded: Decoded, words: tuple[str, ...]) -> _Labeled:
    """Rows of these words and their classes, by class, then by name of the clip."""
    place = _places(words)[files.decoded_array(decoded, "word", name)]
    clips = files.decoded_array(decoded, "name", name)
    rows = np.lexsort((clips, place))
    rows = rows[place[rows] >= 0]
    return rows, place[rows]


def _places(words: tuple[str, ...]) -> NDArray[np.int64]:
    """Class of each of `WORDS`, -1 for none."""
    return np.array([words.index(w) if w in words else -1 for w in WORDS])


def _official(name: str, decoded: Decoded) -> Parts:
    rows, _ = _rows(name, decoded, WORDS)
    part = files.decoded_array(decoded, "part", name)[rows]
    train, validation, test = (rows[part == k] for k in range(3))
    return _held(name, decoded, (train, validation, test))


def _stratified(name: str, decoded: Decoded) -> Parts:
    """Ten commands, whole seconds: .7, then the rest in halves."""
    _official(name, decoded)  # refuses a layout that is not whole
    rows, words = _rows(name, decoded, COMMANDS)
    whole = files.decoded_array(decoded, "samples", name)[rows] == SAMPLES
    train, rest, _, others = _drawn(rows[whole], words[whole], 0.7, 0)
    validation, test, _, _ = _drawn(rest, others, 0.5, 1)
    return train, validation, test


def _drawn(
    rows: NDArray[np.int64], words: NDArray[np.int64], share: float, seed: int
) -> list[NDArray[np.int64]]:
    return shuffled.train_test_split(
        rows, words, train_size=share, random_state=seed, stratify=words
    )


def _by_speaker(name: str, decoded: Decoded) -> Parts:
    rows, _ = _rows(name, decoded, COMMANDS)
    rows = rows[files.decoded_array(decoded, "part", name)[rows] == TEST]
    clips = files.decoded_array(decoded, "name", name)[rows]
    part = np.array([subset_part(clip.split("_")[0]) for clip in clips.tolist()])
    train, validation, test = (rows[part == k] for k in range(3))
    return _held(name, decoded, (train, validation, test))


def _task(
    name: str, cut: _Cut, words: tuple[str, ...], step: int, decoded: Decoded
) -> Task:
    parts = cut(name, decoded)
    clips = files.decoded_array(decoded, "clips", name)
    targets = _places(words)[files.decoded_array(decoded, "word", name)]
    mean, std = _train_moments(name, decoded, parts[0])
    whole = partial(_standardized, mean, std, 1)
    thinned = partial(_standardized, mean, std, step)
    return Task(
        name=name,
        kind="classification",
        train=Rows(clips, targets, parts[0], whole),
        validation=Rows(clips, targets, parts[1], whole),
        test=Rows(clips, targets, parts[2], thinned),
        channels=1,
        vocabulary=None,
        outputs=len(words),
        max_length=SAMPLES,
        fidelity="subset" if cut is _by_speaker else decoded.layout.fidelity,
        note=_SUBSET if cut is _by_speaker else decoded.layout.note,
    )


_SUBSET = "trained on part of the official test clips; they are complete (4,074)"


def _held(name: str, decoded: Decoded, parts: Parts) -> Parts:
    """The parts themselves, if there is something in each."""
    sizes = [part.size for part in parts]
    if min(sizes) == 0:
        raise DataError(
            request=f"task {name!r}",
            finding=f"the layout {decoded.layout.name!r} has {sizes} clips to train, "
            "validate and test",
            remedy="Fetch the whole data set, or use sc10-subset.",
        )
    return parts


def _train_moments(
    name: str, decoded: Decoded, rows: Int64[np.ndarray, " m"]
) -> tuple[float, float]:
    total = files.decoded_array(decoded, "sums", name)[rows]
    squares = files.decoded_array(decoded, "squares", name)[rows]
    count = rows.size * SAMPLES
    mean, std = moments.mean_std(total, squares, count, ddof=1)
    return mean / _SCALE, std / _SCALE


def _standardized(
    mean: float, std: float, step: int, clips: NDArray[np.int16]
) -> Float32[np.ndarray, "B L 1"]:
    waves = clips[:, ::step, None].astype(np.float32) / np.float32(_SCALE)
    return (waves - np.float32(mean)) / np.float32(std + _SOFT)


_CUTS: dict[str, tuple[_Cut, tuple[str, ...]]] = {
    "sc35": (_official, WORDS),
    "sc10": (_stratified, COMMANDS),
    "sc10-subset": (_by_speaker, COMMANDS),
}
_ARCHIVE = "speech_commands/speech_commands_v0.02.tar.gz"
_TEST_SET = "speech_commands/speech_commands_test_set_v0.02.tar.gz"
_PREPARED = "speech_commands/sc_v002_testset_words.npz"

DATA_SET = DataSet(
    name="speech-commands",
    title="Speech Commands v0.02",
    licence="CC BY 4.0",
    citation="Warden, Speech Commands (arXiv 1804.03209)",
    home="https://www.tensorflow.org/datasets/catalog/speech_commands",
    remotes=(
        Remote(
            path=_ARCHIVE,
            url="http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
            checksum="sha256:"
            "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
            size=2_428_923_189,
        ),
    ),
    layouts=(
        Layout("official", (_ARCHIVE,), "full", partial(speech_files.whole, _ARCHIVE)),
        Layout(
            "unpacked",
            (
                "SpeechCommands/validation_list.txt",
                "SpeechCommands/testing_list.txt",
                *(f"SpeechCommands/{word}" for word in WORDS),
            ),
            "full",
            partial(speech_files.whole, "SpeechCommands"),
        ),
        Layout(
            "official-test-set",
            (_TEST_SET,),
            "subset",
            partial(speech_files.test_set, _TEST_SET),
        ),
        Layout(
            "prepared",
            (_PREPARED,),
            "subset",
            partial(speech_files.prepared, _PREPARED),
        ),
    ),
    tasks={
        name + suffix: partial(_task, name + suffix, cut, words, step)
        for name, (cut, words) in _CUTS.items()
        for suffix, step in (("", 1), ("-half", 2))
    },
)
