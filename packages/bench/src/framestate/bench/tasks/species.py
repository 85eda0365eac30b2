"""The memories under comparison, by name, at one state size.

A species is a frame, a measure and a use. Scaled ones appear in the translated
equation too ("time-invariant reuse"); then W4S4 is the scaled WaLRUS.
"""

from collections.abc import Callable
from functools import lru_cache

from framestate import frames
from framestate.bench.errors import InvalidInputError
from framestate.ssm import Diagonal, System, inits, reduce

WAVELET = "db11"
SHIFT = 0.01
RCOND = 0.01
SCALED_RANGE = (0, 3)
TRANSLATED_RANGE = (0, 2)

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


@lru_cache(maxsize=16)
def wavelet(scales: tuple[int, int], rank: int | None = None) -> frames.Frame:
    """The papers' db11 frame on a range of scales; cut by rcond or to a rank."""
    if rank is None:
        return frames.wavelet_frame(WAVELET, scales=scales, shift=SHIFT, rcond=RCOND)
    return frames.wavelet_frame(WAVELET, scales=scales, shift=SHIFT, rank=rank)


def _walrus_rank(order: int) -> int | None:
    # 65 is what rcond leaves at these scales; other orders are cut to size
    return None if order == 65 else order


def _scaled_walrus(order: int) -> System:
    frame = wavelet(SCALED_RANGE, _walrus_rank(order))
    return reduce(frames.scaled(frame))


def _translated_walrus(order: int) -> System:
    frame = wavelet(TRANSLATED_RANGE, _walrus_rank(order))
    return reduce(frames.translated(frame))


def _even(order: int) -> int:
    return order - order % 2


_BUILDERS: dict[str, Callable[[int], System | Diagonal]] = {
    W4S4: _scaled_walrus,
    WALRUS: _scaled_walrus,
    LEGS: lambda n: reduce(frames.legs(n)),
    FOUS: lambda n: reduce(frames.scaled(frames.fourier(n))),
    "WaLRUS-T": _translated_walrus,
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
    if name not in _BUILDERS:
        raise InvalidInputError(
            request=f"species {name!r}",
            finding="there is no species of this name",
            remedy=f"Use one of {', '.join(_BUILDERS)}.",
        )
    return _BUILDERS[name](order)


def frame_of(name: str, order: int) -> frames.Frame:
    """Frame whose orthonormal basis reconstructs a scaled species."""
    if name == WALRUS:
        return wavelet(SCALED_RANGE, _walrus_rank(order))
    return frames.legendre(order) if name == LEGS else frames.fourier(order)
