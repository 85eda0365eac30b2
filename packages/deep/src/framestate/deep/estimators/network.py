"""From an estimator's parameters to a network: the one place that knows the models."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from framestate.deep import recipes
from framestate.deep.draws import drawing_from
from framestate.deep.errors import require_name
from framestate.deep.estimators.settings import Settings
from framestate.deep.models import SequenceModel

ORDER, TAPS = 64, 2  # where none are asked for: state size, taps of a filter


def network(
    settings: Settings,
    *,
    d_input: int,
    d_output: int,
    pooling: str | None,
    length: int,
    generator: torch.Generator,
) -> SequenceModel:
    """Return an untrained network, (batch, length, d_input) -> (batch, ..., d_output).

    Parameters
    ----------
    settings : Settings
        Which layers, how many, how wide.
    d_input, d_output : int
        Channels that go in, and numbers that come out.
    pooling : str or None
        How a sequence becomes one answer; None: an answer at each sample.
    length : int
        Samples of the longest sequence: how far back a layer has to look.
    generator : torch.Generator
        Source of all first values, also of those that a factory draws from torch's
        global state.

    Raises
    ------
    InvalidInputError
        For an unknown layer, or parameters that do not go together.
    """
    with drawing_from(generator):
        layers = [_layer(settings, length, generator) for _ in range(settings.n_layers)]
        model = SequenceModel(
            d_input, d_output, layers, pooling=pooling, dropout=settings.dropout
        )
    return model.to(settings.device, settings.dtype)


def _layer(settings: Settings, length: int, generator: torch.Generator) -> Any:
    """Return one layer, by name or from the user's factory."""
    common: dict[str, Any] = {"d_model": settings.d_model, "generator": generator}
    if not isinstance(settings.layer, str):
        return settings.layer(**common)
    require_name("layer", settings.layer, tuple(LAYERS))
    return LAYERS[settings.layer](settings.order, length, common)


Maker = Callable[[int | None, int, dict[str, Any]], nn.Module]


def _state_space(recipe: Callable[..., nn.Module], *fixed: Any) -> Maker:
    """Make a state space layer whose windows suit the length.

    dt is the sample interval over the window. Windows go from the whole sequence
    (dt = 1 / length) down to 10 samples, or to a tenth of a short sequence.
    """

    def make(order: int | None, length: int, common: dict[str, Any]) -> nn.Module:
        dt_max = min(1.0, max(0.1, 10 / length))
        dt_min = min(1 / length, dt_max)
        return recipe(
            *fixed, order=order or ORDER, dt_min=dt_min, dt_max=dt_max, **common
        )

    return make


def _multires(order: int | None, length: int, common: dict[str, Any]) -> nn.Module:
    """Make a multiresolution layer, as deep as the length needs."""
    return recipes.multires(kernel_size=order or TAPS, length=length, **common)


LAYERS: Mapping[str, Maker] = MappingProxyType(
    {
        "w4s4": _state_space(recipes.w4s4, "db11"),
        "translated_walrus": _state_space(recipes.translated_walrus, "db11"),
        "s4d": _state_space(recipes.s4d_lin),
        "s4d_lin": _state_space(recipes.s4d_lin),
        "s4d_inv": _state_space(recipes.s4d_inv),
        "multires": _multires,
        "s4d_legs": _state_space(recipes.s4d_legs),
    }
)
