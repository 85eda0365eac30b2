"""From a name to a layer: the one module where frames meet tensors.

Every recipe derives an operator, reduces it exactly (T-reduction in
docs/theorems.md), diagonalizes what is left or passes on the refusal, and hands
the modes to the same `DiagonalSSM`. Derived modes are kept within the process, so
that a model of many layers derives them once.
"""

from functools import lru_cache
from typing import Literal, TypedDict, Unpack, cast

import numpy as np
import torch
from jaxtyping import Complex128

import framestate.frames as frames
import framestate.ssm as ssm
from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.layers import DiagonalSSM

Scales = tuple[int, int]
_COARSEST = 3
# N_eff is near 2,000 there; a finer frame takes minutes and much memory.
_FINEST = -5


class LayerOptions(TypedDict, total=False):
    """What every recipe passes on to `DiagonalSSM`, with its defaults.

    trainable ("C", "D", "dt"), dt_min 1e-3, dt_max 1e-1, method "zoh",
    generator None.
    """

    trainable: tuple[str, ...] | str
    dt_min: float
    dt_max: float
    method: str
    generator: torch.Generator | None


def w4s4(
    wavelet: str,
    *,
    d_model: int,
    order: int | None = 64,
    scales: Scales | None = None,
    shift: float = 0.01,
    **options: Unpack[LayerOptions],
) -> DiagonalSSM:
    """Scaled wavelet frame operator, reused time-invariantly (W4S4, eq. 3).

    Parameters
    ----------
    wavelet : str
        Daubechies filter of the frame, such as "db11".
    d_model : int
        Channels.
    order : int or None
        State size r: that many singular values of the frame are kept. None keeps
        those above rcond = .01 (N_eff).
    scales : tuple of int, optional
        (finest, coarsest); if absent the coarsest range from (0, 3) on, finer by
        one at a time, whose N_eff reaches `order`.
    shift : float
        Shift of the atoms in units of their own support.
    **options
        As for `DiagonalSSM`: trainable, dt_min, dt_max, method, generator.

    Returns
    -------
    DiagonalSSM
        The layer; its first C is a random real readout of the orthonormal state.

    Raises
    ------
    framestate.frames.FramesError
        For an unknown or too rough wavelet, bad scales or shift.
    framestate.ssm.IllConditionedError
        If the eigenvectors lose too many digits; it names the way out.
    InvalidInputError
        For a bad size, range or name.
    """
    modes = _wavelet_modes(wavelet, order, _pair(scales), shift, "scaled")
    return _layer(modes, d_model, options)


def translated_walrus(
    wavelet: str,
    *,
    d_model: int,
    order: int | None = 64,
    scales: Scales | None = None,
    shift: float = 0.01,
    **options: Unpack[LayerOptions],
) -> DiagonalSSM:
    """Translated wavelet frame operator (WaLRUS): a window that slides.

    Parameters, returns and errors as for `w4s4`.
    """
    modes = _wavelet_modes(wavelet, order, _pair(scales), shift, "translated")
    return _layer(modes, d_model, options)


def legs(*, d_model: int, order: int, **options: Unpack[LayerOptions]) -> DiagonalSSM:
    """HiPPO-LegS itself, where its eigenvectors can still be trusted (small order).

    Parameters
    ----------
    d_model : int
        Channels.
    order : int
        State size; cond(V) passes 1e8 near 12.
    **options
        As for `w4s4`.

    Returns
    -------
    DiagonalSSM
        The layer.

    Raises
    ------
    framestate.ssm.IllConditionedError
        For most orders in use: LegS has no usable eigenvectors. `s4d_legs` keeps
        its normal part instead.
    """
    require_count("order", order)
    return _layer(_legs_modes(order), d_model, options)


def s4d_legs(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-LegS: the eigenvalues of the normal part of HiPPO-LegS.

    Parameters
    ----------
    d_model : int
        Channels.
    order : int
        Real state size; an even order is order / 2 conjugate pairs.
    **options
        As for `w4s4`.

    Returns
    -------
    DiagonalSSM
        The layer, first C complex normal.

    Raises
    ------
    InvalidInputError
        For a bad size, range or name.
    """
    require_count("order", order)
    return _layer(_normal_legs_modes(order), d_model, options)


def s4d_lin(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-Lin: lam_n = 1/2 + i pi n. Parameters and returns as for `s4d_legs`."""
    require_count("order", order)
    return DiagonalSSM(ssm.inits.s4d_lin(order), d_model, **options)


def s4d_inv(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-Inv: lam_n = 1/2 + i (N / pi) (N / (2 n + 1) - 1). As for `s4d_legs`."""
    require_count("order", order)
    return DiagonalSSM(ssm.inits.s4d_inv(order), d_model, **options)


def _layer(modes: ssm.Diagonal, d_model: int, options: LayerOptions) -> DiagonalSSM:
    """Build a layer that starts from a random real readout of the state.

    Independent complex coefficients would break the cancellation between modes
    that nearly parallel eigenvectors need: the first kernel would grow by cond(V).
    """
    require_count("d_model", d_model)
    readout = _random_readout(modes, d_model, options.get("generator"))
    return DiagonalSSM(modes, d_model, readout=readout, **options)


def _random_readout(
    modes: ssm.Diagonal, d_model: int, generator: torch.Generator | None
) -> Complex128[np.ndarray, "channels modes"]:
    rows = torch.empty(d_model, len(modes.vectors), dtype=torch.float64)
    return modes.readout(rows.normal_(generator=generator).numpy())


def _pair(scales: Scales | None) -> Scales | None:
    """Return a list of scales as the tuple that the cache can look up."""
    return None if scales is None else cast("Scales", tuple(scales))


@lru_cache(maxsize=64)
def _wavelet_modes(
    wavelet: str,
    order: int | None,
    scales: Scales | None,
    shift: float,
    measure: Literal["scaled", "translated"],
) -> ssm.Diagonal:
    """Name -> frame -> operator -> reduced system -> modes."""
    frame = _wavelet_frame(wavelet, order, scales, shift)
    operator = (frames.scaled if measure == "scaled" else frames.translated)(frame)
    return ssm.diagonalize(ssm.reduce(operator))


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
def _legs_modes(order: int) -> ssm.Diagonal:
    return ssm.diagonalize(ssm.reduce(frames.legs(order)))


@lru_cache(maxsize=64)
def _normal_legs_modes(order: int) -> ssm.Diagonal:
    return ssm.inits.normal_part(ssm.reduce(frames.legs(order)))
