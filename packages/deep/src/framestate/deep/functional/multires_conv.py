"""The multiresolution convolution of MultiresNet, by the cheapest of equal ways."""

import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError, require_name, require_real
from framestate.deep.functional.fft_conv import fft_conv
from framestate.deep.functional.kernels.multires import multires, serves
from framestate.deep.functional.multires_kernel import impulse_response
from framestate.deep.functional.multires_levels import advance, at_rest
from framestate.deep.functional.multires_tree import Tree, require_filters, tree

# Below, the calls of a transform cost more than all operations of the tree, on a CPU.
_FEW_OPERATIONS = 1 << 18
ALGORITHMS = ("auto", "direct", "fft", "fused")


def multires_conv(  # noqa: PLR0913
    x: Tensor,
    h0: Tensor,
    h1: Tensor,
    w: Tensor,
    *,
    select: str = "fading",
    depth: int | None = None,
    algorithm: str = "auto",
) -> Tensor:
    """Weighted coefficients of a causal tree of shared dilated filters.

    With low_i and high_i as `causal_dwt` has them (arXiv 2305.01638, section 3)::

        y(t) = w_0 low_depth(t) + sum_i w_{depth+1-i} high_i(t) + w_{depth+1} x(t)

    for "fading"; "uniform" keeps kept_i coefficients of node i, at the lags k 2^i, each
    with a weight of its own (`framestate.deep.functional.multires_tree`).

    Parameters
    ----------
    x : Tensor
        Real (batch, channels, length); it is taken as zero before its start. A
        transposed view of (batch, length, channels) is as good.
    h0, h1 : Tensor
        Low-pass and high-pass taps (channels, K), K >= 2, the newest sample's last.
    w : Tensor
        Weights (channels, memory + 1): node by node, low_depth, high_depth, ..,
        high_1, the newest coefficient of a node first, and that of x. For "fading",
        memory = depth + 1.
    select : str
        "fading" or "uniform".
    depth : int, optional
        Levels; "fading" has them from w, "uniform" needs them.
    algorithm : str
        "direct": level by level, the definition; what exporters see. "fft": one
        convolution with the response to an impulse (`impulse_response`). "fused":
        ``torch.ops.framestate.multires``, one kernel on a CUDA device, blocks in
        cache on a CPU; for "fading", differentiable once. "auto": by cost.

    Returns
    -------
    Tensor
        (batch, channels, length), dtype of `x`.

    Raises
    ------
    InvalidInputError
        If a shape, dtype, size or name does not fit.

    Notes
    -----
    "fft" errs by eps log2(length) of the norms of the response and of x, the others
    by eps K of each sample, level by level.
    """
    require_name("algorithm", algorithm, ALGORITHMS)
    require_filters(x, h0, h1)
    shape = _tree_of(x, h0, w, select, depth)
    if algorithm == "auto":
        algorithm = _cheapest(shape, x)
    if algorithm == "fused":
        _require_fading(shape)
        return multires(x, h0, h1, w)
    if algorithm == "direct":
        return advance(shape, x, h0, h1, w, at_rest(shape, x))[0]
    response = impulse_response(shape, h0, h1, w, length=x.shape[2])
    return fft_conv(x.transpose(1, 2), response).transpose(1, 2)


def _tree_of(x: Tensor, h0: Tensor, w: Tensor, select: str, depth: int | None) -> Tree:
    """Return the tree that w weighs, or refuse w."""
    require_real("w", w, ndim=2, axes="(channels, memory + 1)")
    request = f"w {tuple(w.shape)} {w.dtype} with x {tuple(x.shape)} {x.dtype}"
    if w.dtype != x.dtype or w.shape[0] != x.shape[1] or w.shape[1] < 2:
        raise InvalidInputError(
            request=request,
            finding=f"expected ({x.shape[1]} channels, at least 2) in x's dtype",
            remedy="Give a weight for each coefficient kept, and one for x.",
        )
    if depth is None and select == "uniform":
        raise InvalidInputError(
            request=f"{request}, select='uniform'",
            finding="the columns of w do not tell the number of levels",
            remedy="Give depth.",
        )
    levels = w.shape[1] - 2 if depth is None else depth
    return tree(select, taps=h0.shape[1], depth=levels, memory_size=w.shape[1] - 1)


def _require_fading(shape: Tree) -> None:
    if not shape.fading:
        raise InvalidInputError(
            request=f"algorithm='fused' with {shape.kept} coefficients of the nodes",
            finding="the kernel keeps one of each",
            remedy="Take algorithm='fft'.",
        )


def _cheapest(shape: Tree, x: Tensor) -> str:
    """Return the algorithm whose cost is least, by perf/multires.py."""
    if torch.compiler.is_exporting():
        return "direct"
    if shape.fading and serves(x, shape.taps):
        return "fused"
    operations = x.numel() * shape.taps * shape.depth
    return "direct" if operations <= _FEW_OPERATIONS else "fft"
