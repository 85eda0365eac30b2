"""Diagonal layers by name: W4S4, WaLRUS, HiPPO-LegS, the S4D family, DSS.

Every recipe derives an operator, reduces it exactly (T-reduction in
docs/theorems.md), diagonalizes what is left or passes on the refusal, and hands
the modes to the same `DiagonalSSM`.

Sources: W4S4 (arXiv 2506.07920), WaLRUS (2505.12161), HiPPO (2008.07669), S4D
(2206.11893), DSS (2203.14343), S4D-DFouT (2508.20441).
"""

from typing import Unpack

import framestate.ssm as ssm
from framestate.deep.errors import require_count
from framestate.deep.layers.diagonal import DiagonalSSM
from framestate.deep.recipes.modal import LayerOptions, layer_of_modes
from framestate.deep.recipes.operators import (
    Scales,
    legs_modes,
    normal_fout_modes,
    normal_legs_modes,
    pair,
    wavelet_modes,
)
from framestate.deep.spec import recorded


@recorded
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
        (finest, coarsest). If absent the coarsest of .., (0, 3), (1, 3), (2, 3),
        (3, 3), (4, 4), .. whose N_eff reaches `order`; (0, 3) if that is None. With
        db11 their N_eff are 65, 34, 18, 11, 7. Keep `order` near N_eff: a cut below
        half of it leaves states that the input hardly enters.
    shift : float
        Shift of the atoms in units of their own support.
    **options
        As for `DiagonalSSM`.

    Returns
    -------
    DiagonalSSM
        The layer; its first C is a random real readout of the orthonormal state, and
        its modes are scaled as those of S4D: mean |B|^2 / (2 Re lam) = 1.

    Raises
    ------
    framestate.frames.FramesError
        For an unknown or too rough wavelet, bad scales or shift.
    framestate.ssm.IllConditionedError
        If the eigenvectors lose too many digits; it names the way out.
    InvalidInputError
        For a bad size, range or name.
    """
    modes = wavelet_modes(wavelet, order, pair(scales), shift, "scaled")
    return layer_of_modes(modes, d_model, options)


@recorded
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
    modes = wavelet_modes(wavelet, order, pair(scales), shift, "translated")
    return layer_of_modes(modes, d_model, options)


@recorded
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
    return layer_of_modes(legs_modes(order), d_model, options)


@recorded
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
    return layer_of_modes(normal_legs_modes(order), d_model, options)


@recorded
def s4d_lin(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-Lin: lam_n = 1/2 + i pi n. Parameters and returns as for `s4d_legs`."""
    require_count("order", order)
    return DiagonalSSM(ssm.inits.s4d_lin(order), d_model, **options)


@recorded
def s4d_inv(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-Inv: lam_n = 1/2 + i (N / pi) (N / (2 n + 1) - 1). As for `s4d_legs`."""
    require_count("order", order)
    return DiagonalSSM(ssm.inits.s4d_inv(order), d_model, **options)


@recorded
def s4d_fout(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-FouT: the eigenvalues 2 pi i n of the normal part of FouT. As for `s4d_legs`.

    Nothing damps them: the variance of the output on white noise grows with time.
    """
    require_count("order", order)
    return layer_of_modes(normal_fout_modes(order), d_model, options)


@recorded
def s4d_real(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-Real: lam_n = n + 1, real. As for `s4d_legs`."""
    require_count("order", order)
    return DiagonalSSM(ssm.inits.s4d_real(order), d_model, **options)


@recorded
def s4d_quad(
    *, d_model: int, order: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """Quadratic frequencies: lam_n = 1/2 + i (1 + 2 n)^2 / pi. As for `s4d_legs`."""
    require_count("order", order)
    return DiagonalSSM(ssm.inits.s4d_quad(order), d_model, **options)


@recorded
def s4d_rand(
    *, d_model: int, order: int, seed: int = 0, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """S4D-Rand: lam_n = 1/2 + i e^g, g normal of that seed. As for `s4d_legs`."""
    require_count("order", order)
    return DiagonalSSM(ssm.inits.s4d_rand(order, seed=seed), d_model, **options)


@recorded
def s4d_dfout(
    *,
    d_model: int,
    order: int,
    heads: int = 1,
    damping: float = 0.01,
    **options: Unpack[LayerOptions],
) -> DiagonalSSM:
    """S4D-DFouT: poles evenly on the discrete circle (arXiv 2508.20441), no dt.

    B is 1 and C complex normal: white noise of variance 1 first leaves with the variance
    order / (1 - exp(-damping)), 6,432 with the default at order 64: a norm should follow.

    Parameters
    ----------
    d_model : int
        Channels, a multiple of `heads`; channel h takes the poles of head h mod heads.
    order : int
        Real state size, even.
    heads : int
        Sets of poles, each turned a little against the one before.
    damping : float
        xi > 0: every pole has the modulus exp(-xi / 2).
    **options
        As for `DiagonalSSM`; the method is "dfout".
    """
    require_count("order", order)
    require_count("heads", heads)
    modes = ssm.inits.s4d_dfout(order, heads=heads, damping=damping)
    return DiagonalSSM(modes, d_model, **(options | {"method": "dfout"}))


@recorded
def dss(
    *,
    d_model: int,
    order: int,
    softmax_length: int | None = None,
    **options: Unpack[LayerOptions],
) -> DiagonalSSM:
    """DSS (arXiv 2203.14343): the eigenvalues of S4D-LegS, B = 1, A and C trained.

    Parameters
    ----------
    d_model : int
        Channels.
    order : int
        Real state size.
    softmax_length : int, optional
        DSS-softmax, normalized over that length; DSS-exp if absent.
    **options
        As for `DiagonalSSM`.
    """
    require_count("order", order)
    defaults: LayerOptions = {"trainable": ("A", "C", "D", "dt"), "B_init": "constant"}
    modes = normal_legs_modes(order)
    return DiagonalSSM(
        modes, d_model, softmax_length=softmax_length, **(defaults | options)
    )
