"""What each kind of step does to a stretch of samples, on any array library.

The stretches of a record are independent recurrences, a batch of S records. Where the
step is affine, x_n = F_n x_{n-1} + v_n, and products of its F are cheap, they can run
side by side: first from rest, then from what each finds, which is carried from the
end of one to the start of the next (T-stretches in docs/theorems.md). The definition
is the case S = 1.

`motion` is where a new kind of step joins.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias, cast, final

import numpy as np
from jaxtyping import Complex, Complex128, Float, Float64, Inexact

from framestate.ssm.arrays import Array, Place
from framestate.ssm.discretization.clock import dense_clock
from framestate.ssm.discretization.dplr_clock import dplr_clock
from framestate.ssm.discretization.irregular import IrregularStep, irregular_advance
from framestate.ssm.discretization.steps import (
    DenseClock,
    DiagonalClock,
    DPLRClock,
    DPLRStep,
)
from framestate.ssm.runtime.linear import Linear, Step, linear

_NEAR = 64  # samples of a clock whose losses are tabulated together

_Samples: TypeAlias = Float[Array, "h S T b"]
_States: TypeAlias = Inexact[Array, "h n #S b"]
_One: TypeAlias = Inexact[Array, "h n b"]


@final
@dataclass(frozen=True, eq=False)
class Stretches:
    """S stretches of T samples each, side by side.

    Parameters
    ----------
    shape : (int, int)
        S and T.
    advance : callable
        (t, x) -> the states of all stretches after their sample t.
    leap : callable, optional
        (s, x) -> what is left of x after stretch s, without its samples. Stretches
        that cannot be carried lack it, and then S = 1.
    """

    shape: tuple[int, int]
    advance: Callable[[int, _States], _States]
    leap: Callable[[int, _One], _One] | None = None

    def march(self, x: _States) -> Iterator[_States]:
        """The states after each sample."""
        for t in range(self.shape[1]):
            x = self.advance(t, x)
            yield x

    def heads(self, xp: Any, x: _One) -> _States:
        """What each stretch finds if the first finds x."""
        if self.leap is None or self.shape[0] == 1:
            return x[:, :, None, :]
        return xp.stack(self._carried(self.leap, x)[:-1], axis=2)

    def through(self, x: _One) -> _One:
        """What the last stretch leaves if the first finds x."""
        if self.leap is None or self.shape[0] == 1:
            return self._end(x[:, :, None, :])[:, :, 0, :]
        return self._carried(self.leap, x)[-1]

    def _carried(self, leap: Callable[[int, _One], _One], x: _One) -> list[_One]:
        ends, found = self._end(0 * x[:, :, None, :]), [x]
        for s in range(self.shape[0]):
            found.append(leap(s, found[-1]) + ends[:, :, s, :])
        return found

    def _end(self, x: _States) -> _States:
        for after in self.march(x):
            x = after
        return x


# Samples, the sample before each stretch and the number of the first -> stretches.
Cut: TypeAlias = Callable[[_Samples, Float[Array, "h S b"], int], Stretches]


@final
@dataclass(frozen=True, eq=False)
class Motion:
    """A step on a place.

    Parameters
    ----------
    cut : callable
        (samples, the sample before each stretch, number of the first) -> Stretches.
    parallel : bool
        Whether stretches can be carried.
    reads_past : bool
        Whether a state depends on the sample before.
    """

    cut: Cut
    parallel: bool
    reads_past: bool = False


def motion(step: Step, place: Place, records: int) -> Motion:
    """The step with its constants converted once to a place.

    Parameters
    ----------
    step : Step
        What moves the state.
    place : Place
        Where.
    records : int
        Their number b, which a step with intervals for each of them must fit.

    Raises
    ------
    InvalidInputError
        If it does not.
    """
    found = linear(step)
    if found is not None:
        return linear_motion(found, place)
    match step:
        case DPLRStep():
            return _low_rank(step, place)
        case DiagonalClock():
            return _diagonal_clock(step, place)
        case DPLRClock():
            return _hosted(dplr_clock(step), place)
        case IrregularStep():
            return _hosted(irregular_advance(step, records), place)
        case _:
            return _hosted(dense_clock(cast("DenseClock", step)), place)


def linear_motion(step: Linear, place: Place) -> Motion:
    """A step with powers, which carry its stretches."""
    A, inputs = place.put(step.A), _inputs(place, step.B, step.past)
    power = cache(lambda t: place.put(step.power(t)))

    def cut(u: _Samples, before: Float[Array, "h S b"], _: int) -> Stretches:
        v, (_, S, T, _) = inputs(u, before), u.shape
        return Stretches(
            (S, T),
            lambda t, x: times(place.xp, A, x) + v[t, ...],
            lambda _, x: times(place.xp, power(T), x),
        )

    return Motion(cut, parallel=True, reads_past=step.past is not None)


def times(
    xp: Any, factor: Inexact[Array, "h n *n"], x: Inexact[Array, "h n *b"]
) -> Inexact[Array, "h n *b"]:
    """A power of A times states: factors of modes, or matrices."""
    if factor.ndim == 2:
        return xp.reshape(factor, (*factor.shape, *[1] * (x.ndim - 2))) * x
    return xp.reshape(factor @ xp.reshape(x, (*x.shape[:2], -1)), x.shape)


@final
@dataclass(frozen=True, eq=False)
class _Inputs:
    """What samples add to the states, time first."""

    xp: Any
    now: Inexact[Array, "h n 1 1"]
    late: Inexact[Array, "h n 1 1"] | None

    def __call__(
        self, u: _Samples, before: Float[Array, "h S b"]
    ) -> Inexact[Array, "T h n S b"]:
        v = self.now * self._spread(u)
        if self.late is None:
            return v
        shifted = self.xp.concat((before[:, :, None, :], u[:, :, :-1, :]), axis=2)
        return v + self.late * self._spread(shifted)

    def _spread(self, u: _Samples) -> Float[Array, "T h 1 S b"]:
        return self.xp.expand_dims(self.xp.permute_dims(u, (2, 0, 1, 3)), axis=2)


def _inputs(
    place: Place,
    B: Inexact[np.ndarray, "h n"],
    past: Inexact[np.ndarray, "h n"] | None = None,
) -> _Inputs:
    late = None if past is None else place.put(past[:, :, None, None])
    return _Inputs(place.xp, place.put(B[:, :, None, None]), late)


def _low_rank(step: DPLRStep, place: Place) -> Motion:
    axes = () if step.B_bar.ndim == 2 else (None,)
    lam, P, Q = (place.put(a[axes]) for a in (step.lam_bar, step.P_bar, step.Q_bar))
    inputs = _inputs(place, step.B_bar[axes])

    def moved(x: _States) -> _States:
        seen = place.xp.real(Q @ x[:, :, 0, :])
        low = P @ place.xp.astype(seen, place.complex)
        return lam[:, :, None, None] * x - low[:, :, None, :]

    def cut(u: _Samples, before: Float[Array, "h S b"], _: int) -> Stretches:
        v = inputs(u, before)
        return Stretches((1, u.shape[2]), lambda t, x: moved(x) + v[t, ...])

    return Motion(cut, parallel=False)


def _diagonal_clock(step: DiagonalClock, place: Place) -> Motion:
    """z + loss (settled u - z), so that a state at rest stays there to the bit."""
    settled = _inputs(place, step.settled[None])

    @lru_cache(maxsize=2)
    def near(block: int) -> Complex[Array, "block m 1 1"]:
        """Losses of some samples in a row, for one stretch."""
        return place.put(_losses(step, block * _NEAR, _NEAR)[:, :, None, None])

    def cut(u: _Samples, before: Float[Array, "h S b"], count: int) -> Stretches:
        (_, S, T, _), rest = u.shape, settled(u, before)
        if S == 1:
            loss: Callable[[int], Any] = lambda t: near(t // _NEAR)[t % _NEAR, ...]
            return Stretches(
                (1, T), lambda t, x: x + loss(count + t) * (rest[t, ...] - x)
            )
        losses = _losses(step, count, S * T).reshape(S, T, 1, -1, 1)
        kept = place.put(np.prod(1 - losses, axis=1))
        table = place.put(np.moveaxis(losses, 0, 3))
        return Stretches(
            (S, T),
            lambda t, x: x + table[t, ...] * (rest[t, ...] - x),
            lambda s, x: kept[s, ...] * x,
        )

    return Motion(cut, parallel=True)


def _losses(
    step: DiagonalClock, start: int, count: int
) -> Complex128[np.ndarray, "count m"]:
    """1 - F_n from sample ``start`` on; the first of all forgets what was before."""
    lam, alpha = step.modes.lam, step.rule.alpha
    n = (start + np.arange(count, dtype=np.float64))[:, None]
    first, n = n == 0, np.maximum(n, 1.0)
    if alpha is None:
        return np.where(first, 1.0, -np.expm1(-lam * np.log1p(1 / n)))
    early, late = (1 - alpha) / n, alpha / (n + 1)
    return np.where(first, 1.0, (early + late) * lam / (1 + late * lam))


def _hosted(
    advance: Callable[[Any, Float64[np.ndarray, " b"], int], Any], place: Place
) -> Motion:
    """A clock that LAPACK moves on the host, in double precision."""

    def cut(u: _Samples, _: Float[Array, "h S b"], count: int) -> Stretches:
        samples = place.fetch(u[0, 0, ...])
        return Stretches((1, len(samples)), lambda t, x: move(x, samples[t], count + t))

    def move(x: _States, sample: Float64[np.ndarray, " b"], n: int) -> _States:
        host = place.fetch(x[0, :, 0, :])
        return place.put(advance(host, sample, n)[None, :, None, :])

    return Motion(cut, parallel=False)
