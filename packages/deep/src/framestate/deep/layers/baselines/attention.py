"""A Transformer encoder layer (arXiv 1706.03762), torch's own.

    x = norm(x + attention(x)),        x + norm after the feed-forward net likewise,

or, with ``norm_first``, x + attention(norm x). It brings its norms and residuals:
inside a model its block has ``norm="none", activation="none", mixing="none",
residual=False``.
"""

from typing import final

import torch
from torch import Tensor, nn

from framestate.deep.draws import drawing_from
from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.layers.contract import (
    Interval,
    refuse_interval,
    refuse_streaming,
)
from framestate.deep.layers.inputs import real_input
from framestate.deep.spec import Spec


@final
class AttentionLayer(nn.Module):
    """(batch, length, d_model) -> the same, by ``nn.TransformerEncoderLayer``.

    A causal layer streams from all of its past inputs, which are its state: memory
    and time of a step grow with the stream, unlike those of a state space layer.

    Parameters
    ----------
    d_model, n_heads : int
        Channels, and heads that share them.
    d_hidden : int, optional
        Width of the feed-forward net, 4 d_model if absent.
    causal : bool
        Whether a sample attends to none after it.
    norm_first : bool
        Norm before attention and feed-forward net, rather than after the sums.
    dropout : float
        Probability, inside the layer.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size, or heads that do not divide the channels.
    """

    def __init__(  # noqa: PLR0913
        self,
        d_model: int,
        n_heads: int = 4,
        *,
        d_hidden: int | None = None,
        causal: bool = False,
        norm_first: bool = False,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_count("n_heads", n_heads)
        hidden = 4 * d_model if d_hidden is None else d_hidden
        require_count("d_hidden", hidden)
        if d_model % n_heads or not 0 <= dropout < 1:
            raise InvalidInputError(
                request=f"d_model={d_model}, n_heads={n_heads}, dropout={dropout}",
                finding="heads must share the channels evenly, dropout be below 1",
                remedy="Give n_heads that divides d_model, and 0 <= dropout < 1.",
            )
        self.d_model, self.causal = d_model, causal
        arguments: dict[str, object] = {"d_model": d_model, "n_heads": n_heads}
        arguments |= {"d_hidden": d_hidden, "causal": causal}
        arguments |= {"norm_first": norm_first, "dropout": dropout}
        self.spec = Spec("AttentionLayer", arguments)
        with drawing_from(generator):
            self.layer = nn.TransformerEncoderLayer(
                d_model,
                n_heads,
                hidden,
                dropout,
                activation="gelu",
                batch_first=True,
                norm_first=norm_first,
            )

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model); nothing attends to padding.

        Raises
        ------
        InvalidInputError
            For an input that does not fit, or an interval.
        """
        refuse_interval("attention", interval)
        u = self._checked("u", u, "(batch, length, d_model)")
        length, padding = u.shape[1], None
        if lengths is not None:
            padding = torch.arange(length, device=u.device) >= lengths[:, None]
        mask = _later(length, length, u.device) if self.causal else None
        return self.layer(u, src_mask=mask, src_key_padding_mask=padding)

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> Tensor:
        """Return the inputs so far, none: (batch, 0, d_model).

        Raises
        ------
        InvalidInputError
            If batch_size < 1, or the layer looks ahead.
        """
        self._require_causal()
        require_count("batch_size", batch_size)
        weight = self.layer.linear1.weight
        device = weight.device if device is None else device
        return weight.new_zeros(batch_size, 0, self.d_model, device=device)

    def step(
        self, u_t: Tensor, state: Tensor, *, interval: Interval = None
    ) -> tuple[Tensor, Tensor]:
        """Absorb one sample (batch, d_model)."""
        u = self._checked("u_t", u_t, "(batch, d_model)")[:, None]
        y, state = self.prefill(u, state, interval=interval)
        return y[:, 0], state

    def prefill(
        self, u: Tensor, state: Tensor, *, interval: Interval = None
    ) -> tuple[Tensor, Tensor]:
        """Absorb a chunk (batch, length, d_model).

        Raises
        ------
        InvalidInputError
            For an input that does not fit, an interval, or a layer that looks ahead.
        """
        self._require_causal()
        refuse_interval("attention", interval)
        u = self._checked("u", u, "(batch, length, d_model)")
        if state.shape != (u.shape[0], state.shape[1], self.d_model):
            raise InvalidInputError(
                request=f"a state of shape {tuple(state.shape)}",
                finding=f"this layer and input need ({u.shape[0]}, past, {self.d_model})",
                remedy=f"Start from layer.initial_state({u.shape[0]}).",
            )
        seen, layer = torch.cat((state, u), 1), self.layer
        mask = _later(u.shape[1], seen.shape[1], u.device)
        keys = layer.norm1(seen) if layer.norm_first else seen
        queries = keys[:, state.shape[1] :]
        heard, _ = layer.self_attn(
            queries, keys, keys, attn_mask=mask, need_weights=False
        )
        x = u + layer.dropout1(heard)
        x = x if layer.norm_first else layer.norm1(x)
        inner = layer.norm2(x) if layer.norm_first else x
        hidden = layer.dropout(layer.activation(layer.linear1(inner)))
        x = x + layer.dropout2(layer.linear2(hidden))
        return x if layer.norm_first else layer.norm2(x), seen

    def _checked(self, name: str, u: Tensor, axes: str) -> Tensor:
        return real_input(name, u, self.layer.linear1.weight, self.d_model, axes)

    def _require_causal(self) -> None:
        if not self.causal:
            raise refuse_streaming("attention that looks both ways")


def _later(queries: int, keys: int, device: torch.device) -> Tensor:
    """Return True where a key comes after its query; the last ones meet."""
    ones = torch.ones(queries, keys, dtype=torch.bool, device=device)
    return ones.triu(keys - queries + 1)
