r"""Discretized mixture of logistics for 8-bit images (PixelCNN++, arXiv 1701.05517).

A channel's value x in {0, .., 255} is rounded from a continuous one, which is a
mixture of logistic variables on the scale x' = 2 x / 255 - 1:

    P(x) = sum_k pi_k (sigma((x' + 1/255 - mu_k) / s_k) - sigma((x' - 1/255 - mu_k) / s_k))

with the tails at 0 and 255 taken whole. With three channels the means of green and
blue depend on the values before them, mu_g + alpha r', mu_b + beta r' + gamma g', and
pi is the pixel's. The difference of sigmoids is formed without cancellation,
sigma(a) - sigma(b) = sigma(a) sigma(-b) (1 - exp(b - a)), where PixelCNN++ switches
to the density: the probabilities of the 256 values sum to 1.
"""

from math import log

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import logsigmoid

LEVELS = 256
# The least log s of PixelCNN++: s = 1/1097, an eighth of the distance of two levels.
_LEAST_LOG_SCALE = -7.0

Parameters = Float[Tensor, "... parameters"]
Pixels = UInt8[Tensor, "... channels"]


def parameter_count(channels: int, mixtures: int) -> int:
    """Return the parameters of a pixel: weights, means, scales, and couplings."""
    couplings = channels * (channels - 1) // 2
    return mixtures * (1 + 2 * channels + couplings)


def scaled(pixels: Pixels, dtype: torch.dtype) -> Float[Tensor, "... channels"]:
    """Return the values on the scale from -1 to 1."""
    return pixels.to(dtype) * (2 / (LEVELS - 1)) - 1


def log_probability(parameters: Parameters, pixels: Pixels) -> Float[Tensor, "..."]:
    """Return the logarithm of each pixel's probability, all channels together.

    Parameters
    ----------
    parameters : Tensor
        (..., parameter_count(channels, mixtures)).
    pixels : Tensor
        uint8 (..., channels).
    """
    channels = pixels.shape[-1]
    weights, means, log_scales, couplings = _split(parameters, channels)
    x = scaled(pixels, parameters.dtype)[..., None]
    total = torch.log_softmax(weights, -1)
    for channel in range(channels):
        mean = _mean(means, couplings, x, channel)
        value = x[..., channel, :]
        inverse = torch.exp(-log_scales[..., channel, :])
        half = 1 / (LEVELS - 1)
        upper = (value + half - mean) * inverse
        lower = (value - half - mean) * inverse
        edge = pixels[..., channel, None]
        # log sigma(upper) is the whole tail below, log sigma(-lower) that above
        below = torch.where(edge == LEVELS - 1, 0, logsigmoid(upper))
        above = torch.where(edge == 0, 0, logsigmoid(-lower))
        width = torch.log(-torch.expm1(-2 * half * inverse))
        inside = (edge > 0) & (edge < LEVELS - 1)
        total = total + below + above + torch.where(inside, width, 0)
    return torch.logsumexp(total, -1)


def bits_per_dimension(parameters: Parameters, pixels: Pixels) -> Float[Tensor, ""]:
    """Return the mean over pixels of -log2 P / channels."""
    nats = -log_probability(parameters, pixels).mean()
    return nats / (pixels.shape[-1] * log(2))


def draw(
    parameters: Parameters, channels: int, generator: torch.Generator | None
) -> Pixels:
    """Draw pixels: a mixture component, then channel after channel.

    Each value is rounded before the next channel's mean is formed, so that what is
    drawn has exactly the probabilities of `log_probability`.
    """
    weights, means, log_scales, couplings = _split(parameters, channels)
    chosen = _gumbel(weights, generator).argmax(-1, keepdim=True)
    pixel = torch.zeros(
        *weights.shape[:-1], channels, dtype=torch.uint8, device=weights.device
    )
    for channel in range(channels):
        x = scaled(pixel, parameters.dtype)[..., None]
        mean = _mean(means, couplings, x, channel).gather(-1, chosen)
        scale = log_scales[..., channel, :].gather(-1, chosen).exp()
        uniform = _uniform(mean, generator)
        value = mean + scale * torch.logit(uniform)
        level = ((value + 1) * (LEVELS - 1) / 2).round().clamp(0, LEVELS - 1)
        pixel[..., channel] = level.squeeze(-1).to(torch.uint8)
    return pixel


def _split(
    parameters: Parameters, channels: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return weights (.., k), means and log scales (.., channels, k), couplings."""
    couplings = channels * (channels - 1) // 2
    rows = parameters.unflatten(-1, (1 + 2 * channels + couplings, -1))
    sizes = (1, channels, channels, couplings)
    weights, means, log_scales, coupling = rows.split(sizes, dim=-2)
    bounded = log_scales.clamp(min=_LEAST_LOG_SCALE)
    return weights.squeeze(-2), means, bounded, torch.tanh(coupling)


def _mean(means: Tensor, couplings: Tensor, x: Tensor, channel: int) -> Tensor:
    """Return the channel's means (.., k), given the values before it."""
    first = channel * (channel - 1) // 2
    before = couplings[..., first : first + channel, :] * x[..., :channel, :]
    return means[..., channel, :] + before.sum(-2)


def _gumbel(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return `like` plus Gumbel noise: its argmax is a draw from the softmax."""
    return like - torch.log(-torch.log(_uniform(like, generator)))


def _uniform(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Return numbers strictly between 0 and 1."""
    tiny = torch.finfo(like.dtype).eps
    draws = torch.rand(
        like.shape, dtype=like.dtype, device=like.device, generator=generator
    )
    return draws.clamp(tiny, 1 - tiny)
