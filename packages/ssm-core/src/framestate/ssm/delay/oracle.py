"""The exact answer to the delay task: how well can a state give back u[n - lag]?

The best readout (C, and D with feedthrough) of a time-invariant step is a least
squares problem over the span of its poles, so the smallest mean squared error
needs no training (T-delay-oracle in docs/theorems.md). White input has a closed
form, theta being the Taylor coefficients of the product of all-passes:

    MSE / sigma^2 = sum_{k < lag} |theta_k|^2      (k <= lag without feedthrough)
"""

from collections.abc import Sequence
from typing import overload

import numpy as np
import scipy.linalg
from jaxtyping import Float64, Int64

from framestate.ssm.checks import ArrayLike, known, numeric, real_array, refusal
from framestate.ssm.delay.allpass import (
    Poles,
    blaschke,
    driven_poles,
    filtered,
    responses,
)
from framestate.ssm.discretization.steps import (
    ScaledClock,
    TimeInvariantStep,
    time_invariant,
)

_BLOCK = 64  # columns that LAPACK reflects at once

Lags = Int64[np.ndarray, " lags"]
Errors = Float64[np.ndarray, " lags"]


@overload
def delay_error(
    step: TimeInvariantStep,
    lag: int,
    *,
    spectrum: str | ArrayLike = "white",
    feedthrough: bool = True,
) -> float: ...
@overload
def delay_error(
    step: TimeInvariantStep,
    lag: Sequence[int] | Lags,
    *,
    spectrum: str | ArrayLike = "white",
    feedthrough: bool = True,
) -> Errors: ...
def delay_error(
    step: TimeInvariantStep | ScaledClock,
    lag: ArrayLike,
    *,
    spectrum: str | ArrayLike = "white",
    feedthrough: bool = True,
) -> float | Errors:
    """Smallest mean squared error of u[n - lag] from the state, over the power of u.

    Parameters
    ----------
    step : DenseStep, DiagonalStep or DPLRStep
        A stable recurrence, from `discretize` with dt.
    lag : int or sequence of int
        Delay in samples, >= 0. All lags share one factorization.
    spectrum : "white" or (M/2 + 1,) array_like
        Power of a stationary input of even period M at frequencies 0 .. pi, as
        `framestate.ssm.spectra` gives; M must be at least twice the lag. It
        stands for an input without period once M exceeds several memories
        1 / (1 - |p|) of the slowest pole.
    feedthrough : bool
        Whether the readout also sees u[n] through D.

    Returns
    -------
    float or (lags,) float64
        Between 0 and 1; a float for one lag.

    Raises
    ------
    InvalidInputError
        If an argument is malformed, the period too short or the spectrum too
        poor to tell readouts apart.
    UnstableError
        If the step has a pole on or outside the unit circle.
    """
    lags = _lags("delay_error", lag)
    poles, direct = _poles("delay_error", step, feedthrough=feedthrough)
    if isinstance(spectrum, str):
        known("delay_error", "spectrum", spectrum, "white")
        errors = _white(poles, lags, feedthrough=direct)
    else:
        power = _power(spectrum, lags)
        errors = _colored(poles, lags, power, feedthrough=direct)
    return float(errors[0]) if np.ndim(lag) == 0 else errors


@overload
def delay_error_on(
    step: TimeInvariantStep, u: ArrayLike, lag: int, *, feedthrough: bool = True
) -> float: ...
@overload
def delay_error_on(
    step: TimeInvariantStep,
    u: ArrayLike,
    lag: Sequence[int] | Lags,
    *,
    feedthrough: bool = True,
) -> Errors: ...
def delay_error_on(
    step: TimeInvariantStep | ScaledClock,
    u: ArrayLike,
    lag: ArrayLike,
    *,
    feedthrough: bool = True,
) -> float | Errors:
    """The same on one finite record, started at rest and with its mean removed.

    The best real readout of the whole record: before its first sample the record
    is zero, and so is what a readout must give back there.

    Parameters
    ----------
    step : DenseStep, DiagonalStep or DPLRStep
        A stable recurrence, from `discretize` with dt.
    u : (L,) array_like
        The record, longer than the readout has parameters.
    lag : int or sequence of int
        Delay in samples, 0 <= lag < L. All lags share one factorization.
    feedthrough : bool
        Whether the readout also sees u[n] through D.

    Returns
    -------
    float or (lags,) float64
        Squared error over the energy of the delayed record, so that an ignorant
        readout has error one; a float for one lag.

    Raises
    ------
    InvalidInputError
        If an argument is malformed, a lag is not shorter than the record, or the
        record is constant or too short for the readout.
    UnstableError
        If the step has a pole on or outside the unit circle.
    """
    lags = _lags("delay_error_on", lag)
    poles, direct = _poles("delay_error_on", step, feedthrough=feedthrough)
    record = _record(u, lags, poles.count + direct)
    basis = filtered(poles, record, feedthrough=direct)
    targets = np.zeros((len(record), len(lags)), order="F")
    for column, delay in enumerate(lags):
        targets[delay:, column] = record[: len(record) - delay]
    energy = np.sum(targets**2, axis=0)
    if np.any(energy == 0):
        raise refusal(
            "delay_error_on",
            f"at lag {lags[np.argmin(energy)]} nothing of the record is left to recall",
            "Pass a shorter lag or a longer record",
        )
    errors = _residual_energy(basis, targets) / energy
    return float(errors[0]) if np.ndim(lag) == 0 else errors


