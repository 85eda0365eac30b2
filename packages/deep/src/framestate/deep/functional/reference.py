"""The definitions: what every fast function of this package must return.

Slow and obvious on purpose; the tests compare with these, nothing else uses them.
"""

import torch
from jaxtyping import Complex, Float
from torch import Tensor


def vandermonde(
    log_z: Complex[Tensor, "channels modes"],
    coeff: Complex[Tensor, "... channels modes"],
    length: int,
    *,
    weight: Float[Tensor, " modes"] | None = None,
) -> Float[Tensor, "... channels length"]:
    """K[.., h, l] = sum_m w_m Re(coeff[.., h, m] exp(l log_z[h, m])), term by term.

    Holds the whole (channels, modes, length) array.
    """
    lags = torch.arange(length, device=log_z.device)
    terms = (coeff[..., None] * torch.exp(log_z[..., None] * lags)).real
    if weight is not None:
        terms = terms * weight[:, None]
    return terms.sum(-2)


def vandermonde_transposed(
    log_z: Complex[Tensor, "channels modes"],
    signal: Float[Tensor, "... channels length"],
) -> Complex[Tensor, "... channels modes"]:
    """x[.., h, m] = sum_l signal[.., h, l] exp(l log_z[h, m]), term by term."""
    lags = torch.arange(signal.shape[-1], device=log_z.device)
    powers = torch.exp(log_z[..., None] * lags)
    return (signal[..., None, :] * powers).sum(-1)


def causal_conv(
    u: Float[Tensor, "batch length channels"], K: Float[Tensor, "channels taps"]
) -> Float[Tensor, "batch length channels"]:
    """y[b, l, h] = sum_{k <= l} K[h, k] u[b, l - k, h], one tap after the other."""
    y = torch.zeros_like(u)
    for k in range(K.shape[1]):
        y[:, k:] += K[:, k] * u[:, : u.shape[1] - k]
    return y
