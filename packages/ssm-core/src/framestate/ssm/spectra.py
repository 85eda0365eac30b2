"""Power spectra of stationary inputs, for the oracle of the delay task.

Every function returns the power at the frequencies pi k / (M/2), k = 0 .. M/2,
of a real process of even period M = size; `framestate.ssm.delay.oracle` counts the
inner frequencies twice. The scale is free: errors are relative to the power.
"""

import numpy as np
import scipy.signal
from jaxtyping import Float64

from framestate.ssm.checks import ArrayLike, number, real_array, refusal, whole
from framestate.ssm.errors import UnstableError


def ar(coefficients: ArrayLike, size: int) -> Float64[np.ndarray, " frequencies"]:
    """Autoregressive input u[t] = sum_k coefficients[k] u[t - 1 - k] + white noise.

    ``ar([.99], M)`` is 1 / |1 - .99 e^{-iw}|^2; a double root .99 is
    ``ar([1.98, -.9801], M)``.

    Parameters
    ----------
    coefficients : (p,) array_like
        Weights of the p latest samples.
    size : int
        Even period M >= 2.

    Returns
    -------
    (M/2 + 1,) float64
        Power at frequencies 0 .. pi for noise of unit variance.

    Raises
    ------
    InvalidInputError
        If an argument is malformed.
    UnstableError
        If the recursion is not stationary.
    """
    weights = real_array("ar", "coefficients", coefficients, shape="p")
    omega = _frequencies("ar", size)
    roots = np.roots(np.concatenate(([1.0], -weights)))
    if np.any(np.abs(roots) >= 1):
        raise UnstableError(
            request=f"ar({weights.tolist()})",
            finding=f"it has a root of modulus {np.abs(roots).max():.6g} >= 1",
            remedy="Pass a stationary recursion, all roots inside the unit circle",
        )
    lags = np.arange(1, len(weights) + 1)
    return 1 / np.abs(1 - np.exp(-1j * np.outer(omega, lags)) @ weights) ** 2


def band(
    fraction: float | int, size: int, *, floor: float | int = 1e-6
) -> Float64[np.ndarray, " frequencies"]:
    """Band-limited white input: power 1 below ``fraction`` of the Nyquist frequency.

    An exactly band-limited input is predictable, and errors would then measure
    digits rather than systems; a weak white floor stands for measurement noise.

    Parameters
    ----------
    fraction : float
        In (0, 1]; 1 is white.
    size : int
        Even period M >= 2.
    floor : float
        Power above the band, in [0, 1]; the default is 60 dB down.

    Returns
    -------
    (M/2 + 1,) float64
        A frequency at the edge of the band has its share of the two levels.

    Raises
    ------
    InvalidInputError
        If an argument is malformed.
    """
    number("band", "fraction", fraction, above=0.0, high=1.0)
    number("band", "floor", floor, low=0.0, high=1.0)
    bins = np.arange(len(_frequencies("band", size)))
    inside = np.clip(fraction * size / 2 - bins + 0.5, 0.0, 1.0)
    if fraction == 1.0:
        inside[-1] = 1.0
    return floor + (1 - floor) * inside


def welch(signal: ArrayLike, size: int) -> Float64[np.ndarray, " frequencies"]:
    """Welch's estimate of a record's power, its mean removed.

    Parameters
    ----------
    signal : (L,) array_like
        A real record of at least ``size`` samples.
    size : int
        Even length M >= 2 of the Hann windows, which overlap by half.

    Returns
    -------
    (M/2 + 1,) float64
        Power at frequencies 0 .. pi, the inner ones not doubled.

    Raises
    ------
    InvalidInputError
        If the record is malformed, shorter than the window or constant.
    """
    record = real_array("welch", "signal", signal, shape="L")
    omega = _frequencies("welch", size)
    if len(record) < size:
        raise refusal(
            "welch",
            f"the window of {size} samples is longer than the {len(record)} recorded",
            f"Pass size <= {len(record)}",
        )
    if np.ptp(record) == 0:
        raise refusal(
            "welch",
            f"all {len(record)} samples equal {record[0]:g}: no power is left",
            "Pass a record that varies",
        )
    power = scipy.signal.welch(record - record.mean(), nperseg=size)[1]
    doubled = (omega > 0) & (omega < np.pi)
    return np.where(doubled, power / 2, power)


def _frequencies(request: str, size: int) -> Float64[np.ndarray, " frequencies"]:
    if whole(request, "size", size, low=2) % 2:
        raise refusal(
            f"{request} with size = {size}",
            "the period is odd, so pi is not one of its frequencies",
            f"Pass size = {size + 1}",
        )
    return np.linspace(0, np.pi, size // 2 + 1)
