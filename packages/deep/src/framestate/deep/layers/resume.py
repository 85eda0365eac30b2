"""How a stream goes on: whose state it is, and which recurrence it runs on."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.continuous import Continuous
from framestate.deep.layers.recurrence import Recurrence
from framestate.deep.layers.state import Origin, SSMState, stamp_of
from framestate.ssm import Rule

Resumed = tuple[Recurrence, Recurrence | None, Origin | None]


@runtime_checkable
class Streaming(Protocol):
    """What a layer shows of itself to its states."""

    d_model: int
    rule: Rule
    C: nn.Parameter

    @property
    def state_size(self) -> int:
        """Number of stored modes."""
        ...

    def continuous(self) -> Continuous:
        """Return the system at the layer's present parameters."""
        ...


def require_state(layer: Streaming, state: SSMState, batch_size: int) -> None:
    """Refuse a state of another shape or precision, or of another layer.

    Raises
    ------
    InvalidInputError
        If the state does not fit the layer and the batch.
    """
    expected, z = (batch_size, layer.d_model, layer.state_size), state.z.real
    if tuple(z.shape) != expected or z.dtype != torch.float64:
        raise InvalidInputError(
            request=f"a state of shape {tuple(z.shape)} and dtype {z.dtype}",
            finding=f"this input and layer need pairs of float64 {expected}",
            remedy=f"Start from layer.initial_state({batch_size}).",
        )
    before = state.before
    if layer.rule.straight and (before is None or tuple(before.shape) != expected[:2]):
        raise InvalidInputError(
            request=f"a state for method {layer.rule.name!r} without its last sample",
            finding="the input is straight between samples, from the last to this one",
            remedy="Give SSMState(z, before), or start from layer.initial_state.",
        )
    if torch.compiler.is_compiling() or state.origin is None:
        return
    if state.origin.is_foreign_to(layer):
        raise InvalidInputError(
            request="a state that another layer returned",
            finding="its modes are not this layer's",
            remedy="Give it to its own layer, or SSMState(state.z) if meant so.",
        )


def resumed(
    layer: Streaming, state: SSMState, batch_size: int, interval: float | Tensor | None
) -> Resumed:
    """Return the recurrence of the next samples, and what the next state remembers.

    A pinned state runs on its own. Else it is the layer's: the one remembered if that
    is of the present parameters and interval, or a new one. A compiler does not see
    whether they changed, so that a compiled stream remembers none.

    Raises
    ------
    InvalidInputError
        If the state does not fit, or is pinned and an interval is given.
    """
    require_state(layer, state, batch_size)
    if state.recurrence is not None and state.origin is None:  # pinned
        if interval is not None:
            raise InvalidInputError(
                request="an interval for a pinned state",
                finding="it runs on a recurrence that was discretized before",
                remedy="Pin layer.recurrence(interval=...), or detach the state.",
            )
        return state.recurrence, state.recurrence, None
    if torch.compiler.is_compiling():
        return layer.continuous().discretized(interval), None, state.origin
    if isinstance(interval, Tensor):
        return layer.continuous().discretized(interval), None, Origin(layer)
    stamp, origin = (interval, *stamp_of(layer)), state.origin
    if state.recurrence and origin is not None and origin.stamp == stamp:
        return state.recurrence, state.recurrence, origin
    system = layer.continuous().discretized(interval)
    return system, system, Origin(layer, stamp)
