"""Heads: from samples of d_model channels to what is asked for.

Every head streams: its state holds a few numbers per output, and what it returns is
the answer for everything so far.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, Protocol, final, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, pad

from framestate.deep.draws import drawing_from
from framestate.deep.errors import InvalidInputError, require_count, require_name
from framestate.deep.models.lengths import last_samples
from framestate.deep.models.pooling import POOLINGS, PoolState
from framestate.deep.spec import Spec

Device = torch.device | str | None


@runtime_checkable
class Head(Protocol):
    """An ``nn.Module`` from (batch, length, d_model) to the model's answer.

    Attributes
    ----------
    d_model : int
        Channels it takes.
    token : nn.Parameter or None
        (d_model,), a sample that the model puts before every sequence.
    per_sample : bool
        Whether there is an answer at every sample, (batch, length, ..).
    """

    d_model: int
    token: nn.Parameter | None
    per_sample: bool

    @property
    def spec(self) -> Spec:
        """How the head was made."""
        ...

    def __call__(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the answer for whole sequences, padding left out."""
        ...

    def initial_state(self, batch_size: int, *, device: Device = None) -> PoolState:
        """Return the state before the first sample, all zeros."""
        ...

    def absorb(self, x: Tensor, state: PoolState) -> tuple[Tensor, PoolState]:
        """Return the answer after a chunk (batch, length, d_model) more."""
        ...


