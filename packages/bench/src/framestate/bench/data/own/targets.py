"""Targets of one's own data: what they are and whether they can be meant."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data.own.options import Options, unfit, usable
from framestate.bench.data.task import Kind


@final
@dataclass(frozen=True, eq=False)
class Answers:
    """Checked targets: (n,) integers, or (n, k) float32."""

    kind: Kind
    values: NDArray[Any]
    outputs: int


def checked(path: Path, targets: NDArray[Any], count: int, options: Options) -> Answers:
    """Targets of ``count`` sequences, with their kind.

    Raises
    ------
    DataError
        If they do not fit the sequences or the kind.
    """
    if (
        targets.dtype.kind not in "buif"
        or targets.ndim not in (1, 2)
        or not targets.size
    ):
        shape = f"{targets.dtype} values of shape {targets.shape}"
        raise unfit(path, f"targets hold {shape}, not (n,) or (n, k) numbers")
    if len(targets) != count:
        raise unfit(path, f"{count} sequences have {len(targets)} targets")
    finite = usable(targets.reshape(count, -1)).all(axis=1)
    if not finite.all():
        raise unfit(path, f"the target of row {np.argmin(finite)} is not finite")
    kind = options.kind or _deduced(targets)
    match kind:
        case "classification":
            return _classes(path, targets, options)
        case "multilabel":
            return _labels(path, targets)
        case "regression":
            numbers = targets.reshape(count, -1).astype(np.float32)
            return Answers(kind, numbers, numbers.shape[1])
        case _:
            raise unfit(path, f"labeled sequences are nothing to {kind}")


def _deduced(targets: NDArray[Any]) -> Kind:
    if targets.dtype.kind == "f":
        return "regression"
    return "classification" if targets.ndim == 1 else "multilabel"


def _classes(path: Path, targets: NDArray[Any], options: Options) -> Answers:
    if targets.ndim != 1 or targets.dtype.kind == "f":
        finding = f"{targets.dtype} of shape {targets.shape}"
        raise unfit(path, f"classes are {finding}, not (n,) integers")
    least, most = int(targets.min()), int(targets.max())
    classes = options.classes or most + 1
    if least < 0 or most >= classes:
        row = int(np.flatnonzero((targets < 0) | (targets >= classes))[0])
        finding = f"the label of row {row} is {targets[row]}"
        raise unfit(path, f"{finding}, not in 0 to {classes - 1}")
    if options.classes is None and (least > 0 or most < 1):
        finding = f"labels run from {least} to {most}, not from 0 to 1 or more"
        raise unfit(path, f"{finding}; shift them or say how many classes there are")
    return Answers("classification", targets.astype(np.int64), classes)


def _labels(path: Path, targets: NDArray[Any]) -> Answers:
    if targets.ndim != 2 or not np.isin(targets, (0, 1)).all():
        raise unfit(path, "labels are not an (n, k) array of 0 and 1")
    return Answers("multilabel", targets.astype(np.float32), targets.shape[1])
