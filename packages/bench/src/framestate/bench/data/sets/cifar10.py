"""CIFAR-10 as sequences of 1,024 pixels: sCIFAR, LRA Image, and its density.

Pixels are standardized as each paper has it; a tenth of the 50,000 training images is
held out for selection (.04 for the density), drawn by seed 42. The official binary
version is read; its Python version is a pickle, which could run anything, and is refused.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
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
from framestate.bench.data.splits import Rows, Transform
from framestate.bench.data.task import Task
from framestate.bench.errors import DataError

SIDE, PIXELS, CLASSES = 32, 1024, 10
_RECORD = 1 + 3 * PIXELS
_REMOTE = Remote(
    "cifar10/cifar-10-binary.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    170_052_171,
)
_UNPACKED = "cifar10/cifar-10-batches-bin"
_BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
_JPEG = tuple(f"cifar10/cifar10_{split}_jpeg.npz" for split in ("train", "test"))
_PICKLES = {
    "python": "cifar10/cifar-10-python.tar.gz",
    "python-unpacked": "cifar10/cifar-10-batches-py",
    "python-torchvision": "cifar/cifar-10-batches-py",
}
S4 = images.Pixels((0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261))
_MULTIRESNET = images.Pixels((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
_GRAY = images.Gray(images.Pixels((122.6 / 255.0,), (61.0 / 255.0,)))


def _binary(place: str, folder: Path, progress: Progress) -> Arrays:
    """Records of a label and 1,024 red, green and blue values each."""
    source = folder / place
    found: dict[str, NDArray[np.uint8]] = {}
    for name, data in files.members(source, lambda name: Path(name).name in _BATCHES):
        if not data or len(data) % _RECORD:
            raise streams.damaged(source, f"{name} has {len(data)} bytes")
        table = np.frombuffer(data, dtype=np.uint8).reshape(-1, _RECORD)
        found[Path(name).name] = table
        progress(len(found), len(_BATCHES))
    missing = [name for name in _BATCHES if name not in found]
    if missing:
        raise streams.damaged(source, f"there is no {missing[0]} in it")
    table = np.concatenate([found[name] for name in _BATCHES])
    test = len(found[_BATCHES[-1]])
    return {
        "images": np.ascontiguousarray(
            table[:, 1:].reshape(-1, 3, PIXELS).swapaxes(1, 2)
        ),
        "labels": tokens.require_labels(source, table[:, 0], CLASSES),
        "sizes": np.array([len(table) - test, test], dtype=np.int64),
    }


def _jpeg(folder: Path, progress: Progress) -> Arrays:
    """JPEG files end to end, training and test."""
    tables = [files.npz(folder / p, "jpeg", "offsets", "labels") for p in _JPEG]
    total = sum(table["labels"].size for table in tables)
    pixels = np.empty((total, PIXELS, 3), dtype=np.uint8)
    labels: list[NDArray[np.uint8]] = []
    done = 0
    for place, table in zip(_JPEG, tables, strict=True):
        path, data = folder / place, table["jpeg"]
        label = tokens.require_labels(path, table["labels"], CLASSES)
        ends = tokens.require_offsets(path, table["offsets"], data, label.size)
        for begin, end in pairwise(ends.tolist()):
            file = data[begin:end].tobytes()
            image = images.decoded(file, side=SIDE, mode="RGB", path=path)
            pixels[done] = image.reshape(PIXELS, 3)
            done += 1
            if done % 1000 == 0 or done == total:
                progress(done, total)
        labels.append(label)
    sizes = np.array([label.size for label in labels], dtype=np.int64)
    return {"images": pixels, "labels": np.concatenate(labels), "sizes": sizes}


def _refused(place: str, folder: Path, progress: Progress) -> Arrays:
    del progress
    raise DataError(
        request=f"reading {folder / place}",
        finding="this is the Python version of CIFAR-10, a pickle; it could run anything",
        remedy=f"Fetch the binary version, {_REMOTE.url}, as {_REMOTE.path}.",
    )


def _pickled(name: str, place: str) -> Layout:
    decode = partial(_refused, place)
    return Layout(name, (place,), "full", decode, note="refused: it is a pickle")


def _rows(decoded: Decoded, share: float) -> tuple[shuffled.Indices, ...]:
    train, test = tokens.consecutive(np.asarray(decoded.arrays["sizes"]))
    return (*shuffled.held_out(train.size, share), test)


def _standard(name: str, transform: Transform, decoded: Decoded) -> Task:
    return images.classes(decoded, name, _rows(decoded, 0.1), transform, CLASSES)


def _density(decoded: Decoded) -> Task:
    """Inputs are moved by one pixel already; targets are the 8-bit pixels."""
    pixels = decoded.arrays["images"]
    train, validation, test = (
        Rows(pixels, pixels, part, images.Earlier()) for part in _rows(decoded, 0.04)
    )
    return Task(
        name="scifar-density",
        kind="density",
        train=train,
        validation=validation,
        test=test,
        channels=3,
        vocabulary=None,
        outputs=3,
        max_length=PIXELS,
        fidelity=decoded.layout.fidelity,
        note=decoded.layout.note,
    )


def _tasks() -> Mapping[str, Callable[[Decoded], Task]]:
    return {
        "scifar": partial(_standard, "scifar", S4),
        "scifar-multiresnet": partial(_standard, "scifar-multiresnet", _MULTIRESNET),
        "image": partial(_standard, "image", _GRAY),
        "scifar-density": _density,
    }


TERMS = "none stated; cite the technical report"
CITATION = "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
HOME = "https://www.cs.toronto.edu/~kriz/cifar.html"
DATA_SET = DataSet(
    name="cifar10",
    title="CIFAR-10 (sCIFAR; Long Range Arena, Image)",
    licence=TERMS,
    citation=CITATION,
    home=HOME,
    remotes=(_REMOTE,),
    layouts=(
        Layout("official", (_REMOTE.path,), "full", partial(_binary, _REMOTE.path)),
        Layout("unpacked", (_UNPACKED,), "full", partial(_binary, _UNPACKED)),
        Layout("prepared", _JPEG, "look-alike", _jpeg, note="pixels from a JPEG copy"),
        *(_pickled(name, place) for name, place in _PICKLES.items()),
    ),
    tasks=_tasks(),
)
