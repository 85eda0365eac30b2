"""Causal sequence models out of diagonal layers, for training and for streaming.

Block: x + dropout(GLU(Linear(dropout(GELU(SSM(norm x)))))), the block of S4 with
the norm before (``"pre"``), after the sum (``"post"``) or nowhere (``"none"``).
Everything but the layer acts on one time step, so a model streams as a layer does.
"""

from collections.abc import Iterable
from math import sqrt
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, glu

from framestate.deep.errors import (
    InvalidInputError,
    require_count,
    require_name,
    require_real,
)
from framestate.deep.layers import DiagonalSSM, SSMState

NORMS = ("pre", "post", "none")


@final
class SSMBlock(nn.Module):
    """A diagonal layer with its gated mixing of channels and the residual.

    Parameters
    ----------
    layer : DiagonalSSM
        The layer; the block has its width.
    dropout : float
        Probability, 0 <= dropout < 1.
    norm : str
        Layer norm "pre", "post" or "none".
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad probability or norm.
    """

    def __init__(
        self,
        layer: DiagonalSSM,
        *,
        dropout: float = 0.0,
        norm: str = "pre",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_name("norm", norm, NORMS)
        if not 0 <= dropout < 1:
            raise InvalidInputError(
                request=f"dropout={dropout}",
                finding="a probability below 1 is needed",
                remedy="Give 0 <= dropout < 1.",
            )
        self.layer = layer
        self.norm_place = norm
        self.dropout = nn.Dropout(dropout)
        self.mixing = _linear(layer.d_model, 2 * layer.d_model, generator)
        self.norm = nn.Identity() if norm == "none" else nn.LayerNorm(layer.d_model)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, length, d_model), the shape of `x`."""
        return self._leave(x, self.layer(self._enter(x)))

    def initial_state(self, batch_size: int) -> SSMState:
        """Return the state at rest."""
        return self.layer.initial_state(batch_size)

    def step(self, x_t: Tensor, state: SSMState) -> tuple[Tensor, SSMState]:
        """Absorb one time step (batch, d_model)."""
        y, state = self.layer.step(self._enter(x_t), state)
        return self._leave(x_t, y), state

    def prefill(self, x: Tensor, state: SSMState) -> tuple[Tensor, SSMState]:
        """Absorb a chunk (batch, length, d_model)."""
        y, state = self.layer.prefill(self._enter(x), state)
        return self._leave(x, y), state

    def _enter(self, x: Tensor) -> Tensor:
        return self.norm(x) if self.norm_place == "pre" else x

    def _leave(self, x: Tensor, y: Tensor) -> Tensor:
        mixed = glu(self.mixing(self.dropout(gelu(y))), dim=-1)
        total = x + self.dropout(mixed)
        return self.norm(total) if self.norm_place == "post" else total


@final
class SequenceModel(nn.Module):
    """(batch, length, d_input) -> (batch, length, d_output), causal.

    A linear encoder, one block per layer, and a linear decoder at each time step.

    Parameters
    ----------
    d_input, d_output : int
        Widths of the input and of the output.
    layers : iterable of DiagonalSSM
        The layers, at least one, all of one width.
    dropout, norm
        As for `SSMBlock`.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size, no layer, or layers of several widths.
    """

    def __init__(
        self,
        d_input: int,
        d_output: int,
        layers: Iterable[DiagonalSSM],
        *,
        dropout: float = 0.0,
        norm: str = "pre",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_input", d_input)
        require_count("d_output", d_output)
        layers = list(layers)
        widths = sorted({layer.d_model for layer in layers})
        if len(widths) != 1:
            raise InvalidInputError(
                request=f"a model of {len(layers)} layers of widths {widths}",
                finding="one width is needed",
                remedy="Give at least one layer, all with the same d_model.",
            )
        self.encoder = _linear(d_input, widths[0], generator)
        self.blocks = nn.ModuleList(
            SSMBlock(layer, dropout=dropout, norm=norm, generator=generator)
            for layer in layers
        )
        self.decoder = _linear(widths[0], d_output, generator)

    def forward(self, u: Tensor) -> Tensor:
        """Return y (batch, length, d_output) of u, from rest.

        Raises
        ------
        InvalidInputError
            If `u` has another rank, width or dtype, or is empty.
        """
        self._require_input("u", u, ndim=3, axes="(batch, length, d_input)")
        x = self.encoder(u)
        for block in self.blocks:
            x = block(x)
        return self.decoder(x)

    def initial_state(self, batch_size: int) -> tuple[SSMState, ...]:
        """Return the state at rest of every block."""
        return tuple(block.initial_state(batch_size) for block in self._blocks())

    def step(
        self, u_t: Tensor, state: tuple[SSMState, ...]
    ) -> tuple[Tensor, tuple[SSMState, ...]]:
        """Absorb one time step: u_t (batch, d_input) -> y_t (batch, d_output).

        Raises
        ------
        InvalidInputError
            If `u_t` or the state does not fit the model.
        """
        self._require_input("u_t", u_t, ndim=2, axes="(batch, d_input)")
        self._require_states(state)
        x, after = self.encoder(u_t), list[SSMState]()
        for block, before in zip(self._blocks(), state, strict=True):
            x, final_state = block.step(x, before)
            after.append(final_state)
        return self.decoder(x), tuple(after)

    def prefill(
        self, u: Tensor, state: tuple[SSMState, ...]
    ) -> tuple[Tensor, tuple[SSMState, ...]]:
        """Absorb a chunk (batch, length, d_input): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u` or the state does not fit the model.
        """
        self._require_input("u", u, ndim=3, axes="(batch, length, d_input)")
        self._require_states(state)
        x, after = self.encoder(u), list[SSMState]()
        for block, before in zip(self._blocks(), state, strict=True):
            x, final_state = block.prefill(x, before)
            after.append(final_state)
        return self.decoder(x), tuple(after)

    def _blocks(self) -> list[SSMBlock]:
        return [block for block in self.blocks if isinstance(block, SSMBlock)]

    def _require_input(self, name: str, u: Tensor, *, ndim: int, axes: str) -> None:
        """Refuse an input of another rank or width than the model's."""
        require_real(name, u, ndim=ndim, axes=axes)
        if u.shape[-1] != self.encoder.in_features:
            raise InvalidInputError(
                request=f"{name} of shape {tuple(u.shape)}",
                finding=f"the model has d_input = {self.encoder.in_features}",
                remedy=f"Give {name} as {axes}.",
            )
        if u.dtype != self.encoder.weight.dtype:
            raise InvalidInputError(
                request=f"{name} of dtype {u.dtype}",
                finding=f"the model's parameters are {self.encoder.weight.dtype}",
                remedy="Bring both to one dtype: model.double() or model.float().",
            )

    def _require_states(self, state: tuple[SSMState, ...]) -> None:
        """Refuse states of another number of blocks."""
        if len(state) != len(self.blocks):
            raise InvalidInputError(
                request=f"a state of {len(state)} parts",
                finding=f"the model has {len(self.blocks)} blocks",
                remedy="Start from model.initial_state(batch_size).",
            )


def _linear(inputs: int, outputs: int, generator: torch.Generator | None) -> nn.Linear:
    """Draw torch's usual first values from the given source, not the global one."""
    linear = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    bound = 1 / sqrt(inputs)
    with torch.no_grad():
        linear.weight.uniform_(-bound, bound, generator=generator)
        linear.bias.uniform_(-bound, bound, generator=generator)
    return linear
