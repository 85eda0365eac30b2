"""The affine recurrence z_t = g_t z_{t-1} + v_t in chunks, side by side (T-stretches).

S consecutive chunks of T samples are independent recurrences, so that one vector
operation moves all of them by a sample. They run from rest first. What a chunk finds
is then carried from the end of one to the start of the next, through the product of
its gains, and once more through its samples. Arrays of any library, time first:

    z      (T, h, n, S, b)      inputs, which become states
    gains  (#T, h, n, #S, #b)   factors of independent states, or
           (h, n, n)            a matrix that is the same at every sample
    whole  (h, n, #S, #b)       product of the gains of each chunk, or (h, n, n)
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import array_api_compat
from jaxtyping import Inexact

Gains: TypeAlias = Inexact[Any, "#T h n #S #b"] | Inexact[Any, "h n n"]
Whole: TypeAlias = Inexact[Any, "h n #S #b"] | Inexact[Any, "h n n"]
Chunks: TypeAlias = Inexact[Any, "T h n S b"]
State: TypeAlias = Inexact[Any, "h n b"]


def states(xp: Any, gains: Gains, whole: Whole, z: Chunks, start: State) -> None:
    """Turn inputs into the states that follow from a start, in place."""
    if z.shape[3] == 1:
        _run(xp, gains, z, start[:, :, None, :])
        return
    found = xp.stack(_found(xp, gains, whole, z, start)[:-1], axis=2)
    for t in range(z.shape[0]):
        found = times(xp, at(gains, t), found)
        now = z[t, ...]
        now += found


def last(xp: Any, gains: Gains, whole: Whole, z: Chunks, start: State) -> State:
    """The last of these states; z is left with others."""
    if z.shape[3] == 1:
        return _run(xp, gains, z, start[:, :, None, :])[:, :, 0, :]
    return _found(xp, gains, whole, z, start)[-1]


def carried(
    leap: Callable[[int, State], State], ends: Inexact[Any, "h n S b"], start: State
) -> list[State]:
    """What each of S chunks finds, and then what the last leaves.

    Parameters
    ----------
    leap : callable
        (s, x) -> what is left of x after chunk s, without its inputs.
    ends : (h, n, S, b)
        What each chunk makes of rest.
    start : (h, n, b)
        What the first finds.
    """
    found = [start]
    for s in range(ends.shape[2]):
        found.append(leap(s, found[-1]) + ends[:, :, s, :])
    return found


def times(
    xp: Any, gain: Inexact[Any, "h n *n"], x: Inexact[Any, "h n *b"]
) -> Inexact[Any, "h n *b"]:
    """A factor for each state, or a matrix, times states."""
    if gain.ndim > 3:
        return gain * x
    return xp.reshape(gain @ xp.reshape(x, (*x.shape[:2], -1)), x.shape)


def at(gains: Gains, t: int) -> Inexact[Any, "h n *S"]:
    """The gain of sample t."""
    return gains if gains.ndim == 3 else gains[min(t, gains.shape[0] - 1), ...]


def in_order(x: Inexact[Any, "..."]) -> Inexact[Any, "..."]:
    """A copy in memory in the order of its axes."""
    xp, device = array_api_compat.array_namespace(x), array_api_compat.device(x)
    copy = xp.empty(x.shape, dtype=x.dtype, device=device)
    copy[...] = x
    return copy


def _run(
    xp: Any, gains: Gains, z: Chunks, x: Inexact[Any, "h n S b"]
) -> Inexact[Any, "h n S b"]:
    """Turn inputs into the states of chunks that find x, in place; the last of them."""
    for t in range(z.shape[0]):
        now = z[t, ...]
        now += times(xp, at(gains, t), x)
        x = now
    return x


def _found(xp: Any, gains: Gains, whole: Whole, z: Chunks, start: State) -> list[State]:
    """What each chunk finds, of chunks that have run from rest."""

    def leap(s: int, x: State) -> State:
        own = whole.ndim > 3 and whole.shape[2] > 1
        factor = whole[:, :, s : s + 1, :] if own else whole
        return times(xp, factor, x[:, :, None, :])[:, :, 0, :]

    return carried(leap, _run(xp, gains, z, xp.zeros_like(z[0, ...])), start)
