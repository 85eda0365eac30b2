"""The scan of rows, in chunks of `framestate.ssm.kernels.blocked.affine`."""

import math
from typing import Any

import array_api_compat
from jaxtyping import Inexact

from framestate.ssm.kernels.blocked.affine import in_order, states

# Elements that a vector operation needs to outweigh the cost of calling it.
_WIDE = 4096


def scan(
    a: Inexact[Any, "r #l"], x: Inexact[Any, "r l"], start: Inexact[Any, " r"]
) -> Inexact[Any, "r l"]:
    """Equal to `reference.scan`, z_n = a_n z_{n-1} + x_n, arrays of one dtype."""
    xp = array_api_compat.array_namespace(a, x, start)
    rows, length = x.shape
    S = max(1, min(_WIDE // rows, math.isqrt(length)))
    T = length // S
    gains, z = _cut(xp, a, S), _cut(xp, x, S)
    whole = xp.prod(xp.broadcast_to(gains, (T, *gains.shape[1:])), axis=0)
    states(xp, gains, whole, z, start[None, :, None])
    done = xp.reshape(xp.permute_dims(z[:, 0, :, :, 0], (1, 2, 0)), (rows, S * T))
    if length == S * T:
        return done
    late = a if a.shape[1] == 1 else a[:, S * T :]
    return xp.concat((done, scan(late, x[:, S * T :], done[:, -1])), axis=1)


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


def _cut(xp: Any, x: Inexact[Any, "r #l"], S: int) -> Inexact[Any, "#T 1 r #S 1"]:
    """A copy of the whole chunks, or of constants."""
    if x.shape[1] == 1:
        S = 1
    T = x.shape[1] // S
    chunks = xp.reshape(x[:, : S * T], (x.shape[0], S, T))
    return in_order(xp.permute_dims(chunks, (2, 0, 1))[:, None, :, :, None])


def _conj(xp: Any, x: Inexact[Any, "..."]) -> Inexact[Any, "..."]:
    return xp.conj(x) if xp.isdtype(x.dtype, "complex floating") else x
