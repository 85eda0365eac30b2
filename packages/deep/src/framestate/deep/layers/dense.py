"""Plain HiPPO: a frozen dense operator, one state a channel, and a linear readout.

In time in units of the window, dt_h = sample interval / window of channel h
(arXiv 2008.07669)::

    c' = -A c + B u,      y_n = C_h c_n + D_h u_n

by zero-order hold or a generalized bilinear rule. The state is in the operator's own
coordinates, so that it can be read as what it is: coefficients of the past. The clock
of HiPPO-LegS proper, 1 / t, is in `framestate.deep.layers.scaled`.
"""

from typing import ClassVar, final

import numpy as np
import torch
from jaxtyping import Float, Float64
from numpy.typing import ArrayLike
from torch import Tensor, nn

from framestate import ssm
from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.functional.discretize import rule_of
from framestate.deep.layers.carried import (
    Carried,
    at_rest,
    require_carried,
    rest_for,
)
from framestate.deep.layers.contract import Interval
from framestate.deep.layers.frozen import FrozenSystem
from framestate.deep.layers.initial import log_uniform
from framestate.deep.layers.inputs import entered
from framestate.deep.layers.intervals import checked_interval
from framestate.deep.layers.linear import LinearRecurrence, Step, one_by_one
from framestate.deep.layers.memo import Memo
from framestate.deep.layers.readout import real_readout
from framestate.deep.layers.trainable import parameter, trainable_among
from framestate.ssm.discretization.rules import ZOH

TRAINABLE = ("C", "D", "dt")
_Every = float | Tensor | None


