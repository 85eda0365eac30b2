"""The linear recurrence z_n = a_n z_{n-1} + x_n along the last axis.

``torch.ops.framestate.scan`` for any leading axes. Layers, whose time axis is the
middle one, take `framestate.deep.functional.mode_scan`.
"""

import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional import kernels


def scan(gains: Tensor, inputs: Tensor, start: Tensor | None = None) -> Tensor:
    """Return the states z_n = gains_n z_{n-1} + inputs_n, with start before the first.

    Differentiable (once) in all three.

    Parameters
    ----------
    gains : Tensor
        (..., length), or (..., 1) for the same gain at every sample; leading axes
        broadcast to those of `inputs`.
    inputs : Tensor
        (..., length), real or complex, in single or double precision.
    start : Tensor, optional
        State before the first sample, (...); 0 if absent.

    Returns
    -------
    Tensor
        States (..., length), in the dtype of `inputs`.

    Raises
    ------
    InvalidInputError
        If shapes do not fit or dtypes differ.
    """
    lead, length = inputs.shape[:-1], inputs.shape[-1] if inputs.ndim else 0
    if start is None:
        start = inputs.new_zeros(lead)
    kinds = {gains.dtype, inputs.dtype, start.dtype}
    fits = start.shape == lead and gains.ndim > 0 and inputs.numel() > 0
    fits = fits and gains.shape[-1] in (1, length) and _reaches(gains.shape[:-1], lead)
    if not fits or len(kinds) > 1 or not _is_number(inputs):
        raise InvalidInputError(
            request=f"scan of gains {tuple(gains.shape)} {gains.dtype}, inputs "
            f"{tuple(inputs.shape)} {inputs.dtype}, start {tuple(start.shape)}",
            finding="expected gains (..., length or 1), a non-empty (..., length) and "
            "(...) of one dtype, in single or double precision",
            remedy="Put time last, and bring all to one dtype.",
        )
    a = gains.expand(*lead, gains.shape[-1]).reshape(-1, gains.shape[-1])
    z = kernels.scan(a, inputs.reshape(-1, length), start.reshape(-1))
    return z.reshape(inputs.shape)


def _reaches(shape: torch.Size, lead: torch.Size) -> bool:
    """Whether a shape broadcasts to the leading axes."""
    pairs = zip(reversed(shape), reversed(lead), strict=False)
    return len(shape) <= len(lead) and all(a in (1, b) for a, b in pairs)


def _is_number(x: Tensor) -> bool:
    """Whether the dtype is one that the kernels know."""
    known = (torch.float32, torch.float64, torch.complex64, torch.complex128)
    return x.dtype in known
