"""Sequence models: an encoder, a stack of blocks, a head.

    x = positions(encoder(u)),    x = block(x) for each block,    y = head(norm x)

with a last norm where the blocks have theirs before the layer. A model of causal
parts gives the same answer for a sequence as a whole, in chunks, and sample by sample.
"""

from collections.abc import Iterable
from typing import Unpack, final

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.contract import Interval, SequenceLayer, refuse_streaming
from framestate.deep.models.blocks import Block, BlockOptions
from framestate.deep.models.encoders import Encoder, LinearEncoder
from framestate.deep.models.heads import Device, Head, PooledHead, StepHead
from framestate.deep.models.lengths import without_padding
from framestate.deep.models.norms import ChannelNorm
from framestate.deep.models.positions import Positions
from framestate.deep.models.state import ModelState
from framestate.deep.spec import Spec


@final
class SequenceModel(nn.Module):
    """(batch, length, d_input) -> the answer of the head.

    Parameters
    ----------
    encoder : int or Encoder
        d_input of a `LinearEncoder`, or an encoder.
    head : int or Head
        d_output of a linear head, at each sample or of `pooling`; or a head.
    layers : iterable of SequenceLayer, or of Block
        At least one, all of one width; layers get blocks with the options.
    pooling : str, optional
        "mean", "max", "last" or "cls", for a head given as a number.
    positions : Positions, optional
        Added to the encoder's output.
    **options
        As for `Block`: norm, norm_kind, activation, mixing, expansion, dropout,
        tie_dropout, drop_path, residual, generator (source of all first weights).

    Raises
    ------
    InvalidInputError
        For a bad size or name, no layer, parts of several widths, or options for
        parts that have theirs already.
    """

    def __init__(
        self,
        encoder: int | Encoder,
        head: int | Head,
        layers: Iterable[SequenceLayer | Block],
        *,
        pooling: str | None = None,
        positions: Positions | None = None,
        **options: Unpack[BlockOptions],
    ) -> None:
        super().__init__()
        layers, generator = list(layers), options.get("generator")
        width = _one_width(layers, encoder, head, positions)
        if isinstance(encoder, int):
            encoder = LinearEncoder(encoder, width, generator=generator)
        blocks = [_block(layer, options) for layer in layers]
        self.encoder: Encoder = encoder
        self.positions: Positions | None = positions
        self.blocks = nn.ModuleList(blocks)
        last = blocks[-1]
        kind = last.norm.kind if last.norm and last.norm_place == "pre" else None
        self.norm = None if kind is None else ChannelNorm(kind, width)
        self.head: Head = _head(head, width, pooling, generator)
        if self.head.token is not None and self.causal:
            raise InvalidInputError(
                request='pooling "cls" over causal layers',
                finding="the token stands before the sequence, and would never see it",
                remedy='Take "last" or "mean", or layers that look both ways.',
            )

    @property
    def spec(self) -> Spec:
        """How the model was made.

        Raises
        ------
        InvalidInputError
            If a layer was not made by a recipe.
        """
        parts = {
            "encoder": self.encoder.spec,
            "head": self.head.spec,
            "layers": [block.spec for block in self._blocks()],
            "positions": None if self.positions is None else self.positions.spec,
        }
        return Spec("SequenceModel", parts)

    @property
    def causal(self) -> bool:
        """Whether the model streams: every layer does."""
        return all(block.layer.causal for block in self._blocks())

    def forward(
        self, u: Tensor, *, lengths: Tensor | None = None, interval: Interval = None
    ) -> Tensor:
        """Return the head's answer for u, from rest.

        Parameters
        ----------
        u : Tensor
            What the encoder takes, such as (batch, length, d_input).
        lengths : Tensor, optional
            True lengths (batch,), int, of sequences padded at the right. Padding
            then moves neither a pooled answer nor the statistics of batch norm.
        interval : float or Tensor, optional
            Sample interval in units of each layer's own, (batch,) or (batch, length).

        Raises
        ------
        InvalidInputError
            If an argument does not fit the model.
        """
        start = torch.zeros(u.shape[:1], dtype=torch.int64, device=u.device)
        x = self._placed(self.encoder(without_padding(u, lengths)), start)
        lengths, interval = self._in_patches(lengths), self._patch_interval(interval)
        token = self.head.token
        if token is not None:
            x = torch.cat((token.to(x.dtype).expand(x.shape[0], 1, -1), x), 1)
            lengths = None if lengths is None else lengths + 1
            if isinstance(interval, Tensor) and interval.ndim == 2:
                interval = pad(interval, (1, 0), value=1.0)
        for block in self._blocks():
            x = block(x, interval=interval, lengths=lengths)
        return self.head(self._last_norm(x, lengths), lengths)

    def initial_state(self, batch_size: int, *, device: Device = None) -> ModelState:
        """Return the state at rest, on the model's device unless one is named.

        Raises
        ------
        InvalidInputError
            If batch_size < 1, or the model looks ahead.
        """
        self._require_streaming()
        states = [b.initial_state(batch_size, device=device) for b in self._blocks()]
        head = self.head.initial_state(batch_size, device=device)
        device = next(self.parameters()).device if device is None else device
        position = torch.zeros(batch_size, dtype=torch.int64, device=device)
        return ModelState(position, tuple(states), head)

    def step(
        self, u_t: Tensor, state: ModelState, *, interval: Interval = None
    ) -> tuple[Tensor, ModelState]:
        """Absorb one sample (one patch): the answer so far, and the new state.

        Raises
        ------
        InvalidInputError
            If `u_t` or the state does not fit the model, or the model looks ahead.
        """
        self._require_state(state, u_t.shape[0])
        x = self._placed(self.encoder.step(u_t)[:, None], state.position)[:, 0]
        states: list[object] = []
        for block, before in zip(self._blocks(), state.blocks, strict=True):
            x, after = block.step(x, before, interval=interval)
            states.append(after)
        y, head = self.head.absorb(self._last_norm(x)[:, None], state.head)
        position = state.position + 1
        y = y[:, 0] if self.head.per_sample else y
        return y, ModelState(position, tuple(states), head)

    def prefill(
        self, u: Tensor, state: ModelState, *, interval: Interval = None
    ) -> tuple[Tensor, ModelState]:
        """Absorb a chunk, such as (batch, length, d_input): answer, and new state.

        Raises
        ------
        InvalidInputError
            If `u` or the state does not fit the model, or the model looks ahead.
        """
        self._require_state(state, u.shape[0])
        x = self._placed(self.encoder(u), state.position)
        interval = self._patch_interval(interval)
        states: list[object] = []
        for block, before in zip(self._blocks(), state.blocks, strict=True):
            x, after = block.prefill(x, before, interval=interval)
            states.append(after)
        y, head = self.head.absorb(self._last_norm(x), state.head)
        return y, ModelState(state.position + x.shape[1], tuple(states), head)

    def _blocks(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]

    def _placed(self, x: Tensor, start: Tensor) -> Tensor:
        """Add the positions; the residual stream keeps the parameters' precision."""
        x = x.to(next(self.parameters()).dtype)
        return x if self.positions is None else self.positions(x, start)

    def _last_norm(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        return x if self.norm is None else self.norm(x, lengths)

    def _in_patches(self, lengths: Tensor | None) -> Tensor | None:
        """Return lengths in samples of the model; a broken last patch counts."""
        size = self.encoder.patch
        return lengths if lengths is None else (lengths + size - 1) // size

    def _patch_interval(self, interval: Interval) -> Interval:
        """Return the interval of a patch: the mean of its samples'."""
        if isinstance(interval, Tensor) and interval.ndim == 2:
            return interval.unflatten(1, (-1, self.encoder.patch)).mean(2)
        return interval

    def _require_streaming(self) -> None:
        for number, block in enumerate(self._blocks()):
            if not block.layer.causal:
                name = type(block.layer).__name__
                raise refuse_streaming(f"a model whose layer {number} is {name}")

    def _require_state(self, state: ModelState, batch: int) -> None:
        """Refuse a state of another number of blocks or sequences."""
        self._require_streaming()
        if len(state.blocks) != len(self.blocks) or state.position.shape != (batch,):
            found = f"{len(state.blocks)} parts for {state.position.shape[0]} sequences"
            raise InvalidInputError(
                request=f"a state of {found}",
                finding=f"the model has {len(self.blocks)} blocks, the input {batch} "
                "sequences",
                remedy=f"Start from model.initial_state({batch}).",
            )


def _one_width(
    layers: list[SequenceLayer | Block],
    encoder: int | Encoder,
    head: int | Head,
    positions: Positions | None,
) -> int:
    """Return the width that all parts share, or refuse them."""
    found = [x.layer.d_model if isinstance(x, Block) else x.d_model for x in layers]
    widths = sorted(set(found))
    if len(widths) != 1:
        raise InvalidInputError(
            request=f"a model of {len(layers)} layers of widths {widths}",
            finding="one width is needed",
            remedy="Give at least one layer, all with the same d_model.",
        )
    for name, part in (("encoder", encoder), ("positions", positions), ("head", head)):
        if part is None or isinstance(part, int) or part.d_model == widths[0]:
            continue
        raise InvalidInputError(
            request=f"a model with {name} of d_model = {part.d_model}",
            finding=f"its layers have d_model = {widths[0]}",
            remedy=f"Build the {name} with d_model={widths[0]}.",
        )
    return widths[0]


def _block(layer: SequenceLayer | Block, options: BlockOptions) -> Block:
    """Put a layer into a block; a block has its options already."""
    if not isinstance(layer, Block):
        return Block(layer, **options)
    given = [name for name in options if name != "generator"]
    if given:
        raise InvalidInputError(
            request=f"{', '.join(given)} for a model of blocks",
            finding="a block has its options already",
            remedy="Give the options to each Block, or give bare layers.",
        )
    return layer


def _head(
    head: int | Head, width: int, pooling: str | None, generator: torch.Generator | None
) -> Head:
    """Return the head, built where a number was given."""
    if isinstance(head, int):
        if pooling is None:
            return StepHead(width, head, generator=generator)
        return PooledHead(width, head, pooling=pooling, generator=generator)
    if pooling is not None:
        raise InvalidInputError(
            request=f"pooling={pooling!r} with a {type(head).__name__}",
            finding="the head pools in its own way",
            remedy="Give the pooling to the head, or give d_output as a number.",
        )
    return head
