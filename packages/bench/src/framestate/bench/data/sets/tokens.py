"""Texts as tokens: which characters are known, and how a sequence is cut and ended.

Token 0 pads, 1 stands for what is unknown, 2 ends a sequence; characters follow in the
order of their code points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Int64, UInt8, UInt16, UInt32
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays
from framestate.bench.data.splits import Ragged

PADDING, UNKNOWN, END, SPECIALS = 0, 1, 2, 3


@final
@dataclass(frozen=True)
class Cut:
    """The first ``limit`` tokens, moved by ``shift``, and then ``end`` if there is one.

    Attributes
    ----------
    limit : int
        Tokens of the sequence, ``end`` not counted.
    end : int or None
        Token that is appended.
    shift : int
        Added to each stored token.
    """

    limit: int
    end: int | None = END
    shift: int = 0

    def __call__(self, values: NDArray[Any]) -> Int64[np.ndarray, " length"]:
        """Tokens as a model takes them."""
        tokens = values[: self.limit].astype(np.int64) + self.shift
        return tokens if self.end is None else np.append(tokens, self.end)

    @property
    def longest(self) -> int:
        """Longest sequence it gives."""
        return self.limit + (self.end is not None)


@final
@dataclass(frozen=True, eq=False)
class Text:
    """Code points of texts end to end.

    Attributes
    ----------
    codes : (total,) uint32
        Code points.
    offsets : (n + 1,) int64
        Text i is ``codes[offsets[i] : offsets[i + 1]]``.
    """

    codes: UInt32[np.ndarray, " total"]
    offsets: Int64[np.ndarray, " n1"]

    def heads(self, limit: int) -> UInt32[np.ndarray, " shorter"]:
        """The first ``limit`` code points of each text, end to end."""
        keep = np.ones(self.codes.size, dtype=np.bool_)
        for begin, end in pairwise(self.offsets.tolist()):
            keep[begin + limit : end] = False
        return self.codes[keep]


def decoded(data: UInt8[np.ndarray, " total"], ends: Sequence[int], path: Path) -> Text:
    """Characters of UTF-8 texts that end at these places.

    Raises
    ------
    DataError
        If the bytes are no UTF-8.
    """
    whole, lengths = data.tobytes(), [0]
    points: list[bytes] = []
    for begin, end in pairwise((0, *ends)):
        try:
            text = whole[begin:end].decode("utf-8")
        except UnicodeDecodeError as error:
            raise streams.broken(path, error) from error
        points.append(text.encode("utf-32-le"))
        lengths.append(len(text))
    codes = np.frombuffer(b"".join(points), dtype="<u4").astype(np.uint32, copy=False)
    return Text(codes, np.cumsum(lengths, dtype=np.int64))


def vocabulary(
    codes: UInt32[np.ndarray, " total"], *, least: int = 1
) -> UInt32[np.ndarray, " known"]:
    """Code points that occur at least so often, in increasing order."""
    counts = np.bincount(codes)
    return np.flatnonzero(counts >= max(least, 1)).astype(np.uint32)


def numbered(
    codes: UInt32[np.ndarray, " total"], known: UInt32[np.ndarray, " known"]
) -> UInt8[np.ndarray, " total"] | UInt16[np.ndarray, " total"]:
    """Token of each code point; `UNKNOWN` where it is not known."""
    kind = np.uint8 if known.size + SPECIALS <= 256 else np.uint16
    table = np.full(int(known.max(initial=0)) + 2, UNKNOWN, dtype=kind)
    table[known] = SPECIALS + np.arange(known.size, dtype=kind)
    return table[np.minimum(codes, table.size - 1)]  # the last entry is unknown


def require_offsets(
    path: Path, offsets: NDArray[Any], values: NDArray[Any], count: int
) -> Int64[np.ndarray, " n1"]:
    """Offsets that cut all the values into ``count`` pieces.

    Raises
    ------
    DataError
        If they do not.
    """
    whole = offsets.dtype.kind in "iu" and offsets.shape == (count + 1,)
    if not whole or offsets[0] != 0 or offsets[-1] != values.size:
        raise streams.damaged(
            path, f"the offsets do not cut {values.size} values into {count} pieces"
        )
    ends = offsets.astype(np.int64)
    if np.any(np.diff(ends) < 0):
        raise streams.damaged(path, "the offsets decrease")
    return ends


def require_labels(path: Path, labels: NDArray[Any], classes: int) -> NDArray[np.uint8]:
    """Labels 0 .. classes - 1 as bytes.

    Raises
    ------
    DataError
        If one lies outside, or there is none.
    """
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.size == 0:
        raise streams.damaged(path, "there are no labels in it")
    if labels.min() < 0 or labels.max() >= classes:
        worst = labels[(labels < 0) | (labels >= classes)][0]
        raise streams.damaged(path, f"label {worst} is not one of {classes} classes")
    return labels.astype(np.uint8)


def consecutive(sizes: NDArray[Any]) -> tuple[Int64[np.ndarray, "_"], ...]:
    """Rows of splits that are stored one after the other."""
    return tuple(np.split(np.arange(int(sizes.sum())), np.cumsum(sizes)[:-1]))


def split(
    arrays: Arrays, kind: str, rows: Int64[np.ndarray, " m"], transform: Cut
) -> Ragged:
    """Rows of the texts ``kind`` (with ``kind_offsets`` and ``labels``)."""
    offsets = np.asarray(arrays[f"{kind}_offsets"])
    return Ragged(arrays[kind], offsets, arrays["labels"], rows, transform)
