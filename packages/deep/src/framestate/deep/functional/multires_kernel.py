"""The impulse response of the tree: the layer is linear and time-invariant.

With z^-1 the delay of a sample and H(z) = sum_m h_{K-1-m} z^-m, the layer is

    w_x + V_depth(z) H0(z) H0(z^2) .. + sum_i W_i(z^(2^i)) H1(z^(2^(i-1))) H0(..) ..

Horner's rule from the coarsest level on needs only the coefficients that are not
zero, P_i in powers of z^(2^i)::

    P_depth = w_low,    P_{i-1}(z) = H0(z) P_i(z^2) + H1(z) W_i(z^2),    K = P_0 + w_x

which is about 2 K multiplications for each tap of the response, all levels together.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from framestate.deep.functional.multires_tree import Tree


def impulse_response(
    tree: Tree,
    h0: Float[Tensor, "channels taps"],
    h1: Float[Tensor, "channels taps"],
    w: Float[Tensor, "channels columns"],
    *,
    length: int,
) -> Float[Tensor, "channels lags"]:
    """Return the response to an impulse at lags 0, 1, .. that are below `length`.

    Parameters
    ----------
    tree : Tree
        Levels and what is kept of each.
    h0, h1, w : Tensor
        As for `multires_conv`.
    length : int
        Lags wanted at most; the rest of the response is not computed.

    Returns
    -------
    Tensor
        Real (channels, lags): `length` lags, or as many as the tree has.
    """
    low, *weights, skip = tree.split(w)
    response, early, late = low, h0.flip(1), h1.flip(1)
    for level in range(tree.depth, 0, -1):
        wanted = -(-length >> (level - 1))  # ceil(length / 2^(level-1))
        details = weights[tree.depth - level]
        response = _upsampled(response, early, wanted)
        if details.shape[1]:
            response = _sum(response, _upsampled(details, late, wanted))
    return _sum(response, skip)


def _upsampled(
    P: Float[Tensor, "channels coefficients"],
    taps: Float[Tensor, "channels taps"],
    wanted: int,
) -> Float[Tensor, "channels lags"]:
    """Return the coefficients of H(z) P(z^2), as many as there are and are wanted."""
    lags = 2 * P.shape[1] + taps.shape[1] - 2
    taps = pad(taps, (0, taps.shape[1] % 2))
    last = taps.shape[1] // 2 - 1
    phases = [pad(P, (0, last)) * taps[:, b, None] for b in (0, 1)]
    for r in range(1, last + 1):
        late = pad(P, (r, last - r))
        for b in (0, 1):
            phases[b] = torch.addcmul(phases[b], late, taps[:, 2 * r + b, None])
    return torch.stack(phases, dim=2).flatten(1)[:, : min(lags, wanted)]


def _sum(
    p: Float[Tensor, "channels m"], q: Float[Tensor, "channels n"]
) -> Float[Tensor, "channels lags"]:
    """Return the sum of two polynomials."""
    size = max(p.shape[1], q.shape[1])
    return pad(p, (0, size - p.shape[1])) + pad(q, (0, size - q.shape[1]))
