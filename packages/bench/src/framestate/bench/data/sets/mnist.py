"""MNIST as sequences of 784 pixels, in raster order or permuted.

Values are divided by 255; a tenth of the 60,000 training images is held out, drawn by
seed 42. psmnist takes the pixels in the order of ``RandomState(92916).permutation(784)``,
as several papers do; psmnist-bit-reversal in that of S4: 0 .. 1023 with their ten bits
reversed, those below 784.
"""

import struct
from functools import partial
from pathlib import Path

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
from framestate.bench.data.sets import files, images, shuffled, tokens
from framestate.bench.data.task import Task

SIDE, PIXELS, CLASSES = 28, 784, 10
_NAMES = (
    "train-images-idx3",
    "train-labels-idx1",
    "t10k-images-idx3",
    "t10k-labels-idx1",
)
_MD5 = (
    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "d53e105ee54ea40749a09fcbcd1e9432",
    "9fb629c4189551a2d022fa330f9573f3",
    "ec29112dd5afa0611ce80d1b7f02629c",
)
_OFFICIAL = tuple(f"mnist/{name}-ubyte.gz" for name in _NAMES)
_UNPACKED = tuple(f"mnist/{name}-ubyte" for name in _NAMES)
_PREPARED = "mnist/mnist_63k.npz"
_TRAIN = 60_000
_URL = "https://ossci-datasets.s3.amazonaws.com/"


def _idx(places: tuple[str, ...], folder: Path, progress: Progress) -> Arrays:
    """Images and labels of training, then of test."""
    tables: list[NDArray[np.uint8]] = []
    for done, place in enumerate(places):
        tables.append(_table(folder / place, rank=1 if "labels" in place else 3))
        progress(done + 1, len(places))
    for pictures, labels, place in zip(
        tables[::2], tables[1::2], places[::2], strict=True
    ):
        if pictures.shape != (labels.size, SIDE, SIDE):
            raise streams.damaged(
                folder / place, f"{pictures.shape} images for {labels.size} labels"
            )
    labels = np.concatenate(tables[1::2])
    return {
        "images": np.concatenate(tables[::2]).reshape(-1, PIXELS, 1),
        "labels": tokens.require_labels(folder / places[1], labels, CLASSES),
        "sizes": np.array([table.size for table in tables[1::2]], dtype=np.int64),
    }


def _table(path: Path, *, rank: int) -> NDArray[np.uint8]:
    """An array of bytes in the IDX format: 0, 0, 8, rank, sizes, values."""
    with files.reading(path), streams.opened(path) as stream:
        magic, *shape = struct.unpack(f">{rank + 1}I", stream.read(4 * rank + 4))
        if magic != 0x800 + rank:
            raise streams.damaged(path, f"it begins with {magic}, not {0x800 + rank}")
        return np.frombuffer(stream.read(), dtype=np.uint8).reshape(shape)


def _prepared(folder: Path, progress: Progress) -> Arrays:
    path = folder / _PREPARED
    table = files.npz(path, "images", "labels")
    pixels = table["images"]
    labels = tokens.require_labels(path, table["labels"], CLASSES)
    fits = pixels.shape == (labels.size, SIDE, SIDE) and labels.size > _TRAIN
    if not fits or pixels.dtype != np.uint8:
        raise streams.damaged(path, f"images are {pixels.dtype} {pixels.shape}")
    progress(1, 1)
    return {
        "images": pixels.reshape(-1, PIXELS, 1),
        "labels": labels,
        "sizes": np.array([_TRAIN, labels.size - _TRAIN], dtype=np.int64),
    }


def permuted() -> tuple[int, ...]:
    """The order of psmnist."""
    return tuple(np.random.RandomState(92916).permutation(PIXELS).tolist())


def bit_reversed() -> tuple[int, ...]:
    """The order of psmnist-bit-reversal."""
    reversed_ = (int(f"{place:010b}"[::-1], 2) for place in range(1024))
    return tuple(place for place in reversed_ if place < PIXELS)


def _task(name: str, order: tuple[int, ...] | None, decoded: Decoded) -> Task:
    whole, test = tokens.consecutive(np.asarray(decoded.arrays["sizes"]))
    rows = (*shuffled.held_out(whole.size, 0.1), test)
    transform = images.Pixels((0.0,), (1.0,), order)
    return images.classes(decoded, name, rows, transform, CLASSES)


DATA_SET = DataSet(
    name="mnist",
    title="MNIST",
    licence="CC BY-SA 3.0",
    citation="LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998",
    home="http://yann.lecun.com/exdb/mnist/",
    remotes=tuple(
        Remote(path, _URL + path, f"md5:{md5}")
        for path, md5 in zip(_OFFICIAL, _MD5, strict=True)
    ),
    layouts=(
        Layout("official", _OFFICIAL, "full", partial(_idx, _OFFICIAL)),
        Layout("unpacked", _UNPACKED, "full", partial(_idx, _UNPACKED)),
        Layout(
            "prepared",
            (_PREPARED,),
            "subset",
            _prepared,
            note="3,000 of the 10,000 test images",
        ),
    ),
    tasks={
        "smnist": partial(_task, "smnist", None),
        "psmnist": partial(_task, "psmnist", permuted()),
        "psmnist-bit-reversal": partial(_task, "psmnist-bit-reversal", bit_reversed()),
    },
)
