"""Cauchy sums over conjugate pairs: the response of independent modes.

``torch.ops.framestate.cauchy`` for any leading axes; the heart of S4's kernel
(arXiv 2111.00396), for which `framestate.deep.functional.dplr` has faster ways.
"""

import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional import kernels


def cauchy(v: Tensor, s: Tensor, lam: Tensor) -> Tensor:
    """Return sum_m v_m / (s + lam_m) + conj(v_m) / (s + conj(lam_m)).

    Differentiable (once) in all three.

    Parameters
    ----------
    v : Tensor
        Residues, complex (..., modes), one of each conjugate pair.
    s : Tensor
        Points (..., frequencies), none at -lam or -conj(lam).
    lam : Tensor
        Eigenvalues (..., modes). Leading axes of all three broadcast.

    Returns
    -------
    Tensor
        Complex (..., frequencies).

    Raises
    ------
    InvalidInputError
        If shapes do not fit, or the dtypes are not one complex dtype.
    """
    given = (v, s, lam)
    request = "cauchy of v, s, lam " + ", ".join(
        f"{tuple(x.shape)} {x.dtype}" for x in given
    )
    if len({x.dtype for x in given}) > 1 or not v.is_complex():
        raise InvalidInputError(
            request=request,
            finding="they are not of one complex dtype",
            remedy="Give all in complex64, or all in complex128.",
        )
    if any(not x.numel() or x.ndim == 0 for x in given) or v.shape[-1] != lam.shape[-1]:
        raise InvalidInputError(
            request=request,
            finding="expected (..., modes), (..., frequencies), (..., modes), not empty",
            remedy="Give as many residues as eigenvalues.",
        )
    try:
        lead = torch.broadcast_shapes(*(x.shape[:-1] for x in given))
    except RuntimeError as error:
        raise InvalidInputError(
            request=request,
            finding="the leading axes do not broadcast",
            remedy="Give equal leading axes, or 1.",
        ) from error
    rows = v.expand(*lead, v.shape[-1]).reshape(-1, v.shape[-1])
    sums = kernels.cauchy(rows, _shared(s, lead), _shared(lam, lead))
    return sums.reshape(*lead, s.shape[-1])


def _shared(x: Tensor, lead: torch.Size) -> Tensor:
    """One row if all leading axes share it, else a row each."""
    if x.shape[:-1].numel() == 1:
        return x.reshape(1, -1)
    return x.expand(*lead, x.shape[-1]).reshape(-1, x.shape[-1])
