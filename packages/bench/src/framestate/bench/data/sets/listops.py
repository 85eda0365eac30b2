"""ListOps of Long Range Arena: the value of a nested expression, ten classes.

Parentheses are deleted, "]" is written X, the first 2,047 tokens are kept and ended by
<eos>; 18 tokens. 96,000 expressions train, 2,000 validate, 2,000 test.
"""

from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
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
from framestate.bench.data.generators import listops as generator
from framestate.bench.data.generators.expressions import VOCABULARY
from framestate.bench.data.generators.listops import Examples
from framestate.bench.data.sets import files, lra, streamed, tokens
from framestate.bench.data.task import Task

CLASSES = 10
SIZES = (96_000, 2_000, 2_000)
_SEED = 2020
_FILES = ("basic_train.tsv", "basic_val.tsv", "basic_test.tsv")
_PREPARED = tuple(f"listops/listops_lra_params_{name}.npz" for name in ("val", "test"))
_CUT = tokens.Cut(2047)
_TOKENS = {word.encode(): number for number, word in enumerate(VOCABULARY)}
_HEADER = b"Source\tTarget"


def _released(source: Path, progress: Progress) -> Arrays:
    """The three tables of the release."""
    found: dict[str, Examples] = {}
    for name, stream in streamed.files(source, _is_table, progress):
        with files.reading(source):
            found[Path(name).name] = _table(stream, source / Path(name).name)
    missing = [name for name in _FILES if name not in found]
    if missing:
        raise streams.damaged(source, f"there is no {missing[0]} in it")
    return _joined([found[name] for name in _FILES])


def _is_table(name: str) -> bool:
    return Path(name).name in _FILES


def _table(stream: BufferedReader, path: Path) -> Examples:
    """Lines ``expression TAB value`` after a header."""
    if next(stream, b"").strip() != _HEADER:
        raise streams.damaged(path, "it does not begin with Source, Target")
    data, lengths, labels = bytearray(), [0], list[int]()
    for number, line in enumerate(stream, start=2):
        source, _, target = line.partition(b"\t")
        words = source.translate(bytes.maketrans(b"]", b"X"), b"()").split()
        known = [_TOKENS[word] for word in words if word in _TOKENS]
        if len(known) < len(words) or not words or not target.strip().isdigit():
            raise streams.damaged(path, f"line {number} is no example")
        data += bytes(known)
        lengths.append(len(words))
        labels.append(int(target))
    return Examples(
        np.frombuffer(data, dtype=np.uint8),
        np.cumsum(lengths, dtype=np.int64),
        tokens.require_labels(path, np.array(labels, dtype=np.int64), CLASSES),
    )


def _joined(parts: list[Examples]) -> Arrays:
    lengths = np.concatenate([np.diff(part.offsets) for part in parts])
    return {
        "tokens": np.concatenate([part.tokens for part in parts]),
        "tokens_offsets": np.concatenate([[0], np.cumsum(lengths)]),
        "labels": np.concatenate([part.labels for part in parts]),
        "sizes": np.array([part.labels.size for part in parts], dtype=np.int64),
    }


def _prepared(train: int, folder: Path, progress: Progress, kept: Path) -> Arrays:
    later = [_stored(folder / name) for name in _PREPARED]
    made = generator.generate(train, seed=_SEED, kept=kept, progress=progress)
    return _joined([made, *later])


def _stored(path: Path) -> Examples:
    names = ("tokens", "offsets", "labels", "vocab")
    table = files.npz(path, *names)
    if tuple(table["vocab"].tolist()) != VOCABULARY:
        raise streams.damaged(path, "its vocabulary is not that of ListOps")
    labels = tokens.require_labels(path, table["labels"], CLASSES)
    values = table["tokens"]
    if values.dtype != np.uint8 or values.max(initial=0) >= len(VOCABULARY):
        raise streams.damaged(path, f"a token is not below {len(VOCABULARY)}")
    ends = tokens.require_offsets(path, table["offsets"], values, labels.size)
    return Examples(values, ends, labels)


def _generated(
    sizes: tuple[int, ...], seed: int, folder: Path, progress: Progress, kept: Path
) -> Arrays:
    del folder  # nothing is read
    made = generator.generate(sum(sizes), seed=seed, kept=kept, progress=progress)
    return {
        "tokens": made.tokens,
        "tokens_offsets": made.offsets,
        "labels": made.labels,
        "sizes": np.array(sizes, dtype=np.int64),
    }


def prepared(train: int) -> Layout:
    """Validation and test as they lie there; training expressions from the rule."""
    decode = partial(_prepared, train)
    note = f"drawn by the published rule; training expressions with seed {_SEED}"
    return Layout("prepared", _PREPARED, "regenerated", decode, note=note, keeps=True)


def regenerated(sizes: tuple[int, int, int], seed: int) -> Layout:
    """Needs no file: expressions for training, validation and test from the rule."""
    decode = partial(_generated, sizes, seed)
    note = f"drawn by the published rule, seed {seed}; not the released expressions"
    return Layout("regenerated", (), "regenerated", decode, note=note, keeps=True)


def task(name: str, decoded: Decoded) -> Task:
    """The task, from any layout."""
    arrays: dict[str, NDArray[Any]] = dict(decoded.arrays)
    rows = tokens.consecutive(arrays["sizes"])
    train, validation, test = (
        tokens.split(arrays, "tokens", part, _CUT) for part in rows
    )
    return Task(
        name=name,
        kind="classification",
        train=train,
        validation=validation,
        test=test,
        channels=None,
        vocabulary=len(VOCABULARY),
        outputs=CLASSES,
        max_length=_CUT.longest,
        fidelity=decoded.layout.fidelity,
        note=decoded.layout.note,
    )


def data_set(
    name: str, layouts: tuple[Layout, ...], remotes: tuple[Remote, ...] = ()
) -> DataSet:
    """ListOps with these layouts and one task of the same name."""
    return DataSet(
        name=name,
        title="ListOps (Long Range Arena)",
        licence=lra.LICENCE,
        citation=f"Nangia and Bowman 2018 (arXiv 1804.06028); {lra.CITATION}",
        home=lra.HOME,
        remotes=remotes,
        layouts=layouts,
        tasks={name: partial(task, name)},
    )


DATA_SET = data_set(
    "listops",
    (
        *lra.layouts(
            _released,
            released="listops-1000",
            folder="listops",
            files=_FILES,
        ),
        prepared(SIZES[0]),
        regenerated(SIZES, _SEED),
    ),
    (lra.REMOTE,),
)
