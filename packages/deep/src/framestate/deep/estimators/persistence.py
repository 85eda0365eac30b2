"""Fitted estimators as folders: JSON and safetensors, never pickle.

    estimator.json    the parameters, what fit found out, and which parts belong to it
    parts-<8 signs>/
        arrays.safetensors    the arrays that fit found out
        network/              the network, as `framestate.deep.convert` keeps it

The parts come first, in a folder of a new name, then estimator.json replaces the old
one: whenever the writer dies, the estimator that stands has parts that stand.
"""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save
from sklearn.utils.validation import check_is_fitted

from framestate.deep.convert import ModelFileError, from_pretrained, save_pretrained
from framestate.deep.convert.files import (
    CARD,
    canonical,
    digest,
    new_folder,
    read,
    write_atomic,
)
from framestate.deep.convert.version import between, require_readable, this_version
from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.forecast_network import ForecastNetwork
from framestate.deep.estimators.scaling import Scaling
from framestate.deep.estimators.sequences import Sequences
from framestate.deep.estimators.settings import available

FORMAT = 1
FILE, ARRAYS, NETWORK = "estimator.json", "arrays.safetensors", "network"
_FIELDS: Mapping[str, type] = {
    "framestate": str,
    "estimator": str,
    "parameters": dict,
    "fitted": dict,
    "parts": str,
    "hashes": list,
}
_PARTS = re.compile(r"parts-\w+", re.ASCII)
FACTORY = "(a factory)"  # what stands for a layer that has no name
PLAIN = (
    "n_features_in_",
    "n_channels_in_",
    "length_in_",
    "history_",
    "best_epoch_",
    "n_outputs_",
    "context_",
)
LABELS = ("classes_", "feature_names_in_")
SCALINGS = ("scaling_", "target_scaling_")


def save_estimator(estimator: Any, folder: str | Path) -> Path:
    """Write a fitted estimator to a folder, and return the folder.

    An older one there is replaced at one stroke; a crash leaves it as it was.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        Before fit.
    InvalidInputError
        If a layer was not made by a recipe, or a parameter or label is no plain
        value.
    framestate.deep.convert.ModelFileError
        If the folder cannot be written.
    """
    check_is_fitted(estimator, "model_")
    folder, model = Path(folder), estimator.model_
    given = estimator.get_params(deep=False)
    fields: dict[str, Any] = {
        "format": FORMAT,
        "framestate": this_version(),
        "estimator": type(estimator).__name__,
        "parameters": {name: _parameter(name, given[name]) for name in given},
        "fitted": _fitted(estimator),
    }
    arrays = save(_arrays(estimator))
    if isinstance(model, ForecastNetwork):
        fields["fitted"]["horizon"], model = model.horizon, model.model
    with new_folder(folder, "parts-") as parts:
        save_pretrained(model, parts / NETWORK)
        write_atomic(parts / ARRAYS, arrays)
        fields["parts"], fields["hashes"] = parts.name, _hashes(parts)
    fields["checksum"] = digest(canonical(fields))
    _replace(folder, parts.name, json.dumps(fields, indent=1, allow_nan=False))
    return folder


def _replace(folder: Path, parts: str, text: str) -> None:
    """Let estimator.json name the new parts; those that it does not name go."""
    before = _parts_in(folder)
    try:
        write_atomic(folder / FILE, text.encode())
    finally:
        idle = before if _parts_in(folder) == parts else parts
        if idle is not None:
            shutil.rmtree(folder / idle, ignore_errors=True)


def _parts_in(folder: Path) -> str | None:
    """Return the name of the parts of the estimator that stands in a folder."""
    try:
        return _checked(folder)["parts"]
    except ModelFileError:
        return None


def _hashes(parts: Path) -> list[str]:
    return [digest(read(parts / name)) for name in (ARRAYS, f"{NETWORK}/{CARD}")]


def load_estimator(kind: type[Any], folder: str | Path) -> Any:
    """Make a saved estimator again, on its device or, without that, on the CPU.

    Raises
    ------
    framestate.deep.convert.ModelFileError
        If a file is missing, damaged, changed, of another estimator or newer.
    """
    folder = Path(folder)
    fields = _checked(folder)
    _require_kind(kind, fields, folder)
    parts = folder / fields["parts"]
    if fields["hashes"] != _hashes(parts):
        raise _damaged(folder, f"{ARRAYS} or {NETWORK} is not what {FILE} belongs to")
    given = fields["parameters"]
    if isinstance(given.get("class_weight"), list):
        given["class_weight"] = dict(given["class_weight"])
    estimator = kind(**given)
    _fill(estimator, fields["fitted"], load(read(parts / ARRAYS)))
    model = from_pretrained(parts / NETWORK, device=available(estimator.device))
    if "horizon" in fields["fitted"]:
        horizon = fields["fitted"]["horizon"]
        model = ForecastNetwork(model, horizon, estimator.n_channels_in_).eval()
    estimator.model_ = model
    return estimator


