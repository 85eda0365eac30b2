"""What a network is made of, as a frozen value."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class NetSettings:
    """An encoder, a stack of equal blocks around a layer, a head.

    Attributes
    ----------
    layer : str
        A name of `LAYERS`.
    depth, width : int
        Blocks, and channels of each.
    order : int
        State size of a channel; of the whole layer for "s5" and "lru".
    bidirectional : bool
        Whether the sequence is also read backwards.
    norm, norm_kind, activation, mixing, residual
        As for `framestate.deep.models.Block`.
    dropout : float
        Probability, one mask for a whole sequence.
    pooling : str
        "mean", "max" or "last", for one answer per sequence.
    trainable : tuple of str
        Of A, B, C, D, dt, those of a state space layer that are trained.
    copies : int or None
        Systems shared among the channels (n_ssm); one for each where None.
    dt_min, dt_max : float
        Range of the first sample intervals, in units of the layer's own time.
    wavelet : str or None
        Filter of the frame, or first filters of a tree.
    kernel_size : int
        Taps of a tree of random filters, or of a dilated convolution.
    levels : int or None
        Levels of a tree; as many as the sequence is long where None.
    select : str
        "fading" or "uniform" memory of a tree.
    fixed_filters : bool
        Whether a tree stays the wavelet transform.
    blocks, heads : int
        Blocks of S5, heads of attention.
    mixtures : int
        Logistics of a density.
    """

    layer: str
    depth: int = 4
    width: int = 128
    order: int = 64
    bidirectional: bool = False
    norm: str = "pre"
    norm_kind: str = "layer"
    activation: str = "gelu"
    mixing: str = "glu"
    residual: bool = True
    dropout: float = 0.0
    pooling: str = "mean"
    trainable: tuple[str, ...] = ("C", "D", "dt")
    copies: int | None = None
    dt_min: float = 1e-3
    dt_max: float = 1e-1
    wavelet: str | None = "db11"
    kernel_size: int = 2
    levels: int | None = None
    select: str = "fading"
    fixed_filters: bool = False
    blocks: int = 1
    heads: int = 4
    mixtures: int = 10
