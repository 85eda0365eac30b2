"""S5: one system that reads and feeds all channels (arXiv 2208.04933).

With P states (half of each conjugate pair stored, m = P / 2) and H channels::

    x' = -lam x + B u,      y_n = 2 Re(C x_n) + D u_n

discretized with a dt for every mode. The first A is block-diagonal, J blocks each the
normal part of HiPPO-LegS; B and C are drawn in real coordinates and carried over,
V^-1 B and C V. `forward` and `prefill` are a matrix product, a scan along time
(`framestate.deep.functional.mode_scan`) and a matrix product; samples may come at
times of their own. Signs: lam here is -Lambda there.
"""

from typing import final

import torch
from torch import Tensor, nn

from framestate.deep.errors import require_count, require_name
from framestate.deep.functional.discretize import discretize, rule_of
from framestate.deep.functional.pairs import Pair, exp, pair
from framestate.deep.layers import initial
from framestate.deep.layers.carried import (
    Carried,
    at_rest,
    require_carried,
    rest_for,
)
from framestate.deep.layers.contract import Interval, refuse_streaming
from framestate.deep.layers.exact import ExactArray
from framestate.deep.layers.inputs import entered
from framestate.deep.layers.intervals import checked_interval
from framestate.deep.layers.memo import Memo
from framestate.deep.layers.mimo_initial import (
    READOUTS,
    BasisLike,
    basis,
    logarithm,
    outputs,
    truncated,
)
from framestate.deep.layers.modal import ModalStep, halves
from framestate.deep.layers.reversal import reversal, until_next
from framestate.deep.layers.trainable import parameter, trainable_among

METHODS = ("zoh", "bilinear")
# What clip_eigs keeps Re(lam) above.
_LEAST_RATE = 1e-4
_Every = float | Tensor | None


