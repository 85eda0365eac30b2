"""Linear delay task (W4S4, Fig. 1 and 2) without any training.

Given u, a frozen memory and a lag L0, the best readout (C, D) of y[n] = u[n - L0]
is a least squares problem; its error is known in closed form for a stationary
input (T-delay-oracle in docs/theorems.md) and by linear algebra for a real record. We sweep
dt (sample interval over window) and take the best, as the paper does.

All errors are relative to the variance of the input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.data import Signal
from framestate.bench.errors import InvalidInputError
from framestate.bench.record import Curve, Fidelity, Outcome, Record
from framestate.bench.tasks import inputs, species
from framestate.bench.tasks.delay_limits import limit

SUITE = "delay"
PAPER_MSE: Mapping[str, float] = {species.W4S4: 7.5e-4, species.LEGS: 4e-3}
PAPER_GAIN = 5.31
SHARE = 300 / 1024  # of a record that is too short for the lag


@final
@dataclass(frozen=True)
class DelaySettings:
    """One input, all species.

    Attributes
    ----------
    signal : str
        Name of a stationary input or of a real signal.
    order : int
        States of every species (S4D: the even number below).
    data : str or None
        Task of the data library that the record comes from, if it is not in the catalog.
    lag : int
        The lag L0 of Fig. 1, samples.
    exact_lag : bool
        Refuse a record shorter than the lag instead of shortening the lag.
    lags : tuple of int
        Lags of Fig. 2; empty leaves the figure out.
    dt_range : (float, float)
        Sweep of dt; the paper's is (1e-4, 1e-2).
    dt_count : int
        Points of the logarithmic sweep.
    dt_refine : int
        Further points on both sides of the best one.
    period : int
        Least period M of a stationary input; its spectrum has M/2 + 1 samples. It
        grows with the window, which must not see the input repeat itself.
    species : tuple of str
        Which memories.
    """

    signal: str
    data: str | None = None
    order: int = 65
    lag: int = 300
    exact_lag: bool = False
    lags: tuple[int, ...] = (50, 100, 200, 300, 400, 600, 800)
    dt_range: tuple[float, float] = (1e-4, 1e-1)
    dt_count: int = 25
    dt_refine: int = 3
    period: int = 8192
    species: tuple[str, ...] = species.DELAY_SPECIES


def run(
    settings: DelaySettings, rng: np.random.Generator, *, signal: Signal | None = None
) -> Outcome:
    """Best error of every species on one input.

    Parameters
    ----------
    settings : DelaySettings
        What to sweep.
    rng : numpy.random.Generator
        Unused: nothing is random here.
    signal : Signal, optional
        The record; None for a stationary input named by the settings.

    Raises
    ------
    InvalidInputError
        If the lag is longer than the record, or the input is unknown.
    """
    del rng
    lag, note = _lag_for(settings, signal)
    lags = _lags_for(settings, signal, lag)
    sweeps = [_sweep(n, settings, signal, lags, lag) for n in settings.species]
    records = [_mse(settings, sweep, note) for sweep in sweeps]
    records += _gain(settings, {s.name: s.best for s in sweeps}, note)
    if signal is None:
        name, order, lag = settings.signal, settings.order, settings.lag
        records.append(limit(SUITE, name, order, lag, least=settings.period))
    curves = [curve for sweep in sweeps for curve in _curves(settings, sweep)]
    return Outcome(records=tuple(records), curves=tuple(curves))


def check(settings: DelaySettings, signal: Signal | None) -> None:
    """Refuse a lag that the record cannot have, before anything is computed.

    Raises
    ------
    InvalidInputError
        If the lag is longer than the record, or than a stationary input allows.
    """
    _lag_for(settings, signal)


def _lag_for(settings: DelaySettings, signal: Signal | None) -> tuple[int, str]:
    if signal is None:
        longest = max(settings.lag, *settings.lags, 0)
        if longest > inputs.LONGEST_LAG:
            raise InvalidInputError(
                request=f"delay of {longest} samples on the input {settings.signal!r}",
                finding=f"the longest lag on a stationary input is {inputs.LONGEST_LAG}",
                remedy=f"Use --lag {inputs.LONGEST_LAG} or less.",
            )
        return settings.lag, ""
    size = signal.values.size
    fitted = f"{settings.order + 1} coefficients fitted to {size} samples"
    if size * SHARE >= settings.lag or (settings.exact_lag and settings.lag < size):
        return settings.lag, fitted
    if settings.exact_lag:
        raise InvalidInputError(
            request=f"delay of {settings.lag} samples on the signal {signal.name!r}",
            finding=f"the signal has only {size} samples",
            remedy=f"Use a lag below {size}, or leave this signal out.",
        )
    lag = max(1, int(size * SHARE))
    return lag, f"lag {lag}, as the record is short; {fitted}"


def _lags_for(
    settings: DelaySettings, signal: Signal | None, lag: int
) -> tuple[int, ...]:
    if signal is not None and lag != settings.lag:
        return (lag,)  # a shortened lag has no place on the common axis
    limit = np.inf if signal is None else signal.values.size // 2
    return tuple(sorted({lag, *(x for x in settings.lags if x < limit)}))


@final
@dataclass(frozen=True, eq=False)
class _Sweep:
    """Errors of one species: a row for each dt, a column for each lag."""

    name: str
    dts: Float64[np.ndarray, " dt"]
    lags: tuple[int, ...]
    at: int
    errors: Float64[np.ndarray, "dt lag"]

    @property
    def best(self) -> float:
        """Smallest error at the lag of Fig. 1."""
        return float(self.errors[:, self.at].min())

    @property
    def best_dt(self) -> float:
        """The dt where it is reached."""
        return float(self.dts[self.errors[:, self.at].argmin()])


def _sweep(
    name: str,
    settings: DelaySettings,
    signal: Signal | None,
    lags: tuple[int, ...],
    lag: int,
) -> _Sweep:
    """Sweep dt on a grid, then again more finely around the best point."""
    at = lags.index(lag)
    grid = np.geomspace(*settings.dt_range, settings.dt_count)
    coarse = _errors(name, settings, signal, grid, lags)
    best = int(coarse[:, at].argmin())
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    finer = np.geomspace(low, high, 2 * settings.dt_refine + 3)[1:-1]
    fresh = finer[~np.isclose(finer[:, None], grid[None, :], rtol=1e-9).any(axis=1)]
    fine = _errors(name, settings, signal, fresh, lags)
    dts = np.concatenate([grid, fresh])
    order = np.argsort(dts)
    errors = np.concatenate([coarse, fine])[order]
    return _Sweep(name, dts[order], lags, at, errors)


def _errors(
    name: str,
    settings: DelaySettings,
    signal: Signal | None,
    dts: Float64[np.ndarray, " dt"],
    lags: tuple[int, ...],
) -> Float64[np.ndarray, "dt lag"]:
    system = species.build(name, settings.order)
    table = np.empty((dts.size, len(lags)))
    for row, dt in enumerate(dts):
        step = ssm.discretize(system, dt=float(dt), method="bilinear")
        if signal is None:
            period = inputs.period(float(dt), least=settings.period, lag=max(lags))
            density = inputs.spectrum(settings.signal, period)
            table[row] = ssm.delay_error(step, lag=lags, spectrum=density)
        else:
            table[row] = ssm.delay_error_on(step, signal.values, lags)
    return table


def _fidelity(name: str) -> Fidelity:
    # the paper names neither its input nor the size of its state
    return "look-alike" if name in PAPER_MSE else "own"


def _mse(settings: DelaySettings, sweep: _Sweep, note: str) -> Record:
    where = f"best dt {sweep.best_dt:.2g}"
    return Record(
        suite=SUITE,
        experiment=f"delay/{settings.signal}",
        species=sweep.name,
        signal=settings.signal,
        metric="MSE",
        value=sweep.best,
        unit="of the variance",
        paper=PAPER_MSE.get(sweep.name),
        fidelity=_fidelity(sweep.name),
        note=f"{where}; {note}" if note else where,
    )


def _gain(
    settings: DelaySettings, best: Mapping[str, float], note: str
) -> list[Record]:
    if species.W4S4 not in best or species.LEGS not in best:
        return []
    gain = Record(
        suite=SUITE,
        experiment=f"delay/{settings.signal}",
        species=species.W4S4,
        signal=settings.signal,
        metric="gain over LegS",
        value=best[species.LEGS] / best[species.W4S4],
        paper=PAPER_GAIN,
        fidelity="look-alike",
        note=note,
    )
    return [gain]


def _curves(settings: DelaySettings, sweep: _Sweep) -> list[Curve]:
    def curve(
        label: str, x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"]
    ) -> Curve:
        return Curve(
            suite=SUITE,
            experiment=f"delay/{settings.signal}",
            species=sweep.name,
            signal=settings.signal,
            name=label,
            x=tuple(float(v) for v in x),
            y=tuple(round(float(v), 5) for v in np.log10(y)),
        )

    errors = sweep.errors
    curves = [curve("MSE against dt", sweep.dts, errors[:, sweep.at])]
    if len(sweep.lags) > 1:
        lags = np.array(sweep.lags, dtype=np.float64)
        curves.append(curve("MSE against lag", lags, errors.min(axis=0)))
    return curves
