"""The best poles for the delay task, found by optimization.

The error of white input is the energy of the first K Taylor coefficients of an
all-pass of n real sections (T-delay-oracle in docs/theorems.md; K = lag, or lag + 1
without feedthrough). A section of two poles is

    (z^2 - a z + b) / (1 - a z + b z^2),   b = tanh x, a = (1 + b) tanh y

Real x, y reach every stable pair, complex or real, and pass smoothly from one kind
to the other. Gradients take one pass forward and one back through the sections.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.optimize
from jaxtyping import Float64
from scipy.signal import lfilter

from framestate.ssm.checks import whole
from framestate.ssm.delay.allpass import Poles, blaschke

# The start: poles spread over the band that n states can recall, a little inside
# its n frequencies of spacing 2 pi / K, that fade by exp(-2) over the delay.
_SPACING, _DECAY = 5.5, 2.0
_FLAT = 1e-7  # slope at which the error counts as smallest


@final
@dataclass(frozen=True, eq=False)
class BestDelay:
    """Poles of a system that recalls white input, and how well it does.

    Parameters
    ----------
    error : float
        Mean squared error of u[n - lag] from the best readout, over the power.
    poles : Poles
        Discrete poles inside the unit circle, n in all.
    """

    error: float
    poles: Poles


def best_delay_error(order: int, lag: int, *, feedthrough: bool = True) -> BestDelay:
    """The smallest delay error of white input that n poles were found to reach.

    Achievable by construction and a local optimum; that it is the smallest of all
    is not proved. For orders up to 8 none of 40 random starts found a better one.

    Parameters
    ----------
    order : int
        Number n >= 1 of real states.
    lag : int
        Delay in samples, >= 0.
    feedthrough : bool
        Whether the readout also sees u[n] through D.

    Returns
    -------
    BestDelay
        With as many states as the delay needs, the error is 0 and all poles are
        too; with feedthrough and n = lag it is the limit of nonzero poles.

    Raises
    ------
    InvalidInputError
        If order or lag is not such an integer.
    """
    n = whole("best_delay_error", "order", order, low=1)
    length = whole("best_delay_error", "lag", lag, low=0) + (not feedthrough)
    if length <= n:
        return BestDelay(0.0, Poles(np.zeros(n), np.zeros(0, dtype=np.complex128)))
    found = scipy.optimize.minimize(
        _energy, _start(n, length), (length,), method="BFGS", jac=True, tol=_FLAT
    )
    poles = _poles(*_sections(found.x))
    return BestDelay(float(np.sum(np.abs(blaschke(poles, length)) ** 2)), poles)


def _start(n: int, length: int) -> Float64[np.ndarray, " n"]:
    """Poles of one modulus at equal angles around 1, a real one if n is odd."""
    modulus = np.exp(-_DECAY / length)
    angle = (np.arange(n // 2) + (n % 2 + 1) / 2) * _SPACING / length
    b = np.full(n // 2, modulus**2)
    a = 2 * modulus * np.cos(angle)
    real = np.full(n % 2, modulus)
    return np.arctanh(np.concatenate((b, a / (1 + b), real)))


def _sections(
    x: Float64[np.ndarray, " n"],
) -> tuple[
    Float64[np.ndarray, " h"], Float64[np.ndarray, " h"], Float64[np.ndarray, " o"]
]:
    """a and b of the sections of two poles, and the last pole of an odd order."""
    half = len(x) // 2
    b, shape, real = np.split(np.tanh(x), [half, 2 * half])
    return (1 + b) * shape, b, real


def _energy(
    x: Float64[np.ndarray, " n"], length: int
) -> tuple[float, Float64[np.ndarray, " n"]]:
    """Energy of the first coefficients, and its gradient."""
    a, b, real = _sections(x)
    below = [np.array([1.0, -s, t]) for s, t in zip(a, b, strict=True)]
    below += [np.array([1.0, -p]) for p in real]
    entering = [np.eye(1, length)[0]]
    for section in below:
        entering.append(lfilter(section[::-1], section, entering[-1]))
    series = entering.pop()
    weight, slopes = 2 * series, []
    for section, enters in zip(reversed(below), reversed(entering), strict=True):
        slopes.append(_slopes(section, enters, weight))
        weight = lfilter(section[::-1], section, weight[::-1])[::-1]
    to_a, to_b = np.reshape(slopes[: -len(a) - 1 : -1], (len(a), 2)).T
    to_x = (to_b + to_a * a / (1 + b), to_a * (1 + b), *slopes[: len(real)])
    return float(series @ series), np.concatenate(to_x) * (1 - np.tanh(x) ** 2)


def _slopes(
    section: Float64[np.ndarray, " c"],
    enters: Float64[np.ndarray, " k"],
    weight: Float64[np.ndarray, " k"],
) -> list[float]:
    """Slopes of weight @ (what leaves a section) in its a and b, or in its pole.

    With h = (1 - z^2) / (1 - a z + b z^2)^2 times what enters, what leaves moves by
    -(1 - b) z h da + (1 - a z + z^2) h db; of (z - p) / (1 - p z), by -h dp.
    """
    h = lfilter([1.0, 0.0, -1.0], np.convolve(section, section), enters)
    now, next_, second = (float(weight[k:] @ h[: len(h) - k]) for k in range(3))
    if len(section) == 2:
        return [-now]
    _, minus_a, b = section
    return [(b - 1) * next_, now + minus_a * next_ + second]


def _poles(
    a: Float64[np.ndarray, " h"],
    b: Float64[np.ndarray, " h"],
    real: Float64[np.ndarray, " o"],
) -> Poles:
    """Roots of z^2 - a z + b, and the real pole."""
    spread = np.sqrt((a / 2) ** 2 - b + 0j)
    turns = np.imag(spread) > 0
    on_axis = np.real(spread)[~turns]
    middle = a[~turns] / 2
    return Poles(
        np.concatenate((real, middle - on_axis, middle + on_axis)),
        (a / 2 + spread)[turns],
    )
