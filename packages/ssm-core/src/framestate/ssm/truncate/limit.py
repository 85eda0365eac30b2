"""What no linear system of n states can do: limits of the delay task.

A readout of n states recalls u[n - k] with an error MSE(k), relative to the power
of the input; `framestate.ssm.delay.oracle` gives it for one system, these bound it for
all of them. Lags are samples, k = 0 is now, and feedthrough grants u[n] itself.

Gains (T-delay-hankel in docs/theorems.md): the delay of L samples has L Hankel
singular values equal to 1, so sup |e^{-iwL} - H| >= 1 for every H of fewer than L
states. In the worst case nothing is better than no system at all, and only errors
averaged over a spectrum tell systems apart.
"""

import numpy as np
import scipy.linalg
import scipy.signal
from jaxtyping import Float64

from framestate.ssm import spectra
from framestate.ssm.checks import ArrayLike, known, real_array, refusal, whole


def delay_limit(
    order: int,
    lag: int,
    *,
    spectrum: str | ArrayLike = "white",
    coefficients: ArrayLike = (),
    feedthrough: bool = True,
) -> float:
    """Lower bound on the error at one lag, for every system of that order.

    White input: 1 - n/L with feedthrough, 1 - n/(L + 1) without, and 0 from there
    on, where a shift register recalls everything (T-delay-capacity in
    docs/theorems.md).

    Other inputs: an autoregression of order p with the given coefficients that
    lies below the spectrum, f >= c q, transfers its own limit (T-delay-prediction,
    T-delay-minorant). With h its impulse response, H the lower triangular Toeplitz
    matrix of h_0 .. h_(m-1) and m = L + 1 - max(p, feedthrough), this returns
    c / (m mean f) times the sum of all sigma_k(H)^2 but the n largest. It is
    sharpest where f = c q, and without coefficients q is white.

    Parameters
    ----------
    order : int
        Number n >= 1 of real states.
    lag : int
        Delay L >= 0 in samples.
    spectrum : "white" or (M/2 + 1,) array_like
        Power of the input at frequencies 0 .. pi, as `framestate.ssm.spectra`
        gives. An input of period M obeys the limit up to the wrap |p|^M of the
        slowest pole.
    coefficients : (p,) array_like
        Of the autoregression q, as in `framestate.ssm.spectra.ar`.
    feedthrough : bool
        Whether the readout also sees u[n] through D.

    Returns
    -------
    float
        In [0, 1): at most `framestate.ssm.delay_error` of any step of that order.

    Raises
    ------
    InvalidInputError
        If an argument is malformed, or coefficients come with white input.
    UnstableError
        If the autoregression is not stationary.
    """
    request = "delay_limit"
    n = whole(request, "order", order, low=1)
    longest = whole(request, "lag", lag, low=0)
    weights = _coefficients(request, coefficients)
    share = _share(request, _power(request, spectrum), weights)
    size = longest + 1 - max(len(weights), int(feedthrough))
    if size <= n:
        return 0.0
    return share * float(np.sum(_innovations(weights, size)[n:])) / size


def mean_delay_limit(
    order: int,
    lag: int,
    *,
    spectrum: str | ArrayLike = "white",
    feedthrough: bool = True,
) -> float:
    """Lower bound on the mean of the errors at lags 0 .. lag, for every system.

    n states span n directions, and no more of the covariance matrix of
    u[n] .. u[n - lag] can be recalled than its n largest eigenvalues
    (T-delay-window in docs/theorems.md). Feedthrough takes u[n] and all that
    follows from it out of that matrix first.

    Parameters
    ----------
    order : int
        Number n >= 1 of real states.
    lag : int
        Largest delay in samples, >= 0.
    spectrum : "white" or (M/2 + 1,) array_like
        Power of the input at frequencies 0 .. pi, as `framestate.ssm.spectra`
        gives; M must be at least twice the lag.
    feedthrough : bool
        Whether the readout also sees u[n] through D.

    Returns
    -------
    float
        In [0, 1): at most the mean of `framestate.ssm.delay_error` over those lags.

    Raises
    ------
    InvalidInputError
        If an argument is malformed or the period too short.
    """
    request = "mean_delay_limit"
    n = whole(request, "order", order, low=1)
    count = whole(request, "lag", lag, low=0) + 1
    covariance = _covariance(request, spectrum, count)
    gram = scipy.linalg.toeplitz(covariance)
    if feedthrough:
        now = gram[0] / np.sqrt(gram[0, 0])
        gram = (gram - np.outer(now, now))[1:, 1:]
    recalled = max(len(gram) - n, 0)
    left = np.sum(np.linalg.eigvalsh(gram)[:recalled])
    return max(float(left) / (count * covariance[0]), 0.0)


def _coefficients(request: str, coefficients: ArrayLike) -> Float64[np.ndarray, " p"]:
    if np.shape(coefficients) == (0,):
        return np.zeros(0)
    return real_array(request, "coefficients", coefficients, shape="p")


def _power(
    request: str, spectrum: str | ArrayLike
) -> Float64[np.ndarray, " frequencies"] | None:
    """Powers at the frequencies 0 .. pi, or None for white input."""
    if isinstance(spectrum, str):
        known(request, "spectrum", spectrum, "white")
        return None
    power = real_array(request, "spectrum", spectrum, shape="M/2+1")
    if len(power) < 2 or power.min() < 0 or power.max() == 0:
        raise refusal(
            request,
            f"spectrum has {len(power)} entries between {power.min():g} and "
            f"{power.max():g}",
            "Pass two or more powers >= 0, not all zero",
        )
    return power


def _innovations(
    weights: Float64[np.ndarray, " p"], size: int
) -> Float64[np.ndarray, " size"]:
    """Eigenvalues, descending, of the covariance of what p samples do not predict.

    The next ``size`` samples of an autoregression given the p before them are H
    times white noise: no difference of nearly equal covariances is taken.
    """
    if len(weights) == 0:
        return np.ones(size)
    impulse = np.eye(1, size)[0]
    response = scipy.signal.lfilter([1.0], np.append(1.0, -weights), impulse)
    H = scipy.linalg.toeplitz(response, np.zeros(size))
    return np.linalg.svd(H, compute_uv=False) ** 2


def _share(
    request: str,
    power: Float64[np.ndarray, " frequencies"] | None,
    weights: Float64[np.ndarray, " p"],
) -> float:
    """Largest c with power >= c q at all frequencies, over the mean power."""
    if power is None:
        if len(weights):
            raise refusal(
                f"{request} with {len(weights)} coefficients",
                "white input is compared with a colored one",
                "Pass spectrum = spectra.ar(coefficients, M), or no coefficients",
            )
        return 1.0
    period = 2 * (len(power) - 1)
    ratio = power / spectra.ar(weights, period) if len(weights) else power
    return float(ratio.min() / np.fft.irfft(power)[0])


def _covariance(
    request: str, spectrum: str | ArrayLike, count: int
) -> Float64[np.ndarray, " count"]:
    power = _power(request, spectrum)
    if power is None:
        return np.eye(1, count)[0]
    period = 2 * (len(power) - 1)
    if period < 2 * (count - 1):
        raise refusal(
            request,
            f"lag {count - 1} is longer than half the spectrum's period of {period}",
            f"Sample the spectrum at {count} frequencies or more",
        )
    return np.fft.irfft(power)[:count]