def _poles(
    request: str, step: TimeInvariantStep | ScaledClock, *, feedthrough: bool
) -> tuple[Poles, bool]:
    """The poles, and whether feedthrough adds to them: a pole at 0 is u[n] itself."""
    fixed = time_invariant(request, step)
    if fixed.rule.straight and not feedthrough:
        raise refusal(
            f"{request} of a {fixed.method} step without feedthrough",
            "a state that runs straight to u[n] sees it, by a share of each mode",
            "Use feedthrough=True, or method 'zoh'",
        )
    poles = driven_poles(fixed)
    return poles, feedthrough and bool(np.all(poles.real != 0))


def _white(poles: Poles, lags: Lags, *, feedthrough: bool) -> Errors:
    """Sums of |theta_k|^2 over k < lag, or k <= lag without feedthrough."""
    energy = np.abs(blaschke(poles, int(lags.max()) + 1)) ** 2
    sums = np.concatenate(([0.0], np.cumsum(energy)))
    return sums[lags] if feedthrough else sums[lags + 1]


def _colored(
    poles: Poles,
    lags: Lags,
    power: Float64[np.ndarray, " frequencies"],
    *,
    feedthrough: bool,
) -> Errors:
    """Weighted least squares on the frequencies that carry power.

    Real and imaginary parts are stacked, so that readouts stay real; the inner
    frequencies stand for their negatives too and count twice.
    """
    half = len(power) - 1
    weight = power.copy()
    weight[1:half] *= 2
    k = np.flatnonzero(weight)
    rows = 2 * len(k) - (power[0] > 0) - (power[half] > 0)
    _check_rows("delay_error", "the spectrum", int(rows), poles.count + feedthrough)
    root = np.sqrt(weight[k])[:, None]
    delay = np.exp(-1j * np.pi * k / half)
    basis = root * responses(poles, delay, feedthrough=feedthrough)
    # An exact phase: k lag is reduced as an integer before it meets pi.
    targets = root * np.exp(-1j * np.pi * (np.outer(k, lags) % (2 * half)) / half)
    stacked = [
        np.concatenate((np.real(part), np.imag(part))) for part in (basis, targets)
    ]
    return _residual_energy(*stacked) / weight.sum()


def _residual_energy(
    basis: Float64[np.ndarray, "rows n"], targets: Float64[np.ndarray, "rows lags"]
) -> Errors:
    """Squared distance of each target from the span of the basis.

    Householder reflections turn the targets themselves; what lies below row n is
    the residual, with no difference of large numbers taken.
    """
    geqrf, ormqr = scipy.linalg.get_lapack_funcs(("geqrf", "ormqr"), (basis,))
    factors, tau, *_ = geqrf(basis, lwork=_BLOCK * basis.shape[1])
    turned, *_ = ormqr("L", "T", factors, tau, targets, _BLOCK * targets.shape[1])
    return np.sum(turned[basis.shape[1] :] ** 2, axis=0)


def _lags(request: str, lag: ArrayLike) -> Lags:
    shape = "lags" if np.ndim(lag) else ""
    lags = np.atleast_1d(numeric(request, "lag", lag, kinds="iu", shape=shape))
    if lags.min() < 0:
        raise refusal(
            request,
            f"lag = {int(lags.min())} is negative: that is a prediction",
            "Pass lag >= 0",
        )
    return lags.astype(np.int64)


def _power(spectrum: ArrayLike, lags: Lags) -> Float64[np.ndarray, " frequencies"]:
    request = "delay_error"
    power = real_array(request, "spectrum", spectrum, shape="M/2+1")
    period, longest = 2 * (len(power) - 1), int(lags.max())
    if power.min() < 0 or power.max() == 0:
        raise refusal(
            request,
            f"spectrum lies between {power.min():g} and {power.max():g}",
            "Pass powers >= 0, not all zero",
        )
    if period < 2 * longest or period < 2:
        raise refusal(
            request,
            f"lag {longest} is longer than half the spectrum's period of {period}",
            f"Sample the spectrum at {longest + 1} frequencies or more",
        )
    return power


def _record(u: ArrayLike, lags: Lags, parameters: int) -> Float64[np.ndarray, " L"]:
    request = "delay_error_on"
    record = real_array(request, "u", u, shape="L")
    longest = int(lags.max())
    if longest >= len(record):
        raise refusal(
            request,
            f"lag {longest} is not shorter than the record of {len(record)} samples",
            f"Pass a lag < {len(record)} or a longer record",
        )
    if np.ptp(record) == 0:
        raise refusal(
            request,
            f"all {len(record)} samples equal {record[0]:g}: no energy is left",
            "Pass a record that varies",
        )
    _check_rows(request, "the record", len(record), parameters)
    return record - record.mean()


def _check_rows(request: str, source: str, rows: int, parameters: int) -> None:
    if rows <= parameters:
        raise refusal(
            request,
            f"{source} gives {rows} equations for a readout of {parameters} parameters",
            "Use more of them, or a smaller state",
        )
