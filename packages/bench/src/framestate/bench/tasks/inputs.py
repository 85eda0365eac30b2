"""The stationary inputs of the delay task, as power spectra."""

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.errors import InvalidInputError

TITLES: Mapping[str, str] = {
    "white": "white noise",
    "ar1": "AR(1), root .99",
    "ar2": "AR(2), double root .99",
    "band16": "band-limited to 1/16 of Nyquist",
    "band8": "band-limited to 1/8 of Nyquist",
}
STATIONARY: tuple[str, ...] = tuple(TITLES)
# an autoregression whose spectrum is the input's; none for the others
COEFFICIENTS: Mapping[str, tuple[float, ...]] = {
    "ar1": (0.99,),
    "ar2": (1.98, -0.9801),
}
_SHARES = {"band16": 1 / 16, "band8": 1 / 8, "band2": 1 / 2}
_WINDOWS = 4  # windows that a period must hold
_LAGS = 4  # lags that a period must hold
_LONGEST = 65_536
LONGEST_LAG = _LONGEST // _LAGS


def spectrum(name: str, period: int) -> Float64[np.ndarray, " frequencies"] | str:
    """One-sided power spectrum of a stationary input; "white" stays a word.

    Raises
    ------
    InvalidInputError
        If the input is unknown.
    """
    match name:
        case "white":
            return "white"
        case "ar1" | "ar2":
            return ssm.spectra.ar(COEFFICIENTS[name], period)
        case "band16" | "band8" | "band2":
            return ssm.spectra.band(_SHARES[name], period)
        case _:
            raise InvalidInputError(
                request=f"stationary input {name!r}",
                finding="there is no input of this name",
                remedy=f"Use one of {', '.join(STATIONARY)}.",
            )


def period(dt: float, *, least: int, lag: int = 0) -> int:
    """Period of an input, long enough that a window of 1/dt samples sees no repetition.

    A memory longer than the period would predict a periodic input from its last
    round: slowly decaying systems then look far better than they are. For the same
    reason a period holds several times the longest lag.
    """
    span = 2 ** math.ceil(math.log2(max(_WINDOWS / dt, _LAGS * lag)))
    return min(max(least, span), _LONGEST)


def draw(
    name: str, rng: np.random.Generator, *, length: int, count: int
) -> Float64[np.ndarray, "length count"]:
    """Gaussian sequences of a stationary input, of variance one.

    Cut from one period of `period` samples that holds several lengths.
    """
    size = 2 ** math.ceil(math.log2(4 * length))
    power = spectrum(name, size)
    half = size // 2 + 1
    density = np.ones(half) if isinstance(power, str) else power
    parts = rng.standard_normal((2, half, count))
    waves = np.fft.irfft(
        np.sqrt(density)[:, None] * (parts[0] + 1j * parts[1]), size, axis=0
    )
    # each inner frequency stands for its negative too, and has two real parts
    ends = density[0] + density[-1]
    variance = (4 * density.sum() - 3 * ends) / size**2
    return waves[:length] / np.sqrt(variance)
