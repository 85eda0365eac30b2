"""Wavelets by name: which there are, where their taps come from, how exact they are.

| names | taps | digits |
|---|---|---|
| ``db1`` .. ``db38`` | certified spectral factorization | any |
| ``sym2`` .. ``sym20`` | the same, roots chosen as in PyWavelets | any |
| ``coif1`` .. ``coif17`` | PyWavelets' table | its 12 or more |
| ``bior..``, ``rbio..`` | PyWavelets' table | its 12 or more |
| ``dmey`` | PyWavelets' table, orthonormal to 2.3e-3 only | 2 |
"""

import difflib
from functools import cache
from typing import overload

import numpy as np
from pywt import Wavelet, wavelist

from framestate.frames.errors import (
    DigitsError,
    InvalidInputError,
    NotDifferentiableError,
    UnknownWaveletError,
)
from framestate.frames.filters.balls import BallFilter
from framestate.frames.filters.base import IDENTITY_TOLERANCE, Filter, Taps
from framestate.frames.filters.daubechies import daubechies
from framestate.frames.filters.symlets import symlet
from framestate.frames.precision import Precision

FLOAT = Precision(20)  # rounds to float64 safely
TABLE_DIGITS = 12
SUM_RULE = 1e-11  # rounding of the tables; rules that do not hold are off by 1e-5
MEYER_TOLERANCE = 3e-3  # how far PyWavelets' 62 taps are from orthonormal
JUMP = 1e-9  # rounding of the exponent 1/2 of functions that jump
CERTIFIED = {"db": daubechies, "sym": symlet}
FAMILIES = ("db", "sym", "coif", "bior", "rbio", "dmey")


@cache
def names() -> tuple[str, ...]:
    """Names of the wavelets whose filters are on offer."""
    return tuple(name for family in FAMILIES for name in wavelist(family))


@overload
def load(name: str, precision: None = None) -> Filter: ...
@overload
def load(name: str, precision: Precision) -> BallFilter: ...
def load(name: str, precision: Precision | None = None) -> Filter | BallFilter:
    """Load the filter called ``name`` and check its identities.

    Parameters
    ----------
    name : str
        A name of ``names()``, for example ``"db4"``, ``"sym8"`` or ``"bior4.4"``.
    precision : Precision, optional
        Give the taps as balls with that many digits, not as float64.

    Raises
    ------
    UnknownWaveletError
        When there is no such wavelet; names the nearest ones.
    InvalidInputError
        For a wavelet that exists but has no two-scale equation.
    DigitsError
        When more digits are asked for than are known.
    """
    known = _known(name)
    return _float_filter(known) if precision is None else _ball_filter(known, precision)


@cache
def _float_filter(name: str) -> Filter:
    if name.startswith(("db", "sym")):
        return _ball_filter(name, FLOAT).rounded()
    return _tabulated(name)


@cache
def _ball_filter(name: str, precision: Precision) -> BallFilter:
    family = name.rstrip("0123456789.")
    if family in CERTIFIED:
        return CERTIFIED[family](int(name[len(family) :]), precision)
    raise DigitsError(
        request=f"wavelet {name!r} to {precision.digits} digits",
        finding=f"its taps come from PyWavelets' table, which holds about "
        f"{TABLE_DIGITS} digits",
        remedy="Daubechies wavelets ('db2' ..) and symlets are known to any precision",
    )


def load_continuous(name: str) -> Filter:
    """Load a filter whose scaling function and wavelet have no jumps.

    Raises
    ------
    UnknownWaveletError, InvalidInputError
        From ``load``.
    NotDifferentiableError
        For Haar (``haar``, ``db1``) and others too rough for a state equation.
    """
    found = load(name)
    if not found.sobolev_exponent > 0.5 + JUMP:
        raise NotDifferentiableError(
            request=f"state space model of wavelet {name!r}",
            finding=f"its Sobolev exponent is {found.sobolev_exponent:.3f}, not above "
            "1/2: the atoms jump, so <s phi', dual> in A is not defined (a derivative "
            "of a jump is a point mass, and A would depend on the grid)",
            remedy="Use a continuous wavelet: 'db2' is the shortest, 'db11' the papers'",
        )
    return found


@cache
def _tabulated(name: str) -> Filter:
    wavelet = Wavelet(name)
    low, high = np.array(wavelet.rec_lo), np.array(wavelet.rec_hi)
    dual_low, dual_high = np.array(wavelet.dec_lo)[::-1], np.array(wavelet.dec_hi)[::-1]
    biorthogonal = name.startswith(("bior", "rbio"))
    return Filter(
        name=name,
        lowpass=low,
        highpass=high,
        moments=_sum_rules(name, dual_low),
        order=_sum_rules(name, low),
        dual_lowpass=dual_low.copy() if biorthogonal else None,
        dual_highpass=dual_high.copy() if biorthogonal else None,
        provenance="PyWavelets' table",
        tolerance=MEYER_TOLERANCE if name == "dmey" else IDENTITY_TOLERANCE,
    )


def _sum_rules(name: str, taps: Taps) -> int:
    """How many of sum (-1)^k k^m h_k = 0, m = 0, 1, .., hold for tabulated taps."""
    if name.startswith("coif"):
        return 2 * int(name[4:])
    size = len(taps)
    powers = (np.arange(size)[None, :] / size) ** np.arange(size)[:, None]
    left = np.abs(powers @ (taps * (-1.0) ** np.arange(size)))
    holds = left <= SUM_RULE * (powers @ np.abs(taps))
    return int(np.argmin(holds))  # the first that fails: not all can hold


def _known(name: str) -> str:
    """The name in the catalog: Haar's wavelet is db1."""
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInputError(
            request=f"wavelet {name!r}",
            finding=f"a name is needed, not a {type(name).__name__}",
            remedy="For example 'db11'",
        )
    known = "db1" if name == "haar" else name
    if known not in names():
        raise _refusal(name)
    return known


def _refusal(name: str) -> UnknownWaveletError | InvalidInputError:
    if name in wavelist():
        return InvalidInputError(
            request=f"wavelet {name!r}",
            finding="it has no two-scale equation (PyWavelets knows it, but no filter "
            "describes it)",
            remedy="Use 'db11', 'sym8' or 'bior4.4', or frames.morlet, mexican_hat, ..",
        )
    near = difflib.get_close_matches(name, names(), n=3, cutoff=0.3)
    hint = f"Did you mean {', '.join(map(repr, near))}? " if near else ""
    return UnknownWaveletError(
        request=f"wavelet {name!r}",
        finding="no wavelet has this name",
        remedy=f"{hint}Names are 'db1' .. 'db38', 'sym2' .. , 'coif1' .. , "
        "'bior1.1' .. , 'rbio1.1' .. and 'dmey'",
    )