@final
class DenseSSM(nn.Module):
    """(batch, length, d_model) -> the same, by one frozen dense system per channel.

    The discretization, the kernel (by squaring) and the state are in double precision
    in a layer of either precision. A frozen dt is discretized once, when the layer is
    built; a trained one, or another interval, when it is called.

    Parameters
    ----------
    operator : OperatorLike
        A (n, n), B (n,), with a minus before A.
    d_model : int
        Channels.
    trainable : tuple of str, or one str
        Which of "C", "D", "dt" get gradients.
    method : str
        "zoh", "bilinear", "backward_euler" or "gbt(alpha)" with alpha >= 1/2.
    dt_min, dt_max : float
        dt (sample interval / window) is drawn log-uniformly between the two.
    readout : ArrayLike, optional
        First C, real (d_model, n); normal of variance 1 if absent.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, range or name, or a system that grows.
    framestate.ssm.InvalidInputError
        If `operator` is none.
    """

    causal: bool = True
    dynamics: ClassVar[tuple[str, ...]] = ("log_dt",)
    readout: ClassVar[tuple[str, ...]] = ("C", "D")

    def __init__(  # noqa: PLR0913
        self,
        operator: ssm.OperatorLike,
        d_model: int,
        *,
        trainable: tuple[str, ...] | str = ("C", "D"),
        method: str = "zoh",
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        readout: ArrayLike | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        self.trainable = trainable_among(trainable, TRAINABLE)
        system = ssm.as_system(operator)
        self.d_model, self.order, self.method = d_model, system.size, method
        self._require_decay(system)
        self.operator = FrozenSystem(system.A, system.B)
        C = real_readout(readout, d_model, self.order, generator)
        log_dt = log_uniform(d_model, dt_min, dt_max, generator)
        D = torch.empty(d_model).normal_(generator=generator)
        self.C = parameter("C", C, self.trainable)
        self.D = parameter("D", D, self.trainable)
        self.log_dt = parameter("dt", log_dt, self.trainable)
        self.fixed = None
        if "dt" not in self.trainable:
            with torch.no_grad():
                self.fixed = FrozenSystem(*self._discretized(None))
        self._remembered: Memo[LinearRecurrence] = Memo()

    def _require_decay(self, system: ssm.System) -> None:
        """Refuse a rule or an operator whose steps grow."""
        rule = rule_of(self.method)
        explicit = rule != ZOH if rule.alpha is None else rule.alpha < 0.5
        least = float(np.real(system.lam).min())
        if explicit or least < -1e-10 * float(np.abs(system.lam).max()):
            raise InvalidInputError(
                request=f"method {self.method!r} of an operator of order {self.order}",
                finding=f"min Re(lam) = {least:.1e}; a step of this rule may grow"
                if explicit
                else f"min Re(lam) = {least:.1e} < 0 grows without bound",
                remedy='Take "zoh" or "bilinear", and an operator with Re(lam) >= 0.',
            )

    def _discretized(self, every: _Every) -> tuple[Tensor, Tensor]:
        """A_bar and B_bar of every row at the present dt."""
        dt = self.log_dt.double().exp()
        if isinstance(every, Tensor):
            dt = (every[:, None] * dt).flatten()
        elif every is not None:
            dt = dt * every
        A, B = self.operator.A, self.operator.B
        alpha = rule_of(self.method).alpha
        if alpha is None:
            return _held(A, B, dt[:, None, None])
        return _bilinear(A, B, dt[:, None, None], alpha)

    def recurrence(self, every: _Every = None) -> LinearRecurrence:
        """Return the layer discretized with its present parameters, in double.

        An interval (batch,) gives the channels of all sequences, one after the other.
        """
        if self.fixed is not None and every is None:
            A, B = self.fixed.A, self.fixed.B
        else:
            A, B = self._discretized(every)
        C = self.C.double().repeat(len(A) // self.d_model, 1)
        return LinearRecurrence(A, B, C, self.D.double())

    def kernel(self, length: int) -> Float[Tensor, "channels {length}"]:
        """Return K[h, l], the response to an impulse l samples ago, without D.

        Raises
        ------
        InvalidInputError
            If length < 1.
        """
        require_count("length", length)
        return self.recurrence().kernel(length).to(self.C.dtype)

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        `lengths` may be given and changes nothing: the layer is causal.

        Raises
        ------
        InvalidInputError
            If `u` or the interval does not fit.
        """
        del lengths
        u, every = self._entered(u, interval)
        if isinstance(every, Tensor) and every.ndim == 2:
            rest = rest_for(u, self.d_model, self.order)
            return one_by_one(self._step_at, u, every, rest.z)[0]
        return self.recurrence(every).respond(u)

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> Carried:
        """Return the state at rest, on the layer's device unless one is named.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        device = self.C.device if device is None else device
        return at_rest(batch_size, self.d_model, self.order, device=device)

    def step(
        self, u_t: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        Raises
        ------
        InvalidInputError
            If `u_t`, the interval or the state does not fit.
        """
        u_t, every = self._entered(u_t, interval, time=False)
        require_carried(state, u_t.shape[0], self.d_model, self.order)
        y, c = self._step_at(every)(u_t.double(), state.z)
        return y.to(u_t.dtype), Carried(c)

    def prefill(
        self, u: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u`, the interval or the state does not fit.
        """
        u, every = self._entered(u, interval)
        require_carried(state, u.shape[0], self.d_model, self.order)
        if isinstance(every, Tensor) and every.ndim == 2:
            y, c = one_by_one(self._step_at, u, every, state.z)
        else:
            y, c = self.recurrence(every).chunk(u, state.z)
        return y, Carried(c)

    def _step_at(self, every: _Every) -> Step:
        """Return how to absorb one sample that comes after an interval."""
        if isinstance(every, Tensor):
            return self.recurrence(every).step
        return self._remembered(self, every, lambda: self.recurrence(every)).step

    def _entered(
        self, u: Tensor, interval: Interval, *, time: bool = True
    ) -> tuple[Tensor, _Every]:
        """Check an input and its interval; under autocast take half precision too."""
        u = entered(u, self.d_model, self.C.dtype, time=time)
        return u, checked_interval(interval, u.shape[0], u.shape[1] if time else None)

    def extra_repr(self) -> str:
        """Return the sizes and what is trained, for print(layer)."""
        return (
            f"d_model={self.d_model}, order={self.order}, method={self.method!r}, "
            f"trainable={self.trainable}"
        )


def _held(
    A: Float64[Tensor, "n n"],
    B: Float64[Tensor, " n"],
    dt: Float64[Tensor, "rows 1 1"],
) -> tuple[Float64[Tensor, "rows n n"], Float64[Tensor, "rows n"]]:
    """The input is held: one exponential, of the system with its input beside it."""
    n = len(B)
    beside = torch.cat((torch.cat((-A, B[:, None]), 1), A.new_zeros(1, n + 1)))
    step = torch.linalg.matrix_exp(dt * beside)
    return step[:, :n, :n], step[:, :n, n]


def _bilinear(
    A: Float64[Tensor, "n n"],
    B: Float64[Tensor, " n"],
    dt: Float64[Tensor, "rows 1 1"],
    alpha: float,
) -> tuple[Float64[Tensor, "rows n n"], Float64[Tensor, "rows n"]]:
    """The derivative is taken at the end of the step with weight alpha."""
    n = len(B)
    eye = torch.eye(n, dtype=A.dtype, device=A.device)
    right = torch.cat((eye - (1 - alpha) * dt * A, dt * B[:, None]), -1)
    step = torch.linalg.solve(eye + alpha * dt * A, right)
    return step[..., :n], step[..., n]
