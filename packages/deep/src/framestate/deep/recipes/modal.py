"""A diagonal layer of an operator's modes, by name or of one's own."""

from typing import TypedDict, Unpack

import torch

import framestate.ssm as ssm
from framestate.deep.errors import require_count
from framestate.deep.layers.diagonal import DiagonalSSM
from framestate.deep.recipes.operators import unit_states


class LayerOptions(TypedDict, total=False):
    """What every recipe passes on to `DiagonalSSM`, which has the defaults."""

    trainable: tuple[str, ...] | str
    dt_min: float
    dt_max: float
    method: str
    n_ssm: int | None
    dt_init: str
    dt_tied: bool
    real_transform: str
    B_init: str
    feedthrough: bool
    generator: torch.Generator | None


def from_operator(
    operator: ssm.OperatorLike, *, d_model: int, **options: Unpack[LayerOptions]
) -> DiagonalSSM:
    """W4S4 of any frame: a layer of the modes of an operator of one's own.

    It starts as `w4s4` does. No name says how it was made: `convert.save_pretrained`
    refuses it, and its state_dict has the modes. For one whose eigenvectors are
    refused there is ``DPLRSSM(ssm.dplr(ssm.reduce(operator)), d_model)``.

    Parameters
    ----------
    operator : OperatorLike
        A and B of a frame and measure, such as ``frames.scaled(frame)`` or
        ``frames.translated(frame)``, or a system.
    d_model : int
        Channels.
    **options
        As for `w4s4`.

    Returns
    -------
    DiagonalSSM
        The layer; its first C is a random real readout of the orthonormal state.

    Raises
    ------
    framestate.ssm.IllConditionedError
        If the eigenvectors lose too many digits; it names the way out.
    InvalidInputError
        For a bad size, range or name.
    """
    modes = unit_states(ssm.diagonalize(ssm.reduce(operator)))
    return layer_of_modes(modes, d_model, options)


def layer_of_modes(
    modes: ssm.Diagonal, d_model: int, options: LayerOptions
) -> DiagonalSSM:
    """Build a layer that starts from a random real readout of the orthonormal state x.

    For white samples of variance 1 the first output has the variance E |x|^2, about
    order * dt where that is below 1. Independent complex coefficients would break the
    cancellation between modes that nearly parallel eigenvectors need: the first kernel
    would grow by cond(V). With a B of another kind there is no x, and they are drawn.
    """
    require_count("d_model", d_model)
    if options.get("B_init", "modes") != "modes":
        return DiagonalSSM(modes, d_model, **options)
    rows = torch.empty(d_model, len(modes.vectors), dtype=torch.float64)
    C = modes.readout(rows.normal_(generator=options.get("generator")).numpy())
    return DiagonalSSM(modes, d_model, readout=C, **options)
