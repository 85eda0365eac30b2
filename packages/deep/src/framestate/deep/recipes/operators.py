"""From a name to an operator and its forms; derived once within a process."""

from functools import lru_cache
from typing import Literal, cast

import framestate.frames as frames
import framestate.ssm as ssm
from framestate.deep.errors import InvalidInputError, require_count, require_name

Scales = tuple[int, int]
Measure = Literal["scaled", "translated"]
HIPPO = ("legs", "legt", "fout")
_COARSEST = 3
# N_eff is near 2,000 there; a finer frame takes minutes and much memory.
_FINEST = -5


def pair(scales: Scales | None) -> Scales | None:
    """Return a list of scales as the tuple that the cache can look up."""
    return None if scales is None else cast("Scales", tuple(scales))


@lru_cache(maxsize=64)
def hippo_system(init: str, order: int) -> ssm.System:
    """The reduced operator of LegS, LegT or FouT.

    Raises
    ------
    InvalidInputError
        For another name or a bad order.
    """
    require_name("init", init, HIPPO)
    require_count("order", order)
    make = {"legs": frames.legs, "legt": frames.legt, "fout": frames.fout}[init]
    return ssm.reduce(make(order))


@lru_cache(maxsize=64)
def hippo_form(init: str, order: int) -> ssm.DPLR:
    """Normal plus low rank, of LegS, LegT or FouT."""
    return ssm.dplr(hippo_system(init, order))


@lru_cache(maxsize=64)
def normal_fout_modes(order: int) -> ssm.Diagonal:
    """Modes of the normal part of FouT, its input vector as it is."""
    return ssm.inits.normal_part(hippo_system("fout", order))


@lru_cache(maxsize=64)
def wavelet_modes(
    wavelet: str,
    order: int | None,
    scales: Scales | None,
    shift: float,
    measure: Measure,
) -> ssm.Diagonal:
    """Name -> frame -> operator -> reduced system -> modes."""
    return ssm.diagonalize(_wavelet_system(wavelet, order, scales, shift, measure))


@lru_cache(maxsize=64)
def wavelet_form(
    wavelet: str,
    order: int | None,
    scales: Scales | None,
    shift: float,
    measure: Measure,
) -> ssm.DPLR:
    """Name -> frame -> operator -> reduced system -> normal plus low rank."""
    return ssm.dplr(_wavelet_system(wavelet, order, scales, shift, measure))


def _wavelet_system(
    wavelet: str,
    order: int | None,
    scales: Scales | None,
    shift: float,
    measure: Measure,
) -> ssm.System:
    frame = _wavelet_frame(wavelet, order, scales, shift)
    operator = (frames.scaled if measure == "scaled" else frames.translated)(frame)
    return ssm.reduce(operator)


def _wavelet_frame(
    wavelet: str, order: int | None, scales: Scales | None, shift: float
) -> frames.Frame:
    """Return the frame with `order` singular values kept, or N_eff of them."""
    if order is None:
        return frames.wavelet_frame(wavelet, scales=scales or (0, 3), shift=shift)
    require_count("order", order)
    if scales is None:
        scales = _coarsest_scales(wavelet, order, shift)
    return frames.wavelet_frame(wavelet, scales=scales, shift=shift, rank=order)


def _coarsest_scales(wavelet: str, order: int, shift: float) -> Scales:
    """Return the first range, from coarse to fine, whose N_eff reaches the order."""
    for finest in range(0, _FINEST - 1, -1):
        scales = (finest, _COARSEST)
        if frames.wavelet_frame(wavelet, scales=scales, shift=shift).rank >= order:
            return scales
    raise InvalidInputError(
        request=f"order={order} with {wavelet!r} and shift={shift}",
        finding=f"no range of scales down to {_FINEST} spans as many dimensions",
        remedy="Lower order or shift, or give scales yourself.",
    )


@lru_cache(maxsize=64)
def legs_modes(order: int) -> ssm.Diagonal:
    """Modes of HiPPO-LegS, or the refusal of its eigenvectors."""
    return ssm.diagonalize(ssm.reduce(frames.legs(order)))


@lru_cache(maxsize=64)
def normal_legs_modes(order: int) -> ssm.Diagonal:
    """Modes of the normal part of HiPPO-LegS."""
    return ssm.inits.normal_part(ssm.reduce(frames.legs(order)))
