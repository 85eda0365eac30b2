"""The block around a layer: norm, activation, dropout, mixing of channels, residual.

    y = M(dropout(activation(layer(norm x)))),        x + y, then the norm if "post"

where M mixes the channels of one sample: ``"glu"`` is dropout(GLU(Linear d -> 2d)),
the block of S4 and of MultiresNet; ``"glu_linear"`` a Linear d -> d after that, as
MultiresNet has it for density estimation; ``"linear"`` dropout(Linear d -> d);
``"ff"`` a feed-forward net with one hidden layer; ``"none"`` nothing. Everything but
the layer acts on one sample, so that a block streams as its layer does.
"""

from collections.abc import Callable
from typing import Any, TypedDict, final

import torch
from torch import Tensor, nn

from framestate.deep.draws import drawing_from
from framestate.deep.errors import require_count, require_name
from framestate.deep.layers.contract import Interval, SequenceLayer
from framestate.deep.models.dropouts import SharedDropout
from framestate.deep.models.norms import ChannelNorm
from framestate.deep.spec import Spec, spec_of

NORMS = ("pre", "post", "none")
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "gelu": nn.GELU,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "none": nn.Identity,
}
MIXINGS = ("glu", "glu_linear", "linear", "ff", "none")


class BlockOptions(TypedDict, total=False):
    """The settings of a `Block`, with their defaults.

    norm "pre", norm_kind "layer", activation "gelu", mixing "glu", expansion 2,
    dropout 0, tie_dropout False, drop_path 0, residual True, generator None.
    """

    norm: str
    norm_kind: str
    activation: str
    mixing: str
    expansion: int
    dropout: float
    tie_dropout: bool
    drop_path: float
    residual: bool
    generator: torch.Generator | None


@final
class Block(nn.Module):
    """A layer with what makes a deep net of it.

    Parameters
    ----------
    layer : SequenceLayer
        The layer; the block has its width.
    norm : str
        Norm "pre" (before the layer), "post" (after the sum) or "none".
    norm_kind : str
        "layer" or "batch" (`ChannelNorm`).
    activation : str
        "gelu", "relu", "silu" or "none".
    mixing : str
        "glu", "glu_linear", "linear", "ff" or "none", see above.
    expansion : int
        Hidden width of "ff" over d_model.
    dropout : float
        Probability, 0 <= dropout < 1, after the activation and in the mixing.
    tie_dropout : bool
        One mask for all samples of a sequence, as S4 and MultiresNet have it.
    drop_path : float
        Probability to leave the branch out in training, per sequence.
    residual : bool
        Whether x is added.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad probability or name.
    """

    def __init__(  # noqa: PLR0913
        self,
        layer: SequenceLayer,
        *,
        norm: str = "pre",
        norm_kind: str = "layer",
        activation: str = "gelu",
        mixing: str = "glu",
        expansion: int = 2,
        dropout: float = 0.0,
        tie_dropout: bool = False,
        drop_path: float = 0.0,
        residual: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_name("norm", norm, NORMS)
        require_name("activation", activation, tuple(ACTIVATIONS))
        require_name("mixing", mixing, MIXINGS)
        require_count("expansion", expansion)
        self.options = BlockOptions(
            norm=norm,
            norm_kind=norm_kind,
            activation=activation,
            mixing=mixing,
            expansion=expansion,
            dropout=dropout,
            tie_dropout=tie_dropout,
            drop_path=drop_path,
            residual=residual,
        )
        self.layer: SequenceLayer = layer
        self.norm_place = norm
        self.residual = residual
        width = layer.d_model
        self.norm = None if norm == "none" else ChannelNorm(norm_kind, width)
        self.activation = ACTIVATIONS[activation]()
        self.dropout = SharedDropout(dropout, over_time=tie_dropout)
        with drawing_from(generator):
            self.mixing = _mixing(
                mixing, width, expansion * width, self.activation, self.dropout
            )
        self.drop_path = SharedDropout(
            drop_path, over_time=True, over_channels=True, name="drop_path"
        )

    @property
    def spec(self) -> Spec:
        """Return how the block was made."""
        return Spec("Block", {"layer": spec_of(self.layer), **self.options})

    def forward(
        self, x: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return (batch, length, d_model), the shape of `x`."""
        y = self.layer(self._enter(x, lengths), interval=interval, lengths=lengths)
        return self._leave(x, y, lengths)

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> Any:
        """Return the layer's state at rest."""
        return self.layer.initial_state(batch_size, device=device)

    def step(
        self, x_t: Tensor, state: Any, *, interval: Interval = None
    ) -> tuple[Tensor, Any]:
        """Absorb one sample (batch, d_model)."""
        y, state = self.layer.step(self._enter(x_t), state, interval=interval)
        return self._leave(x_t, y), state

    def prefill(
        self, x: Tensor, state: Any, *, interval: Interval = None
    ) -> tuple[Tensor, Any]:
        """Absorb a chunk (batch, length, d_model)."""
        y, state = self.layer.prefill(self._enter(x), state, interval=interval)
        return self._leave(x, y), state

    def _enter(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        if self.norm is None or self.norm_place != "pre":
            return x
        return self.norm(x, lengths)

    def _leave(self, x: Tensor, y: Tensor, lengths: Tensor | None = None) -> Tensor:
        mixed = self.mixing(self.dropout(self.activation(y)))
        total = x + self.drop_path(mixed) if self.residual else mixed
        if self.norm is None or self.norm_place != "post":
            return total
        return self.norm(total, lengths)


def _mixing(
    name: str, d: int, hidden: int, activation: nn.Module, dropout: nn.Module
) -> nn.Module:
    """Return the net that mixes the channels of one sample."""
    match name:
        case "glu":
            return nn.Sequential(nn.Linear(d, 2 * d), nn.GLU(), dropout)
        case "glu_linear":
            gate = nn.Linear(d, 2 * d), nn.GLU(), dropout
            return nn.Sequential(*gate, nn.Linear(d, d))
        case "linear":
            return nn.Sequential(nn.Linear(d, d), dropout)
        case "ff":
            first = nn.Linear(d, hidden), activation, dropout
            return nn.Sequential(*first, nn.Linear(hidden, d), dropout)
        case _:
            return nn.Identity()
