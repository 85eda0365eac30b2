"""What a diagonal layer carries from one sample to the next."""

from dataclasses import dataclass, replace
from typing import Any, final
from weakref import ref

import torch
from jaxtyping import Complex128, Float64
from torch import Tensor, nn

Stamp = tuple[object, ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Recurrence:
    """A discretized diagonal layer: z_n = z_bar z_{n-1} + b_bar u_n, in double.

    The output is y_n = sum_m Re(readout_m z_{n, m}) + D u_n.

    Attributes
    ----------
    log_z : Tensor
        log(z_bar), (channels, modes).
    z_bar : Tensor
        Poles, (channels, modes).
    b_bar : Tensor
        Input vector, (channels, modes).
    readout : Tensor
        C times the weight of each mode (2 for a pair, 1 for a real mode).
    D : Tensor
        Feedthrough, (channels,).
    """

    log_z: Complex128[Tensor, "channels modes"]
    z_bar: Complex128[Tensor, "channels modes"]
    b_bar: Complex128[Tensor, "channels modes"]
    readout: Complex128[Tensor, "channels modes"]
    D: Float64[Tensor, " channels"]


@final
class Origin:
    """Which layer a state comes from, and the version of that layer's tensors.

    Copies of a state share it. A saved state loses it: what is loaded goes on from
    the parameters of the layer it is given to.
    """

    __slots__ = ("layer", "stamp")

    def __init__(self, layer: nn.Module | None = None, stamp: Stamp = ()) -> None:
        self.layer = None if layer is None else ref(layer)
        self.stamp = stamp

    def __deepcopy__(self, memo: dict[int, Any]) -> "Origin":
        return self

    def __reduce__(self) -> tuple[type["Origin"], tuple[()]]:
        return Origin, ()

    def is_foreign_to(self, layer: nn.Module) -> bool:
        """Whether the state is known to be another layer's."""
        return self.layer is not None and self.layer() is not layer


def stamp_of(layer: nn.Module) -> Stamp:
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
                marks += (tensor.data_ptr(), tensor._version, tensor.requires_grad)
    except RuntimeError:  # inference tensors and transforms: no version, no memory
        return (object(),)
    return tuple(marks)


@final
@dataclass(frozen=True, slots=True, eq=False)
class SSMState:
    """The state of a diagonal layer after some samples.

    Attributes
    ----------
    z : Tensor
        Modes (batch, channels, modes), complex128 whatever the layer's precision:
        a memory of n samples rounded at each step would lose sqrt(n) eps.
    recurrence : Recurrence or None
        The discretized layer the stream runs on, computed once. None: the next
        step takes it from the layer's present parameters.
    origin : Origin or None
        Whose recurrence it is, and of which parameters. ``SSMState(state.z)`` has
        none and may go to any layer of that shape.
    """

    z: Complex128[Tensor, "batch channels modes"]
    recurrence: Recurrence | None = None
    origin: Origin | None = None

    def detach(self) -> "SSMState":
        """Return the same modes, cut from the graph and from old parameters.

        To be called after an optimizer step in the middle of a stream (truncated
        backpropagation): what follows takes the layer's present parameters.
        """
        return replace(self, z=self.z.detach(), recurrence=None)
