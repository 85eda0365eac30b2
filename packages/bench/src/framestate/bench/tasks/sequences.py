"""Sequences of one channel, of a task of the data library: what memories are fed with.

A sample has one channel, by default chosen by the number of the sequence; a forecasting task gives
its history followed by what it asks for. All are standardized with mean and standard
deviation of the training sequences, but for tokens.
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float64, Int64, Shaped

from framestate.bench.data import Signal, library
from framestate.bench.data.task import Batch, Split, Task
from framestate.bench.errors import InvalidInputError
from framestate.bench.record import Fidelity
from framestate.bench.tasks.network import Place, chosen

Crop = Literal["last", "loudest"]
Rows = Float64[np.ndarray, "_ length"] | Int64[np.ndarray, "_ length"]
_BLOCK = 128  # sequences that are read at once


@final
@dataclass(frozen=True)
class Reading:
    """What is read of a task.

    Attributes
    ----------
    data : str
        Task of `framestate.bench.data.library`.
    length : int
        Samples of a sequence; shorter ones are left out.
    examples : (int, int)
        Sequences of the training and of the test split, at most.
    crop : str
        Which samples of a longer one: the "last", or the "loudest" stretch.
    channel : int or None
        Which one; by the number of the sequence if None.
    """

    data: str
    length: int
    examples: tuple[int, int] = (2000, 200)
    crop: Crop = "last"
    channel: int | None = None


@final
@dataclass(frozen=True, eq=False)
class Sequences:
    """What was read.

    Attributes
    ----------
    train, test : (sequences, length) float64 or int64
        Samples, or tokens.
    train_labels, test_labels : (sequences,) int64
        Classes; all zero where the task has none.
    vocabulary : int or None
        Number of tokens; None for samples.
    fidelity : Fidelity
        Of the data.
    note : str
        How many there are, and what a reader must know.
    """

    train: Rows
    test: Rows
    train_labels: Int64[np.ndarray, " train"]
    test_labels: Int64[np.ndarray, " test"]
    vocabulary: int | None
    fidelity: Fidelity
    note: str


def read(reading: Reading, place: Place) -> Sequences:
    """Draw sequences by a fixed seed and prepare them.

    Raises
    ------
    DataError
        If the data are not there.
    InvalidInputError
        If no sequence is as long as asked for.
    """
    task = library.open_task(reading.data, folder=place.data, cache=place.cache)
    (train, labels), (test, test_labels) = (
        _drawn(task, split, count, reading)
        for split, count in zip((task.train, task.test), reading.examples, strict=True)
    )
    if task.vocabulary is None:
        mean, scale = train.mean(), max(float(train.std()), 1e-12)
        train, test = (train - mean) / scale, (test - mean) / scale
    note = f"{len(train)} + {len(test)} sequences of {reading.length}"
    return Sequences(
        train=train,
        test=test,
        train_labels=labels,
        test_labels=test_labels,
        vocabulary=task.vocabulary,
        fidelity=task.fidelity,
        note="; ".join(filter(None, (note, task.note))),
    )


def record(name: str, data: str, length: int, place: Place) -> Signal:
    """One training sequence of a task as a record.

    Raises
    ------
    DataError, InvalidInputError
        As `read`.
    """
    found = read(Reading(data, length, (1, 1)), place)
    values = np.asarray(found.train[0], dtype=np.float64)
    return Signal(name, values, f"{length} samples", data)


def _drawn(
    task: Task, split: Split, count: int, reading: Reading
) -> tuple[Rows, Int64[np.ndarray, " sequences"]]:
    """Cut sequences of a split, and their classes."""
    rows = chosen(len(split), count)
    sequences: list[Shaped[np.ndarray, " length"]] = []
    labels: list[int] = []
    for begin in range(0, rows.size, _BLOCK):
        part = rows[begin : begin + _BLOCK]
        batch = split.batch(part)
        for index, row in enumerate(part):
            channel = int(row) if reading.channel is None else reading.channel
            whole = _whole(task, batch, index, channel)
            if whole.size >= reading.length:
                sequences.append(_cut(whole, reading))
                labels.append(_label(task, batch, index))
    if not sequences:
        raise InvalidInputError(
            request=f"sequences of {reading.length} samples of {reading.data}",
            finding=f"none of {rows.size} is as long",
            remedy="Ask for shorter ones with --set reading.length=N.",
        )
    return np.stack(sequences), np.array(labels, dtype=np.int64)


def _whole(
    task: Task, batch: Batch, index: int, number: int
) -> Shaped[np.ndarray, " length"]:
    """One sequence without padding, one of its channels."""
    length = int(np.max(batch.lengths[index]))
    if task.vocabulary is not None:
        return batch.inputs[index, :length].astype(np.int64)
    channel = number % batch.inputs.shape[2]
    seen = batch.inputs[index, :length, channel]
    if task.kind == "forecast":
        later = batch.targets[index, :, channel % batch.targets.shape[2]]
        seen = np.concatenate([seen, later])
    return seen.astype(np.float64)


def _cut(
    whole: Shaped[np.ndarray, " length"], reading: Reading
) -> Shaped[np.ndarray, " cut"]:
    if reading.crop == "last":
        return whole[whole.size - reading.length :]
    start = loudest(whole, reading.length)
    return whole[start : start + reading.length]


def loudest(values: Float64[np.ndarray, " samples"], length: int) -> int:
    """Where the stretch of `length` samples of largest variance begins."""
    energy = np.concatenate([[0.0], np.cumsum((values - values.mean()) ** 2)])
    return int(np.argmax(energy[length:] - energy[:-length]))


def _label(task: Task, batch: Batch, index: int) -> int:
    return int(batch.targets[index]) if task.kind == "classification" else 0
