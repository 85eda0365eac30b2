"""Fitted estimators as folders: JSON and safetensors, never pickle.

    estimator.json        the parameters, what fit found out, and the others' hashes
    arrays.safetensors    the arrays that fit found out
    network/              the network, as `framestate.deep.convert` keeps it

estimator.json is written last: a folder whose writing was cut off is refused.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save
from sklearn.utils.validation import check_is_fitted

from framestate.deep.convert import ModelFileError, from_pretrained, save_pretrained
from framestate.deep.convert.files import CARD, canonical, digest, read, write_atomic
from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.forecast_network import ForecastNetwork
from framestate.deep.estimators.scaling import Scaling
from framestate.deep.estimators.sequences import Sequences
from framestate.deep.estimators.settings import available

FORMAT = 1
FILE, ARRAYS, NETWORK = "estimator.json", "arrays.safetensors", "network"
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
        "estimator": type(estimator).__name__,
        "parameters": {name: _parameter(name, given[name]) for name in given},
        "fitted": _fitted(estimator),
    }
    arrays = save(_arrays(estimator))
    if isinstance(model, ForecastNetwork):
        fields["fitted"]["horizon"], model = model.horizon, model.model
    save_pretrained(model, folder / NETWORK)
    write_atomic(folder / ARRAYS, arrays)
    fields["hashes"] = [digest(arrays), digest(read(folder / NETWORK / CARD))]
    fields["checksum"] = digest(canonical(fields))
    write_atomic(folder / FILE, json.dumps(fields, indent=1, allow_nan=False).encode())
    return folder


def load_estimator(kind: type[Any], folder: str | Path) -> Any:
    """Make a saved estimator again, on its device or, without that, on the CPU.

    Raises
    ------
    framestate.deep.convert.ModelFileError
        If a file is missing, damaged, changed, of another estimator or newer.
    """
    folder = Path(folder)
    fields = _read_fields(kind, folder)
    arrays = read(folder / ARRAYS)
    if fields["hashes"] != [digest(arrays), digest(read(folder / NETWORK / CARD))]:
        raise _damaged(folder, f"{ARRAYS} or {NETWORK} is not what {FILE} belongs to")
    given = fields["parameters"]
    if isinstance(given.get("class_weight"), list):
        given["class_weight"] = dict(given["class_weight"])
    estimator = kind(**given)
    _fill(estimator, fields["fitted"], load(arrays))
    model = from_pretrained(folder / NETWORK, device=available(estimator.device))
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


def _read_fields(kind: type[Any], folder: Path) -> dict[str, Any]:
    """Return what estimator.json says, if it is whole and of this kind."""
    try:
        fields: Any = json.loads(read(folder / FILE))
    except ValueError as error:
        if isinstance(error, ModelFileError):
            raise
        raise _damaged(folder, f"{FILE} is not JSON ({error})") from error
    checksum = fields.pop("checksum", None) if isinstance(fields, dict) else None
    if checksum is None or digest(canonical(fields)) != checksum:
        raise _damaged(folder, f"{FILE} was changed after it was written")
    if fields["format"] != FORMAT:
        raise ModelFileError(
            request=f"loading {folder}",
            finding=f"its format is {fields['format']}, this library knows {FORMAT}",
            remedy="Upgrade: pip install --upgrade framestate-deep",
        )
    if fields["estimator"] != kind.__name__:
        raise ModelFileError(
            request=f"loading {folder} as a {kind.__name__}",
            finding=f"it is a {fields['estimator']}",
            remedy=f"Use {fields['estimator']}.load.",
        )
    return fields


def _damaged(folder: Path, finding: str) -> ModelFileError:
    return ModelFileError(
        request=f"loading {folder}",
        finding=finding,
        remedy="Copy the folder again, or save the estimator again.",
    )
