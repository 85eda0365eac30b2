"""What a diagonal layer carries from one sample to the next."""

from dataclasses import dataclass, replace
from typing import final

from jaxtyping import Complex128, Float64
from torch import Tensor


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
    """

    z: Complex128[Tensor, "batch channels modes"]
    recurrence: Recurrence | None = None

    def detach(self) -> "SSMState":
        """Return the same modes, cut from the graph and from old parameters.

        To be called after an optimizer step in the middle of a stream (truncated
        backpropagation): what follows takes the layer's present parameters.
        """
        return replace(self, z=self.z.detach(), recurrence=None)
