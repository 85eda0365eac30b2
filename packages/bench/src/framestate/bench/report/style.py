"""How things are called and drawn, everywhere the same.

Color tells the family (wavelets, Legendre, Fourier, diagonal), the stroke tells the
use: solid for a scaled operator, dashed for a translated one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Look:
    """Name and stroke of one species.

    Attributes
    ----------
    title : str
        Full name for legends.
    color : str
        Hexadecimal color.
    dash : tuple of float
        On-off lengths in points; empty for a solid line.
    """

    title: str
    color: str
    dash: tuple[float, ...] = ()


_WAVELET, _LEGENDRE, _FOURIER, _DIAGONAL = "#1b5fa6", "#c2491d", "#21855a", "#7b5aa6"
INK, GRAY, ALERT = "#22262b", "#7d858e", "#b3142b"
SOFT, BALL = "#5b626a", "#c9dcf0"

LOOKS: Mapping[str, Look] = {
    "W4S4": Look("W4S4 (scaled WaLRUS)", _WAVELET),
    "WaLRUS": Look("WaLRUS (scaled)", _WAVELET),
    "LegS": Look("LegS", _LEGENDRE),
    "FouS": Look("FouS", _FOURIER),
    "WaLRUS-T": Look("WaLRUS, translated", _WAVELET, (5.0, 2.0)),
    "LegT": Look("LegT", _LEGENDRE, (5.0, 2.0)),
    "FouT": Look("FouT (strong seam)", _FOURIER, (5.0, 2.0)),
    "FouT-weak": Look("FouT (weak seam)", _FOURIER, (1.2, 1.8)),
    "Slepian-T": Look("Slepian, translated", "#8a6d1b", (5.0, 2.0)),
    "Slepian-T-wide": Look("Slepian, translated, wide", "#8a6d1b", (1.2, 1.8)),
    "Slepian": Look("Slepian", "#8a6d1b"),
    "Interval": Look("wavelets of the interval", "#2b8c8c"),
    "Interval-T": Look("wavelets of the interval, translated", "#2b8c8c", (5.0, 2.0)),
    "HiPPO": Look("HiPPO-LegS", _LEGENDRE, (1.2, 1.8)),
    "S4D-Lin": Look("S4D-Lin", _DIAGONAL),
    "S4D-Inv": Look("S4D-Inv", _DIAGONAL, (5.0, 2.0)),
    "MultiresNet": Look("MultiresNet", "#b08a1e"),
    "S4-LegS": Look("S4-LegS", _LEGENDRE),
    "S4-LegT": Look("S4-LegT", _LEGENDRE, (5.0, 2.0)),
    "S4-FouT": Look("S4-FouT", _FOURIER, (5.0, 2.0)),
    "S5": Look("S5", _LEGENDRE, (1.2, 1.8)),
    "Transformer": Look("Transformer", "#4a4f57", (5.0, 2.0)),
    "LSTM": Look("LSTM", "#4a4f57", (1.2, 1.8)),
    "S4D-LegS": Look("S4D-LegS", _LEGENDRE),
    "signal": Look("the signal", GRAY),
}

SIGNALS: Mapping[str, str] = {
    "white": "white noise",
    "ar1": "AR(1), root .99",
    "ar2": "AR(2), double root .99",
    "band16": "band 1/16 of Nyquist",
    "band8": "band 1/8 of Nyquist",
    "ecg": "ECG",
    "nino": "El Niño temperature",
    "camera": "photograph, camera",
    "ascent": "photograph, ascent",
    "aero": "photograph, aero",
    "mitbih": "MIT-BIH ECG",
    "speech": "speech clip",
    "m4-hourly": "M4 hourly",
    "m4-monthly": "M4 monthly",
    "blocks": "blocks",
    "bumps": "bumps",
    "spikes": "spikes",
    "piecepoly": "piecewise polynomials",
    "peaks: spikes": "peaks, spikes",
    "peaks: bumps": "peaks, bumps",
}

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def look(species: str) -> Look:
    """Look of a species; its name and gray for one without."""
    return LOOKS.get(species, Look(species, GRAY))


def title(signal: str) -> str:
    """Name of a signal in running text."""
    return SIGNALS.get(signal, signal)


def number(value: float | None) -> str:
    """Three significant digits, integers plain, small ones as a power of ten."""
    if value is None:
        return "–"
    if value == 0 or (value == round(value) and abs(value) < 1e6):
        return str(round(value)).replace("-", "−")
    size = abs(value)
    if size >= 100:
        text = f"{value:.0f}"
    elif size >= 0.001:
        text = f"{value:#.3g}"
    else:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        text = f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    return text.replace("-", "−")


def printed(value: float | None) -> str:
    """A number of a paper, with the digits the paper prints."""
    if value is None or abs(value) < 0.001:
        return number(value)
    return f"{value:g}".replace("-", "−")


def factor(value: float) -> str:
    """A ratio such as ×5.31."""
    return f"×{number(value)}"
