"""What a diagonal layer carries from one sample to the next."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, final
from weakref import ref

import torch
from jaxtyping import Float64
from torch import Tensor
from torch.utils import _pytree as pytree

from framestate.deep.functional.pairs import Pair
from framestate.deep.layers.recurrence import Recurrence

Stamp = tuple[object, ...]


@final
class Origin:
    """Which layer a state comes from, and the version of that layer's tensors.

    Copies of a state share it. A saved state loses it: what is loaded goes on from
    the parameters of the layer it is given to.
    """

    __slots__ = ("layer", "stamp")

    def __init__(self, layer: object | None = None, stamp: Stamp = ()) -> None:
        self.layer = None if layer is None else ref(layer)
        self.stamp = stamp

    def __deepcopy__(self, memo: dict[int, Any]) -> "Origin":
        return self

    def __reduce__(self) -> tuple[type["Origin"], tuple[()]]:
        return Origin, ()

    def is_foreign_to(self, layer: object) -> bool:
        """Whether the state is known to be another layer's."""
        return self.layer is not None and self.layer() is not layer


def stamp_of(layer: object) -> Stamp:
    """Return what changes with any of the layer's tensors or with their gradients.

    A write through ``tensor.data`` in place leaves no trace in torch, nor here.
    """
    marks: list[object] = [torch.is_grad_enabled()]
    modules = [dict(vars(layer))]  # tables: faster than `parameters()` at each step
    try:
        for tables in modules:
            modules += [dict(vars(child)) for child in tables["_modules"].values()]
            for tensor in (
                *tables["_parameters"].values(),
                *tables["_buffers"].values(),
            ):
                if tensor is not None:
                    marks += (tensor.data_ptr(), tensor._version, tensor.requires_grad)
    except RuntimeError:  # inference tensors and transforms: no version, no memory
        return (object(),)
    return tuple(marks)


@final
@dataclass(frozen=True, slots=True, eq=False)
class SSMState:
    """The state of a diagonal layer after some samples.

    As a pytree it is what a stream carries: the recurrence remembered with an origin
    is left behind, and found again.

    Attributes
    ----------
    z : Pair
        Modes, two float64 tensors (batch, channels, modes) whatever the layer's
        precision: a memory of n samples rounded at each step would lose sqrt(n) eps.
    before : Tensor or None
        The last sample (batch, channels), float64, where the input is taken as
        straight between samples ("foh").
    recurrence : Recurrence or None
        The discretized layer the stream runs on, computed once. None: the next
        step takes it from the layer's present parameters.
    origin : Origin or None
        Whose recurrence it is, and of which parameters. ``SSMState(state.z)`` has
        none and may go to any layer of that shape.
    """

    z: Pair
    before: Float64[Tensor, "batch channels"] | None = None
    recurrence: Recurrence | None = None
    origin: Origin | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether the state brings the recurrence it is to run on."""
        return self.recurrence is not None and self.origin is None

    def pinned(self, recurrence: Recurrence) -> "SSMState":
        """Return the same modes, to run on this recurrence whatever the parameters.

        For compiled and exported steps, which cannot see whether parameters changed
        and would discretize at every sample.
        """
        return replace(self, recurrence=recurrence, origin=None)

    def detach(self) -> "SSMState":
        """Return the same modes, cut from the graph and from old parameters.

        To be called after an optimizer step in the middle of a stream (truncated
        backpropagation): what follows takes the layer's present parameters.
        """
        before = None if self.before is None else self.before.detach()
        return replace(
            self, z=self.z.map(Tensor.detach), before=before, recurrence=None
        )


_FIELDS = ("z", "before", "recurrence")


def _flatten(state: SSMState) -> tuple[list[Any], None]:
    kept = state.recurrence if state.is_pinned else None
    return [state.z, state.before, kept], None


def _flatten_with_keys(
    state: SSMState,
) -> tuple[list[tuple[Any, Any]], None]:
    children, _ = _flatten(state)
    return [
        (pytree.GetAttrKey(name), child)
        for name, child in zip(_FIELDS, children, strict=True)
    ], None


def _unflatten(children: Iterable[Any], context: None) -> SSMState:
    del context
    return SSMState(*children)


pytree.register_pytree_node(
    SSMState,
    _flatten,
    _unflatten,
    flatten_with_keys_fn=_flatten_with_keys,
    serialized_type_name="framestate.deep.layers.SSMState",
)
