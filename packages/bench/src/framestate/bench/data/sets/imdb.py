"""IMDB reviews, the Text task of Long Range Arena: is a review good or bad?

Characters (S4): the first 4,095 and <eos>; known are those that occur at least 15 times
in these parts of the training reviews. Bytes (Long Range Arena): the first 4,000, each
plus one, so that 0 pads. 25,000 reviews train and 25,000 test; the papers select on the
test reviews, the tasks called "held-out" on a tenth of the training reviews.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64, UInt8
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.dataset import (
    Arrays,
    DataSet,
    Decoded,
    Layout,
    Progress,
    Remote,
)
from framestate.bench.data.sets import files, shuffled, streamed, tokens
from framestate.bench.data.task import Task

_LEAST = 15
_CHARACTERS = tokens.Cut(4095)
_BYTES = tokens.Cut(4000, end=None, shift=1)
_SHARE = 0.1
_REMOTE = Remote(
    "imdb/aclImdb_v1.tar.gz",
    "http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    "sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    84_125_825,
)
_SPLITS = ("train", "test")
_CLASSES = ("neg", "pos")
_PREPARED = tuple(f"imdb/imdb_{split}.npz" for split in _SPLITS)
_DOUBLED = "the test reviews select as well, as in the papers"
_HELD_OUT = f"a tenth of the training reviews selects, drawn by seed {shuffled.SEED}"


def _arrays(
    path: Path,
    reviews: list[UInt8[np.ndarray, "_"]],
    offsets: list[Int64[np.ndarray, "_"]],
    labels: list[NDArray[np.uint8]],
) -> Arrays:
    """Bytes and characters of training and test reviews, one after the other."""
    texts = [
        tokens.decoded(data, ends[1:].tolist(), path)
        for data, ends in zip(reviews, offsets, strict=True)
    ]
    known = tokens.vocabulary(texts[0].heads(_CHARACTERS.limit), least=_LEAST)
    lengths = [np.diff(ends) for ends in offsets]
    counts = [np.diff(text.offsets) for text in texts]
    return {
        "bytes": np.concatenate(reviews),
        "bytes_offsets": _offsets(lengths),
        "characters": np.concatenate([tokens.numbered(t.codes, known) for t in texts]),
        "characters_offsets": _offsets(counts),
        "labels": np.concatenate(labels),
        "sizes": np.array([part.size for part in labels], dtype=np.int64),
        "vocabulary": known,
    }


def _offsets(lengths: list[Int64[np.ndarray, "_"]]) -> Int64[np.ndarray, " n1"]:
    return np.concatenate([[0], np.cumsum(np.concatenate(lengths), dtype=np.int64)])


def _official(place: str, folder: Path, progress: Progress) -> Arrays:
    """``aclImdb/train/pos/17_9.txt`` and so on, sorted by class and number."""
    source = folder / place
    found: defaultdict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
    for split, label, number, text in _reviews(source, progress):
        found[split].append((label, number, text))
    for split in _SPLITS:
        if {label for label, _, _ in found[split]} != {0, 1}:
            raise streams.damaged(source, f"not both classes are in {split}")
    parts = [sorted(found[split]) for split in _SPLITS]
    return _arrays(
        source,
        [np.frombuffer(b"".join(t for _, _, t in p), dtype=np.uint8) for p in parts],
        [_offsets([np.array([len(t) for _, _, t in p])]) for p in parts],
        [np.array([label for label, _, _ in p], dtype=np.uint8) for p in parts],
    )


def _reviews(source: Path, progress: Progress) -> list[tuple[str, int, int, bytes]]:
    """Split, class, number and text of each labeled review."""
    reviews: list[tuple[str, int, int, bytes]] = []
    for name, stream in streamed.files(source, _is_review, progress):
        *_, split, kind, file = name.split("/")
        with files.reading(source):
            number = int(file.partition("_")[0])
        reviews.append((split, _CLASSES.index(kind), number, stream.read()))
    return reviews


def _is_review(name: str) -> bool:
    parts = name.split("/")[-3:]
    placed = len(parts) == 3 and parts[0] in _SPLITS and parts[1] in _CLASSES
    return placed and name.endswith(".txt")


def _prepared(folder: Path, progress: Progress) -> Arrays:
    """Bytes of all reviews of a split end to end."""
    reviews: list[UInt8[np.ndarray, "_"]] = []
    offsets: list[Int64[np.ndarray, "_"]] = []
    labels: list[NDArray[np.uint8]] = []
    for done, place in enumerate(_PREPARED):
        path = folder / place
        table = files.npz(path, "text", "offsets", "label")
        label = tokens.require_labels(path, table["label"], len(_CLASSES))
        if table["text"].dtype != np.uint8:
            raise streams.damaged(path, "its text is not bytes")
        reviews.append(table["text"])
        offsets.append(
            tokens.require_offsets(path, table["offsets"], table["text"], label.size)
        )
        labels.append(label)
        progress(done + 1, len(_PREPARED))
    return _arrays(folder / _PREPARED[0], reviews, offsets, labels)


def _task(name: str, kind: str, decoded: Decoded, *, share: float = 0.0) -> Task:
    arrays: dict[str, NDArray[Any]] = dict(decoded.arrays)
    train, test = tokens.consecutive(arrays["sizes"])
    validation = test
    if share:
        train, validation = shuffled.held_out(train.size, share)
    cut = _BYTES if kind == "bytes" else _CHARACTERS
    known = 257 if kind == "bytes" else tokens.SPECIALS + arrays["vocabulary"].size
    return Task(
        name=name,
        kind="classification",
        train=tokens.split(arrays, kind, train, cut),
        validation=tokens.split(arrays, kind, validation, cut),
        test=tokens.split(arrays, kind, test, cut),
        channels=None,
        vocabulary=known,
        outputs=len(_CLASSES),
        max_length=cut.longest,
        fidelity=decoded.layout.fidelity,
        note=_HELD_OUT if share else _DOUBLED,
    )


def _tasks() -> Mapping[str, Callable[[Decoded], Task]]:
    tasks: dict[str, Callable[[Decoded], Task]] = {}
    for name, kind in (("text", "characters"), ("text-bytes", "bytes")):
        apart = f"{name}-held-out"
        tasks[name] = partial(_task, name, kind)
        tasks[apart] = partial(_task, apart, kind, share=_SHARE)
    return tasks


DATA_SET = DataSet(
    name="imdb",
    title="IMDB reviews (Long Range Arena, Text)",
    licence="free for research",
    citation="Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011",
    home="https://ai.stanford.edu/~amaas/data/sentiment/",
    remotes=(_REMOTE,),
    layouts=(
        Layout("official", (_REMOTE.path,), "full", partial(_official, _REMOTE.path)),
        Layout(
            "unpacked",
            ("aclImdb/train", "aclImdb/test"),
            "full",
            partial(_official, "aclImdb"),
        ),
        Layout("prepared", _PREPARED, "full", _prepared),
    ),
    tasks=_tasks(),
)
