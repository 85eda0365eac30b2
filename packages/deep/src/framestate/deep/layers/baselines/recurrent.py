"""Recurrent layers, torch's own: LSTM (Hochreiter, Schmidhuber 1997), GRU (1406.1078)."""

from typing import final

import torch
from torch import Tensor, nn

from framestate.deep.draws import drawing_from
from framestate.deep.errors import InvalidInputError, require_count, require_name
from framestate.deep.layers.contract import Interval, refuse_interval
from framestate.deep.layers.inputs import real_input
from framestate.deep.spec import Spec

_CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}
State = tuple[Tensor, ...]


@final
class RecurrentLayer(nn.Module):
    """(batch, length, d_model) -> the same, by ``nn.LSTM`` or ``nn.GRU``, causal.

    Parameters
    ----------
    d_model : int
        Channels; the state has as many units.
    cell : str
        "lstm" or "gru".
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size or name.
    """

    def __init__(
        self,
        d_model: int,
        cell: str = "lstm",
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_name("cell", cell, tuple(_CELLS))
        self.d_model, self.cell, self.causal = d_model, cell, True
        self.spec = Spec("RecurrentLayer", {"d_model": d_model, "cell": cell})
        with drawing_from(generator):
            self.rnn: nn.RNNBase = _CELLS[cell](d_model, d_model, batch_first=True)

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        Raises
        ------
        InvalidInputError
            For an input that does not fit, or an interval.
        """
        del lengths  # causal: padding at the right changes nothing before it
        refuse_interval("a recurrent layer", interval)
        return self.rnn(self._checked("u", u, "(batch, length, d_model)"))[0]

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> State:
        """Return the units at rest: (batch, d_model), twice for an LSTM.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        require_count("batch_size", batch_size)
        weight = next(self.parameters())
        device = weight.device if device is None else device
        zeros = weight.new_zeros(batch_size, self.d_model, device=device)
        return (zeros, zeros.clone()) if self.cell == "lstm" else (zeros,)

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
        refuse_interval("a recurrent layer", interval)
        u = self._checked("u", u, "(batch, length, d_model)")
        expected = [(u.shape[0], self.d_model)] * (2 if self.cell == "lstm" else 1)
        if [tuple(part.shape) for part in state] != expected:
            raise InvalidInputError(
                request=f"a state of {[tuple(part.shape) for part in state]}",
                finding=f"this input and layer need {expected}",
                remedy=f"Start from layer.initial_state({u.shape[0]}).",
            )
        units = tuple(part[None] for part in state)  # torch wants layers first
        y, after = self.rnn(u, units if self.cell == "lstm" else units[0])
        after = after if self.cell == "lstm" else (after,)
        return y, tuple(part[0] for part in after)

    def _checked(self, name: str, u: Tensor, axes: str) -> Tensor:
        return real_input(name, u, next(self.parameters()), self.d_model, axes)
