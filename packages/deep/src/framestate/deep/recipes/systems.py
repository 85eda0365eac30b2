"""Layers beyond diagonal ones, by name: S4, S5, LRU, LMU and plain HiPPO.

Sources: S4 (arXiv 2111.00396), How to train your HiPPO (2206.12037), HiPPO (2008.07669),
W4S4 (2506.07920), S5 (2208.04933), LRU (2303.06349), LMU (NeurIPS 2019), Mamba
(2312.00752).
"""

from typing import TypedDict, Unpack

import torch

from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.layers.dense import DenseSSM
from framestate.deep.layers.dplr import DPLRSSM
from framestate.deep.layers.lmu import LMU
from framestate.deep.layers.lru import LRU
from framestate.deep.layers.mimo import S5
from framestate.deep.layers.scaled import ScaledSSM
from framestate.deep.layers.selective import SelectiveSSM
from framestate.deep.recipes.operators import (
    Scales,
    hippo_form,
    hippo_system,
    normal_legs_modes,
    pair,
    wavelet_form,
)
from framestate.deep.spec import recorded


class DPLROptions(TypedDict, total=False):
    """What recipes pass on to `DPLRSSM`, which has the defaults."""

    trainable: tuple[str, ...] | str
    n_ssm: int | None
    method: str
    dt_min: float
    dt_max: float
    generator: torch.Generator | None


class S5Options(TypedDict, total=False):
    """What `s5` passes on to `S5`, which has the defaults."""

    trainable: tuple[str, ...] | str
    bidirectional: bool
    clip_eigs: bool
    method: str
    readout: str
    dt_min: float
    dt_max: float
    generator: torch.Generator | None


@recorded
def s4(
    *, d_model: int, order: int, init: str = "legs", **options: Unpack[DPLROptions]
) -> DPLRSSM:
    """S4 (arXiv 2111.00396): HiPPO as normal plus low rank.

    Parameters
    ----------
    d_model : int
        Channels.
    order : int
        Real state size.
    init : str
        "legs" or "fout" (rank 1) or "legt" (rank 2), time in units of the window.
        S4's code halves A and B of LegT and FouT, so that its dt is twice this one.
    **options
        As for `DPLRSSM`. S4 trains ("A", "B", "C", "D", "dt"); nothing but C, D and
        dt is trained unless it is asked for.

    Raises
    ------
    InvalidInputError
        For a bad size, range or name.
    """
    return DPLRSSM(hippo_form(init, order), d_model, **options)


@recorded
def w4s4_dplr(
    wavelet: str,
    *,
    d_model: int,
    order: int | None = 64,
    scales: Scales | None = None,
    shift: float = 0.01,
    **options: Unpack[DPLROptions],
) -> DPLRSSM:
    """W4S4 without eigenvectors of A: its operator as normal plus rank one.

    Parameters and errors as for `w4s4`, options as for `DPLRSSM`.
    """
    form = wavelet_form(wavelet, order, pair(scales), shift, "scaled")
    return DPLRSSM(form, d_model, **options)


@recorded
def s5(
    *, d_model: int, order: int, blocks: int = 1, **options: Unpack[S5Options]
) -> S5:
    """S5 (arXiv 2208.04933): one MIMO system of HiPPO-N blocks.

    Parameters
    ----------
    d_model : int
        Channels.
    order : int
        Real state size of all blocks together; each block is even.
    blocks : int
        Number of blocks J, a divisor of `order`.
    **options
        As for `S5`.

    Raises
    ------
    InvalidInputError
        For a bad size, range or name.
    """
    require_count("order", order)
    require_count("blocks", blocks)
    if order % (2 * blocks):
        raise InvalidInputError(
            request=f"s5 of order={order} with blocks={blocks}",
            finding="the blocks are not of one even size",
            remedy=f"Give an order that is a multiple of {2 * blocks}.",
        )
    return S5(normal_legs_modes(order // blocks), d_model, blocks=blocks, **options)


@recorded
def lru(
    *,
    d_model: int,
    d_state: int,
    r_min: float = 0.0,
    r_max: float = 0.99,
    generator: torch.Generator | None = None,
) -> LRU:
    """LRU (arXiv 2303.06349). Parameters, and others, as for `LRU`."""
    return LRU(d_model, d_state, r_min=r_min, r_max=r_max, generator=generator)


@recorded
def lmu(
    *,
    d_model: int,
    order: int,
    theta: float,
    d_memory: int = 1,
    activation: str = "tanh",
    generator: torch.Generator | None = None,
) -> LMU:
    """LMU: windows of `theta` samples in LegT of that order. As for `LMU`."""
    return LMU(
        hippo_system("legt", order),
        d_model,
        theta=theta,
        d_memory=d_memory,
        activation=activation,
        generator=generator,
    )


@recorded
def hippo(  # noqa: PLR0913
    *,
    d_model: int,
    order: int,
    init: str = "legs",
    method: str = "zoh",
    dt_min: float = 1e-3,
    dt_max: float = 1e-1,
    generator: torch.Generator | None = None,
) -> DenseSSM:
    """HiPPO with its dense matrix, frozen, and a learned readout. As for `DenseSSM`.

    Parameters
    ----------
    d_model : int
        Channels.
    order : int
        State size.
    init : str
        "legs", "legt" or "fout".
    method, dt_min, dt_max, generator
        As for `DenseSSM`.
    """
    return DenseSSM(
        hippo_system(init, order),
        d_model,
        method=method,
        dt_min=dt_min,
        dt_max=dt_max,
        generator=generator,
    )


@recorded
def hippo_clock(
    *,
    d_model: int,
    order: int,
    method: str = "exact",
    generator: torch.Generator | None = None,
) -> ScaledSSM:
    """HiPPO-LegS on its own clock: all of the past, and no dt. As for `ScaledSSM`."""
    system = hippo_system("legs", order)
    return ScaledSSM(system, d_model, method=method, generator=generator)


@recorded
def selective(
    *,
    d_model: int,
    d_state: int = 16,
    d_conv: int = 4,
    expand: int = 2,
    generator: torch.Generator | None = None,
) -> SelectiveSSM:
    """Mamba's layer in plain PyTorch (arXiv 2312.00752). As for `SelectiveSSM`."""
    return SelectiveSSM(
        d_model, d_state=d_state, d_conv=d_conv, expand=expand, generator=generator
    )
