"""Random signals of the WaLRUS paper, drawn with a Generator that the caller owns.

Four classes of length L on t in [0, 1] with J jumps at sorted uniform places t_j,
heights h_j ~ N(0, 1) and a width w:

    blocks     sum of steps      h_j [t >= t_j]
    bumps      sum of            |h_j| (1 + ((t - t_j)/w_j)^2)^-4, w_j in [2w, 3.5w]
    spikes     the last spike that covers t: |h_j| where |t - t_j| < w
    piecepoly  between two jumps a polynomial of random degree 0, 1 or 2 in t - t_j
               with coefficients ~ N(0, 1)

The paper draws J = 1000 jumps of w = .001 (bumps: .001 to .0015) for 501 states;
J = 10 and w = .01 is the same difficulty for 65 states.
The peak signals hold few wide peaks and a little smooth noise; see `peaks`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float64, Int64

from framestate.bench.data.signal import stretch
from framestate.bench.errors import InvalidInputError

Class = Literal["blocks", "bumps", "spikes", "piecepoly"]
CLASSES: tuple[Class, ...] = ("blocks", "bumps", "spikes", "piecepoly")
PeakKind = Literal["bumps", "spikes"]

_NOISE = 1e-3
_NOISE_SHARE = 0.2  # noise is drawn at a fifth of the rate, then resampled
_BUMP_GAP = 0.75
_ATTEMPTS = 100
_RESERVE = 512  # candidates drawn at once when places are rejected


@final
@dataclass(frozen=True)
class PeakShape:
    """How wide peaks are, as shares of the whole signal, and how many fit.

    Attributes
    ----------
    bumps : (float, float)
        Range of the widths of bumps.
    spike, gap : float
        Half-width of a spike, and the least distance of two.
    most : int
        Peaks that can be placed.
    """

    bumps: tuple[float, float]
    spike: float
    gap: float
    most: int


# of the WaLRUS paper: for a memory of the whole past, and for one of a window
WIDE = PeakShape(bumps=(0.02, 0.035), spike=0.01, gap=0.03, most=12)
NARROW = PeakShape(bumps=(0.005, 0.01), spike=0.002, gap=0.006, most=24)

Places = Float64[np.ndarray, " jumps"]
Samples = Float64[np.ndarray, " length"]


@final
@dataclass(frozen=True, eq=False)
class Peaks:
    """A unit-norm signal with known peaks, without and with noise.

    Attributes
    ----------
    clean, noisy : (length,) float64
        The signal of norm one, and the same with noise added.
    positions : (peaks,) int64
        Sample index of each peak, increasing.
    """

    clean: Samples
    noisy: Samples
    positions: Int64[np.ndarray, " peaks"]


def _grid(length: int) -> Samples:
    return np.linspace(0.001, 0.999, length)


def _blocks(
    rng: np.random.Generator, length: int, jumps: int, width: float
) -> Float64[np.ndarray, " length"]:
    del width  # a step has none
    heights = rng.standard_normal(jumps)
    places = np.sort(rng.random(jumps))
    # steps reached at t: how many places lie at or below it
    reached = np.searchsorted(places, _grid(length), side="right")
    return np.concatenate([[0.0], np.cumsum(heights)])[reached]


def _bump_sum(
    length: int, places: Places, heights: Places, widths: Places
) -> Float64[np.ndarray, " length"]:
    t = _grid(length)
    total = np.zeros(length)
    for place, height, width in zip(places, heights, widths, strict=True):
        total += height * (1.0 + ((t - place) / width) ** 2) ** -4
    return total


def _bumps(
    rng: np.random.Generator, length: int, jumps: int, width: float
) -> Float64[np.ndarray, " length"]:
    heights = np.abs(rng.standard_normal(jumps))
    widths = width * (2.0 + 1.5 * rng.random(jumps))
    return _bump_sum(length, np.sort(rng.random(jumps)), heights, widths)


def _spike_train(
    length: int, places: Places, heights: Places, half_width: float
) -> Float64[np.ndarray, " length"]:
    t = _grid(length)
    train = np.zeros(length)
    for place, height in zip(places, heights, strict=True):
        train[np.abs(t - place) < half_width] = height
    return train


def _spikes(
    rng: np.random.Generator, length: int, jumps: int, width: float
) -> Float64[np.ndarray, " length"]:
    heights = np.abs(rng.standard_normal(jumps))
    return _spike_train(length, np.sort(rng.random(jumps)), heights, width)


def _piecepoly(
    rng: np.random.Generator, length: int, jumps: int, width: float
) -> Float64[np.ndarray, " length"]:
    del width  # pieces end where the next one begins
    t = _grid(length)
    starts = np.concatenate([[0.0], np.sort(rng.random(jumps))])
    degrees = rng.integers(0, 3, size=jumps + 1)
    powers = np.arange(3)
    coefficients = rng.standard_normal((jumps + 1, 3)) * (powers <= degrees[:, None])
    piece = np.searchsorted(starts, t, side="right") - 1
    local = t - starts[piece]
    return np.sum(coefficients[piece] * local[:, None] ** powers, axis=1)


_Maker = Callable[
    [np.random.Generator, int, int, float], Float64[np.ndarray, " length"]
]
_MAKERS: dict[str, _Maker] = {
    "blocks": _blocks,
    "bumps": _bumps,
    "spikes": _spikes,
    "piecepoly": _piecepoly,
}


def draw(
    kind: str,
    rng: np.random.Generator,
    *,
    length: int,
    jumps: int = 10,
    width: float = 0.01,
) -> Float64[np.ndarray, " length"]:
    """One random signal of a class, of Euclidean norm one.

    Parameters
    ----------
    kind : {"blocks", "bumps", "spikes", "piecepoly"}
        The class.
    rng : numpy.random.Generator
        The only source of randomness.
    length : int
        Samples, at least 16.
    jumps : int
        Jumps, bumps, spikes or breaks on the whole signal.
    width : float
        Half-width of a spike and half the smallest width of a bump, as a share of
        the whole signal, in (0, 1); blocks and piecepoly ignore it.

    Raises
    ------
    InvalidInputError
        If the class is unknown, or a number is out of range.
    """
    _require(kind in _MAKERS, f"kind = {kind!r}", f"Use one of {', '.join(CLASSES)}.")
    _require(length >= 16, f"length = {length}", "Use at least 16 samples.")
    _require(jumps >= 1, f"jumps = {jumps}", "Use at least one jump.")
    _require(0.0 < width < 1.0, f"width = {width}", "Use a width in (0, 1).")
    for _ in range(_ATTEMPTS):
        signal = _MAKERS[kind](rng, length, jumps, width)
        norm = float(np.linalg.norm(signal))
        if norm > 0:  # narrow spikes can all fall between the samples
            return signal / norm
    raise InvalidInputError(
        request=f"drawing {kind} of length {length}",
        finding=f"{_ATTEMPTS} draws of width {width} missed every sample",
        remedy="Use wider spikes or more samples.",
    )


def trials(
    kind: str,
    rng: np.random.Generator,
    count: int,
    *,
    length: int,
    jumps: int = 10,
    width: float = 0.01,
) -> Float64[np.ndarray, "length trials"]:
    """`count` random signals of a class side by side, as `draw` gives them.

    Raises
    ------
    InvalidInputError
        As `draw`.
    """
    drawn = [
        draw(kind, rng, length=length, jumps=jumps, width=width) for _ in range(count)
    ]
    return np.stack(drawn, axis=1)


def peaks(
    kind: str,
    rng: np.random.Generator,
    *,
    length: int,
    count: int = 10,
    shape: PeakShape = WIDE,
) -> Peaks:
    """One signal of separate peaks of heights 2 + |N(0, 1)|, then of norm one.

    Bumps have widths uniform on a range (.02 to .035) and are at least .75 of the sum of
    two neighboring widths apart; spikes have one half-width (.01) and a gap (.03).
    The noise is 1e-3 N(0, 1), drawn at a fifth of the rate and resampled.

    Raises
    ------
    InvalidInputError
        If the kind is unknown, or a count is too small or too large to fit.
    """
    _require(kind in ("bumps", "spikes"), f"kind = {kind!r}", "Use bumps or spikes.")
    _require(length >= 100, f"length = {length}", "Use at least 100 samples.")
    most = shape.most
    _require(1 <= count <= most, f"count = {count}", f"Use 1 to {most} peaks.")
    heights = 2.0 + np.abs(rng.standard_normal(count))
    narrow, wide = shape.bumps
    widths = narrow + (wide - narrow) * rng.random(count)
    if kind == "bumps":
        places = _separate(rng, _BUMP_GAP * (widths[:-1] + widths[1:]))
        raw = _bump_sum(length, places, heights, widths)
    else:
        places = _separate(rng, np.full(count - 1, shape.gap))
        raw = _spike_train(length, places, heights, shape.spike)
    clean = raw / np.linalg.norm(raw)
    return Peaks(
        clean=clean,
        noisy=clean + _smooth_noise(rng, length),
        positions=(length * places).astype(np.int64),
    )


def _separate(
    rng: np.random.Generator, gaps: Float64[np.ndarray, " gaps"]
) -> Float64[np.ndarray, " peaks"]:
    """Sorted uniform places given that neighbors keep their gaps, by rejection."""
    while True:
        places = np.sort(rng.random((_RESERVE, gaps.size + 1)), axis=1)
        good = np.flatnonzero((np.diff(places, axis=1) >= gaps).all(axis=1))
        if good.size:
            return places[good[0]]


def _smooth_noise(rng: np.random.Generator, length: int) -> Samples:
    coarse = _NOISE * rng.standard_normal(int(_NOISE_SHARE * length))
    return stretch(coarse, length=length)


def _require(holds: object, finding: str, remedy: str) -> None:
    if not holds:
        raise InvalidInputError(
            request="drawing a synthetic signal", finding=finding, remedy=remedy
        )
