"""One's own .npz file."""

from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.own.examples import PARTS, Examples, Parts
from framestate.bench.data.own.forecast import Record
from framestate.bench.data.own.options import unfit

_ONE = ("inputs", "targets", "lengths", "offsets")
_NAMES = {*_ONE, "split", "series", "columns"} | {
    f"{part}_{name}" for part in PARTS for name in _ONE
}


def read(path: Path) -> Examples | Record:
    """What the file holds.

    Raises
    ------
    DataError
        If it is damaged, or a name in it is missing or unknown.
    """
    found = _loaded(path)
    unknown = sorted(set(found) - _NAMES)
    if unknown:
        raise unfit(path, f"it holds {', '.join(unknown)}, which mean nothing")
    if "series" in found:
        return _record(path, found)
    if "inputs" in found:
        examples = _examples(path, found, "")
        if "split" not in found:
            return examples
        parts = _parts(path, found["split"], len(examples.targets))
        return Examples(examples.values, examples.offsets, examples.targets, parts)
    return _presplit(path, found)


def _loaded(path: Path) -> dict[str, NDArray[Any]]:
    with streams.binary(path) as raw:
        try:
            with np.load(raw, allow_pickle=False) as archive:
                return {name: np.asarray(archive[name]) for name in archive.files}
        except (*streams.DAMAGE, AttributeError, TypeError, SyntaxError) as error:
            raise streams.broken(path, error) from error


def _record(path: Path, found: dict[str, NDArray[Any]]) -> Record:
    series = found["series"]
    if series.dtype.kind not in "buif" or series.ndim not in (1, 2) or not series.size:
        shape = f"{series.dtype} values of shape {series.shape}"
        raise unfit(path, f"series holds {shape}, not (T,) or (T, d) numbers")
    values = series.reshape(len(series), -1)
    channels = values.shape[1]
    names = found.get("columns", np.arange(channels)).ravel()
    if names.dtype.kind not in "Uiu" or len(set(names.tolist())) != channels:
        raise unfit(path, f"columns are not {channels} different names")
    return Record(values, tuple(map(str, names.tolist())))


def _examples(path: Path, found: dict[str, NDArray[Any]], prefix: str) -> Examples:
    for name in ("inputs", "targets"):
        if f"{prefix}{name}" not in found:
            raise unfit(path, f"there are no {prefix}{name}")
    inputs, targets = found[f"{prefix}inputs"], found[f"{prefix}targets"]
    offsets = found.get(f"{prefix}offsets")
    lengths = found.get(f"{prefix}lengths")
    if not targets.ndim or not inputs.ndim:
        raise unfit(path, f"{prefix}inputs or {prefix}targets is a single number")
    if offsets is not None and lengths is not None:
        raise unfit(path, f"{prefix}offsets and {prefix}lengths exclude each other")
    if offsets is not None:
        return Examples(inputs, _integers(path, f"{prefix}offsets", offsets), targets)
    if lengths is None:
        return Examples(inputs, None, targets)
    values, ends = _packed(path, inputs, _integers(path, f"{prefix}lengths", lengths))
    return Examples(values, ends, targets)


def _integers(path: Path, name: str, given: NDArray[Any]) -> Int64[np.ndarray, " n"]:
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise unfit(path, f"{name} holds {given.dtype}, not integers in one dimension")
    return given.astype(np.int64)


def _packed(
    path: Path, inputs: NDArray[Any], lengths: Int64[np.ndarray, " n"]
) -> tuple[NDArray[Any], Int64[np.ndarray, " n1"]]:
    """Padded rows end to end."""
    if inputs.ndim not in (2, 3) or len(lengths) != len(inputs):
        finding = f"{len(lengths)} lengths for inputs of shape {inputs.shape}"
        raise unfit(path, finding)
    wrong = np.flatnonzero((lengths < 1) | (lengths > inputs.shape[1]))
    if wrong.size:
        finding = f"the length of row {wrong[0]} is {lengths[wrong[0]]}"
        raise unfit(path, f"{finding}, not 1 to {inputs.shape[1]}")
    kept = np.arange(inputs.shape[1]) < lengths[:, None]
    return inputs[kept], np.concatenate([[0], np.cumsum(lengths)])


def _parts(path: Path, split: NDArray[Any], count: int) -> Parts:
    if split.shape != (count,) or split.dtype.kind not in "Uiu":
        raise unfit(path, f"split holds {split.dtype} {split.shape}, not ({count},)")
    names = PARTS if split.dtype.kind == "U" else (0, 1, 2)
    strange = np.flatnonzero(~np.isin(split, names))
    if strange.size:
        finding = f"the split of row {strange[0]} is {split[strange[0]].item()!r}"
        raise unfit(path, f"{finding}, not one of {names}")
    train, validation, test = (np.flatnonzero(split == name) for name in names)
    return train, validation, test


def _presplit(path: Path, found: dict[str, NDArray[Any]]) -> Examples:
    given = [_examples(path, found, f"{part}_") for part in PARTS]
    shapes = {
        (one.values.shape[1 if one.offsets is not None else 2 :], one.offsets is None)
        for one in given
    }
    lengths = {one.values.shape[1] for one in given if one.values.ndim > 1}
    uneven = given[0].offsets is None and len(lengths) > 1
    kinds = {one.values.dtype.kind in "iub" for one in given}
    widths = {one.targets.shape[1:] for one in given}
    if len(shapes) > 1 or len(kinds) > 1 or len(widths) > 1 or uneven:
        held = ", ".join(f"{one.values.dtype} {one.values.shape}" for one in given)
        raise unfit(path, f"the parts differ ({held}); give lengths or offsets")
    counts = [len(one.targets) for one in given]
    cuts = [0, *accumulate(counts)]
    train, validation, test = (np.arange(a, b) for a, b in pairwise(cuts))
    return Examples(
        np.concatenate([one.values for one in given]),
        _joined(path, given),
        np.concatenate([one.targets for one in given]),
        (train, validation, test),
    )


def _joined(path: Path, given: list[Examples]) -> Int64[np.ndarray, " n1"] | None:
    """Offsets of the parts behind one another."""
    joined, total = [np.zeros(1, dtype=np.int64)], 0
    for part, one in zip(PARTS, given, strict=True):
        count = len(one.values) if one.offsets is None else len(one.offsets) - 1
        if count != len(one.targets):
            raise unfit(path, f"{part}: {count} sequences, {len(one.targets)} targets")
        if one.offsets is not None:
            if one.offsets.size and one.offsets[0] != 0:
                raise unfit(path, f"{part}_offsets begin at {one.offsets[0]}")
            joined.append(one.offsets[1:] + total)
            total += len(one.values)
    return None if given[0].offsets is None else np.concatenate(joined)
