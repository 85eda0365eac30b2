"""A selective state space layer: the equations of Mamba (arXiv 2312.00752), plain torch.

With E = expand x d_model inner channels, N states each, softplus and SiLU as usual::

    x, z = W_in u                              (batch, length, E) each
    x = SiLU(causal depthwise convolution of x, d_conv taps)
    r, B, C = W_x x                            (dt_rank, N, N); one B, C for all channels
    dt = softplus(W_dt r + b_dt)               (batch, length, E)
    h_n = exp(-dt a) h_{n-1} + dt B x,  y_n = C h_n + D x,   a = exp(A_log), first 1 .. N
    out = W_out (y SiLU(z))

A baseline, not a race: no fused kernel. The scan runs in stretches, so that states of
one stretch are in memory at a time, and they are computed again for the gradient.
"""

from dataclasses import dataclass
from typing import ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import silu, softplus
from torch.utils import _pytree as pytree
from torch.utils.checkpoint import checkpoint

from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.functional.mode_scan import mode_scan
from framestate.deep.functional.pairs import exporting
from framestate.deep.layers.contract import Interval
from framestate.deep.layers.initial import log_uniform
from framestate.deep.layers.inputs import entered
from framestate.deep.layers.intervals import checked_interval

# States of one stretch, in numbers: 1M float32 are 4 MiB, and about ten such arrays.
_STRETCH_ELEMENTS = 1 << 20
_LEAST_DT = 1e-4


@final
@dataclass(frozen=True, slots=True, eq=False)
class SelectiveState:
    """What a selective layer carries.

    Attributes
    ----------
    window : Tensor
        The last d_conv - 1 inputs of the convolution, (batch, d_conv - 1, inner).
    h : Tensor
        States (batch, inner, N).
    """

    window: Float[Tensor, "batch taps inner"]
    h: Float[Tensor, "batch inner N"]

    def detach(self) -> "SelectiveState":
        """Return the same state, cut from the graph of the samples behind it."""
        return SelectiveState(self.window.detach(), self.h.detach())


pytree.register_dataclass(SelectiveState)


