"""The first 4,000 training images of CIFAR-10 without loss: 3,200 train, 400, 400."""

from pathlib import Path

import numpy as np

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays, DataSet, Decoded, Layout, Progress
from framestate.bench.data.sets import cifar10, files, images, shuffled, tokens
from framestate.bench.data.task import Task

_PREPARED = "cifar10/cifar10_train_first4000_lossless.npz"


def _lossless(folder: Path, progress: Progress) -> Arrays:
    path = folder / _PREPARED
    table = files.npz(path, "images", "labels")
    pixels = table["images"]
    labels = tokens.require_labels(path, table["labels"], cifar10.CLASSES)
    if pixels.shape != (labels.size, 32, 32, 3) or pixels.dtype != np.uint8:
        raise streams.damaged(path, f"images are {pixels.dtype} {pixels.shape}")
    progress(1, 1)
    return {"images": pixels.reshape(-1, cifar10.PIXELS, 3), "labels": labels}


def _task(decoded: Decoded) -> Task:
    count = len(decoded.arrays["labels"])
    tenth = count // 10
    rows = shuffled.parts((count - 2 * tenth, tenth, tenth))
    return images.classes(
        decoded, "scifar-exact4000", rows, cifar10.S4, cifar10.CLASSES
    )


DATA_SET = DataSet(
    name="cifar10-exact4000",
    title="CIFAR-10, 4,000 images without loss",
    licence=cifar10.TERMS,
    citation=cifar10.CITATION,
    home=cifar10.HOME,
    remotes=(),
    layouts=(
        Layout(
            "prepared",
            (_PREPARED,),
            "subset",
            _lossless,
            note="test images are training images of CIFAR-10, held out by seed 42",
        ),
    ),
    tasks={"scifar-exact4000": _task},
)
