"""The question, and the ranked answer.

The errors are exact for a stationary signal of the measured spectrum
(T-delay-oracle in docs/theorems.md): no training, no noise, the best readout.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.advise.candidates import CANDIDATES
from framestate.bench.advise.measure import (
    Spectrum,
    require_measurable,
    spectra,
    typical_lag,
)
from framestate.bench.data import Signal
from framestate.bench.errors import InvalidInputError
from framestate.ssm import truncate

_POINTS = 33  # lags of a curve
_SWEEP, _REFINE = 17, 5  # dt, and around the best


@final
@dataclass(frozen=True)
class Question:
    """What the memory is for.

    Attributes
    ----------
    lag : int or None
        The past to remember, in samples; as `typical_lag` has it if None.
    order : int or None
        States; 64 if None, or half the lag where that is less.
    """

    lag: int | None = None
    order: int | None = None


@final
@dataclass(frozen=True, eq=False)
class Verdict:
    """One memory at its best dt.

    Attributes
    ----------
    name : str
        The memory.
    dt : float
        Sample interval over window, the best of a sweep.
    window : float
        Mean error over the lags 0 .. lag: of reconstructing that past.
    at_lag : float
        Error at the lag alone.
    errors : (lags,) float64
        Errors at `Advice.lags`; all relative to the power of the signal.
    halves : (float, float) or None
        The mean error in the first and in the second half of the record; None where
        half a record is too short to say.
    """

    name: str
    dt: float
    window: float
    at_lag: float
    errors: Float64[np.ndarray, " lags"]
    halves: tuple[float, float] | None


@final
@dataclass(frozen=True, eq=False)
class Advice:
    """Memories, the best first.

    Attributes
    ----------
    signal : Signal
        What was asked about.
    question : Question
        With the lag that was chosen.
    why : str
        Where the lag comes from.
    spectrum : (M/2 + 1,) float64
        Its power at frequencies 0 .. pi.
    lags : (lags,) int64
        Where errors are known.
    limit : float
        Mean error over the lags that no linear memory of that many states beats.
    verdicts : tuple of Verdict
        One for each memory.
    code : str
        What builds the first.
    """

    signal: Signal
    question: Question
    why: str
    spectrum: Float64[np.ndarray, " frequencies"]
    lags: np.ndarray
    limit: float
    verdicts: tuple[Verdict, ...]
    code: str

    @property
    def rivals(self) -> tuple[str, ...]:
        """Memories that are ahead of the first in one half of the record."""
        first, *others = self.verdicts
        if first.halves is None:
            return ()
        return tuple(
            one.name
            for one in others
            if one.halves is not None
            and any(a < b for a, b in zip(one.halves, first.halves, strict=True))
        )


def advise(
    signal: Signal,
    question: Question,
    on_step: Callable[[int, int, str], None] | None = None,
) -> Advice:
    """Rank all memories for a signal.

    Parameters
    ----------
    signal : Signal
        A record; its mean is removed.
    question : Question
        Lag and states.
    on_step : callable, optional
        (done, total, name) before each memory.

    Raises
    ------
    InvalidInputError
        If the record is too short for the question, or a number is out of range.
    """
    require_measurable(signal)
    lag, why = typical_lag(signal)
    if question.lag is not None:
        lag, why = question.lag, "as asked"
    order = min(64, max(4, lag // 4 * 2)) if question.order is None else question.order
    _check(signal, order, lag)
    lags = np.unique(np.linspace(0, lag, _POINTS).round().astype(np.int64))
    measured = spectra(signal, lag)
    verdicts: list[Verdict] = []
    for done, name in enumerate(CANDIDATES):
        if on_step is not None:
            on_step(done, len(CANDIDATES), name)
        verdicts.append(_verdict(name, order, measured, lags))
    verdicts.sort(key=lambda one: one.window)
    limit = truncate.mean_delay_limit(order, lag, spectrum=measured[0])
    best = verdicts[0]
    code = CANDIDATES[best.name].code.format(order=order, dt=f"{best.dt:.3g}")
    asked = Question(lag, order)
    return Advice(signal, asked, why, measured[0], lags, limit, tuple(verdicts), code)


def _check(signal: Signal, order: int, lag: int) -> None:
    longest = len(signal.values) // 4
    if not 1 <= lag <= longest:
        raise InvalidInputError(
            request=f"a memory of {lag} samples for {signal.name!r}",
            finding=f"the record has {len(signal.values)} samples",
            remedy=f"Ask for a lag from 1 to {longest}.",
        )
    if order < 4 or order % 2 or order > lag:
        raise InvalidInputError(
            request=f"a memory of {order} states for {lag} samples",
            finding="memories are compared at an even number of states, 4 at least; as "
            "many as samples would keep the samples themselves",
            remedy="Ask for an even number from 4 to the lag, or for a longer lag.",
        )


def _verdict(
    name: str, order: int, measured: tuple[Spectrum, ...], lags: np.ndarray
) -> Verdict:
    """Sweep dt, windows from a quarter to eight times the lag, then more finely."""
    system, lag = CANDIDATES[name].system(order), int(lags[-1])

    def errors(dt: float, spectrum: Spectrum) -> Float64[np.ndarray, " lags"]:
        step = ssm.discretize(system, dt=dt, method="bilinear")
        return ssm.delay_error(step, lag=lags, spectrum=spectrum)

    whole, *parts = measured
    found: dict[float, Float64[np.ndarray, " lags"]] = {}
    low, high = 1 / (8 * lag), 4 / lag
    for count in (_SWEEP, _REFINE + 2):
        grid = np.geomspace(low, high, count)
        found |= {float(dt): errors(float(dt), whole) for dt in grid if dt not in found}
        dts = sorted(found)
        best = min(range(len(dts)), key=lambda k: _mean(lags, found[dts[k]]))
        low, high = dts[max(best - 1, 0)], dts[min(best + 1, len(dts) - 1)]
    dt = dts[best]
    halves = [_mean(lags, errors(dt, part)) for part in parts]
    return Verdict(
        name,
        dt,
        _mean(lags, found[dt]),
        float(found[dt][-1]),
        found[dt],
        (halves[0], halves[1]) if halves else None,
    )


def _mean(lags: np.ndarray, errors: Float64[np.ndarray, " lags"]) -> float:
    """The mean over all lags, errors taken as straight between the known ones."""
    return float(np.trapezoid(errors, lags) / (lags[-1] - lags[0]))
