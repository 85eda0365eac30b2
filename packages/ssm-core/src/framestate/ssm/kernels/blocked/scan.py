"""The scan in chunks: side by side from rest, then their ends, then what they carry.

The chunks of a row are independent rows of the same recurrence, so one vector
operation moves all of them by a sample. The state that a chunk finds is a scan over
the ends of the chunks, and reaches its samples through the gains multiplied so far.
"""

import math
from typing import Any

import array_api_compat
from jaxtyping import Inexact

# Elements that a vector operation needs to outweigh the cost of calling it.
_WIDE = 4096


def scan(
    a: Inexact[Any, "r #l"], x: Inexact[Any, "r l"], start: Inexact[Any, " r"]
) -> Inexact[Any, "r l"]:
    """Equal to `reference.scan`, z_n = a_n z_{n-1} + x_n, arrays of one dtype."""
    xp = array_api_compat.array_namespace(a, x, start)
    rows, length = x.shape
    chunks = max(1, min(_WIDE // rows, math.isqrt(length)))
    width = length // chunks
    z = xp.empty_like(x)
    z[:, : chunks * width] = _chunked(xp, a, x, start, chunks)
    rest = slice(chunks * width, length)
    if rest.start < length:
        gains = a if a.shape[1] == 1 else a[:, rest]
        z[:, rest] = scan(gains, x[:, rest], z[:, rest.start - 1])
    return z


def scan_backward(
    a: Inexact[Any, "r #l"],
    z: Inexact[Any, "r l"],
    start: Inexact[Any, " r"],
    grad: Inexact[Any, "r l"],
) -> tuple[Inexact[Any, "r #l"], Inexact[Any, "r l"], Inexact[Any, " r"]]:
    """Equal to `reference.scan_backward`: a scan from the last sample to the first."""
    xp = array_api_compat.array_namespace(a, z, start, grad)
    gains = _conj(xp, a)
    late = gains
    if a.shape[1] > 1:  # the gain that leads to the next sample
        late = xp.flip(xp.concat((gains[:, 1:], gains[:, :1]), axis=1), axis=1)
    x_bar = xp.flip(scan(late, xp.flip(grad, axis=1), xp.zeros_like(start)), axis=1)
    before = xp.concat((start[:, None], z[:, :-1]), axis=1)
    a_bar = x_bar * _conj(xp, before)
    if a.shape[1] < z.shape[1]:
        a_bar = xp.sum(a_bar, axis=1, keepdims=True)
    return a_bar, x_bar, gains[:, 0] * x_bar[:, 0]


def _chunked(
    xp: Any,
    a: Inexact[Any, "r #l"],
    x: Inexact[Any, "r l"],
    start: Inexact[Any, " r"],
    chunks: int,
) -> Inexact[Any, "r whole"]:
    """The scan of all whole chunks."""
    z = _time_first(xp, x, chunks)
    width = z.shape[0]
    if chunks == 1:
        _steps(_time_first(xp, a, 1), z, start[:, None])
    else:
        gains = _time_first(xp, a, chunks)
        products = xp.cumulative_prod(
            xp.broadcast_to(gains, (width, *gains.shape[1:])), axis=0
        )
        _steps(gains, z, xp.zeros_like(z[0, ...]))
        ends = scan(products[-1, ...], z[-1, ...], start)
        found = xp.concat((start[:, None], ends[:, :-1]), axis=1)
        z += products * found
    return xp.reshape(xp.permute_dims(z, (1, 2, 0)), (x.shape[0], width * chunks))


def _time_first(
    xp: Any, x: Inexact[Any, "r #l"], chunks: int
) -> Inexact[Any, "#width r #chunks"]:
    """A copy (width, r, chunks) of the whole chunks, or (1, r, 1) of constants."""
    if x.shape[1] == 1:
        chunks = 1
    width = x.shape[1] // chunks
    whole = xp.reshape(x[:, : width * chunks], (x.shape[0], chunks, width))
    copy = xp.empty((width, x.shape[0], chunks), dtype=x.dtype)
    copy[...] = xp.permute_dims(whole, (2, 0, 1))
    return copy


def _steps(
    gains: Inexact[Any, "#width r #chunks"],
    z: Inexact[Any, "width r chunks"],
    before: Inexact[Any, "r chunks"],
) -> None:
    """Turn inputs into states, in place."""
    for n in range(z.shape[0]):
        z[n, ...] += gains[min(n, gains.shape[0] - 1), ...] * before
        before = z[n, ...]


def _conj(xp: Any, x: Inexact[Any, "..."]) -> Inexact[Any, "..."]:
    return xp.conj(x) if xp.isdtype(x.dtype, "complex floating") else x
