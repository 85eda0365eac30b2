"""LMU: a sliding window in Legendre coordinates, read by a dense layer.

With d_memory windows of `order` coordinates each (Voelker, Kajic, Eliasmith, NeurIPS
2019; the parallel form is LMUFFT, arXiv 2102.11417)::

    u_n = W_u x_n + b_u
    m_n = A_bar m_{n-1} + B_bar u_n        (the same frozen system for every window)
    y_n = f(W_m m_n + W_x x_n + b)

A_bar, B_bar are the zero-order hold of the translated Legendre operator (LegT) with a
window of theta samples: m_n holds the last theta samples of u as a polynomial. Nothing
goes from y back to the memory, so that m is one convolution with a fixed response.
The coordinates are orthonormal; m_i of the paper is m_i / sqrt(2 i + 1) of these.
"""

from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

import framestate.ssm as ssm
from framestate.deep.errors import require_count, require_name, require_positive
from framestate.deep.functional.fft_conv import fft_conv
from framestate.deep.functional.powers import (
    absorbed,
    power_applied,
    power_kernel,
)
from framestate.deep.layers.carried import Carried, at_rest, require_carried
from framestate.deep.layers.contract import Interval, refuse_interval
from framestate.deep.layers.frozen import FrozenSystem
from framestate.deep.layers.inputs import entered

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "none": torch.nn.Identity()}


@final
class LMU(nn.Module):
    """(batch, length, d_model) -> the same, by Legendre memories and a dense layer.

    Parameters
    ----------
    memory : OperatorLike
        A (order, order), B (order,) of the measure "translated": LegT, or the
        operator of any other window.
    d_model : int
        Channels.
    theta : float
        Length of the window in samples.
    d_memory : int
        Number of windows.
    activation : str
        f: "tanh", "relu" or "none".
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, window or name.
    framestate.ssm.InvalidInputError
        If `memory` is no operator.
    """

    causal: bool = True
    dynamics: ClassVar[tuple[str, ...]] = ()
    readout: ClassVar[tuple[str, ...]] = ("W_m", "W_x", "b")

    def __init__(
        self,
        memory: ssm.OperatorLike,
        d_model: int,
        *,
        theta: float | int,
        d_memory: int = 1,
        activation: str = "tanh",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_count("d_memory", d_memory)
        require_positive("theta", float(theta))
        require_name("activation", activation, tuple(ACTIVATIONS))
        step = ssm.discretize(ssm.as_system(memory), dt=1 / theta, method="zoh")
        self.d_model, self.d_memory, self.theta = d_model, d_memory, theta
        self.activation, self.order = activation, len(step.B_bar)
        self.memory = FrozenSystem(step.A_bar, step.B_bar)

        def drawn(*shape: int, inputs: int) -> nn.Parameter:
            bound = inputs**-0.5
            return nn.Parameter(
                torch.empty(shape).uniform_(-bound, bound, generator=generator)
            )

        seen = d_model + d_memory * self.order
        self.W_u = drawn(d_memory, d_model, inputs=d_model)
        self.b_u = drawn(d_memory, inputs=d_model)
        self.W_m = drawn(d_model, d_memory * self.order, inputs=seen)
        self.W_x = drawn(d_model, d_model, inputs=seen)
        self.b = drawn(d_model, inputs=seen)

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        `lengths` may be given and changes nothing: the layer is causal.

        Raises
        ------
        InvalidInputError
            If `u` does not fit, or an interval is given.
        """
        del lengths
        refuse_interval("an LMU", interval)
        x = entered(u, self.d_model, self.b.dtype, time=True)
        with torch.autocast(x.device.type, enabled=False):
            return self._seen(self._from_rest(self._encoded(x)), x)

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> Carried:
        """Return empty memories, on the layer's device unless one is named.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        device = self.b.device if device is None else device
        return at_rest(batch_size, self.d_memory, self.order, device=device)

    def step(
        self, u_t: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        Raises
        ------
        InvalidInputError
            If `u_t` or the state does not fit, or an interval is given.
        """
        refuse_interval("an LMU", interval)
        x = entered(u_t, self.d_model, self.b.dtype, time=False)
        require_carried(state, x.shape[0], self.d_memory, self.order)
        with torch.autocast(x.device.type, enabled=False):
            u = self._encoded(x).double()
            m = state.z @ self.memory.A.mT + u[..., None] * self.memory.B
            return self._seen(m.flatten(1).to(x.dtype), x), Carried(m)

    def prefill(
        self, u: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u` or the state does not fit, or an interval is given.
        """
        refuse_interval("an LMU", interval)
        x = entered(u, self.d_model, self.b.dtype, time=True)
        require_carried(state, x.shape[0], self.d_memory, self.order)
        with torch.autocast(x.device.type, enabled=False):
            u = self._encoded(x)
            fading, m = self._continued(u, state)
            return self._seen(self._from_rest(u) + fading, x), m

    def _encoded(self, x: Float[Tensor, "*time d_model"]) -> Float[Tensor, "*time d"]:
        """What is written into the windows."""
        return x @ self.W_u.mT + self.b_u

    def _from_rest(
        self, u: Float[Tensor, "batch length d"]
    ) -> Float[Tensor, "batch length n"]:
        """The memories of all samples: one convolution with the fixed response."""
        response = self.memory(u.shape[1]).to(u.dtype)
        copies = u.repeat_interleave(self.order, -1)
        return fft_conv(copies, response.repeat(self.d_memory, 1))

    def _continued(
        self, u: Float[Tensor, "batch length d"], state: Carried
    ) -> tuple[Float[Tensor, "batch length n"], Carried]:
        """What is left of a state at all samples, and the state after them."""
        batch, length = u.shape[:2]
        powers = self.memory.powers(length)
        first = self.memory.A @ state.z.flatten(0, 1).mT
        identity = torch.eye(self.order, dtype=first.dtype, device=first.device)
        fading = power_kernel(powers, identity, first, length)
        fading = fading.unflatten(1, (batch, -1)).permute(1, 3, 2, 0).flatten(2)
        left = power_applied(powers, first, length - 1).mT
        rows = u.double().transpose(1, 2).flatten(0, 1)
        m = left + absorbed(powers, self.memory.B, rows)
        return fading.to(u.dtype), Carried(m.reshape(state.z.shape))

    def _seen(
        self, m: Float[Tensor, "*time n"], x: Float[Tensor, "*time d_model"]
    ) -> Float[Tensor, "*time d_model"]:
        """The outputs of memories and inputs."""
        return ACTIVATIONS[self.activation](m @ self.W_m.mT + x @ self.W_x.mT + self.b)

    def extra_repr(self) -> str:
        """Return the sizes, for print(layer)."""
        return (
            f"d_model={self.d_model}, d_memory={self.d_memory}, order={self.order}, "
            f"theta={self.theta:g}, activation={self.activation!r}"
        )
