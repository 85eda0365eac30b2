"""PTB-XL 1.0.3: 21,799 electrocardiograms of 10 s, twelve leads at 100 Hz.

Six tasks, each with its own set of labels (multi-label): all statements, the diagnostic
ones, their 23 subclasses and 5 superclasses, form, rhythm. Folds 1 to 8 train, 9
validates, 10 tests. Records without a label of the task are left out; then one mean and
one std (N) of all values of the train records, all leads together. Classes are in
alphabetical order. Loss: binary cross-entropy; metric: macro AUROC.

Source: Strodthoff et al. (arXiv 2004.13701); as in thjashin/multires-conv
(arXiv 2305.01638). Counts of labels (71, 44, 23, 5, 19, 12) follow from the files.
"""

from functools import partial

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from framestate.bench.data.dataset import DataSet, Decoded, Layout, Remote
from framestate.bench.data.sets import files, moments, ptbxl_files
from framestate.bench.data.splits import Rows
from framestate.bench.data.task import Task
from framestate.bench.errors import DataError

_VALIDATION, _TEST = 9, 10


def _task(which: str, decoded: Decoded) -> Task:
    name = f"ptbxl-{which}"
    labels = files.decoded_array(decoded, which, name)
    signals = files.decoded_array(decoded, "signals", name)
    train, validation, test = _parts(name, decoded, labels)
    mean, std = moments.mean_std(
        files.decoded_array(decoded, "sums", name)[train],
        files.decoded_array(decoded, "squares", name)[train],
        train.size * ptbxl_files.LENGTH * ptbxl_files.LEADS,
        ddof=0,
    )
    # numbers, not classes: 0. and 1. for each label
    targets = labels.astype(np.float32)
    transform = partial(_standardized, mean, std)
    return Task(
        name=name,
        kind="multilabel",
        train=Rows(signals, targets, train, transform),
        validation=Rows(signals, targets, validation, transform),
        test=Rows(signals, targets, test, transform),
        channels=ptbxl_files.LEADS,
        vocabulary=None,
        outputs=labels.shape[1],
        max_length=ptbxl_files.LENGTH,
        fidelity=decoded.layout.fidelity,
        note=decoded.layout.note,
    )


def _parts(
    name: str, decoded: Decoded, labels: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    fold = files.decoded_array(decoded, "fold", name)
    labeled = labels.any(axis=1)
    parts = (
        np.flatnonzero(labeled & (fold < _VALIDATION)),
        np.flatnonzero(labeled & (fold == _VALIDATION)),
        np.flatnonzero(labeled & (fold == _TEST)),
    )
    sizes = [part.size for part in parts]
    if min(sizes) == 0:
        raise DataError(
            request=f"task {name!r}",
            finding=f"{sizes} labeled records to train, validate and test",
            remedy="Use the complete data set.",
        )
    return parts


def _standardized(
    mean: float, std: float, values: NDArray[np.int16]
) -> Float32[np.ndarray, "B L d"]:
    return (values.astype(np.float32) - np.float32(mean)) / np.float32(std)


_STEM = "ptb-xl-a-large-publicly-available-electrocardiography-dataset-1.0.3"
_ZIP = f"ptbxl/{_STEM}.zip"

DATA_SET = DataSet(
    name="ptbxl",
    title="PTB-XL 1.0.3",
    licence="CC BY 4.0",
    citation="Wagner et al., PTB-XL, Scientific Data 7 (2020); doi 10.13026/kfzx-aw45",
    home="https://physionet.org/content/ptb-xl/1.0.3/",
    remotes=(
        Remote(
            _ZIP,
            f"https://physionet.org/static/published-projects/ptb-xl/{_STEM}.zip",
            "",
        ),
    ),
    layouts=(
        Layout(
            "official",
            (_ZIP,),
            "full",
            partial(ptbxl_files.decode, _ZIP, ptbxl_files.COUNT),
        ),
        Layout(
            "unpacked",
            (
                "ptbxl/ptbxl_database.csv",
                "ptbxl/scp_statements.csv",
                "ptbxl/records100",
            ),
            "full",
            partial(ptbxl_files.decode, "ptbxl", ptbxl_files.COUNT),
        ),
    ),
    tasks={f"ptbxl-{which}": partial(_task, which) for which in ptbxl_files.TASKS},
)
