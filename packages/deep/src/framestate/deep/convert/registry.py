"""The names that a saved model may use, and nothing else: no file runs code."""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, cast

from torch import nn

from framestate.deep import layers, models, recipes
from framestate.deep.errors import InvalidInputError, require_name
from framestate.deep.layers import baselines
from framestate.deep.spec import Spec

Builder = Callable[..., nn.Module]

_PARTS: tuple[type[nn.Module], ...] = (
    models.SequenceModel,
    models.Block,
    models.LinearEncoder,
    models.TokenEncoder,
    models.PatchEncoder,
    models.SinusoidalPositions,
    models.LearnedPositions,
    models.StepHead,
    models.PooledHead,
    models.WindowHead,
    models.DensityHead,
    layers.Bidirectional,
    baselines.AttentionLayer,
    baselines.RecurrentLayer,
    baselines.WaveNetLayer,
)


def _recipes() -> dict[str, Builder]:
    """Return the recipes that record what they were asked for."""
    found = vars(recipes).items()
    return {name: call for name, call in found if hasattr(call, "is_recorded")}


BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {**{part.__name__: part for part in _PARTS}, **_recipes()}
)


def build(spec: Spec) -> nn.Module:
    """Make what a spec says, its parts first.

    Parameters
    ----------
    spec : Spec
        Names of `BUILDERS`, and their arguments.

    Returns
    -------
    nn.Module
        With first values from torch's global source.

    Raises
    ------
    InvalidInputError
        For an unknown name or argument, and whatever the builder refuses.
    """
    require_name("recipe", spec.name, tuple(BUILDERS))
    builder = BUILDERS[spec.name]
    arguments = {key: _built(value) for key, value in spec.arguments.items()}
    try:
        inspect.signature(builder).bind(**arguments)
        return builder(**arguments)
    except (TypeError, AttributeError, RuntimeError) as error:
        raise InvalidInputError(
            request=f"building {spec.name!r} with {', '.join(arguments) or 'nothing'}",
            finding=(str(error).strip() or type(error).__name__).splitlines()[0],
            remedy="Another version of framestate may have written this recipe; "
            "compare the versions.",
        ) from error


def _built(value: Any) -> Any:
    if isinstance(value, Spec):
        return build(value)
    if isinstance(value, list | tuple):
        return tuple(_built(item) for item in cast("tuple[Any, ...]", value))
    return value
