"""Autoregressive density of 8-bit images, pixel after pixel in raster order.

A model gets the image moved by one pixel, `density_input(images)`, so that what it says at a
pixel has seen those before; its head says the parameters of a discretized mixture of
logistics (PixelCNN++, arXiv 1701.05517). The loss is in bits per dimension.
"""

from typing import Any, final

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn.functional import pad

from framestate.deep.errors import InvalidInputError, require_count
from framestate.deep.models import logistics
from framestate.deep.models.heads import Device, StepHead
from framestate.deep.models.model import SequenceModel
from framestate.deep.models.pooling import PoolState
from framestate.deep.spec import Spec

Images = UInt8[Tensor, "batch length channels"]


@final
class DensityHead(nn.Module):
    """The mixture's parameters at each pixel: (batch, length, parameters).

    Parameters
    ----------
    d_model : int
        Channels of the model.
    channels : int
        1 (gray) or 3 (red, green, blue; later ones given the earlier).
    mixtures : int
        Logistics in the mixture; 10 with 3 channels are 100 parameters.
    generator : torch.Generator, optional
        Source of the first weights.

    Raises
    ------
    InvalidInputError
        For a bad size.
    """

    def __init__(
        self,
        d_model: int,
        *,
        channels: int = 3,
        mixtures: int = 10,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        require_count("mixtures", mixtures)
        if channels not in (1, 3):
            raise InvalidInputError(
                request=f"channels={channels}",
                finding="a pixel is gray or has red, green and blue",
                remedy="Give 1 or 3.",
            )
        count = logistics.parameter_count(channels, mixtures)
        self.steps = StepHead(d_model, count, generator=generator)
        arguments: dict[str, Any] = {"d_model": d_model, "channels": channels}
        self.spec = Spec("DensityHead", {**arguments, "mixtures": mixtures})
        self.d_model, self.per_sample = d_model, True
        self.channels = channels
        self.token: nn.Parameter | None = None

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return (batch, length, parameters)."""
        return self.steps(x, lengths)

    def initial_state(self, batch_size: int, *, device: Device = None) -> PoolState:
        """Return nothing: a pixel's parameters need no other's."""
        return self.steps.initial_state(batch_size, device=device)

    def absorb(self, x: Tensor, state: PoolState) -> tuple[Tensor, PoolState]:
        """Return (batch, length, parameters) of the chunk."""
        return self.steps.absorb(x, state)


def density_input(images: Images, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return what a model is given: values from -1 to 1, moved by one pixel.

    Parameters
    ----------
    images : Tensor
        uint8 (batch, length, channels), pixels in raster order.
    dtype : torch.dtype
        Of the result.

    Returns
    -------
    Tensor
        (batch, length, channels); the first pixel sees zeros.
    """
    return pad(logistics.scaled(images, dtype), (0, 0, 1, -1))


def bits_per_dimension(parameters: Tensor, images: Images) -> Float[Tensor, ""]:
    """Return the mean of -log2 P per channel of a pixel, the loss to minimize.

    Parameters
    ----------
    parameters : Tensor
        (batch, length, parameters), what a model with a `DensityHead` returns of
        `density_input`; computed in float32 at least.
    images : Tensor
        uint8 (batch, length, channels).
    """
    wide = torch.promote_types(parameters.dtype, torch.float32)
    return logistics.bits_per_dimension(parameters.to(wide), images)


@torch.no_grad()
def generate(
    model: SequenceModel,
    batch_size: int,
    length: int,
    *,
    generator: torch.Generator | None = None,
) -> Images:
    """Draw images from a model, one `step` a pixel, in constant memory per image.

    Parameters
    ----------
    model : SequenceModel
        Causal, with a `DensityHead`; in evaluation mode.
    batch_size, length : int
        Images, and pixels of each.
    generator : torch.Generator, optional
        Source of the draws, on the model's device.

    Returns
    -------
    Tensor
        uint8 (batch_size, length, channels).

    Raises
    ------
    InvalidInputError
        For a bad size, or a model with another head.
    """
    require_count("length", length)
    head, state = model.head, model.initial_state(batch_size)
    if not isinstance(head, DensityHead):
        raise InvalidInputError(
            request="images out of a model",
            finding=f"its head is a {type(head).__name__}, which has no density",
            remedy="Build the model with a DensityHead.",
        )
    weight = head.steps.linear.weight
    value = weight.new_zeros(batch_size, head.channels)
    pixels: list[Tensor] = []
    for _ in range(length):
        parameters, state = model.step(value, state)
        pixel = logistics.draw(parameters, head.channels, generator)
        value = logistics.scaled(pixel, weight.dtype)
        pixels.append(pixel)
    return torch.stack(pixels, 1)
