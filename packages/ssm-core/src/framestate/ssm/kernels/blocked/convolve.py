"""Causal convolution as products with Toeplitz tiles, one for each distance of tiles.

Tiles are counted from the end of the row. The transposes are the same convolution:
of the reversed gradient with the kernel for u, and of u with the reversed gradient,
read backwards from the end, for K.
"""

from typing import Any

import array_api_compat
from jaxtyping import Float

_TILE = 64


def convolve(u: Float[Any, "b h l"], K: Float[Any, "h taps"]) -> Float[Any, "b h l"]:
    """Equal to `reference.convolve`, y_t = sum_k K_k u_{t-k}."""
    xp = array_api_compat.array_namespace(u, K)
    y = _last(xp, xp.permute_dims(u, (1, 0, 2)), K, u.shape[2])
    return xp.permute_dims(y, (1, 0, 2))


def convolve_backward(
    u: Float[Any, "b h l"], K: Float[Any, "h taps"], grad: Float[Any, "b h l"]
) -> tuple[Float[Any, "b h l"], Float[Any, "h taps"]]:
    """Equal to `reference.convolve_backward`: gradients for u and K."""
    xp = array_api_compat.array_namespace(u, K, grad)
    (batch, channels, length), taps = u.shape, K.shape[1]
    reversed_grad = xp.flip(grad, axis=2)
    grad_u = xp.flip(convolve(reversed_grad, K), axis=2)
    used = min(taps, length)
    rows = xp.reshape(u, (batch * channels, 1, length))
    each = _last(xp, rows, xp.reshape(reversed_grad, (-1, length)), used)
    grad_K = xp.zeros_like(K)
    summed = xp.sum(xp.reshape(each, (batch, channels, used)), axis=0)
    grad_K[:, :used] = xp.flip(summed, axis=1)
    return grad_u, grad_K


def _last(
    xp: Any, u: Float[Any, "h b l"], K: Float[Any, "h taps"], keep: int
) -> Float[Any, "h b keep"]:
    """The last ``keep`` samples of the convolution."""
    (channels, batch, length), device = u.shape, array_api_compat.device(u)
    tiles, kept = -(-length // _TILE), -(-keep // _TILE)
    lead = (channels, batch, tiles * _TILE - length)
    before = xp.zeros(lead, dtype=u.dtype, device=device)
    cut = xp.reshape(xp.concat((before, u), axis=2), (channels, batch, tiles, _TILE))
    y = xp.zeros((channels, batch, kept, _TILE), dtype=u.dtype, device=device)
    for distance in range(min(tiles, 1 + -(-(K.shape[1] - 1) // _TILE))):
        first = max(tiles - kept, distance)
        tile = _toeplitz(xp, K, distance)
        past = cut[:, :, first - distance : tiles - distance, :]
        y[:, :, first - (tiles - kept) :, :] += past @ tile[:, None, ...]
    return xp.reshape(y, (channels, batch, kept * _TILE))[:, :, kept * _TILE - keep :]


def _toeplitz(
    xp: Any, K: Float[Any, "h taps"], distance: int
) -> Float[Any, "h tile tile"]:
    """Entry [s, t] = K[distance tile + t - s], zero outside the kernel."""
    (channels, taps), device = K.shape, array_api_compat.device(K)
    zeros = xp.zeros((channels, _TILE), dtype=K.dtype, device=device)
    padded = xp.concat((zeros, K, zeros), axis=1)
    steps = xp.arange(_TILE, device=device)
    lags = distance * _TILE + steps[None, :] - steps[:, None]
    places = xp.reshape(xp.clip(lags, -1, taps) + _TILE, (-1,))
    return xp.reshape(xp.take(padded, places, axis=1), (channels, _TILE, _TILE))
