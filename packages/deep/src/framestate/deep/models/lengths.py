"""True lengths of sequences that were padded at the right to one length."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from framestate.deep.errors import InvalidInputError

INTEGERS = (torch.int32, torch.int64)


def true_samples(
    lengths: Int[Tensor, " batch"], length: int
) -> Bool[Tensor, "batch length"]:
    """Return True where a sample is no padding."""
    return torch.arange(length, device=lengths.device) < lengths[:, None]


def last_samples(
    x: Tensor, count: int, lengths: Int[Tensor, " batch"] | None
) -> Tensor:
    """Return the last `count` true samples of x (batch, length, channels).

    Raises
    ------
    InvalidInputError
        If a sequence has fewer samples.
    """
    if count > x.shape[1]:
        raise InvalidInputError(
            request=f"the last {count} of {x.shape[1]} samples",
            finding="the sequence is shorter",
            remedy="Give longer sequences: a past and the whole horizon.",
        )
    if lengths is None:
        return x[:, x.shape[1] - count :]
    if not torch.compiler.is_compiling() and bool((lengths < count).any()):
        raise InvalidInputError(
            request=f"the last {count} samples with lengths {lengths.tolist()}",
            finding="a sequence is shorter",
            remedy="Leave the short sequences out, or ask for fewer samples.",
        )
    index = (lengths - count)[:, None] + torch.arange(count, device=x.device)
    return torch.take_along_dim(x, index.long()[..., None], dim=1)


def without_padding(u: Tensor, lengths: Tensor | None) -> Tensor:
    """Return a model's input with zeros for padding, or refuse the lengths.

    A NaN there would spread through a Fourier transform, or a gradient. The values of
    the lengths are not looked at in a graph that is compiled or exported.

    Parameters
    ----------
    u : Tensor
        (batch, length) of tokens, which stay as they are, or (batch, length, d_input).
    lengths : Tensor, optional
        Integers (batch,) from 1 to length.

    Raises
    ------
    InvalidInputError
        With the shape, or the smallest and the largest.
    """
    if lengths is None:
        return u
    request = f"lengths of shape {tuple(lengths.shape)} and dtype {lengths.dtype}"
    fits = u.ndim in (2, 3) and lengths.shape == u.shape[:1]
    if not fits or lengths.dtype not in INTEGERS:
        raise InvalidInputError(
            request=f"{request} for an input of shape {tuple(u.shape)}",
            finding="expected one integer per sequence, and no images",
            remedy="Give torch.tensor([len(s) for s in sequences]).",
        )
    if not torch.compiler.is_compiling():
        low, high = int(lengths.min()), int(lengths.max())
        if low < 1 or high > u.shape[1]:
            raise InvalidInputError(
                request=f"lengths from {low} to {high}",
                finding=f"the padded sequences have {u.shape[1]} samples",
                remedy="Lengths are at least 1 and no longer; leave out empty ones.",
            )
    if u.ndim == 2:
        return u
    return torch.where(true_samples(lengths, u.shape[1])[..., None], u, 0)
