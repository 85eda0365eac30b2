"""The undecimated wavelet transform of the past, sample by sample, and its inverse.

Level i = 1 .. depth, at dilation d = 2^(i-1), of low_0 = x and zero before it::

    low_i(t)  = sum_k h0_k low_{i-1}(t - (K-1-k) d)
    high_i(t) = sum_k h1_k low_{i-1}(t - (K-1-k) d)

With h0, h1 the taps of an orthogonal wavelet (``rec_lo``, ``rec_hi`` of PyWavelets,
``lowpass``, ``highpass`` of `framestate.frames`) these are its coefficients, of the
atoms that end at t. In PyWavelets' terms, exactly:

* ``wavedec(x, name, "zero", depth)`` at level i has them at t = 2^i (n + 1) - 1, n = 0, 1,
  .., and further ones for t beyond the record;
* ``swt(x, name, depth, trim_approx=True)`` at level i has them K/2 (2^i - 1) samples
  earlier, round the circle: at place m stands t = m + K/2 (2^i - 1), for t of at
  least (K-1)(2^i - 1).
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.multires_levels import correlate
from framestate.deep.functional.multires_tree import require_filters, require_levels

Filters = tuple[Tensor, Tensor]


def causal_dwt(x: Tensor, h0: Tensor, h1: Tensor, depth: int) -> Tensor:
    """Return the coefficients of all levels at every sample.

    Parameters
    ----------
    x : Tensor
        Real (batch, channels, length); it is taken as zero before its start.
    h0, h1 : Tensor
        Low-pass and high-pass taps (channels, K), K >= 2, the newest sample's last.
    depth : int
        Levels, 0 .. 24.

    Returns
    -------
    Tensor
        (batch, channels, depth + 1, length): low_depth, then high_depth .. high_1,
        in the order of `pywt.wavedec` and of the weights of `multires_conv`.

    Raises
    ------
    InvalidInputError
        If a shape, dtype or size does not fit.
    """
    require_filters(x, h0, h1)
    require_levels(h0.shape[1], depth)
    low, highs = x, []
    for level in range(depth):
        seen = pad(low, ((h0.shape[1] - 1) << level, 0))
        highs.insert(0, correlate(seen, h1, dilation=1 << level))
        low = correlate(seen, h0, dilation=1 << level)
    return torch.stack((low, *highs), dim=2)


def causal_idwt(
    coefficients: Tensor, h0: Tensor, h1: Tensor, *, synthesis: Filters | None = None
) -> Tensor:
    """Return the samples that all coefficients come from, delayed by what they span.

    The inverse of `causal_dwt` is causal too: its output at t is x(t - delay) with
    delay = (K-1)(2^depth - 1), exactly, from the first sample on and up to the last.
    Whoever wants a whole record back appends `delay` zeros to it first. The highs of
    level i enter (K-1)(2^depth - 2^i) samples late, when the lows beside them are there.

    Parameters
    ----------
    coefficients : Tensor
        (batch, channels, depth + 1, length), all levels, as `causal_dwt` gives them.
    h0, h1 : Tensor
        The filters (channels, K) they were made with.
    synthesis : tuple of Tensor, optional
        Low-pass and high-pass taps of the dual wavelet, of a biorthogonal one; h0 and
        h1 are their own dual if the wavelet is orthogonal.

    Returns
    -------
    Tensor
        (batch, channels, length).

    Raises
    ------
    InvalidInputError
        If a shape, dtype or size does not fit, or no reconstruction is perfect:
        sum_k g0_k h0_{k+n} + g1_k h1_{k+n} is not 2 for n = 0 and 0 for other n.
    """
    axes = "(batch, channels, levels, length)"
    require_filters(coefficients, h0, h1, name="coefficients", axes=axes)
    g0, g1 = (h0, h1) if synthesis is None else synthesis
    _require_duality((h0, h1), (g0, g1))
    low, *highs = coefficients.unbind(2)
    reach, depth, length = h0.shape[1] - 1, len(highs), low.shape[2]
    require_levels(h0.shape[1], depth)
    for level in range(depth - 1, -1, -1):
        late = reach * ((1 << depth) - (2 << level))
        span = reach << level
        high = pad(highs[depth - 1 - level], (late + span, 0))[..., : length + span]
        low = correlate(pad(low, (span, 0)), g0.flip(1), dilation=1 << level)
        low = (low + correlate(high, g1.flip(1), dilation=1 << level)) / 2
    return low


def _require_duality(analysis: Filters, synthesis: Filters) -> None:
    """Refuse filters that do not give back what they took apart."""
    kinds = [(tuple(taps.shape), taps.dtype) for taps in (*analysis, *synthesis)]
    if len(set(kinds)) > 1:
        raise InvalidInputError(
            request=f"filters {kinds[:2]} and synthesis {kinds[2:]}",
            finding="they do not have one number of channels and taps and one dtype",
            remedy="Pad the shorter ones with zeros, as PyWavelets does.",
        )
    if torch.compiler.is_compiling():
        return
    taps = analysis[0].shape[1]
    h, g = (torch.stack(pair, 1).detach().double() for pair in (analysis, synthesis))
    products = pad(h, (taps - 1, taps - 1)).unfold(2, taps, 1) @ g[..., None]
    found = products.sum(1)[..., 0]
    found[:, taps - 1] -= 2
    error = float(found.abs().max())
    tolerance = torch.finfo(analysis[0].dtype).eps ** 0.5
    if not error <= tolerance:
        raise InvalidInputError(
            request="causal_idwt with these filters",
            finding=f"their products miss perfect reconstruction by {error:.1e} > "
            f"{tolerance:.1e}",
            remedy="Give the taps of an orthogonal wavelet, or those of the dual wavelet "
            "as synthesis; learned filters have no such inverse.",
        )
