"""Layers by name: the papers' and those they are compared with.

Every maker takes the settings, the longest sequence and a source of first values.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import torch

from framestate.bench.errors import UnknownTaskError
from framestate.bench.networks.settings import NetSettings
from framestate.bench.suggest import suggestion
from framestate.deep import recipes
from framestate.deep.layers import (
    AttentionLayer,
    Bidirectional,
    RecurrentLayer,
    SequenceLayer,
    WaveNetLayer,
)

Maker: TypeAlias = Callable[[NetSettings, int, torch.Generator], SequenceLayer]


def layer(
    settings: NetSettings, length: int, generator: torch.Generator
) -> SequenceLayer:
    """One layer, two where the sequence is read both ways.

    Raises
    ------
    UnknownTaskError
        If there is no layer of that name; near names are offered.
    """
    maker = LAYERS.get(settings.layer)
    if maker is None:
        raise UnknownTaskError(
            request=f"a network of layers {settings.layer!r}",
            finding="there is no layer of this name",
            remedy=suggestion(settings.layer, LAYERS, "framestate-bench list --layers"),
        )
    if not settings.bidirectional or settings.layer in BOTH_WAYS:
        return maker(settings, length, generator)
    one, other = (maker(settings, length, generator) for _ in range(2))
    both = Bidirectional(one, other)
    return cast("SequenceLayer", both)  # its steps only refuse


def _modal(settings: NetSettings, generator: torch.Generator) -> dict[str, Any]:
    return {
        "d_model": settings.width,
        "order": settings.order,
        "trainable": settings.trainable,
        "n_ssm": settings.copies,
        "dt_min": settings.dt_min,
        "dt_max": settings.dt_max,
        "generator": generator,
    }


def _of_wavelets(recipe: Callable[..., SequenceLayer]) -> Maker:
    return lambda settings, _, generator: recipe(
        settings.wavelet, **_modal(settings, generator)
    )


def _of_modes(recipe: Callable[..., SequenceLayer], **options: Any) -> Maker:
    return lambda settings, _, generator: recipe(
        **_modal(settings, generator), **options
    )


def _s5(settings: NetSettings, _: int, generator: torch.Generator) -> SequenceLayer:
    return recipes.s5(
        d_model=settings.width,
        order=settings.order,
        blocks=settings.blocks,
        bidirectional=settings.bidirectional,
        dt_min=settings.dt_min,
        dt_max=settings.dt_max,
        generator=generator,
    )


def _lru(settings: NetSettings, _: int, generator: torch.Generator) -> SequenceLayer:
    return recipes.lru(
        d_model=settings.width, d_state=settings.order, generator=generator
    )


def _lmu(
    settings: NetSettings, length: int, generator: torch.Generator
) -> SequenceLayer:
    return recipes.lmu(
        d_model=settings.width,
        order=settings.order,
        theta=float(length),
        generator=generator,
    )


def _selective(
    settings: NetSettings, _: int, generator: torch.Generator
) -> SequenceLayer:
    return recipes.selective(
        d_model=settings.width, d_state=settings.order, generator=generator
    )


def _multires(
    settings: NetSettings, length: int, generator: torch.Generator
) -> SequenceLayer:
    wavelet = settings.wavelet
    return recipes.multires(
        wavelet,
        d_model=settings.width,
        kernel_size=None if wavelet else settings.kernel_size,
        depth=settings.levels,
        length=None if settings.levels else length,
        tree_select=settings.select,
        trainable_filters=not settings.fixed_filters,
        generator=generator,
    )


def _attention(
    settings: NetSettings, _: int, generator: torch.Generator
) -> SequenceLayer:
    return AttentionLayer(
        settings.width,
        settings.heads,
        causal=not settings.bidirectional,
        norm_first=True,
        dropout=settings.dropout,
        generator=generator,
    )


def _recurrent(cell: str) -> Maker:
    return lambda settings, _, generator: RecurrentLayer(
        settings.width, cell, generator=generator
    )


def _tcn(
    settings: NetSettings, length: int, generator: torch.Generator
) -> SequenceLayer:
    depth = settings.levels or max(1, (length - 1).bit_length())
    return WaveNetLayer(
        settings.width, depth, kernel_size=settings.kernel_size, generator=generator
    )


LAYERS: Mapping[str, Maker] = {
    "w4s4": _of_wavelets(recipes.w4s4),
    "w4s4-dplr": _of_wavelets(recipes.w4s4_dplr),
    "walrus-translated": _of_wavelets(recipes.translated_walrus),
    "s4-legs": _of_modes(recipes.s4, init="legs"),
    "s4-legt": _of_modes(recipes.s4, init="legt"),
    "s4-fout": _of_modes(recipes.s4, init="fout"),
    "s4d-legs": _of_modes(recipes.s4d_legs),
    "s4d-lin": _of_modes(recipes.s4d_lin),
    "s4d-inv": _of_modes(recipes.s4d_inv),
    "s4d-fout": _of_modes(recipes.s4d_fout),
    "s4d-dfout": _of_modes(recipes.s4d_dfout),
    "dss": _of_modes(recipes.dss),
    "s5": _s5,
    "lru": _lru,
    "lmu": _lmu,
    "multires": _multires,
    "selective": _selective,
    "transformer": _attention,
    "lstm": _recurrent("lstm"),
    "gru": _recurrent("gru"),
    "tcn": _tcn,
}
# These look both ways by themselves.
BOTH_WAYS = ("s5", "transformer")
