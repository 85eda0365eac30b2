"""Positional encodings: where a sample stands, for layers that cannot tell."""

from typing import Protocol, final, runtime_checkable

import torch
from jaxtyping import Int
from torch import Tensor, nn

from framestate.deep.draws import drawing_from
from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.spec import Spec


@runtime_checkable
class Positions(Protocol):
    """An ``nn.Module`` that adds vectors of positions to (batch, length, d_model)."""

    d_model: int

    @property
    def spec(self) -> Spec:
        """How it was made."""
        ...

    def __call__(self, x: Tensor, start: Tensor) -> Tensor:
        """Return x plus the vectors of start, start + 1, .., start int64 (batch,)."""
        ...


@final
class SinusoidalPositions(nn.Module):
    """Sines and cosines of wavelengths 2 pi to 2 pi 10,000 (arXiv 1706.03762).

    p[n, 2 i] = sin(n w_i), p[n, 2 i + 1] = cos(n w_i), w_i = 10000^(-2 i / d_model).
    The phases are formed in double precision; no position is the last.

    Parameters
    ----------
    d_model : int
        Channels.

    Raises
    ------
    InvalidInputError
        For a bad size.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        require_count("d_model", d_model)
        self.d_model = d_model
        self.spec = Spec("SinusoidalPositions", {"d_model": d_model})

    def forward(self, x: Tensor, start: Tensor) -> Tensor:
        """Return x, (batch, length, d_model), plus its positions' vectors."""
        channel = torch.arange(self.d_model, device=x.device)
        rate = 10_000.0 ** (-(channel - channel % 2).double() / self.d_model)
        phase = _counted(x, start)[..., None] * rate
        vectors = torch.where(channel % 2 == 0, phase.sin(), phase.cos())
        return x + vectors.to(x.dtype)


@final
class LearnedPositions(nn.Module):
    """One trained vector per position, first N(0, .02^2).

    Parameters
    ----------
    d_model, max_length : int
        Channels, and number of positions.
    generator : torch.Generator, optional
        Source of the first vectors.

    Raises
    ------
    InvalidInputError
        For a bad size, and for a sequence that goes on past max_length.
    """

    def __init__(
        self, d_model: int, max_length: int, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_count("max_length", max_length)
        self.d_model, self.max_length = d_model, max_length
        self.spec = Spec(
            "LearnedPositions", {"d_model": d_model, "max_length": max_length}
        )
        with drawing_from(generator):
            self.vectors = nn.Parameter(0.02 * torch.randn(max_length, d_model))

    def forward(self, x: Tensor, start: Tensor) -> Tensor:
        """Return x, (batch, length, d_model), plus its positions' vectors."""
        position = _counted(x, start)
        if not torch.compiler.is_compiling() and int(position.max()) >= self.max_length:
            raise InvalidInputError(
                request=f"position {int(position.max())}",
                finding=f"{self.max_length} positions were learned, from 0 on",
                remedy="Cut the sequence, build with a larger max_length, or use "
                "SinusoidalPositions.",
            )
        return x + self.vectors[position]


def _counted(x: Tensor, start: Tensor) -> Int[Tensor, "batch length"]:
    return start[:, None] + torch.arange(x.shape[1], device=x.device)
