"""Encoders: what comes in becomes samples of d_model channels.

An encoder acts on one sample (or patch) at a time, so that every encoder streams.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, Protocol, final, runtime_checkable

import torch
from torch import Tensor, nn

from framestate.deep.draws import drawing_from
from framestate.deep.errors import InvalidInputError, require_count, require_real
from framestate.deep.models.lengths import INTEGERS
from framestate.deep.spec import Spec


@runtime_checkable
class Encoder(Protocol):
    """An ``nn.Module`` from inputs to (batch, length, d_model).

    Attributes
    ----------
    d_model : int
        Channels it returns.
    patch : int
        Input samples that become one sample inside the model, 1 unless it patches.
    """

    d_model: int
    patch: int

    @property
    def spec(self) -> Spec:
        """How the encoder was made."""
        ...

    def __call__(self, u: Tensor) -> Tensor:
        """Return (batch, length, d_model) of a whole input, or a chunk of it."""
        ...

    def step(self, u_t: Tensor) -> Tensor:
        """Return (batch, d_model) of one sample."""
        ...


@final
class LinearEncoder(nn.Module):
    """(batch, length, d_input) -> (batch, length, d_model), one linear map.

    Parameters
    ----------
    d_input, d_model : int
        Widths.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size, and for an input of another rank, width or dtype.
    """

    def __init__(
        self, d_input: int, d_model: int, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        require_count("d_input", d_input)
        require_count("d_model", d_model)
        self.d_input, self.d_model, self.patch = d_input, d_model, 1
        self.spec = Spec("LinearEncoder", {"d_input": d_input, "d_model": d_model})
        with drawing_from(generator):
            self.linear = nn.Linear(d_input, d_model)

    def forward(self, u: Tensor) -> Tensor:
        """Return (batch, length, d_model)."""
        axes = "(batch, length, d_input)"
        return self.linear(_real_input("u", u, self.linear, (self.d_input,), axes))

    def step(self, u_t: Tensor) -> Tensor:
        """Return (batch, d_model) of u_t (batch, d_input)."""
        axes = "(batch, d_input)"
        return self.linear(_real_input("u_t", u_t, self.linear, (self.d_input,), axes))


@final
class TokenEncoder(nn.Module):
    """Token numbers (batch, length) -> their vectors (batch, length, d_model).

    Parameters
    ----------
    vocabulary : int
        Number of tokens; a token is 0 .. vocabulary - 1.
    d_model : int
        Channels.
    padding_index : int, optional
        The token of the padding: its vector is zero and is not trained.
    generator : torch.Generator, optional
        Source of the first vectors.

    Raises
    ------
    InvalidInputError
        For a bad size, and for tokens of another rank, dtype or range.
    """

    def __init__(
        self,
        vocabulary: int,
        d_model: int,
        *,
        padding_index: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("vocabulary", vocabulary)
        require_count("d_model", d_model)
        if padding_index is not None and not 0 <= padding_index < vocabulary:
            raise InvalidInputError(
                request=f"padding_index={padding_index}",
                finding=f"the tokens are 0 .. {vocabulary - 1}",
                remedy="Give the number of the padding token.",
            )
        self.vocabulary, self.d_model, self.patch = vocabulary, d_model, 1
        sizes: dict[str, Any] = {"vocabulary": vocabulary, "d_model": d_model}
        self.spec = Spec("TokenEncoder", {**sizes, "padding_index": padding_index})
        with drawing_from(generator):
            self.table = nn.Embedding(vocabulary, d_model, padding_index)

    def forward(self, u: Tensor) -> Tensor:
        """Return (batch, length, d_model)."""
        return self._look_up("u", u, 2, "(batch, length)")

    def step(self, u_t: Tensor) -> Tensor:
        """Return (batch, d_model) of u_t (batch,)."""
        return self._look_up("u_t", u_t, 1, "(batch,)")

    def _look_up(self, name: str, u: Tensor, ndim: int, axes: str) -> Tensor:
        request = f"{name} of shape {tuple(u.shape)} and dtype {u.dtype}"
        if u.ndim != ndim or u.numel() == 0 or u.dtype not in INTEGERS:
            raise InvalidInputError(
                request=request,
                finding=f"expected non-empty token numbers {axes}, int64",
                remedy="Give the numbers of the tokens, or use a LinearEncoder.",
            )
        if not torch.compiler.is_compiling():
            low, high = int(u.min()), int(u.max())
            if low < 0 or high >= self.vocabulary:
                raise InvalidInputError(
                    request=f"{name} with tokens from {low} to {high}",
                    finding=f"the encoder has {self.vocabulary} tokens, from 0 on",
                    remedy="Map unknown tokens to one of them, or build it larger.",
                )
        return self.table(u)


@final
class PatchEncoder(nn.Module):
    """Patches of a sequence or of an image -> (batch, patches, d_model).

    With a number p, (batch, length, d_input) is cut into length / p patches of p
    samples; with a pair (p, q), (batch, height, width, d_input) into patches of p
    rows and q columns, row by row, which have no `lengths`. One linear map takes each
    patch. One `step` is one patch, (batch, p, d_input) or (batch, p, q, d_input).

    Parameters
    ----------
    d_input, d_model : int
        Channels of a sample, and of the model.
    size : int, or pair of int
        Samples, or rows and columns, of a patch.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size, and for an input that whole patches do not fill.
    """

    def __init__(
        self,
        d_input: int,
        d_model: int,
        size: int | Sequence[int],
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.sizes: tuple[int, ...] = (size,) if isinstance(size, int) else tuple(size)
        require_count("d_input", d_input)
        require_count("d_model", d_model)
        for count in self.sizes:
            require_count("size", count)
        if len(self.sizes) not in (1, 2):
            raise InvalidInputError(
                request=f"size={self.sizes}",
                finding="patches have one or two axes",
                remedy="Give a number of samples, or (rows, columns).",
            )
        self.d_input, self.d_model = d_input, d_model
        # an image has no time of its own: its intervals count patches already
        self.patch = self.sizes[0] if len(self.sizes) == 1 else 1
        arguments: dict[str, Any] = {"d_input": d_input, "d_model": d_model}
        self.spec = Spec("PatchEncoder", {**arguments, "size": size})
        with drawing_from(generator):
            self.linear = nn.Linear(d_input * prod(self.sizes), d_model)

    def forward(self, u: Tensor) -> Tensor:
        """Return (batch, patches, d_model)."""
        two = len(self.sizes) == 2
        axes = "(batch, height, width, d_input)" if two else "(batch, length, d_input)"
        u = _real_input("u", u, self.linear, (self.d_input,), axes)
        for side, size in zip(u.shape[1:-1], self.sizes, strict=True):
            if side % size:
                raise InvalidInputError(
                    request=f"u of shape {tuple(u.shape)}",
                    finding=f"{side} is no multiple of the patch's {size}",
                    remedy="Pad the input, and give `lengths` if it is a sequence.",
                )
        if not two:
            return self.linear(u.unflatten(1, (-1, self.sizes[0])).flatten(2))
        rows = u.unflatten(2, (-1, self.sizes[1])).unflatten(1, (-1, self.sizes[0]))
        return self.linear(rows.transpose(2, 3).flatten(3).flatten(1, 2))

    def step(self, u_t: Tensor) -> Tensor:
        """Return (batch, d_model) of one patch."""
        shape = (*self.sizes, self.d_input)
        axes = f"(batch, {', '.join(map(str, shape))})"
        u_t = _real_input("u_t", u_t, self.linear, shape, axes)
        return self.linear(u_t.flatten(1))


def _real_input(
    name: str, u: Tensor, linear: nn.Linear, tail: tuple[int, ...], axes: str
) -> Tensor:
    """Return u in the parameters' dtype, or refuse its rank, last axes or dtype."""
    if torch.is_autocast_enabled(u.device.type) and u.is_floating_point():
        u = u.to(linear.weight.dtype)
    require_real(name, u, ndim=len(axes.split(",")), axes=axes)
    if u.shape[-len(tail) :] != tail:
        raise InvalidInputError(
            request=f"{name} of shape {tuple(u.shape)}",
            finding=f"the model has d_input = {tail[-1]}, in {axes}",
            remedy=f"Give {name} in that shape.",
        )
    if u.dtype != linear.weight.dtype:
        raise InvalidInputError(
            request=f"{name} of dtype {u.dtype}",
            finding=f"the model's parameters are {linear.weight.dtype}",
            remedy="Bring both to one dtype: model.double() or model.float().",
        )
    return u
