"""The memories under comparison, by name, at one state size.

A species is a frame, a measure and a use. Scaled ones appear in the translated
equation too ("time-invariant reuse"); then W4S4 is the scaled WaLRUS.
"""

import math
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Literal, TypeAlias

from framestate import frames
from framestate.bench.errors import InvalidInputError
from framestate.ssm import Diagonal, System, inits, reduce

Measure: TypeAlias = Literal["scaled", "translated"]
WAVELET = "db11"
SHIFT = 0.01
RCOND = 0.01
SCALED_RANGE = (0, 3)
TRANSLATED_RANGE = (0, 2)
INTERVAL = "db4"
BAND = 0.45  # bandwidth of the Slepian functions over their number; 1/2 fills it

W4S4 = "W4S4"
WALRUS = "WaLRUS"
LEGS = "LegS"
FOUS = "FouS"
DELAY_SPECIES: tuple[str, ...] = (
    W4S4,
    LEGS,
    FOUS,
    "WaLRUS-T",
    "LegT",
    "FouT",
    "FouT-weak",
    "S4D-Lin",
    "S4D-Inv",
)
SCALED_SPECIES: tuple[str, ...] = (WALRUS, LEGS, FOUS)
TRANSLATED_SPECIES: tuple[str, ...] = ("WaLRUS-T", "LegT", "FouT-weak", "FouT")
ABLATIONS: tuple[str, ...] = ("Slepian", "Interval")
TRANSLATED_ABLATIONS: tuple[str, ...] = ("Slepian-T-wide", "Interval-T")


@lru_cache(maxsize=16)
def wavelet(scales: tuple[int, int], rank: int | None = None) -> frames.Frame:
    """The papers' db11 frame on a range of scales; cut by rcond or to a rank."""
    if rank is None:
        return frames.wavelet_frame(WAVELET, scales=scales, shift=SHIFT, rcond=RCOND)
    return frames.wavelet_frame(WAVELET, scales=scales, shift=SHIFT, rank=rank)


def walrus(order: int, measure: Measure) -> frames.Frame:
    """The papers' frame of so many dimensions: each finer scale doubles them.

    65 is what rcond leaves at the papers' scales; other orders are cut to size, and a
    cut from too fine a frame would lose what is slow.
    """
    coarsest = (SCALED_RANGE if measure == "scaled" else TRANSLATED_RANGE)[1]
    finest = -math.ceil(math.log2(order / 65))
    coarsest = max(finest, min(coarsest, 2) if finest < 0 else coarsest)
    return wavelet((finest, coarsest), None if order == 65 else order)


def interval(order: int) -> frames.Frame:
    """Orthonormal wavelets of the interval, 2^J of them, at most `order`."""
    return frames.interval_wavelets(INTERVAL, level=order.bit_length() - 1)


def slepian(order: int) -> frames.Frame:
    """Slepian functions of a band that they nearly fill."""
    return frames.slepian(order, bandwidth=BAND * order)


def _even(order: int) -> int:
    return order - order % 2


# the frame whose orthonormal basis holds the state of a memory, and its measure
_FRAMES: Mapping[str, tuple[Callable[[int], frames.Frame], Measure]] = {
    WALRUS: (lambda n: walrus(n, "scaled"), "scaled"),
    LEGS: (frames.legendre, "scaled"),
    FOUS: (frames.fourier, "scaled"),
    "Slepian": (slepian, "scaled"),
    "Interval": (interval, "scaled"),
    "WaLRUS-T": (lambda n: walrus(n, "translated"), "translated"),
    "LegT": (frames.legendre, "translated"),
    "FouT": (frames.fourier, "translated"),
    "FouT-weak": (frames.fourier, "translated"),
    "Slepian-T-wide": (slepian, "translated"),
    "Interval-T": (interval, "translated"),
}


_BUILDERS: dict[str, Callable[[int], System | Diagonal]] = {
    W4S4: lambda n: build(WALRUS, n),
    LEGS: lambda n: reduce(frames.legs(n)),
    "LegT": lambda n: reduce(frames.legt(n)),
    "FouT": lambda n: reduce(frames.fout(n, closure="strong")),
    "FouT-weak": lambda n: reduce(frames.fout(n, closure="weak")),
    "Slepian-T": lambda n: reduce(
        frames.translated(frames.slepian(n, bandwidth=n / 4))
    ),
    "S4D-LegS": lambda n: inits.normal_part(reduce(frames.legs(_even(n)))),
    "S4D-Lin": lambda n: inits.s4d_lin(_even(n)),
    "S4D-Inv": lambda n: inits.s4d_inv(_even(n)),
}


@lru_cache(maxsize=32)
def build(name: str, order: int) -> System | Diagonal:
    """System of a species with `order` states (S4D: the even number below).

    Raises
    ------
    InvalidInputError
        If the species is unknown.
    """
    if name in _BUILDERS:
        return _BUILDERS[name](order)
    frame, measure = _FRAMES[_known(name, {**_BUILDERS, **_FRAMES})]
    operator = frames.scaled if measure == "scaled" else frames.translated
    return reduce(operator(frame(order)))


@lru_cache(maxsize=16)
def frame_of(name: str, order: int) -> frames.Frame:
    """Frame whose orthonormal basis holds the state of a species.

    Raises
    ------
    InvalidInputError
        If the species is unknown, or its state stands for no functions.
    """
    return _FRAMES[_known(name, _FRAMES)][0](order)


def measure_of(name: str) -> Measure:
    """Whether a species remembers the whole past or a window.

    Raises
    ------
    InvalidInputError
        As `frame_of`.
    """
    return _FRAMES[_known(name, _FRAMES)][1]


def _known(name: str, names: Collection[str]) -> str:
    if name not in names:
        raise InvalidInputError(
            request=f"species {name!r}",
            finding="there is no species of this name",
            remedy=f"Use one of {', '.join(names)}.",
        )
    return name
