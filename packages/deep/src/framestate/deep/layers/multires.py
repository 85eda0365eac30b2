"""The layer of MultiresNet (arXiv 2305.01638): a causal wavelet tree, learned or fixed."""

from contextlib import AbstractContextManager, nullcontext
from math import sqrt
from typing import Any, ClassVar, final

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.functional.multires_conv import multires_conv
from framestate.deep.functional.multires_levels import advance
from framestate.deep.functional.multires_tree import tree
from framestate.deep.layers.contract import Interval, refuse_interval
from framestate.deep.layers.inputs import real_input
from framestate.deep.layers.multires_initial import (
    first_depth,
    first_filters,
    uniform,
)
from framestate.deep.layers.multires_stream import DelayLines

State = tuple[Tensor, Tensor]


@final
class MultiresLayer(nn.Module):
    """(batch, length, d_model) -> the same: one tree of dilated filters per channel.

    With low_0 = u and, at level i = 1 .. depth, d = 2^(i-1)::

        low_i(t)  = sum_k h0_k low_{i-1}(t - (K-1-k) d)
        high_i(t) = sum_k h1_k low_{i-1}(t - (K-1-k) d)
        y(t) = w_0 low_depth(t) + sum_i w_{depth+1-i} high_i(t) + w_{depth+1} u(t)

    for "fading"; "uniform" weighs older coefficients too, at the spacing 2^i that a
    subsampled transform has, from the coarsest level on (section 3.2). With the taps
    of an orthogonal wavelet the lows and highs are its coefficients: see `causal_dwt`.
    The layer is linear and time-invariant, and counts samples: it has no dt. Its state
    is all it looks back on, (K-1)(2^depth - 1) numbers of a channel for "fading".

    Parameters
    ----------
    d_model : int
        Channels, each with filters and weights of its own.
    kernel_size : int, optional
        K >= 2; that of `filters`, or 2, if absent.
    depth : int, optional
        Levels, 1 .. 24; the least that covers `length` if absent:
        ceil(log2((length - 1) / (K - 1) + 1)), and at least 1.
    length : int, optional
        Samples that the deepest level must see, where no depth is given.
    tree_select : str
        "fading" or "uniform".
    memory_size : int, optional
        Coefficients that "uniform" keeps; depth + 1 if absent.
    filters : (ArrayLike, ArrayLike), optional
        First h0 and h1, (K,) or (d_model, K), the newest sample's tap last: such as
        `framestate.deep.recipes.wavelet_taps`. Uniform in +- sqrt(1 / K) if absent.
    trainable_filters : bool
        Whether h0 and h1 are parameters, or buffers.
    indep_res_init : bool
        Whether the first weight of u is uniform in +- 1, as for ListOps and density,
        and not in +- 1 / sqrt(memory_size + 1) like the others.
    generator : torch.Generator, optional
        Source of the draws (CPU); torch's own if absent.

    Raises
    ------
    InvalidInputError
        For a bad size, range, name or shape.
    """

    # The paper trains all of it at the rate, and with the decay, of all the rest.
    dynamics: ClassVar[tuple[str, ...]] = ()
    readout: ClassVar[tuple[str, ...]] = ()
    causal: bool = True

    h0: Tensor
    h1: Tensor

    def __init__(  # noqa: PLR0913
        self,
        d_model: int,
        *,
        kernel_size: int | None = None,
        depth: int | None = None,
        length: int | None = None,
        tree_select: str = "fading",
        memory_size: int | None = None,
        filters: tuple[ArrayLike, ArrayLike] | None = None,
        trainable_filters: bool = True,
        indep_res_init: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("d_model", d_model)
        self.d_model = d_model
        taps = first_filters(d_model, kernel_size, filters, generator)
        self.kernel_size = taps[0].shape[1]
        self.depth = first_depth(depth, length, self.kernel_size)
        self.tree_select = tree_select
        self.tree = tree(
            tree_select,
            taps=self.kernel_size,
            depth=self.depth,
            memory_size=memory_size,
        )
        for name, value in zip(("h0", "h1"), taps, strict=True):
            if trainable_filters:
                self.register_parameter(name, nn.Parameter(value))
            else:
                self.register_buffer(name, value)
        columns = self.tree.memory_size + 1
        w = uniform((d_model, columns), 1 / sqrt(columns), generator)
        if indep_res_init:
            w[:, -1:] = uniform((d_model, 1), 1.0, generator)
        self.w = nn.Parameter(w)
        self.lines = DelayLines(self.tree)

    def forward(
        self, u: Tensor, *, interval: Interval = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Return y (batch, length, d_model) of u, from rest.

        Raises
        ------
        InvalidInputError
            If `u` has another rank, width or dtype, is empty, or there is an interval.
        """
        del lengths
        refuse_interval("MultiresLayer", interval)
        u = real_input("u", u, self.w, self.d_model, "(batch, length, d_model)")
        with _without_autocast(u):
            y = multires_conv(
                u.transpose(1, 2),
                self.h0,
                self.h1,
                self.w,
                select=self.tree_select,
                depth=self.depth,
            )
        return y.transpose(1, 2)

    def initial_state(
        self, batch_size: int, *, device: torch.device | str | None = None
    ) -> State:
        """Return the past at rest: (batch, places, d_model) of the lows, of the highs.

        The lows are (K-1)(2^depth - 1) places, as many as the layer looks back.

        Raises
        ------
        InvalidInputError
            If batch_size < 1.
        """
        require_count("batch_size", batch_size)
        device = self.w.device if device is None else torch.device(device)
        lows, highs = (
            self.w.new_zeros(batch_size, places, self.d_model, device=device)
            for places in self._places
        )
        return lows, highs

    def step(
        self, u_t: Tensor, state: State, *, interval: Interval = None
    ) -> tuple[Tensor, State]:
        """Absorb one sample: u_t (batch, d_model) -> y_t of that shape, new state.

        O(K depth) operations for a channel, and one copy of the state: where that is
        long, `prefill` copies it once for a whole chunk.

        Raises
        ------
        InvalidInputError
            If `u_t` or the state does not fit the layer, or there is an interval.
        """
        refuse_interval("MultiresLayer", interval)
        u = real_input("u_t", u_t, self.w, self.d_model, "(batch, d_model)")
        self._require_state(state, u.shape[0])
        with _without_autocast(u):
            y, lows, highs = self.lines(u, self.h0.T, self.h1.T, self.w.T, *state)
        return y, (lows, highs)

    def prefill(
        self, u: Tensor, state: State, *, interval: Interval = None
    ) -> tuple[Tensor, State]:
        """Absorb a chunk (batch, length, d_model): outputs and the state after it.

        Raises
        ------
        InvalidInputError
            If `u` or the state does not fit the layer, or there is an interval.
        """
        refuse_interval("MultiresLayer", interval)
        u = real_input("u", u, self.w, self.d_model, "(batch, length, d_model)")
        self._require_state(state, u.shape[0])
        sizes = self.tree.lows(), self.tree.highs()
        pasts = [
            part.transpose(1, 2)
            for past, places in zip(state, sizes, strict=True)
            for part in past.split(places, dim=1)
        ]
        x = u.transpose(1, 2)
        with _without_autocast(u):
            y, pasts = advance(self.tree, x, self.h0, self.h1, self.w, pasts)
        lows, highs = (
            torch.cat(list(parts), dim=2).transpose(1, 2)
            for parts in (pasts[: self.depth], pasts[self.depth :])
        )
        return y.transpose(1, 2), (lows, highs)

    @property
    def _places(self) -> tuple[int, int]:
        return sum(self.tree.lows()), sum(self.tree.highs())

    def _require_state(self, state: State, batch_size: int) -> None:
        wanted = [(batch_size, places, self.d_model) for places in self._places]
        found = [tuple(past.shape) for past in state]
        if found != wanted or any(past.dtype != self.w.dtype for past in state):
            raise InvalidInputError(
                request=f"a state of shapes {found} and {state[0].dtype}",
                finding=f"this input and layer need {wanted} and {self.w.dtype}",
                remedy=f"Start from layer.initial_state({batch_size}).",
            )

    def extra_repr(self) -> str:
        """Return the sizes, for print(layer)."""
        return (
            f"d_model={self.d_model}, kernel_size={self.kernel_size}, "
            f"depth={self.depth}, tree_select={self.tree_select!r}, "
            f"memory_size={self.tree.memory_size}"
        )


def _without_autocast(u: Tensor) -> AbstractContextManager[Any]:
    """Leave autocast where it is on; nothing to trace where it is not."""
    if torch.is_autocast_enabled(u.device.type):
        return torch.autocast(u.device.type, enabled=False)
    return nullcontext()