def _parameter(name: str, value: Any) -> Any:
    """Return a parameter as a value of JSON."""
    if name == "layer" and not isinstance(value, str):
        return FACTORY
    if name == "class_weight" and isinstance(value, dict):
        return [[_plain(name, item) for item in pair] for pair in value.items()]
    if name == "random_state" and isinstance(value, np.random.RandomState):
        return None
    return str(value) if name == "device" else _plain(name, value)


def _plain(name: str, value: Any) -> Any:
    """Return None, a bool, a number or a string."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise InvalidInputError(
        request=f"saving {name}={value!r}",
        finding=f"a {type(value).__name__} is not a plain value",
        remedy="Use numbers and strings, or pickle the estimator for yourself.",
    )


def _fitted(estimator: Any) -> dict[str, Any]:
    """Return what fit found out, but for arrays of numbers and the network."""
    there = vars(estimator)
    fitted: dict[str, Any] = {name: there[name] for name in PLAIN if name in there}
    for name in LABELS:
        if name in there:
            values = [_plain(name, value) for value in there[name].tolist()]
            fitted[name] = {"dtype": there[name].dtype.str, "values": values}
    if "ends_" in there:
        fitted["ends_"] = [estimator.ends_.is_table, list(estimator.ends_.absent)]
    return fitted


def _arrays(estimator: Any) -> dict[str, np.ndarray]:
    """Return the arrays of numbers that fit found out."""
    there, arrays = vars(estimator), dict[str, np.ndarray]()
    for name in SCALINGS:
        if name in there:
            arrays[f"{name}.location"] = there[name].location
            arrays[f"{name}.scale"] = there[name].scale
    if "ends_" in there:
        arrays["ends_.values"] = np.ascontiguousarray(estimator.ends_.values)
        arrays["ends_.lengths"] = estimator.ends_.lengths
    return arrays


def _fill(
    estimator: Any, fitted: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    """Give an estimator what it knew."""
    for name in PLAIN:
        if name in fitted:
            setattr(estimator, name, fitted[name])
    for name in LABELS:
        if name in fitted:
            values, dtype = fitted[name]["values"], fitted[name]["dtype"]
            setattr(estimator, name, np.array(values, dtype=dtype))
    for name in SCALINGS:
        if f"{name}.scale" in arrays:
            pair = arrays[f"{name}.location"], arrays[f"{name}.scale"]
            setattr(estimator, name, Scaling(*pair))
    if "ends_" in fitted:
        is_table, absent = fitted["ends_"]
        pair = arrays["ends_.values"], arrays["ends_.lengths"]
        estimator.ends_ = Sequences(*pair, is_table=is_table, absent=tuple(absent))


def _checked(folder: Path) -> dict[str, Any]:
    """Return what estimator.json says, if it is whole and can be understood."""
    try:
        fields: Any = json.loads(read(folder / FILE))
    except (ValueError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise _damaged(folder, f"{FILE} is not JSON ({error})") from error
    checksum = fields.pop("checksum", None) if isinstance(fields, dict) else None
    if checksum is None or digest(canonical(fields)) != checksum:
        raise _damaged(folder, f"{FILE} was changed after it was written")
    if fields.get("format") != FORMAT:
        raise ModelFileError(
            request=f"loading {folder}",
            finding=f"its format is {fields.get('format')}, this library knows {FORMAT}",
            remedy="Upgrade: pip install --upgrade framestate-deep",
        )
    for name, kind in _FIELDS.items():
        if type(fields.get(name)) is not kind:
            raise _damaged(folder, f"its field {name!r} is not of type {kind.__name__}")
    require_readable(folder / FILE, fields["framestate"])
    if _PARTS.fullmatch(fields["parts"]) is None:
        raise _damaged(folder, f"{fields['parts']!r} is no name of its parts")
    return fields


def _require_kind(kind: type[Any], fields: dict[str, Any], folder: Path) -> None:
    """Refuse another estimator, and parameters that this one does not have."""
    if fields["estimator"] != kind.__name__:
        raise ModelFileError(
            request=f"loading {folder} as a {kind.__name__}",
            finding=f"it is a {fields['estimator']}",
            remedy=f"Use {fields['estimator']}.load.",
        )
    unknown = sorted({*fields["parameters"]} - {*kind().get_params()})
    if unknown:
        raise ModelFileError(
            request=f"loading {folder} as a {kind.__name__}",
            finding=f"it has other parameters: {', '.join(unknown)}",
            remedy=between(fields["framestate"]),
        )


def _damaged(folder: Path, finding: str) -> ModelFileError:
    return ModelFileError(
        request=f"loading {folder}",
        finding=finding,
        remedy="Copy the folder again, or save the estimator again.",
    )
