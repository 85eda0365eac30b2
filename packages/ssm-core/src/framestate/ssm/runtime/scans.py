"""All states of a block of samples at once.

CuPy's arrays go to `framestate.ssm.kernels.cuda` where the modes are independent,
whatever their number and precision. All else is scanned in chunks side by side, by
vector operations and matrix products of any library, those of CuPy among them
(`framestate.ssm.kernels.blocked.affine`). Nothing waits for a device.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isqrt
from typing import Any, TypeAlias, final

import numpy as np
from jaxtyping import Complex128, Float, Inexact

from framestate.ssm.arrays import Array, Place
from framestate.ssm.kernels import cuda
from framestate.ssm.kernels.blocked import affine
from framestate.ssm.kernels.rung import rung

_Samples: TypeAlias = Float[Array, "h L b"]
_Before: TypeAlias = Float[Array, "h b"]
_One: TypeAlias = Inexact[Array, "h n b"]
_States: TypeAlias = Inexact[Array, "h L n b"]


@final
@dataclass(frozen=True, eq=False)
class Scan:
    """What a block of samples makes of a state: (x, u, the sample before, its number).

    Parameters
    ----------
    states : callable
        -> the states after each sample (h, L, n, b).
    last : callable
        -> the last of them (h, n, b), for less than all.
    """

    states: Callable[[_One, _Samples, _Before, int], _States]
    last: Callable[[_One, _Samples, _Before, int], _One]


@final
@dataclass(frozen=True, eq=False)
class Affine:
    """What moves S chunks of T samples each, z_t = g_t z_{t-1} + v_t.

    Parameters
    ----------
    gains : (#T, h, n, #S, 1) or (h, n, n)
        Factors of independent modes, or matrices.
    whole : (h, n, #S, 1) or (h, n, n)
        Their products over each chunk.
    v : (T, h, n, S, b)
        What the samples add.
    """

    gains: affine.Gains
    whole: affine.Whole
    v: affine.Chunks


# Samples in chunks, the sample before each chunk and the number of the first.
Cut: TypeAlias = Callable[[Float[Array, "h S T b"], Float[Array, "h S b"], int], Affine]


def affine_scan(place: Place, cut: Cut, *, modal: bool) -> Scan:
    """The scan of an affine step, modal if its gains are factors."""
    xp = place.xp
    if modal and rung(xp) is cuda:
        return _by_kernel(xp, cut)
    return _in_chunks(xp, cut)


def _in_chunks(xp: Any, cut: Cut) -> Scan:
    """About as many chunks as each has samples, and again for what is left over."""

    def states(x: _One, u: _Samples, before: _Before, count: int) -> _States:
        parts: list[_States] = []
        for piece in _pieces(xp, cut, u, before, count):
            z, start = piece.v, xp.astype(x, piece.v.dtype, copy=False)
            affine.states(xp, piece.gains, piece.whole, z, start)
            T, h, n, S, b = z.shape
            found = xp.reshape(xp.permute_dims(z, (1, 3, 0, 2, 4)), (h, S * T, n, b))
            parts.append(xp.astype(found, x.dtype, copy=False))
            x = parts[-1][:, -1, :, :]
        return parts[0] if len(parts) == 1 else xp.concat(parts, axis=1)

    def last(x: _One, u: _Samples, before: _Before, count: int) -> _One:
        start, dtype = x, x.dtype
        for piece in _pieces(xp, cut, u, before, count):
            start = xp.astype(start, piece.v.dtype, copy=False)
            start = affine.last(xp, piece.gains, piece.whole, piece.v, start)
        return xp.astype(start, dtype, copy=False)

    return Scan(states, last)


def _pieces(
    xp: Any, cut: Cut, u: _Samples, before: _Before, count: int
) -> Iterator[Affine]:
    (h, length, b), done = u.shape, 0
    while done < length:
        S = isqrt(length - done)
        T = (length - done) // S
        chunks = xp.reshape(u[:, done : done + S * T, :], (h, S, T, b))
        head = u[:, done - 1, :] if done else before
        heads = xp.concat((head[:, None, :], chunks[:, :-1, -1, :]), axis=1)
        yield cut(chunks, heads, count + done)
        done += S * T


def _by_kernel(xp: Any, cut: Cut) -> Scan:
    """One chunk, whose modes are rows of a kernel."""

    def states(x: _One, u: _Samples, before: _Before, count: int) -> _States:
        piece = cut(u[:, None, :, :], before[:, None, :], count)
        length, h, n, _, b = piece.v.shape
        start = xp.astype(x, piece.v.dtype, copy=False)
        gains = xp.broadcast_to(piece.gains, (piece.gains.shape[0], h, n, 1, b))
        a, rows = (
            xp.reshape(xp.permute_dims(p, (1, 2, 3, 4, 0)), (h * n * b, -1))
            for p in (gains, piece.v)
        )
        z = cuda.scan(a, rows, xp.reshape(start, (-1,)))
        found = xp.permute_dims(xp.reshape(z, (h, n, b, length)), (0, 3, 1, 2))
        return xp.astype(found, x.dtype, copy=False)

    return Scan(states, lambda *arguments: states(*arguments)[:, -1, :, :])


def closed_scan(
    place: Place,
    lam: Complex128[np.ndarray, " m"],
    settled: Complex128[np.ndarray, " m"],
) -> Scan:
    """The scan of the exact scaled clock, in double precision whatever the samples."""
    xp, kernels = place.xp, rung(place.xp)
    here = xp.asarray if kernels is cuda else np.asarray  # blocked asks on the host
    constants = here(lam), here(settled)

    def states(x: _One, u: _Samples, before: _Before, count: int) -> _States:
        del before
        start = xp.permute_dims(x[0, ...], (1, 0))
        samples = xp.permute_dims(u[0, ...], (1, 0))
        z = kernels.scaled_scan(*constants, samples, start, count)
        return xp.permute_dims(z, (2, 1, 0))[None, ...]

    return Scan(states, lambda *arguments: states(*arguments)[:, -1, :, :])
