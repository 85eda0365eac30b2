"""Layers out of causal wavelet trees: MultiresNet (arXiv 2305.01638)."""

from typing import TypedDict, Unpack

import numpy as np
import torch
from jaxtyping import Float64

from framestate.deep.layers.multires import MultiresLayer
from framestate.deep.spec import recorded
from framestate.frames import filters


class MultiresOptions(TypedDict, total=False):
    """What `multires` passes on to `MultiresLayer`, with its defaults."""

    kernel_size: int | None
    depth: int | None
    length: int | None
    tree_select: str
    memory_size: int | None
    trainable_filters: bool
    indep_res_init: bool
    generator: torch.Generator | None


@recorded
def multires(
    wavelet: str | None = None, *, d_model: int, **options: Unpack[MultiresOptions]
) -> MultiresLayer:
    """Causal tree of shared filters (MultiresNet), of a wavelet or of random taps.

    Parameters
    ----------
    wavelet : str, optional
        First filters, such as "db2"; uniform random ones if absent.
    d_model : int
        Channels.
    **options
        As for `MultiresLayer`; depth, or the length it must cover, has no default.

    Returns
    -------
    MultiresLayer
        With trainable_filters=False its tree stays the wavelet transform.

    Raises
    ------
    framestate.frames.FramesError, InvalidInputError
        For an unknown wavelet, one without filters, a bad size or name.
    """
    taps = None if wavelet is None else wavelet_taps(wavelet)
    return MultiresLayer(d_model, filters=taps, **options)


def wavelet_taps(
    wavelet: str, *, synthesis: bool = False
) -> tuple[Float64[np.ndarray, "taps"], Float64[np.ndarray, "taps"]]:
    """Low-pass and high-pass taps by name, for the tree or for its inverse.

    Those for the tree are PyWavelets' ``dec_lo[::-1]`` and ``dec_hi[::-1]``; with
    ``synthesis`` its ``rec_lo`` and ``rec_hi``, the same for an orthogonal wavelet.

    Errors as for `multires`.
    """
    found = filters.load(wavelet)
    if synthesis or found.dual_lowpass is None or found.dual_highpass is None:
        return found.lowpass, found.highpass
    return found.dual_lowpass, found.dual_highpass