@final
class StepHead(nn.Module):
    """One linear map at each sample: (batch, length, d_output).

    Parameters
    ----------
    d_model, d_output : int
        Widths.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size.
    """

    def __init__(
        self, d_model: int, d_output: int, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        require_count("d_output", d_output)
        self.d_model, self.per_sample = d_model, True
        self.token: nn.Parameter | None = None
        self.spec = Spec("StepHead", {"d_model": d_model, "d_output": d_output})
        with drawing_from(generator):
            self.linear = nn.Linear(d_model, d_output)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return (batch, length, d_output); what stands at padding is no answer."""
        del lengths
        return self.linear(x)

    def initial_state(self, batch_size: int, *, device: Device = None) -> PoolState:
        """Return nothing: a sample's answer needs no other."""
        del batch_size, device
        return ()

    def absorb(self, x: Tensor, state: PoolState) -> tuple[Tensor, PoolState]:
        """Return (batch, length, d_output) of the chunk."""
        return self.linear(x), state


@final
class PooledHead(nn.Module):
    """One answer per sequence, or per pair: pooling over time, then a linear map.

    For classification the answer is the logits, for regression the values; the last
    sample alone with ``d_output=(window, d_input)`` reconstructs past inputs. Pairs
    are compared as in the retrieval task of the Long Range Arena: a, b the pooled
    rows 2 i and 2 i + 1 of the batch, Linear(GELU(Linear([a, b, a - b, a b]))).

    Parameters
    ----------
    d_model : int
        Channels.
    d_output : int, or sequence of int
        Shape of an answer.
    pooling : str
        "mean", "max", "last", or "cls" (a learned sample before the sequence, whose
        output is read; for layers that look both ways).
    pairs : bool
        One answer per two rows of the batch; give pairs (batch, 2, ..) as
        ``pairs.flatten(0, 1)``.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size or name, and for pairs out of an odd number of rows.
    """

    def __init__(
        self,
        d_model: int,
        d_output: int | Sequence[int],
        *,
        pooling: str = "mean",
        pairs: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        shape = (d_output,) if isinstance(d_output, int) else tuple(d_output)
        require_count("d_model", d_model)
        for size in shape:
            require_count("d_output", size)
        require_name("pooling", pooling, tuple(POOLINGS))
        sizes: dict[str, Any] = {"d_model": d_model, "d_output": d_output}
        self.spec = Spec("PooledHead", {**sizes, "pooling": pooling, "pairs": pairs})
        self.d_model, self.shape = d_model, shape
        self.pooling = POOLINGS[pooling]
        self.per_sample = False
        with drawing_from(generator):
            token = 0.02 * torch.randn(d_model) if pooling == "cls" else None
            self.token = None if token is None else nn.Parameter(token)
            self.comparison = nn.Linear(4 * d_model, d_model) if pairs else None
            self.linear = nn.Linear(d_model, prod(shape))

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return (batch, \\*d_output), or half as many rows for pairs."""
        return self._answer(self.pooling.whole(x, lengths))

    def initial_state(self, batch_size: int, *, device: Device = None) -> PoolState:
        """Return the pooling's state before the first sample."""
        weight = self.linear.weight
        shape = (batch_size, self.d_model)
        return self.pooling.rest(
            weight.new_empty(shape, device=device or weight.device)
        )

    def absorb(self, x: Tensor, state: PoolState) -> tuple[Tensor, PoolState]:
        """Return the answer for everything so far."""
        pooled, state = self.pooling.absorb(x, state)
        return self._answer(pooled), state

    def _answer(self, pooled: Tensor) -> Tensor:
        if self.comparison is not None:
            if pooled.shape[0] % 2:
                raise InvalidInputError(
                    request=f"pairs out of {pooled.shape[0]} sequences",
                    finding="one of them has no partner",
                    remedy="Give pairs (batch, 2, ..) as pairs.flatten(0, 1).",
                )
            a, b = pooled.unflatten(0, (-1, 2)).unbind(1)
            pooled = gelu(self.comparison(torch.cat((a, b, a - b, a * b), -1)))
        return self.linear(pooled).unflatten(-1, self.shape)


@final
class WindowHead(nn.Module):
    """A linear map at the last `window` samples: (batch, window, d_output).

    For forecasting with the horizon as the window; `forecast_input` appends it.

    Parameters
    ----------
    d_model, d_output, window : int
        Widths, and samples.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size, and for sequences shorter than the window.
    """

    def __init__(
        self,
        d_model: int,
        d_output: int,
        window: int,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("window", window)
        self.steps = StepHead(d_model, d_output, generator=generator)
        sizes = {"d_model": d_model, "d_output": d_output, "window": window}
        self.spec = Spec("WindowHead", sizes)
        self.d_model, self.per_sample = d_model, False
        self.token: nn.Parameter | None = None
        self.window = window

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return (batch, window, d_output)."""
        return self.steps(last_samples(x, self.window, lengths))

    def initial_state(self, batch_size: int, *, device: Device = None) -> PoolState:
        """Return the window's answers, zeros before the first sample."""
        weight = self.steps.linear.weight
        shape = (batch_size, self.window, weight.shape[0])
        return (weight.new_zeros(shape, device=device or weight.device),)

    def absorb(self, x: Tensor, state: PoolState) -> tuple[Tensor, PoolState]:
        """Return the answers of the last `window` samples so far."""
        new = self.steps(x[:, -self.window :]).to(state[0].dtype)
        answers = torch.cat((state[0], new), 1)[:, -self.window :]
        return answers, (answers,)


def forecast_input(
    past: Tensor, horizon: int, *, covariates: Tensor | None = None
) -> Tensor:
    """Append a horizon to the past, as a model with a `WindowHead` wants it.

    Parameters
    ----------
    past : Tensor
        (batch, length, channels).
    horizon : int
        Samples to forecast.
    covariates : Tensor, optional
        (batch, length + horizon, more): what is known of past and horizon, such as
        hour and weekday as numbers from -1/2 to 1/2.

    Returns
    -------
    Tensor
        (batch, length + horizon, channels + 1 + more): the past with zeros after it,
        a channel that is 1 over the horizon, and the covariates.

    Raises
    ------
    InvalidInputError
        If a shape does not fit.
    """
    require_count("horizon", horizon)
    given = None if covariates is None else tuple(covariates.shape)
    wanted = (past.shape[0], past.shape[1] + horizon) if past.ndim == 3 else None
    fits = given is None or (given[:2] == wanted and len(given) == 3)
    if wanted is None or not fits:
        raise InvalidInputError(
            request=f"past {tuple(past.shape)} and covariates {given}",
            finding=f"expected (batch, length, channels) and (batch, length + {horizon}"
            ", more)",
            remedy="Covariates cover the past and the horizon.",
        )
    after = (0, 0, 0, horizon)
    mask = pad(torch.zeros_like(past[..., :1]), after, value=1.0)
    known = [] if covariates is None else [covariates]
    return torch.cat([pad(past, after), mask, *known], -1)
