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
        case "ar1":
            return ssm.spectra.ar([0.99], period)
        case "ar2":
            return ssm.spectra.ar([1.98, -0.9801], period)
        case "band16":
            return ssm.spectra.band(1 / 16, period)
        case "band8":
            return ssm.spectra.band(1 / 8, period)
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
