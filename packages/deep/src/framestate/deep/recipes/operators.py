"""From a name to an operator and its forms; derived once within a process."""

from dataclasses import replace
from functools import lru_cache
from typing import Literal, cast

import numpy as np

import framestate.frames as frames
import framestate.ssm as ssm
from framestate.deep.errors import InvalidInputError, require_count, require_name

Scales = tuple[int, int]
Measure = Literal["scaled", "translated"]
HIPPO = ("legs", "legt", "fout")
_COARSEST = 3  # a frame has several scales up to this one, or a coarser one alone
_FINEST, _SINGLE = -5, 6  # N_eff is near 2,000 and 3; a finer one takes minutes


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
    """Normal plus low rank, of LegS, LegT or FouT as S4 has it.

    Its FouT is the closure that is right at the seam; an even order lacks the lone
    cosine, in whose place S4 has a sine of frequency 0.
    """
    if init != "fout":
        return ssm.dplr(hippo_system(init, order))
    require_count("order", order)
    return ssm.dplr(ssm.reduce(frames.fout((order - 1) // 2 * 2 + 1, closure="strong")))


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
    """Name -> frame -> operator -> reduced system -> modes of unit energy."""
    system = _wavelet_system(wavelet, order, scales, shift, measure)
    return unit_states(ssm.diagonalize(system))


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
    """Return the coarsest range of the ladder whose N_eff reaches the order.

    The first singular vectors of a much finer frame lie deep inside the window, where
    the newest sample does not reach: db11 cut from 65 to 16 has norm(B) below .01, from
    18 to 16 above 8, and a layer learns nothing from an input that does not enter.
    """
    finest = 0
    while finest < _SINGLE and _effective_rank(wavelet, finest + 1, shift) >= order:
        finest += 1
    while _effective_rank(wavelet, finest, shift) < order:
        if finest == _FINEST:
            raise InvalidInputError(
                request=f"order={order} with {wavelet!r} and shift={shift}",
                finding=f"no range of scales down to {_FINEST} spans as many dimensions",
                remedy="Lower order or shift, or give scales yourself.",
            )
        finest -= 1
    return _ladder(finest)


@lru_cache(maxsize=64)
def _effective_rank(wavelet: str, finest: int, shift: float) -> int:
    """Return N_eff of a rung of the ladder."""
    return frames.wavelet_frame(wavelet, scales=_ladder(finest), shift=shift).rank


def _ladder(finest: int) -> Scales:
    """Return the range of scales that begins there: .., (-1, 3), .., (3, 3), (4, 4)."""
    return finest, max(finest, _COARSEST)


@lru_cache(maxsize=64)
def legs_modes(order: int) -> ssm.Diagonal:
    """Modes of HiPPO-LegS, of unit energy, or the refusal of its eigenvectors."""
    return unit_states(ssm.diagonalize(ssm.reduce(frames.legs(order))))


@lru_cache(maxsize=64)
def normal_legs_modes(order: int) -> ssm.Diagonal:
    """Modes of the normal part of HiPPO-LegS."""
    return ssm.inits.normal_part(ssm.reduce(frames.legs(order)))


def unit_states(modes: ssm.Diagonal) -> ssm.Diagonal:
    """The same modes z_m in the unit in which white noise drives them as it does S4D's.

    The unit is free: for every s > 0, (B, C) and (B / s, s C) have the kernel
    sum_m w_m Re(C_m B_m phi_m), so that all kernels, the first one and the variance of
    its output stay as they are. What changes is a step of training: Adam moves each C_m
    by about its rate lr, hence the output by lr |z_m|. Samples of variance 1 give

        E |z_m|^2 = dt |B_m|^2 / (2 Re lam_m)    for small dt

    which is dt in S4D (B = 1, Re lam = 1/2), and here so in the mean over the real
    states: s^2 = mean |B_m|^2 / max(2 Re lam_m, 1). Nearly parallel eigenvectors have
    large B that cancel: translated_walrus("db11", order=64) has s = 152, w4s4 7.5, and
    without it the steps of the former are larger than all that was learned. The
    eigenvectors take the factor s: ``modes.readout`` of a row on the real state is right.
    """
    w = modes.weights
    energy = np.abs(modes.B) ** 2 / np.maximum(2 * np.real(modes.lam), 1)
    s = float(np.sqrt(w @ energy / w.sum()))
    return replace(modes, B=modes.B / s, vectors=modes.vectors * s, lift=modes.lift * s)
