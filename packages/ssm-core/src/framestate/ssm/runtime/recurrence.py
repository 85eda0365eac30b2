"""What each kind of step does to samples, on any array library.

`Motion.march` is the definition, sample by sample. Where the step is affine,
x_n = F_n x_{n-1} + v_n, and products of its F are cheap, `Motion.scan` has all states
of a block at once.

`motion` is where a new kind of step joins.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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
from framestate.ssm.kernels.blocked import affine
from framestate.ssm.runtime.linear import Linear, Step, linear
from framestate.ssm.runtime.scans import Affine, Cut, Scan, affine_scan, closed_scan

_NEAR = 64  # samples of a clock whose losses are tabulated together

_Samples: TypeAlias = Float[Array, "h L b"]
_Chunks: TypeAlias = Float[Array, "h S T b"]
_Before: TypeAlias = Float[Array, "h b"]
_One: TypeAlias = Inexact[Array, "h n b"]


@final
@dataclass(frozen=True, eq=False)
class Motion:
    """A step on a place.

    Parameters
    ----------
    march : callable
        (x, samples, the sample before, number of the first) -> the state after each.
    scan : Scan, optional
        The same for all samples at once.
    reads_past : bool
        Whether a state depends on the sample before.
    """

    march: Callable[[_One, _Samples, _Before, int], Iterator[_One]]
    scan: Scan | None = None
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
    """A step with powers."""
    axes = (..., None, None) if step.modal else ()
    inputs = _inputs(place, step.B, step.past)
    whole = cache(lambda t: place.put(step.power(t)[axes]))
    A = place.put(step.A[(..., None)] if step.modal else step.A)

    def march(x: _One, u: _Samples, before: _Before, _: int) -> Iterator[_One]:
        for v in inputs.each(u, before):
            x = (A * x if step.modal else A @ x) + v
            yield x

    def cut(u: _Chunks, before: Float[Array, "h S b"], _: int) -> Affine:
        gains = whole(1)[None, ...] if step.modal else A
        return Affine(gains, whole(u.shape[2]), inputs(u, before))

    scan = affine_scan(place, cut, modal=step.modal)
    return Motion(march, scan, reads_past=step.past is not None)


@final
@dataclass(frozen=True, eq=False)
class _Inputs:
    """What samples in chunks add to the states, as `Affine.v`."""

    xp: Any
    now: Inexact[Array, "h n 1 1"]
    late: Inexact[Array, "h n 1 1"] | None

    def each(self, u: _Samples, before: _Before) -> Iterator[_One]:
        """What each sample adds."""
        v = self(u[:, None, ...], before[:, None, :])
        return (v[t, :, :, 0, :] for t in range(v.shape[0]))

    def __call__(self, u: _Chunks, before: Float[Array, "h S b"]) -> affine.Chunks:
        v = self.now * _spread(self.xp, u)
        if self.late is None:
            return v
        shifted = self.xp.concat((before[:, :, None, :], u[:, :, :-1, :]), axis=2)
        return v + self.late * _spread(self.xp, shifted)


def _inputs(
    place: Place,
    B: Inexact[np.ndarray, "h n"],
    past: Inexact[np.ndarray, "h n"] | None = None,
) -> _Inputs:
    late = None if past is None else place.put(past[:, :, None, None])
    return _Inputs(place.xp, place.put(B[:, :, None, None]), late)


def _spread(xp: Any, u: _Chunks) -> Float[Array, "T h 1 S b"]:
    """Samples, time first in memory too: products with them inherit the order."""
    return affine.in_order(xp.permute_dims(u, (2, 0, 1, 3)))[:, :, None, ...]


def _low_rank(step: DPLRStep, place: Place) -> Motion:
    axes = () if step.B_bar.ndim == 2 else (None,)
    lam, P, Q = (place.put(a[axes]) for a in (step.lam_bar, step.P_bar, step.Q_bar))
    inputs = _inputs(place, step.B_bar[axes])

    def march(x: _One, u: _Samples, before: _Before, _: int) -> Iterator[_One]:
        for v in inputs.each(u, before):
            seen = place.xp.astype(place.xp.real(Q @ x), place.complex)
            x = lam[..., None] * x - P @ seen + v
            yield x

    return Motion(march)


def _diagonal_clock(step: DiagonalClock, place: Place) -> Motion:
    """z + loss (settled u - z), so that a state at rest stays there to the bit."""
    rests = _inputs(place, step.settled[None])

    @lru_cache(maxsize=2)
    def near(block: int) -> Complex[Array, "block m 1"]:
        """Losses of some samples in a row."""
        return place.put(_losses(step, block * _NEAR, _NEAR)[..., None])

    def march(x: _One, u: _Samples, before: _Before, count: int) -> Iterator[_One]:
        for n, rest in enumerate(rests.each(u, before), count):
            loss = near(n // _NEAR)[n % _NEAR, ...]
            x = x + loss * (rest - x)
            yield x

    if step.rule.alpha is None:
        return Motion(march, closed_scan(place, step.modes.lam, step.settled))
    return Motion(march, affine_scan(place, _clock_cut(step, place), modal=True))


def _clock_cut(step: DiagonalClock, place: Place) -> Cut:
    """Gains 1 - loss, in double precision: of a small loss single would keep little."""
    wide = replace(place, single=False)

    def cut(u: _Chunks, _: Float[Array, "h S b"], count: int) -> Affine:
        _, S, T, _ = u.shape
        losses = _losses(step, count, S * T).reshape(S, T, 1, -1, 1)
        losses = np.ascontiguousarray(np.moveaxis(losses, 0, 3))
        rests = wide.put(losses * step.settled[:, None, None])
        v = rests * _spread(place.xp, wide.take(u, modal=False))
        whole = wide.put(np.prod(1 - losses, axis=0))
        return Affine(wide.put(1 - losses), whole, v)

    return cut


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

    def march(x: _One, u: _Samples, _: _Before, count: int) -> Iterator[_One]:
        for n, sample in enumerate(place.fetch(u[0, ...]), count):
            x = place.put(advance(place.fetch(x[0, ...]), sample, n)[None, ...])
            yield x

    return Motion(march)
