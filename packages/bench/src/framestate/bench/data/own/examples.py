"""Labeled sequences from a file, checked and made a task."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, final

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64
from numpy.typing import NDArray

from framestate.bench.data.own import targets as answers
from framestate.bench.data.own.options import Options, blocks, unfit, usable
from framestate.bench.data.splits import Ragged, Rows, Transform
from framestate.bench.data.task import Task

_VOCABULARY = 1_000_000
Parts: TypeAlias = tuple[
    Int64[np.ndarray, " a"], Int64[np.ndarray, " b"], Int64[np.ndarray, " c"]
]
PARTS = ("train", "validation", "test")


@final
@dataclass(frozen=True, eq=False)
class Examples:
    """Sequences with their targets.

    Attributes
    ----------
    values : (n, L), (n, L, d), (total,) or (total, d)
        Integers without a channel axis are tokens, all else is samples.
    offsets : (n + 1,) int64 or None
        Where each begins, if they lie end to end.
    targets : (n,) or (n, k)
        Classes or numbers.
    parts : three of int64 or None
        Rows of train, validation and test; None where the seed decides.
    note : str
        What a reader must know.
    """

    values: NDArray[Any]
    offsets: Int64[np.ndarray, " n1"] | None
    targets: NDArray[Any]
    parts: Parts | None = None
    note: str = ""


def task(path: Path, given: Examples, options: Options) -> Task:
    """The task of these sequences.

    Raises
    ------
    DataError
        If a value is not finite, lengths or labels do not fit, or a part is empty.
    """
    values, offsets = _checked(path, given)
    count = len(values) if offsets is None else len(offsets) - 1
    answer = answers.checked(path, given.targets, count, options)
    parts = given.parts or _drawn(path, count, options)
    for name, rows in zip(PARTS, parts, strict=True):
        if rows.size == 0:
            raise unfit(path, f"the {name} part has no sequence")
    tokens = _is_tokens(values, offsets)
    transform: Transform = _shifted
    if not tokens:
        transform = _standardized(values, offsets, parts[0], options)
    train, validation, test = (
        Rows(values, answer.values, rows, transform)
        if offsets is None
        else Ragged(values, offsets, answer.values, rows, transform)
        for rows in parts
    )
    return Task(
        name=f"own-{path.name.split('.')[0]}",
        kind=answer.kind,
        train=train,
        validation=validation,
        test=test,
        channels=None if tokens else values.shape[-1],
        vocabulary=int(values.max()) + 2 if tokens else None,
        outputs=answer.outputs,
        max_length=_longest(values, offsets),
        fidelity="own",
        note=given.note if given.parts else f"{given.note}{_split_note(options)}",
    )


def _split_note(options: Options) -> str:
    shares = ", ".join(f"{share:g}" for share in options.shares)
    return f"split by seed {options.seed}: shares {shares}"


def _checked(
    path: Path, given: Examples
) -> tuple[NDArray[Any], Int64[np.ndarray, " n1"] | None]:
    """Values, samples with a channel axis; offsets."""
    values, offsets = given.values, given.offsets
    rank = values.ndim if offsets is None else values.ndim + 1
    if values.dtype.kind not in "buif" or rank not in (2, 3) or values.size == 0:
        shape = f"{values.dtype} values of shape {values.shape}"
        raise unfit(path, f"inputs hold {shape}, not sequences of numbers")
    if offsets is not None:
        _require_offsets(path, offsets, len(values))
    if values.dtype.kind == "f":
        _require_finite(path, values, offsets)
        return (values[..., None] if rank == 2 else values), offsets
    if rank == 2 and not 0 <= values.min() <= values.max() < _VOCABULARY:
        span = f"{values.min()} to {values.max()}"
        raise unfit(
            path, f"tokens run from {span}; give numbers a channel axis or a point"
        )
    return values, offsets


def _require_offsets(path: Path, offsets: Int64[np.ndarray, " n1"], total: int) -> None:
    if offsets.size < 2 or offsets[0] != 0 or offsets[-1] != total:
        ends = f"{offsets[:1].tolist()} to {offsets[-1:].tolist()}"
        raise unfit(path, f"offsets run from {ends}, not from 0 to {total}")
    empty = np.flatnonzero(np.diff(offsets) <= 0)
    if empty.size:
        raise unfit(path, f"sequence {empty[0]} has no sample")


def _require_finite(
    path: Path, values: NDArray[Any], offsets: Int64[np.ndarray, " n1"] | None
) -> None:
    for begin, block in blocks(values):
        finite = usable(block)
        if finite.all():
            continue
        place = np.argwhere(~finite)[0]
        place[0] += begin
        row, step = int(place[0]), int(place[1]) if offsets is None else int(place[0])
        if offsets is not None:
            row = int(np.searchsorted(offsets, place[0], side="right")) - 1
            step -= int(offsets[row])
        raise unfit(path, f"row {row}, sample {step} is {values[tuple(place)]}")


def _drawn(path: Path, count: int, options: Options) -> Parts:
    """Rows in a random order, cut by the shares."""
    if count < 3:
        raise unfit(path, f"{count} sequences cannot be split in three")
    order = np.random.default_rng(options.seed).permutation(count)
    cuts = np.rint(np.cumsum(options.shares[:2]) * count).astype(int)
    first = min(max(1, int(cuts[0])), count - 2)  # no part is empty
    second = min(max(first + 1, int(cuts[1])), count - 1)
    train, validation, test = np.split(order, [first, second])
    return train, validation, test


def _is_tokens(values: NDArray[Any], offsets: Int64[np.ndarray, " n1"] | None) -> bool:
    return values.ndim == (2 if offsets is None else 1)


def _longest(values: NDArray[Any], offsets: Int64[np.ndarray, " n1"] | None) -> int:
    return values.shape[1] if offsets is None else int(np.diff(offsets).max())


def _shifted(tokens: NDArray[Any]) -> NDArray[np.int64]:
    """Token t becomes t + 1: 0 is padding."""
    return tokens.astype(np.int64) + 1


def _standardized(
    values: NDArray[Any],
    offsets: Int64[np.ndarray, " n1"] | None,
    train: Int64[np.ndarray, " a"],
    options: Options,
) -> Transform:
    """(x - mean)/std with mean and std of each channel over the train part."""
    channels = values.shape[-1]
    if not options.standardize:
        return partial(_scaled, np.zeros(channels), np.ones(channels))
    chosen = _marked(train, len(values) if offsets is None else len(offsets) - 1)
    if offsets is not None:
        chosen = np.repeat(chosen, np.diff(offsets))
    mean = _mean(values, chosen, np.zeros(channels), power=1)
    std = np.sqrt(_mean(values, chosen, mean, power=2))
    return partial(_scaled, mean, np.where(std > 0, std, 1.0))


def _mean(
    values: NDArray[Any],
    chosen: Bool[np.ndarray, " rows"],
    center: Float64[np.ndarray, " d"],
    *,
    power: int,
) -> Float64[np.ndarray, " d"]:
    """Mean of (x - center)^power of each channel over the chosen rows."""
    total, count = np.zeros_like(center), 0
    for begin, block in blocks(values):
        rows = block[chosen[begin : begin + len(block)]].reshape(-1, center.size)
        total += ((rows - center) ** power).sum(axis=0)
        count += len(rows)
    return total / count


def _marked(rows: Int64[np.ndarray, " a"], count: int) -> Bool[np.ndarray, " n"]:
    marked = np.zeros(count, dtype=bool)
    marked[rows] = True
    return marked


def _scaled(
    mean: Float64[np.ndarray, " d"], std: Float64[np.ndarray, " d"], x: NDArray[Any]
) -> Float32[np.ndarray, "*rows d"]:
    return ((x - mean) / std).astype(np.float32)