@final
class S5(nn.Module):
    """(batch, length, d_model) -> the same, by one system of many inputs and outputs.

    Parameters
    ----------
    block : BasisLike
        Modes of one block, all of them pairs: of S5, the normal part of HiPPO-LegS.
    d_model : int
        Channels H.
    blocks : int
        Number J of equal blocks.
    trainable : tuple of str, or one str
        Which of "A", "B", "C", "D", "dt" get gradients. Re(lam) is exp of its
        parameter: stable by design.
    bidirectional : bool
        A second readout, of the same system run backwards. Such a layer does not
        stream, and reverses within `lengths`; going back, a sample is held until the
        one after it.
    clip_eigs : bool
        Keep Re(lam) at 1e-4 or above.
    method : str
        "zoh" or "bilinear".
    readout : str
        "trunc_standard_normal" (drawn in real coordinates, times V) or
        "complex_normal" (drawn for the modes).
    dt_min, dt_max : float
        dt of every mode is drawn log-uniformly between the two.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, range or name, or modes that do not fit.
    """

    dynamics = ("log_dt", "A_real", "A_imag", "B")
    readout = ("C", "D")

    def __init__(  # noqa: PLR0913
        self,
        block: BasisLike,
        d_model: int,
        *,
        blocks: int = 1,
        trainable: tuple[str, ...] | str = initial.TRAINABLE,
        bidirectional: bool = False,
        clip_eigs: bool = False,
        method: str = "zoh",
        readout: str = READOUTS[0],
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_count("blocks", blocks)
        require_name("method", method, METHODS)
        require_name("readout", readout, READOUTS)
        self.d_model, self.blocks, self.method = d_model, blocks, method
        self.trainable = trainable_among(trainable, initial.TRAINABLE)
        self.causal, self.clip_eigs = not bidirectional, clip_eigs
        lam, V = basis(block, blocks)
        B = V.mH @ truncated(V.shape[0], d_model, generator).to(V.dtype)
        sides = 2 if bidirectional else 1
        C = torch.stack([outputs(readout, d_model, V, generator) for _ in range(sides)])
        log_dt = initial.log_uniform(len(lam), dt_min, dt_max, generator)
        D = torch.empty(d_model).normal_(generator=generator)
        if "A" in self.trainable:
            self.A_real = parameter("A", logarithm(lam.real), self.trainable)
            self.A_imag = parameter("A", lam.imag, self.trainable)
        else:
            self.poles = ExactArray(lam)
        self.B = parameter("B", torch.view_as_real(B), self.trainable)
        self.C = parameter("C", torch.view_as_real(C), self.trainable)
        self.D = parameter("D", D, self.trainable)
        self.log_dt = parameter("dt", log_dt, self.trainable)
        self._remembered: Memo[ModalStep] = Memo()

    @property
    def state_size(self) -> int:
        """Number of stored modes, half of P."""
        return self.log_dt.shape[0]

    @property
    def lam(self) -> Pair:
        """Eigenvalues of A at the present parameters, (modes,), in double."""
        if "A" in self.trainable:
            lam = Pair(self.A_real.double().exp(), self.A_imag.double())
        else:
            lam = self.poles()
        if self.clip_eigs:
            return Pair(lam.real.clamp(min=_LEAST_RATE), lam.imag)
        return lam

    def modal_step(self, every: _Every = None, *, side: int = 0) -> ModalStep:
        """Return the coefficients of samples that are `every` dt apart.

        `side` 1 is the readout of the way back of a bidirectional layer.
        """
        dt, share = self.log_dt.double().exp(), None
        if isinstance(every, Tensor):
            dt = every.reshape(*every.shape, *[1] * (3 - every.ndim)) * dt
        elif every is not None:
            dt = dt * every
        step = discretize(rule_of(self.method), self.lam, dt)
        gain, B = halves(exp(step.log_z)), pair(self.B.double())
        if isinstance(every, Tensor):
            share = halves(step.now)
        else:
            gain, B = gain[None, None], B * step.now.map(lambda part: part[:, None])
        C = pair(self.C[side].double()).scaled(2.0)
        out = torch.cat((C.real, -C.imag), -1).mT
        return ModalStep(gain, share, halves(B.map(_transposed)), out, self.D.double())

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        Raises
        ------
        InvalidInputError
            If `u`, the interval or, if the layer is bidirectional, `lengths` does not
            fit.
        """
        u, every = self._entered(u, interval)
        rest = rest_for(u, 2 * self.state_size)
        y, _ = self.modal_step(every).run(u, rest.z)
        if self.causal:
            return y
        back = reversal(lengths, u.shape[0], u.shape[1])
        return y + self.modal_step(until_next(every, back), side=1).run_back(u, back)

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> Carried:
        """Return the state at rest, on the layer's device unless one is named.

        Raises
        ------
        InvalidInputError
            If batch_size < 1, or the layer is bidirectional.
        """
        self._require_causal()
        device = self.C.device if device is None else device
        return at_rest(batch_size, 2 * self.state_size, device=device)

    def step(
        self, u_t: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        Raises
        ------
        InvalidInputError
            If `u_t`, the interval or the state does not fit, or the layer is
            bidirectional.
        """
        self._require_causal()
        u_t, every = self._entered(u_t, interval, time=False)
        require_carried(state, u_t.shape[0], 2 * self.state_size)
        if isinstance(every, Tensor):
            step = self.modal_step(every)
        else:
            step = self._remembered(self, every, lambda: self.modal_step(every))
        y, z = step.step(u_t.double(), state.z)
        return y.to(u_t.dtype), Carried(z)

    def prefill(
        self, u: Tensor, state: Carried, *, interval: Interval = None
    ) -> tuple[Tensor, Carried]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u`, the interval or the state does not fit, or the layer is
            bidirectional.
        """
        self._require_causal()
        u, every = self._entered(u, interval)
        require_carried(state, u.shape[0], 2 * self.state_size)
        y, z = self.modal_step(every).run(u, state.z)
        return y, Carried(z)

    def _require_causal(self) -> None:
        if not self.causal:
            raise refuse_streaming("a bidirectional S5")

    def _entered(
        self, u: Tensor, interval: Interval, *, time: bool = True
    ) -> tuple[Tensor, _Every]:
        """Check an input and its interval; under autocast take half precision too."""
        u = entered(u, self.d_model, self.C.dtype, time=time)
        return u, checked_interval(interval, u.shape[0], u.shape[1] if time else None)

    def extra_repr(self) -> str:
        """Return the sizes and what is trained, for print(layer)."""
        return (
            f"d_model={self.d_model}, modes={self.state_size}, blocks={self.blocks}, "
            f"method={self.method!r}, trainable={self.trainable}"
        )


def _transposed(x: Tensor) -> Tensor:
    return x.mT
