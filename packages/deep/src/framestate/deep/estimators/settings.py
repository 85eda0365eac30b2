"""The parameters of an estimator, checked and brought to plain values at fit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch

from framestate.deep.errors import (
    InvalidInputError,
    require_name,
    require_positive,
)
from framestate.deep.estimators.training import Plan

DTYPES = {"float32": torch.float32, "float64": torch.float64}
MISSING = ("refuse", "mask")


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """What an estimator was asked for.

    Attributes
    ----------
    layer : str or callable
        A name, or a factory ``layer(d_model=..., generator=...)``.
    d_model, n_layers : int
        Width and number of blocks.
    order : int or None
        State size or number of taps; None: the layer's own.
    dropout, validation_fraction : float
        Shares from 0 to below 1.
    dtype, device
        Of the network.
    plan : Plan
        How to train.
    """

    layer: str | Callable[..., Any]
    d_model: int
    n_layers: int
    order: int | None
    dropout: float
    validation_fraction: float
    dtype: torch.dtype
    device: torch.device
    plan: Plan


def settings_of(estimator: Any) -> Settings:
    """Read an estimator's parameters.

    Raises
    ------
    InvalidInputError
        If one has the wrong kind or range; it names the parameter.
    """
    require_name("missing", estimator.missing, MISSING)
    require_name("dtype", estimator.dtype, tuple(DTYPES))
    patience, order = estimator.patience, estimator.order
    return Settings(
        layer=estimator.layer,
        d_model=count("d_model", estimator.d_model),
        n_layers=count("n_layers", estimator.n_layers),
        order=None if order is None else count("order", order),
        dropout=_share("dropout", estimator.dropout),
        validation_fraction=_share(
            "validation_fraction", estimator.validation_fraction
        ),
        dtype=DTYPES[estimator.dtype],
        device=device_of(estimator.device),
        plan=Plan(
            lr=_number("lr", estimator.lr, zero=False),
            weight_decay=_number("weight_decay", estimator.weight_decay, zero=True),
            max_epochs=count("max_epochs", estimator.max_epochs),
            batch_size=count("batch_size", estimator.batch_size),
            patience=None if patience is None else count("patience", patience),
        ),
    )


def count(name: str, value: Any) -> int:
    """Return a count as an int; a search over NumPy numbers gives NumPy's.

    Raises
    ------
    InvalidInputError
        If it is no integer of at least 1.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInputError(
            request=f"{name}={value!r}",
            finding="it is not an integer of at least 1",
            remedy=f"Give {name} as an int >= 1.",
        )
    return value


def device_of(device: Any) -> torch.device:
    """Return the device of a name; "auto" is a GPU if there is one.

    Raises
    ------
    InvalidInputError
        If torch knows no such device, or it is not there.
    """
    there = torch.cuda.is_available()
    if device == "auto":
        return torch.device("cuda" if there else "cpu")
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(
            request=f"device={device!r}",
            finding="torch knows no such device",
            remedy='Give "auto", "cpu", "cuda" or "cuda:0".',
        ) from error
    if found.type not in ("cpu", "cuda") or (found.type == "cuda" and not there):
        raise InvalidInputError(
            request=f"device={device!r}",
            finding="no such device is there, or it has no double precision",
            remedy='Use device="auto".',
        )
    return found


def available(device: Any) -> torch.device:
    """Return the device of a name, the CPU where there is no such device here."""
    try:
        return device_of(device)
    except InvalidInputError:
        return torch.device("cpu")


def _number(name: str, value: Any, *, zero: bool) -> float:
    """Return a positive number, or zero where it may be."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise InvalidInputError(
            request=f"{name}={value!r}",
            finding="it is not a number",
            remedy=f"Give {name} as a float.",
        )
    if not (zero and value == 0):
        require_positive(name, float(value))
    return float(value)


def _share(name: str, value: Any) -> float:
    """Return a share from 0 to below 1."""
    share = _number(name, value, zero=True)
    if share >= 1:
        raise InvalidInputError(
            request=f"{name}={value}",
            finding="it is not below 1",
            remedy=f"Give 0 <= {name} < 1.",
        )
    return share
