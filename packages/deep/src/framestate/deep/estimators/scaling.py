"""Numbers of the user's scale and numbers of a network's, one affine map apart."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.sequences import Sequences

BLOCK = 2**22  # numbers brought to double precision at once


@final
@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """x -> (x - location) / scale, per channel.

    Attributes
    ----------
    location, scale : ndarray
        One number per channel; the scale is positive.
    """

    location: Float64[np.ndarray, " channels"]
    scale: Float64[np.ndarray, " channels"]

    def apply(self, x: Float[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Return x, channels last, in the network's scale."""
        return (np.asarray(x, np.float64) - self.location) / self.scale

    def undo(self, z: Float[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Return z, channels last, in the user's scale."""
        return np.asarray(z, np.float64) * self.scale + self.location


def no_scaling(channels: int) -> Scaling:
    """Return the map that leaves everything as it is."""
    return Scaling(np.zeros(channels), np.ones(channels))


def standard_scaling(
    x: Float[np.ndarray, "... channels"], true: Bool[np.ndarray, "..."]
) -> Scaling:
    """Return the map to mean 0 and variance 1 per channel, NaN and padding left out.

    A constant channel keeps its unit. Values are first divided by the largest, so
    that squares do not overflow.
    """
    rows = np.asarray(x[true], np.float64)
    present = ~np.isnan(rows)
    count = np.maximum(present.sum(0), 1)
    rows = np.where(present, rows, 0.0)
    peak = np.abs(rows).max(0, initial=0.0)
    peak = np.where(peak > 0, peak, 1.0)
    rows /= peak
    mean = rows.sum(0) / count
    deviation = np.sqrt((np.where(present, rows - mean, 0) ** 2).sum(0) / count)
    # What rounding leaves of a constant is no variation.
    varies = deviation > 1e-14 * np.abs(mean)
    return Scaling(mean * peak, np.where(varies, deviation * peak, 1.0))


def network_input(
    sequences: Sequences, scaling: Scaling, *, mask: bool, dtype: torch.dtype
) -> Tensor:
    """Return (n, length, channels), or twice the channels with the mask.

    A missing value and the padding become 0, the mean; the channels of the mask are
    1 where a value is missing.

    Raises
    ------
    InvalidInputError
        If a value overflows `dtype`.
    """
    n, length, channels = sequences.values.shape
    result = torch.zeros(n, length, channels * (2 if mask else 1), dtype=dtype)
    step = max(1, BLOCK // (length * channels))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        values = scaling.apply(sequences.values[rows])
        missing = np.isnan(values)
        values[missing | ~sequences.true[rows, :, None]] = 0
        result[rows, :, :channels] = torch.from_numpy(values).to(dtype)
        if mask:
            result[rows, :, channels:] = torch.from_numpy(missing).to(dtype)
    if not bool(result.isfinite().all()):
        raise InvalidInputError(
            request=f"X with values up to {np.nanmax(np.abs(sequences.values)):.1e}",
            finding=f"they overflow {dtype} inside the model",
            remedy='Use standardize=True, dtype="float64", or smaller units.',
        )
    return result
