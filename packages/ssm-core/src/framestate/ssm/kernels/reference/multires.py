"""The fading tree of MultiresConv: dilated causal filters, each level weighted.

With low = x, level by level at dilation 1, 2, 4, ...:

    high = correlation of low with h1        y += w[depth + 1 - level] high
    low  = correlation of low with h0

where out_t = sum_k h_k low_{t - (K-1-k) dilation}, and low is zero to the left of
the start. At the end y += w[0] low + w[depth + 1] x.
"""

import numpy as np
from jaxtyping import Float, Float64


def multires(
    x: Float[np.ndarray, "b c l"],
    h0: Float[np.ndarray, "c taps"],
    h1: Float[np.ndarray, "c taps"],
    w: Float[np.ndarray, "c depth_and_2"],
) -> Float[np.ndarray, "b c l"]:
    """The weighted levels of the tree; depth = w.shape[1] - 2.

    Parameters
    ----------
    x : (b, c, l) real
        Input; its precision is the result's.
    h0, h1 : (c, taps) real
        Low-pass and high-pass filters, the tap of the newest sample last.
    w : (c, depth + 2) real
        Weights: of the last low, of the highs from the last level to the first, of x.
    """
    low = x.astype(np.float64)
    y = w[:, -1, None] * low
    for level in range(1, w.shape[1] - 1):
        dilation = 2 ** (level - 1)
        y += w[:, -1 - level, None] * _correlate(low, h1, dilation)
        low = _correlate(low, h0, dilation)
    return (y + w[:, 0, None] * low).astype(x.dtype)


def multires_backward(
    x: Float[np.ndarray, "b c l"],
    h0: Float[np.ndarray, "c taps"],
    h1: Float[np.ndarray, "c taps"],
    w: Float[np.ndarray, "c depth_and_2"],
    grad: Float[np.ndarray, "b c l"],
) -> tuple[
    Float[np.ndarray, "b c l"],
    Float[np.ndarray, "c taps"],
    Float[np.ndarray, "c taps"],
    Float[np.ndarray, "c depth_and_2"],
]:
    """Gradients for x, h0, h1 and w: the levels backwards, each filter transposed."""
    depth, g = w.shape[1] - 2, grad.astype(np.float64)
    lows = [x.astype(np.float64)]
    for level in range(depth):
        lows.append(_correlate(lows[level], h0, 2**level))
    h0_bar, h1_bar = np.zeros(h0.shape), np.zeros(h1.shape)
    w_bar = np.zeros(w.shape)
    w_bar[:, 0], w_bar[:, -1] = _inner(g, lows[-1]), _inner(g, lows[0])
    low_bar = w[:, 0, None] * g
    for level in range(depth, 0, -1):
        low, dilation = lows[level - 1], 2 ** (level - 1)
        w_bar[:, -1 - level] = _inner(g, _correlate(low, h1, dilation))
        high_bar = w[:, -1 - level, None] * g
        h0_bar += _taps(low_bar, low, h0.shape[1], dilation)
        h1_bar += _taps(high_bar, low, h1.shape[1], dilation)
        low_bar = _transposed(low_bar, h0, dilation)
        low_bar += _transposed(high_bar, h1, dilation)
    x_bar = low_bar + w[:, -1, None] * g
    return (
        x_bar.astype(x.dtype),
        h0_bar.astype(h0.dtype),
        h1_bar.astype(h1.dtype),
        w_bar.astype(w.dtype),
    )


def _shifts(taps: int, dilation: int, length: int) -> list[tuple[int, int]]:
    """Every tap k and how far back it looks, where that is inside the row."""
    back = [(k, (taps - 1 - k) * dilation) for k in range(taps)]
    return [(k, shift) for k, shift in back if shift < length]


def _correlate(
    low: Float64[np.ndarray, "b c l"], h: Float[np.ndarray, "c taps"], dilation: int
) -> Float64[np.ndarray, "b c l"]:
    out, length = np.zeros(low.shape), low.shape[2]
    for k, shift in _shifts(h.shape[1], dilation, length):
        out[:, :, shift:] += h[:, k, None] * low[:, :, : length - shift]
    return out


def _transposed(
    bar: Float64[np.ndarray, "b c l"], h: Float[np.ndarray, "c taps"], dilation: int
) -> Float64[np.ndarray, "b c l"]:
    out, length = np.zeros(bar.shape), bar.shape[2]
    for k, shift in _shifts(h.shape[1], dilation, length):
        out[:, :, : length - shift] += h[:, k, None] * bar[:, :, shift:]
    return out


def _taps(
    bar: Float64[np.ndarray, "b c l"],
    low: Float64[np.ndarray, "b c l"],
    taps: int,
    dilation: int,
) -> Float64[np.ndarray, "c taps"]:
    out, length = np.zeros((low.shape[1], taps)), low.shape[2]
    for k, shift in _shifts(taps, dilation, length):
        out[:, k] = _inner(bar[:, :, shift:], low[:, :, : length - shift])
    return out


def _inner(
    p: Float64[np.ndarray, "b c l"], q: Float64[np.ndarray, "b c l"]
) -> Float64[np.ndarray, " c"]:
    return np.einsum("bcl,bcl->c", p, q)
