"""What the record says of itself: how far its past matters, and its spectrum."""

import math

import numpy as np
import scipy.signal
from jaxtyping import Float64

from framestate import ssm
from framestate.bench.data import Signal
from framestate.bench.errors import InvalidInputError

_LEAST, _MOST = 256, 1 << 14  # samples of a record; of a window of its spectrum
_SHORTEST = 8  # lag that is chosen
_ALIKE = 0.2  # autocorrelation below which the past is forgotten
_AGAIN, _RISE = 0.5, 0.3  # autocorrelation of a signal that repeats itself, its rise
_FAR = 3.0  # times the range of all others: a mark, no sample
_FLOOR = 1e-9  # of the power: below lies the rounding of the record
Spectrum = Float64[np.ndarray, "_"]  # of the whole, of a half: they differ in size


def require_measurable(signal: Signal) -> None:
    """Refuse a record whose spectrum would say nothing.

    Raises
    ------
    InvalidInputError
        If it has fewer than 256 samples, or one value lies so far from all others that
        it must be a mark for gaps: -9999 among degrees outweighs every spectrum.
    """
    if len(signal.values) < _LEAST:
        raise InvalidInputError(
            request=f"advice on {signal.name!r}",
            finding=f"the record has {len(signal.values)} samples",
            remedy=f"Give at least {_LEAST}.",
        )
    values = np.unique(signal.values)
    for mark, near, far in (values[[0, 1, -1]], values[[-1, -2, 0]]):
        if near != far and abs(mark - near) > _FAR * abs(near - far):
            count = int((signal.values == mark).sum())
            raise InvalidInputError(
                request=f"advice on {signal.name!r}",
                finding=f"{count} of {len(signal.values)} samples are {mark:g}, the "
                f"others lie between {min(near, far):g} and {max(near, far):g}",
                remedy="A mark for gaps, or a name that is a number? Fill or cut it.",
            )


def typical_lag(signal: Signal) -> tuple[int, str]:
    """A past that is worth remembering, in samples, and why.

    Of a signal that repeats itself the period: the first peak of the autocorrelation
    about as high as the highest. Of any other the lag from which on the
    autocorrelation stays small. An eighth of the record at most.
    """
    x = signal.values - signal.values.mean()
    size = 1 << (2 * x.size - 1).bit_length()
    spectrum = np.fft.rfft(x, size)
    r = np.fft.irfft(np.abs(spectrum) ** 2, size)[: x.size // 8]
    r = r / r[0]
    peaks, _ = scipy.signal.find_peaks(r, height=_AGAIN, prominence=_RISE)
    if peaks.size:
        period = peaks[r[peaks] >= 0.9 * r[peaks].max()][0]
        if period >= _SHORTEST:
            why = f"the signal repeats itself, autocorrelation {r[period]:.2f}"
            return int(period), why
    lag = int(np.flatnonzero(np.abs(r) > _ALIKE)[-1]) + 1
    if lag >= r.size:
        return lag, "an eighth of the record, and still like itself"
    why = f"from there on the autocorrelation stays below {_ALIKE}"
    return max(_SHORTEST, lag), why


def spectra(signal: Signal, lag: int) -> tuple[Spectrum, ...]:
    """The record's spectrum, and those of its halves where they are long enough."""
    values = signal.values
    half = len(values) // 2
    if half < max(_LEAST, 4 * lag):
        return (_spectrum(values, lag),)
    return tuple(
        _spectrum(part, lag) for part in (values, values[:half], values[half:])
    )


def _spectrum(values: Float64[np.ndarray, " length"], lag: int) -> Spectrum:
    longest = 1 << int(math.log2(len(values)))
    size = min(max(8 * lag, 4 * _LEAST), _MOST, longest)
    size -= size % 2
    if np.ptp(values) == 0:  # half a record that rests
        return np.full(size // 2 + 1, _FLOOR)
    power = ssm.spectra.welch(values, size)
    return np.maximum(power, _FLOOR * power.mean())
