"""HiPPO on its own clock: the window is all of the past, and there is no dt.

For a scaled operator (LegS, scaled wavelets; arXiv 2008.07669), a state per channel::

    c' = -(1/t) A c + (1/t) B u,      y_n = C_h c_n + D_h u_n

where sample n = 0, 1, .. fills the time from n to n + 1. With s = A^-1 B, the state of
a constant input, the steps are those of `framestate.ssm` on the scaled clock
(T-scaled-solution in docs/theorems.md)::

    exact         c_{n+1} = (n/(n+1))^A (c_n - s u_n) + s u_n
    gbt(alpha)    (I + alpha A/(n+1)) c_{n+1}
                      = (I - (1-alpha) A/n) c_n + (alpha/(n+1) + (1-alpha)/n) B u_n

and c_1 = s u_0. The same function sampled twice as densely leaves the same state.
"""

from dataclasses import dataclass
from typing import ClassVar, final

import torch
from jaxtyping import Float64, Int64
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from framestate import ssm
from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.layers.carried import (
    Carried,
    at_rest,
    require_carried,
    rest_for,
)
from framestate.deep.layers.contract import Interval, refuse_interval
from framestate.deep.layers.frozen import FrozenSystem
from framestate.deep.layers.inputs import entered
from framestate.deep.layers.readout import real_readout
from framestate.deep.layers.trainable import parameter, trainable_among

TRAINABLE = ("C", "D")
# Steps whose matrices are made at once: 64 of order 64 are 2 MiB.
_BLOCK = 64


@final
@dataclass(frozen=True, slots=True, eq=False)
class ClockState:
    """The state of a layer on the scaled clock.

    Attributes
    ----------
    z : Tensor
        Coefficients (batch, channels, n), float64.
    samples : Tensor
        How many samples they are of, (batch,) int64: one number, for all sequences.
    """

    z: Float64[Tensor, "batch channels n"]
    samples: Tensor

    def detach(self) -> "ClockState":
        """Return the same state, cut from the graph of the samples behind it."""
        return ClockState(self.z.detach(), self.samples)


pytree.register_dataclass(ClockState)


