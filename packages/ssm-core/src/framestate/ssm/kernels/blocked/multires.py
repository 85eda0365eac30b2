"""The fading tree by shift and add, on as many channels as a cache holds."""

from collections.abc import Iterator
from typing import Any

import array_api_compat
from jaxtyping import Float

# Elements of one array of a block: its lows, their gradients and the rows stay near.
_ELEMENTS = 1 << 17


def multires(
    x: Float[Any, "b c l"],
    h0: Float[Any, "c taps"],
    h1: Float[Any, "c taps"],
    w: Float[Any, "c depth_and_2"],
) -> Float[Any, "b c l"]:
    """Equal to `reference.multires`, the weighted levels of the tree."""
    xp = array_api_compat.array_namespace(x, h0, h1, w)
    y = xp.empty_like(x)
    for b, channels in _blocks(x):
        low, weights = x[b, channels, :], w[channels, :]
        g0, g1 = h0[channels, :], h1[channels, :]
        out = weights[:, -1:] * low
        for level in range(1, w.shape[1] - 1):
            dilation = 2 ** (level - 1)
            out += _filtered(low, weights[:, -1 - level][:, None] * g1, dilation)
            low = _filtered(low, g0, dilation)
        y[b, channels, :] = out + weights[:, :1] * low
    return y


def multires_backward(
    x: Float[Any, "b c l"],
    h0: Float[Any, "c taps"],
    h1: Float[Any, "c taps"],
    w: Float[Any, "c depth_and_2"],
    grad: Float[Any, "b c l"],
) -> tuple[
    Float[Any, "b c l"],
    Float[Any, "c taps"],
    Float[Any, "c taps"],
    Float[Any, "c depth_and_2"],
]:
    """Equal to `reference.multires_backward`: gradients for x, h0, h1 and w."""
    xp = array_api_compat.array_namespace(x, h0, h1, w, grad)
    x_bar = xp.empty_like(x)
    h0_bar, h1_bar, w_bar = xp.zeros_like(h0), xp.zeros_like(h1), xp.zeros_like(w)
    for b, part in _blocks(x):
        filters = h0[part, :], h1[part, :], w[part, :]
        bars = _block_backward(xp, x[b, part, :], *filters, grad[b, part, :])
        x_bar[b, part, :] = bars[0]
        h0_bar[part, :] += bars[1]
        h1_bar[part, :] += bars[2]
        w_bar[part, :] += bars[3]
    return x_bar, h0_bar, h1_bar, w_bar


def _block_backward(
    xp: Any,
    x: Float[Any, "c l"],
    h0: Float[Any, "c taps"],
    h1: Float[Any, "c taps"],
    w: Float[Any, "c depth_and_2"],
    g: Float[Any, "c l"],
) -> tuple[Any, Any, Any, Any]:
    lows = [x]
    for level in range(w.shape[1] - 2):
        lows.append(_filtered(lows[level], h0, 2**level))
    h0_bar, h1_bar, w_bar = xp.zeros_like(h0), xp.zeros_like(h1), xp.zeros_like(w)
    w_bar[:, 0] = xp.sum(g * lows[-1], axis=-1)
    w_bar[:, -1] = xp.sum(g * x, axis=-1)
    low_bar = w[:, :1] * g
    for level in range(w.shape[1] - 2, 0, -1):
        low, dilation = lows[level - 1], 2 ** (level - 1)
        weight = w[:, -1 - level][:, None]
        seen = _taps(xp, g, low, h1, dilation)
        w_bar[:, -1 - level] = xp.sum(seen * h1, axis=-1)
        h1_bar += weight * seen
        h0_bar += _taps(xp, low_bar, low, h0, dilation)
        low_bar = _transposed(low_bar, h0, dilation)
        low_bar += _transposed(g, weight * h1, dilation)
    return low_bar + w[:, -1:] * g, h0_bar, h1_bar, w_bar


def _blocks(x: Float[Any, "b c l"]) -> Iterator[tuple[int, slice]]:
    size = max(1, _ELEMENTS // x.shape[2])
    for b in range(x.shape[0]):
        for first in range(0, x.shape[1], size):
            yield b, slice(first, min(first + size, x.shape[1]))


def _shifts(h: Float[Any, "c taps"], d: int, length: int) -> Iterator[tuple[Any, int]]:
    """Every tap before the last one and how far back it looks, inside the row."""
    for back in range(1, h.shape[1]):
        if back * d < length:
            yield h[:, -1 - back][:, None], back * d


def _filtered(
    low: Float[Any, "c l"], h: Float[Any, "c taps"], d: int
) -> Float[Any, "c l"]:
    """out_t = sum_k h_k low_{t - (taps-1-k) d}."""
    out = h[:, -1:] * low
    for tap, shift in _shifts(h, d, low.shape[1]):
        out[:, shift:] += tap * low[:, :-shift]
    return out


def _transposed(
    bar: Float[Any, "c l"], h: Float[Any, "c taps"], d: int
) -> Float[Any, "c l"]:
    """out_t = sum_k h_k bar_{t + (taps-1-k) d}."""
    out = h[:, -1:] * bar
    for tap, shift in _shifts(h, d, bar.shape[1]):
        out[:, :-shift] += tap * bar[:, shift:]
    return out


def _taps(
    xp: Any,
    bar: Float[Any, "c l"],
    low: Float[Any, "c l"],
    h: Float[Any, "c taps"],
    d: int,
) -> Float[Any, "c taps"]:
    """For every tap k of h, sum_t bar_t low_{t - (taps-1-k) d}."""
    out = xp.zeros_like(h)
    out[:, -1] = xp.sum(bar * low, axis=-1)
    for back in range(1, h.shape[1]):
        if back * d < low.shape[1]:
            late, early = bar[:, back * d :], low[:, : -back * d]
            out[:, -1 - back] = xp.sum(late * early, axis=-1)
    return out
