"""Dilated causal convolutions with gates and skips: WaveNet (arXiv 1609.03499).

    z_i = tanh(F_i * x_i) sigma(G_i * x_i),   x_{i+1} = x_i + R_i z_i,   y = sum_i S_i z_i

where * has dilation 2^i, i = 0 .. depth - 1: a sample hears (K - 1)(2^depth - 1)
samples before it.
"""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from framestate.deep.draws import drawing_from
from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.layers.contract import Interval, refuse_interval
from framestate.deep.layers.inputs import real_input
from framestate.deep.spec import Spec

State = tuple[Tensor, ...]


@final
class WaveNetLayer(nn.Module):
    """(batch, length, d_model) -> the same, by one stack of dilations, causal.

    Parameters
    ----------
    d_model, depth : int
        Channels, and convolutions, each with twice the dilation of the last.
    kernel_size : int
        Taps K.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size.
    """

    def __init__(
        self,
        d_model: int,
        depth: int = 8,
        *,
        kernel_size: int = 2,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        for name, count in (("d_model", d_model), ("depth", depth)):
            require_count(name, count)
        require_count("kernel_size", kernel_size)
        self.d_model, self.causal = d_model, True
        arguments = {"d_model": d_model, "depth": depth, "kernel_size": kernel_size}
        self.spec = Spec("WaveNetLayer", arguments)
        self.spans = [(kernel_size - 1) * 2**i for i in range(depth)]
        with drawing_from(generator):
            self.gates = nn.ModuleList(
                nn.Conv1d(d_model, 2 * d_model, kernel_size, dilation=2**i)
                for i in range(depth)
            )
            self.mixings = nn.ModuleList(  # residual and skip, one product
                nn.Linear(d_model, 2 * d_model) for _ in range(depth)
            )

    @property
    def receptive_field(self) -> int:
        """Samples that an output depends on, its own included."""
        return 1 + sum(self.spans)

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, zeros before it.

        Raises
        ------
        InvalidInputError
            For an input that does not fit, or an interval.
        """
        del lengths  # causal: padding at the right changes nothing before it
        refuse_interval("a WaveNet", interval)
        u = self._checked("u", u, "(batch, length, d_model)")
        return self._run(u, [pad(u[:, :0], (0, 0, span, 0)) for span in self.spans])[0]

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> State:
        """Return what each convolution still hears, zeros: (batch, span, d_model).

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        require_count("batch_size", batch_size)
        like = next(self.parameters())
        device = like.device if device is None else device
        return tuple(
            like.new_zeros(batch_size, span, self.d_model, device=device)
            for span in self.spans
        )

    def step(
        self, u_t: Tensor, state: State, *, interval: Interval = None
    ) -> tuple[Tensor, State]:
        """Absorb one sample (batch, d_model)."""
        u = self._checked("u_t", u_t, "(batch, d_model)")[:, None]
        y, state = self.prefill(u, state, interval=interval)
        return y[:, 0], state

    def prefill(
        self, u: Tensor, state: State, *, interval: Interval = None
    ) -> tuple[Tensor, State]:
        """Absorb a chunk (batch, length, d_model).

        Raises
        ------
        InvalidInputError
            For an input or a state that does not fit, or an interval.
        """
        refuse_interval("a WaveNet", interval)
        u = self._checked("u", u, "(batch, length, d_model)")
        expected = [(u.shape[0], span, self.d_model) for span in self.spans]
        if [tuple(part.shape) for part in state] != expected:
            raise InvalidInputError(
                request=f"a state of {[tuple(part.shape) for part in state]}",
                finding=f"this input and layer need {expected}",
                remedy=f"Start from layer.initial_state({u.shape[0]}).",
            )
        return self._run(u, list(state))

    def _run(self, x: Tensor, pasts: list[Tensor]) -> tuple[Tensor, State]:
        """Run the stack; each convolution hears its own past before the chunk."""
        y, length = torch.zeros_like(x), x.shape[1]
        after: list[Tensor] = []
        for gate, mixing, past in zip(self.gates, self.mixings, pasts, strict=True):
            heard = torch.cat((past, x), 1)
            after.append(heard[:, length:])
            filtered, gating = gate(heard.transpose(1, 2)).transpose(1, 2).chunk(2, -1)
            residual, skip = mixing(filtered.tanh() * gating.sigmoid()).chunk(2, -1)
            x, y = x + residual, y + skip
        return y, tuple(after)

    def _checked(self, name: str, u: Tensor, axes: str) -> Tensor:
        like = next(self.parameters())
        return real_input(name, u, like, self.d_model, axes)