@final
class SelectiveSSM(nn.Module):
    """(batch, length, d_model) -> the same, by a scan whose coefficients see the input.

    All of it is in the layer's own precision, also under autocast.

    Parameters
    ----------
    d_model : int
        Channels.
    d_state : int
        States N of every inner channel.
    d_conv : int
        Taps of the convolution.
    expand : int
        Inner channels a channel.
    dt_rank : int, optional
        Width from which dt is made; d_model / 16, rounded up, if absent.
    dt_min, dt_max : float
        softplus(b_dt) is drawn log-uniformly between the two, and at least 1e-4.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size or range.
    """

    causal: bool = True
    dynamics: ClassVar[tuple[str, ...]] = ("A_log", "b_dt")
    readout: ClassVar[tuple[str, ...]] = ("D",)

    def __init__(  # noqa: PLR0913
        self,
        d_model: int,
        *,
        d_state: int = 16,
        d_conv: int = 4,
        expand: int = 2,
        dt_rank: int | None = None,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        dt_rank = -(-d_model // 16) if dt_rank is None else dt_rank
        sizes = {"d_model": d_model, "d_state": d_state, "d_conv": d_conv}
        for name, size in (sizes | {"expand": expand, "dt_rank": dt_rank}).items():
            require_count(name, size)
        self.d_model, self.d_state, self.dt_rank = d_model, d_state, dt_rank
        inner = expand * d_model

        def drawn(*shape: int, inputs: int) -> nn.Parameter:
            bound = inputs**-0.5
            x = torch.empty(shape).uniform_(-bound, bound, generator=generator)
            return nn.Parameter(x)

        self.W_in = drawn(2 * inner, d_model, inputs=d_model)
        self.W_conv = drawn(d_conv, inner, inputs=d_conv)
        self.b_conv = drawn(inner, inputs=d_conv)
        self.W_x = drawn(dt_rank + 2 * d_state, inner, inputs=inner)
        self.W_dt = drawn(inner, dt_rank, inputs=dt_rank)
        self.W_out = drawn(d_model, inner, inputs=inner)
        dt = log_uniform(inner, dt_min, dt_max, generator).exp().clamp(min=_LEAST_DT)
        b_dt = dt + torch.log(-torch.expm1(-dt))  # the inverse of softplus
        self.b_dt = nn.Parameter(b_dt.to(torch.get_default_dtype()))
        rates = torch.arange(1, d_state + 1).to(torch.get_default_dtype())
        self.A_log = nn.Parameter(rates.log().repeat(inner, 1))
        self.D = nn.Parameter(torch.ones(inner))

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        `lengths` may be given and changes nothing: the layer is causal. An interval
        is a factor of dt.

        Raises
        ------
        InvalidInputError
            If `u` or the interval does not fit.
        """
        del lengths
        u = entered(u, self.d_model, self.D.dtype, time=True)
        rest = (u.new_zeros(shape) for shape in self._shapes(u.shape[0]))
        return self.prefill(u, SelectiveState(*rest), interval=interval)[0]

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> SelectiveState:
        """Return the state at rest, on the layer's device unless one is named.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        require_count("batch_size", batch_size)
        zeros = self.D.detach().new_zeros(1, device=device)
        shapes = self._shapes(batch_size)
        return SelectiveState(*(zeros.new_zeros(shape) for shape in shapes))

    def step(
        self, u_t: Tensor, state: SelectiveState, *, interval: Interval = None
    ) -> tuple[Tensor, SelectiveState]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        Raises
        ------
        InvalidInputError
            If `u_t`, the interval or the state does not fit.
        """
        u_t = entered(u_t, self.d_model, self.D.dtype, time=False)
        every = checked_interval(interval, u_t.shape[0])
        y, state = self.prefill(u_t[:, None], state, interval=every)
        return y[:, 0], state

    def prefill(
        self, u: Tensor, state: SelectiveState, *, interval: Interval = None
    ) -> tuple[Tensor, SelectiveState]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u`, the interval or the state does not fit.
        """
        u = entered(u, self.d_model, self.D.dtype, time=True)
        every = checked_interval(interval, u.shape[0], u.shape[1])
        self._require(state, u.shape[0])
        with torch.autocast(u.device.type, enabled=False):
            x, z = (u @ self.W_in.mT).chunk(2, -1)
            window = torch.cat((state.window, x), 1)
            x = silu(self._filtered(window, u.shape[1]))
            y, h = self._scanned(x, every, state.h)
            out = (y * silu(z)) @ self.W_out.mT
        return out, SelectiveState(window[:, u.shape[1] :].clone(), h)

    def _filtered(
        self, window: Float[Tensor, "batch more inner"], length: int
    ) -> Float[Tensor, "batch {length} inner"]:
        """Convolve causally: tap j sees the sample d_conv - 1 - j before."""
        x = self.b_conv.expand(window.shape[0], length, -1)
        for j, taps in enumerate(self.W_conv.unbind(0)):
            x = torch.addcmul(x, window[:, j : j + length], taps)
        return x

    def _scanned(
        self,
        x: Float[Tensor, "batch length inner"],
        every: float | Tensor | None,
        h: Float[Tensor, "batch inner N"],
    ) -> tuple[Float[Tensor, "batch length inner"], Float[Tensor, "batch inner N"]]:
        """The selective recurrence, a stretch of samples at a time."""
        sizes = [self.dt_rank, self.d_state, self.d_state]
        r, B, C = (x @ self.W_x.mT).split(sizes, -1)
        dt = softplus(r @ self.W_dt.mT + self.b_dt)
        if isinstance(every, Tensor):
            dt = dt * every.to(dt.dtype).reshape(every.shape[0], -1, 1)
        elif every is not None:
            dt = dt * every
        whole = x.shape[1]
        size = whole if exporting() else max(1, _STRETCH_ELEMENTS // h.numel())
        outputs: list[Tensor] = []
        for first in range(0, whole, size):
            part = slice(first, first + size)
            given = x[:, part], dt[:, part], B[:, part], C[:, part], self.A_log, h
            if size < whole and torch.is_grad_enabled():
                y, h = checkpoint(
                    _stretch, *given, use_reentrant=False, preserve_rng_state=False
                )
            else:
                y, h = _stretch(*given)
            outputs.append(y)
        return torch.cat(outputs, 1) + self.D * x, h

    def _shapes(self, batch: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of window and h."""
        taps, inner = self.W_conv.shape
        return (batch, taps - 1, inner), (batch, inner, self.d_state)

    def _require(self, state: SelectiveState, batch: int) -> None:
        """Refuse a state of another shape or precision."""
        found = (state.window, state.h)
        shapes = tuple(tuple(x.shape) for x in found)
        if shapes != self._shapes(batch) or {x.dtype for x in found} != {self.D.dtype}:
            raise InvalidInputError(
                request=f"a state of shapes {shapes} and dtype {state.h.dtype}",
                finding=f"this input and layer need {self._shapes(batch)} in "
                f"{self.D.dtype}",
                remedy=f"Start from layer.initial_state({batch}).",
            )

    def extra_repr(self) -> str:
        """Return the sizes, for print(layer)."""
        taps, inner = self.W_conv.shape
        return (
            f"d_model={self.d_model}, inner={inner}, d_state={self.d_state}, "
            f"d_conv={taps}, dt_rank={self.dt_rank}"
        )


def _stretch(
    x: Float[Tensor, "batch length inner"],
    dt: Float[Tensor, "batch length inner"],
    B: Float[Tensor, "batch length N"],
    C: Float[Tensor, "batch length N"],
    A_log: Float[Tensor, "inner N"],
    h: Float[Tensor, "batch inner N"],
) -> tuple[Float[Tensor, "batch length inner"], Float[Tensor, "batch inner N"]]:
    """Outputs C h and the last state of one stretch."""
    gain = torch.exp(-dt[..., None] * A_log.exp())
    drive = (dt * x)[..., None] * B[:, :, None]
    rows = gain.flatten(2), drive.flatten(2), h.flatten(1)
    states = mode_scan(*rows, parts=1).view(drive.shape)
    return (states * C[:, :, None]).sum(-1), states[:, -1].clone()
