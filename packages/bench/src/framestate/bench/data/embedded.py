"""Real signals that the PyWavelets package carries in itself: no network, no folder."""

from collections.abc import Callable

import numpy as np
import pywt.data
from jaxtyping import Float64

from framestate.bench.data.signal import Signal
from framestate.bench.errors import InvalidInputError

_RASTER_ROWS = 16
_RASTER_FIRST = 160


def _ecg() -> Signal:
    return Signal(
        name="ecg",
        values=np.asarray(pywt.data.ecg(), dtype=np.float64),
        sampling="1024 points, sampling rate not stated",
        source="electrocardiogram carried by PyWavelets (pywt.data.ecg)",
    )


def _nino() -> Signal:
    _, temperature = pywt.data.nino()
    return Signal(
        name="nino",
        values=np.asarray(temperature, dtype=np.float64),
        sampling="264 quarters, 1950 to 2015",
        source="sea surface temperature El Nino 3, NOAA (pywt.data.nino)",
    )


def _raster(name: str, image: Float64[np.ndarray, "rows columns"]) -> Signal:
    rows = image[_RASTER_FIRST : _RASTER_FIRST + _RASTER_ROWS]
    return Signal(
        name=name,
        values=rows.ravel(),
        sampling=f"pixels, {_RASTER_ROWS} rows of {image.shape[1]} in reading order",
        source=f"photograph carried by PyWavelets (pywt.data.{name})",
    )


def _camera() -> Signal:
    return _raster("camera", np.asarray(pywt.data.camera(), dtype=np.float64))


def _ascent() -> Signal:
    return _raster("ascent", np.asarray(pywt.data.ascent(), dtype=np.float64))


def _aero() -> Signal:
    return _raster("aero", np.asarray(pywt.data.aero(), dtype=np.float64))


_READERS: dict[str, Callable[[], Signal]] = {
    "ecg": _ecg,
    "nino": _nino,
    "camera": _camera,
    "ascent": _ascent,
    "aero": _aero,
}
NAMES: tuple[str, ...] = tuple(_READERS)


def load(name: str) -> Signal:
    """Embedded signal by name.

    Raises
    ------
    InvalidInputError
        If there is no such signal.
    """
    if name not in _READERS:
        raise InvalidInputError(
            request=f"embedded signal {name!r}",
            finding="there is no signal of this name",
            remedy=f"Use one of {', '.join(NAMES)}.",
        )
    return _READERS[name]()
