"""Causal convolution by real FFTs, a block of channels at a time.

Definition (`framestate.deep.functional.reference`)::

    y[b, l, h] = sum_{k <= l} K[h, k] u[b, l - k, h]

Length 2 L transforms of the whole (batch, length, channels) array would cost
several copies of it; a block of channels fits a processor's cache, is transposed
there, and nothing but `u` and `K` is kept for the backward pass, which takes the
transforms again: faster than reading them back, and a fifth of the memory.

``torch.ops.framestate.fft_conv`` and its gradient are operators of PyTorch, so that
a compiler sees one node and no complex dtype. An exported program has neither: it
takes `framestate.deep.functional.dft_conv`, which is plain matrix products.
"""

from typing import Any

import torch
from torch import Tensor
from torch.fft import irfft, rfft

from framestate.deep.errors import InvalidInputError, require_real
from framestate.deep.functional.dft_conv import dft_conv
from framestate.deep.functional.pairs import exporting

# Elements of one padded block: 4M float32 are 16 MiB, measured best on 2 cores.
_BLOCK_ELEMENTS = 1 << 22
# Fewer channels split a cache line of the (.., channels) layout; more do not pay.
_FEWEST_CHANNELS, _MOST_CHANNELS = 8, 32


def fft_conv(u: Tensor, K: Tensor) -> Tensor:
    """Causal convolution of every channel of `u` with its own kernel.

    Differentiable in `u` and `K`, again and again.

    Parameters
    ----------
    u : Tensor
        Real (batch, length, channels).
    K : Tensor
        Real (channels, taps) with taps <= length, dtype of `u`.

    Returns
    -------
    Tensor
        (batch, length, channels), dtype of `u`. The rounding error is relative to
        the norms, of order eps log2(length) |K| |u|, not to each sample.

    Raises
    ------
    InvalidInputError
        If a rank, dtype or size does not fit.
    """
    require_real("u", u, ndim=3, axes="(batch, length, channels)")
    require_real("K", K, ndim=2, axes="(channels, taps)")
    if u.dtype != K.dtype or K.shape[0] != u.shape[2] or K.shape[1] > u.shape[1]:
        raise InvalidInputError(
            request=f"u {tuple(u.shape)} {u.dtype} with K {tuple(K.shape)} {K.dtype}",
            finding="expected K (channels, taps), taps <= length, in u's dtype",
            remedy="Give one kernel per channel, cut to the length of u.",
        )
    return dft_conv(u, K) if exporting() else _fft_conv(u, K)


def next_fast_length(minimum: int) -> int:
    """Return the smallest 2^a 3^b 5^c that is at least `minimum` (>= 1).

    Raises
    ------
    InvalidInputError
        If `minimum` is below 1.
    """
    if minimum < 1:
        raise InvalidInputError(
            request=f"next_fast_length({minimum})",
            finding="a transform has at least one sample",
            remedy="Give minimum >= 1.",
        )
    odd = (3**b * 5**c for b in range(14) for c in range(10))
    return min(k << max(0, (-(-minimum // k) - 1).bit_length()) for k in odd)


@torch.library.custom_op("framestate::fft_conv", mutates_args=())
def _fft_conv(u: Tensor, K: Tensor) -> Tensor:
    """Return the causal convolution, block by block."""
    length = u.shape[1]
    size = next_fast_length(2 * length)
    y = torch.empty_like(u, memory_format=torch.contiguous_format)
    for part in _blocks(u, size):
        spectrum = _spectrum(u[..., part], size).mul_(rfft(K[part], size))
        y[..., part] = irfft(spectrum, size)[..., :length].transpose(1, 2)
    return y


@torch.library.custom_op("framestate::fft_conv_backward", mutates_args=())
def _fft_conv_backward(grad: Tensor, u: Tensor, K: Tensor) -> tuple[Tensor, Tensor]:
    """Correlate the gradient with K (for u) and with u (for K)."""
    length, taps = u.shape[1], K.shape[1]
    size = next_fast_length(2 * length)
    grad_u = torch.empty_like(u, memory_format=torch.contiguous_format)
    grad_K = torch.empty_like(K, memory_format=torch.contiguous_format)
    for part in _blocks(u, size):
        spectrum = _spectrum(grad[..., part], size)
        # Conjugates are taken at once: a lazy one is lost below a compiled graph.
        cross = (spectrum * _spectrum(u[..., part], size).conj_physical_()).sum(0)
        grad_K[part] = irfft(cross, size)[..., :taps]
        back = irfft(spectrum.mul_(rfft(K[part], size).conj_physical_()), size)
        grad_u[..., part] = back[..., :length].transpose(1, 2)
    return grad_u, grad_K


def _spectrum(block: Tensor, size: int) -> Tensor:
    """Transform a (batch, length, block) slice along time: (batch, block, bins)."""
    return rfft(block.transpose(1, 2).contiguous(), size)


def _blocks(u: Tensor, size: int) -> list[slice]:
    """Cut the channels so that a padded block stays in cache (one block on a GPU)."""
    channels = u.shape[2]
    width = channels
    if u.device.type == "cpu":
        fitting = _BLOCK_ELEMENTS // (u.shape[0] * size)
        width = min(max(fitting, _FEWEST_CHANNELS), _MOST_CHANNELS)
    return [slice(start, start + width) for start in range(0, channels, width)]


@_fft_conv.register_fake
def _(u: Tensor, K: Tensor) -> Tensor:
    del K
    return torch.empty_like(u, memory_format=torch.contiguous_format)


@_fft_conv_backward.register_fake
def _(grad: Tensor, u: Tensor, K: Tensor) -> tuple[Tensor, Tensor]:
    del grad
    kept = torch.contiguous_format
    return torch.empty_like(u, memory_format=kept), torch.empty_like(
        K, memory_format=kept
    )


def _keep(ctx: Any, inputs: tuple[Tensor, ...], output: object) -> None:
    del output
    ctx.save_for_backward(*inputs)


def _first_gradients(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
    u, K = ctx.saved_tensors
    return _fft_conv_backward(grad, u, K)


def _second_gradients(
    ctx: Any, to_u: Tensor, to_K: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The two correlations are bilinear: their gradients are the same operators."""
    grad, u, K = ctx.saved_tensors
    return _fft_conv(to_u, K) + _fft_conv(u, to_K), *_fft_conv_backward(
        grad, to_u, to_K
    )


_fft_conv.register_autograd(_first_gradients, setup_context=_keep)
_fft_conv_backward.register_autograd(_second_gradients, setup_context=_keep)