@final
class ScaledSSM(nn.Module):
    """(batch, length, d_model) -> the same, by one scaled operator per channel.

    The recurrence is in double precision in a layer of either precision, and runs
    sample by sample: its matrix changes with each, is the same for all channels, and
    is made for a block of samples at once.

    Parameters
    ----------
    operator : OperatorLike
        A (n, n), B (n,) of the measure "scaled".
    d_model : int
        Channels.
    trainable : tuple of str, or one str
        Which of "C", "D" get gradients.
    method : str or Rule
        "exact", "bilinear" (HiPPO's own), "backward_euler" or ``ssm.gbt(alpha)``.
    readout : ArrayLike, optional
        First C, real (d_model, n); normal of variance 1 if absent.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size or name.
    framestate.ssm.InvalidInputError
        If `operator` is not a scaled one, or the rule not one of this clock.
    """

    causal: bool = True
    dynamics: ClassVar[tuple[str, ...]] = ()
    readout: ClassVar[tuple[str, ...]] = TRAINABLE

    def __init__(
        self,
        operator: ssm.OperatorLike,
        d_model: int,
        *,
        trainable: tuple[str, ...] | str = TRAINABLE,
        method: str | ssm.Rule = "exact",
        readout: ArrayLike | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        self.trainable = trainable_among(trainable, TRAINABLE)
        clock = ssm.discretize(ssm.as_system(operator), method=method)
        self.d_model, self.rule = d_model, clock.rule
        self.operator = FrozenSystem(clock.system.A, clock.system.B)
        C = real_readout(readout, d_model, self.order, generator)
        D = torch.empty(d_model).normal_(generator=generator)
        self.C = parameter("C", C, self.trainable)
        self.D = parameter("D", D, self.trainable)

    @property
    def order(self) -> int:
        """Number n of coefficients."""
        return self.operator.B.shape[0]

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from its first sample on.

        `lengths` may be given and changes nothing: the layer is causal.

        Raises
        ------
        InvalidInputError
            If `u` does not fit, or an interval is given.
        """
        del lengths
        u = entered(u, self.d_model, self.C.dtype, time=True)
        rest = rest_for(u, self.d_model, self.order).z
        none = torch.zeros_like(rest[:, 0, 0], dtype=torch.int64)
        return self.prefill(u, ClockState(rest, none), interval=interval)[0]

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> ClockState:
        """Return the state before the first sample.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        device = self.C.device if device is None else device
        rest = at_rest(batch_size, self.d_model, self.order, device=device)
        none = torch.zeros(batch_size, dtype=torch.int64, device=device)
        return ClockState(rest.z, none)

    def step(
        self, u_t: Tensor, state: ClockState, *, interval: Interval = None
    ) -> tuple[Tensor, ClockState]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        Raises
        ------
        InvalidInputError
            If `u_t` or the state does not fit, or an interval is given.
        """
        u_t = entered(u_t, self.d_model, self.C.dtype, time=False)
        y, state = self.prefill(u_t[:, None], state, interval=interval)
        return y[:, 0], state

    def prefill(
        self, u: Tensor, state: ClockState, *, interval: Interval = None
    ) -> tuple[Tensor, ClockState]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u` or the state does not fit, or an interval is given.
        """
        refuse_interval("a layer on the scaled clock", interval)
        u = entered(u, self.d_model, self.C.dtype, time=True)
        self._require(state, u.shape[0])
        outputs: list[Tensor] = []
        length, c = u.shape[1], state.z
        for first in range(0, length, _BLOCK):
            block = u[:, first : first + _BLOCK].double()
            states: list[Tensor] = []
            A, B = self._steps(state.samples[0] + first, block.shape[1])
            for n, u_n in enumerate(block.unbind(1)):
                c = c @ A[n].mT + u_n[..., None] * B[n]
                states.append(c)
            y = (torch.stack(states, 1) * self.C.double()).sum(-1)
            outputs.append((y + self.D.double() * block).to(u.dtype))
        return torch.cat(outputs, 1), ClockState(c, state.samples + length)

    def _steps(
        self, first: Int64[Tensor, ""], count: int
    ) -> tuple[Float64[Tensor, "{count} n n"], Float64[Tensor, "{count} n"]]:
        """c_{n+1} = A_n c_n + B_n u_n for n = first, first + 1, .."""
        A, B = self.operator.A, self.operator.B
        settled = torch.linalg.solve(A, B)
        n = first + torch.arange(count, device=A.device)
        later = n.clamp(min=1).double()[:, None, None]
        if self.rule.alpha is None:
            step = torch.linalg.matrix_exp(-torch.log1p(1 / later) * A)
            drive = settled - step @ settled
        else:
            early, late = (1 - self.rule.alpha) / later, self.rule.alpha / (later + 1)
            eye = torch.eye(len(A), dtype=A.dtype, device=A.device)
            right = torch.cat((eye - early * A, (early + late) * B[:, None]), -1)
            solved = torch.linalg.solve(eye + late * A, right)
            step, drive = solved[..., :-1], solved[..., -1]
        started = (n > 0)[:, None]
        return step * started[..., None], torch.where(started, drive, settled)

    def _require(self, state: ClockState, batch: int) -> None:
        """Refuse a state of another shape, or of sequences that began apart."""
        require_carried(Carried(state.z), batch, self.d_model, self.order)
        samples = state.samples
        together = samples.shape == (batch,) and samples.dtype == torch.int64
        if together and not torch.compiler.is_compiling():  # values are not known there
            together = bool((samples == samples[0]).all() and samples[0] >= 0)
        if not together:
            raise InvalidInputError(
                request=f"a state of samples {tuple(samples.shape)} {samples.dtype}",
                finding=f"expected one number >= 0, the same for all {batch} sequences",
                remedy="Stream together what began together.",
            )

    def extra_repr(self) -> str:
        """Return the sizes and what is trained, for print(layer)."""
        return (
            f"d_model={self.d_model}, order={self.order}, "
            f"method={self.rule.name!r}, trainable={self.trainable}"
        )
