"""AAN, the Retrieval task of Long Range Arena: does one paper cite the other?

Characters of two papers, the first 3,999 of each and <eos>; known are all that occur in
the training papers (98 tokens with the special ones). Papers are stored once, however
many pairs they are in.
"""

from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays, DataSet, Decoded, Progress
from framestate.bench.data.sets import files, lra, streamed, tokens
from framestate.bench.data.sets.pairs import Pairs
from framestate.bench.data.task import Task

_CUT = tokens.Cut(3999)
_CLASSES = 2
_FILES = tuple(f"new_aan_pairs.{name}.tsv" for name in ("train", "eval", "test"))
_FIELDS = 5  # label, two numbers, two texts


def _released(source: Path, progress: Progress) -> Arrays:
    """The three tables of the release."""
    documents: dict[bytes, int] = {}
    found: dict[str, NDArray[np.int64]] = {}
    for name, stream in streamed.files(source, _is_table, progress):
        with files.reading(source):
            path = source / Path(name).name
            found[path.name] = _table(stream, path, documents)
    missing = [name for name in _FILES if name not in found]
    if missing:
        raise streams.damaged(source, f"there is no {missing[0]} in it")
    tables = [found[name] for name in _FILES]
    return {
        **_numbered(source, documents, tables[0][:, 1:]),
        "pairs": np.concatenate([table[:, 1:] for table in tables]),
        "labels": np.concatenate([table[:, 0] for table in tables]).astype(np.uint8),
        "sizes": np.array([len(table) for table in tables], dtype=np.int64),
    }


def _is_table(name: str) -> bool:
    return Path(name).name in _FILES


def _table(
    stream: BufferedReader, path: Path, documents: dict[bytes, int]
) -> NDArray[np.int64]:
    """Rows (label, document, document); new documents are added to ``documents``."""
    rows: list[tuple[int, int, int]] = []
    for number, line in enumerate(stream, start=1):
        fields = line.rstrip(b"\r\n").split(b"\t")
        if len(fields) != _FIELDS or fields[0] not in (b"0", b"1", b"0.0", b"1.0"):
            raise streams.damaged(path, f"line {number} is no pair of papers")
        one, two = (
            documents.setdefault(_head(text), len(documents)) for text in fields[3:]
        )
        rows.append((int(float(fields[0])), one, two))
    if not rows:
        raise streams.damaged(path, "there are no pairs in it")
    return np.array(rows, dtype=np.int64)


def _head(text: bytes) -> bytes:
    """The characters that are kept, as UTF-8."""
    return text.decode("utf-8")[: _CUT.limit].encode("utf-8")


def _numbered(
    path: Path, documents: dict[bytes, int], train: NDArray[np.int64]
) -> Arrays:
    data = np.frombuffer(b"".join(documents), dtype=np.uint8)
    ends = np.cumsum([len(document) for document in documents]).tolist()
    text = tokens.decoded(data, ends, path)
    trains = np.zeros(len(documents), dtype=np.bool_)
    trains[train] = True
    seen = np.repeat(trains, np.diff(text.offsets))
    known = tokens.vocabulary(text.codes[seen])
    return {
        "characters": tokens.numbered(text.codes, known),
        "characters_offsets": text.offsets,
        "vocabulary": known,
    }


def _task(decoded: Decoded) -> Task:
    arrays: dict[str, NDArray[Any]] = dict(decoded.arrays)
    train, validation, test = (
        Pairs(
            arrays["characters"],
            arrays["characters_offsets"],
            arrays["pairs"],
            arrays["labels"],
            rows,
            _CUT,
        )
        for rows in tokens.consecutive(arrays["sizes"])
    )
    return Task(
        name="retrieval",
        kind="retrieval",
        train=train,
        validation=validation,
        test=test,
        channels=None,
        vocabulary=tokens.SPECIALS + arrays["vocabulary"].size,
        outputs=_CLASSES,
        max_length=_CUT.longest,
        fidelity=decoded.layout.fidelity,
    )


DATA_SET = DataSet(
    name="aan",
    title="ACL Anthology Network pairs (Long Range Arena, Retrieval)",
    licence="research use; see the ACL Anthology Network",
    citation=f"Radev et al., The ACL Anthology Network Corpus, 2013; {lra.CITATION}",
    home=lra.HOME,
    remotes=(lra.REMOTE,),
    layouts=lra.layouts(
        _released,
        released="tsv_data",
        folder="aan",
        files=_FILES,
    ),
    tasks={"retrieval": _task},
)
