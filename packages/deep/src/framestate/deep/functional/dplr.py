"""The convolution kernel of a system that is normal plus low rank (S4).

The equations are in `framestate.deep.functional.dplr_system`. Two algorithms take the
place of S4's Cauchy sums over all pairs of modes and frequencies: powers of the dense
step by squaring (`framestate.deep.functional.powers`), and the response on a circle
(`framestate.deep.functional.circle`).
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from framestate.deep.errors import InvalidInputError, require_count, require_name
from framestate.deep.functional.circle import kernel_on_circle
from framestate.deep.functional.dplr_system import DPLRSystem
from framestate.deep.functional.pairs import exporting, pair
from framestate.deep.functional.powers import impulse_responses

ALGORITHMS = ("auto", "squaring", "circle")
# Periods of the circle: errors of eps^(2/3) = 4e-11 and eps^(4/5) = 3e-13.
_PERIODS = {torch.float32: 2, torch.float64: 4}


def dplr_kernel(  # noqa: PLR0913
    lam: Tensor,
    P: Tensor,
    B: Tensor,
    C: Tensor,
    dt: Tensor,
    length: int,
    *,
    weight: Tensor | None = None,
    alpha: float = 0.5,
    algorithm: str = "auto",
) -> Tensor:
    """K[h, l] = C_h A_bar^l B_bar of z' = -(diag(lam) + P P^H) z + B u, discretized.

    Computed in double precision. Differentiable (once, by "circle") in the first five.

    Parameters
    ----------
    lam, B : Tensor
        Complex (channels or 1, modes), Re(lam) >= 0; half of each conjugate pair.
    P : Tensor
        Complex (channels or 1, modes, rank).
    C : Tensor
        Complex (channels, modes); its precision is the kernel's.
    dt : Tensor
        Real (channels,): sample interval over window, positive.
    length : int
        Number of lags, at least 1.
    weight : Tensor, optional
        Real (modes,): 2 for a mode that stands for a conjugate pair, else 1; 2 if
        absent.
    alpha : float
        Weight of the step's end in [1/2, 1]: 1/2 is the bilinear rule.
    algorithm : str
        "squaring": O(n^3 log(length)) a channel, n = 2 modes, and an error of about
        length eps. "circle": O(n length), an error of 4e-11 (C in complex64) or 3e-13
        of the largest lag. "auto": the circle where 4 length < n^2, as measured.

    Returns
    -------
    Tensor
        Real (channels, length), float32 for a complex64 `C`.

    Raises
    ------
    InvalidInputError
        If shapes or dtypes do not fit, or a number or name is out of range.
    """
    require_count("length", length)
    require_name("algorithm", algorithm, ALGORITHMS)
    channels, modes = _sizes(lam, P, B, C, dt)
    if not 0.5 <= alpha <= 1:
        raise InvalidInputError(
            request=f"alpha={alpha}",
            finding="below 1/2 a step may grow, and beyond 1 it is no mean",
            remedy="Give 1/2 (bilinear) up to 1 (backward Euler).",
        )
    if weight is None:
        weight = torch.full((modes,), 2.0, device=C.device)
    if weight.is_complex() or weight.shape != (modes,):
        raise InvalidInputError(
            request=f"weight of shape {tuple(weight.shape)} and {weight.dtype}",
            finding=f"expected a real tensor ({modes},)",
            remedy="Give one real weight per mode.",
        )
    w = weight.double()
    lam, P, B = (
        x.to(torch.complex128).expand(channels, *x.shape[1:]) for x in (lam, P, B)
    )
    readout = C.to(torch.complex128) * w
    system = DPLRSystem(
        pair(lam), pair(P), pair(B), pair(readout), dt.double()[:, None], w, alpha
    )
    dtype = C.dtype.to_real()
    return system_kernel(system, length, dtype, algorithm=algorithm).to(dtype)


def system_kernel(
    system: DPLRSystem, length: int, dtype: torch.dtype, *, algorithm: str = "auto"
) -> Float64[Tensor, "rows {length}"]:
    """`dplr_kernel` of a system, unchecked, good for a result that is kept in `dtype`.

    An exported program takes the products of matrices, which every runtime has.
    """
    n = 2 * system.weight.shape[0]
    if algorithm == "auto":
        algorithm = "circle" if 4 * length < n * n else "squaring"
    if algorithm == "circle" and not exporting():
        return kernel_on_circle(system, length, periods=_PERIODS[dtype])
    step = system.step()
    return impulse_responses(step.matrix(), step.drive, step.output, length)


def _sizes(lam: Tensor, P: Tensor, B: Tensor, C: Tensor, dt: Tensor) -> tuple[int, int]:
    """The numbers of channels and modes, if all fit together."""
    complex_ = all(x.is_complex() for x in (lam, P, B, C)) and not dt.is_complex()
    if complex_ and C.ndim == 2 and C.numel() and P.ndim == 3:
        channels, modes = C.shape
        rows = {x.shape[0] for x in (lam, P, B)} <= {1, channels}
        columns = {*lam.shape[1:], *B.shape[1:], P.shape[1]} == {modes}
        if rows and columns and lam.ndim == B.ndim == 2 and dt.shape == (channels,):
            return channels, modes
    shapes = ", ".join(str(tuple(x.shape)) for x in (lam, P, B, C, dt))
    raise InvalidInputError(
        request=f"lam, P, B, C, dt of shapes {shapes}",
        finding="expected complex (1 or h, m), (1 or h, m, k), (1 or h, m), (h, m) and "
        "real (h,)",
        remedy="Give one row per channel, or one for all, and half of each pair.",
    )
