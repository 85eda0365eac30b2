r"""Product with a Vandermonde matrix, and with its transpose, on two levels.

Definition (`framestate.deep.functional.reference`)::

    K[h, l] = sum_m w_m Re(c[h, m] z[h, m]^l),    l = 0 .. length - 1

With l = q s + p and s ~ sqrt(length), z^l = z^(q s) z^p, so that K is one batched
*real* matrix product of a (q, 2 modes) table by a (2 modes, p) table: the
(channels, modes, length) array of the direct sum never exists, forward or
backward. Each table is again an outer product of two short ones, so only about
4 length^(1/4) exponentials per pole are taken, and these in double precision: a
float32 exponential of l log z loses the phase, |l Im(log z)| eps, while a product
of four correctly rounded factors does not.

Letters: `log_z` is -lam dt of the state equation c' = -lam c + b u (zoh). All
arithmetic is on pairs of real tensors; `power_sum` and `power_sum_transposed` take
and return them, for layers that are compiled and exported.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from framestate.deep.errors import InvalidInputError, require_count, require_real
from framestate.deep.functional.pairs import Pair, exp, pair


def vandermonde(
    log_z: Tensor, coeff: Tensor, length: int, *, weight: Tensor | None = None
) -> Tensor:
    """K[.., h, l] = sum_m w_m Re(coeff[.., h, m] exp(l log_z[h, m])).

    Differentiable in `log_z` and `coeff`. The phases are formed in double
    precision whatever the dtypes; give `log_z` in complex128 with `coeff` in
    complex64 for the most accurate float32 kernel.

    Parameters
    ----------
    log_z : Tensor
        Complex (channels, modes): logarithms of the poles, Re <= 0 when stable.
    coeff : Tensor
        Complex (..., channels, modes); its precision is that of the result.
    length : int
        Number of lags, at least 1.
    weight : Tensor, optional
        Real (modes,): 2 for a mode that stands for a conjugate pair; 1 if absent.

    Returns
    -------
    Tensor
        Real (..., channels, length), float32 for a complex64 `coeff`.

    Raises
    ------
    InvalidInputError
        If a dtype is not complex, shapes do not fit, or length < 1.
    """
    _require_poles(log_z)
    require_count("length", length)
    if not coeff.is_complex() or coeff.shape[-2:] != log_z.shape:
        raise InvalidInputError(
            request=f"coeff of shape {tuple(coeff.shape)} and dtype {coeff.dtype}",
            finding=f"expected a complex tensor (..., {', '.join(map(str, log_z.shape))})",
            remedy="Give one complex coefficient per channel and mode.",
        )
    if weight is not None:
        if weight.is_complex() or weight.shape != log_z.shape[-1:]:
            raise InvalidInputError(
                request=f"weight of shape {tuple(weight.shape)} and {weight.dtype}",
                finding=f"expected a real tensor ({log_z.shape[-1]},)",
                remedy="Give one real weight per mode.",
            )
        coeff = coeff * weight.to(coeff.real.dtype)
    return power_sum(pair(log_z), pair(coeff), length)


def vandermonde_transposed(log_z: Tensor, signal: Tensor) -> Tensor:
    """x[.., h, m] = sum_l signal[.., h, l] exp(l log_z[h, m]).

    What a diagonal state has absorbed of a signal read backwards in time.

    Parameters
    ----------
    log_z : Tensor
        Complex (channels, modes).
    signal : Tensor
        Real (batch, channels, length).

    Returns
    -------
    Tensor
        Complex (batch, channels, modes) in the precision of `signal`.

    Raises
    ------
    InvalidInputError
        If a dtype or shape does not fit.
    """
    _require_poles(log_z)
    require_real("signal", signal, ndim=3, axes="(batch, channels, length)")
    if signal.shape[1] != log_z.shape[0]:
        raise InvalidInputError(
            request=f"signal of shape {tuple(signal.shape)}",
            finding=f"log_z has {log_z.shape[0]} channels",
            remedy="Give signal as (batch, channels, length).",
        )
    return power_sum_transposed(pair(log_z), signal).complex()


def power_sum(
    log_z: Pair, coeff: Pair, length: int
) -> Float[Tensor, "... channels {length}"]:
    """`vandermonde` of pairs, unchecked: one real matrix product a channel."""
    channels, modes = log_z.shape
    fine_size = _split(length)
    coarse_size = -(-length // fine_size)
    dtype = coeff.real.dtype
    fine = _powers(log_z, fine_size, stride=1, dtype=dtype)
    coarse = _powers(log_z, coarse_size, stride=fine_size, dtype=dtype)
    rows = coeff.map(lambda c: c.reshape(-1, channels, modes, 1)) * coarse
    left = torch.cat((rows.real, rows.imag), 2).permute(1, 0, 3, 2)
    right = torch.cat((fine.real, -fine.imag), 1)
    product = torch.bmm(left.reshape(channels, -1, 2 * modes), right)
    flat = product.reshape(channels, -1, coarse_size * fine_size)[..., :length]
    return flat.transpose(0, 1).reshape(*coeff.shape[:-1], length)


def power_sum_transposed(
    log_z: Pair, signal: Float[Tensor, "batch channels length"]
) -> Pair:
    """`vandermonde_transposed` of pairs, unchecked: (batch, channels, modes)."""
    batch, channels, length = signal.shape
    fine_size = _split(length)
    coarse_size = -(-length // fine_size)
    coarse = _powers(log_z, coarse_size, stride=fine_size, dtype=signal.dtype)
    fine = _powers(log_z, fine_size, stride=1, dtype=signal.dtype)
    blocks = pad(signal, (0, coarse_size * fine_size - length))
    blocks = blocks.transpose(0, 1).reshape(channels, -1, fine_size)
    table = torch.cat((fine.real, fine.imag), 1).transpose(1, 2)
    sums = torch.bmm(blocks, table).view(channels, batch, coarse_size, 2, -1)
    real, imag = sums.transpose(-1, 2).unbind(3)  # (channels, batch, modes, coarse)
    found = Pair(real, imag) * coarse.map(lambda c: c[:, None])
    return found.map(lambda part: part.sum(-1).transpose(0, 1))


def _powers(log_z: Pair, count: int, *, stride: int, dtype: torch.dtype) -> Pair:
    """exp(stride k log_z), k < count: an outer product, rounded once a factor."""
    inner = _split(count)
    outer = -(-count // inner)
    low = _exponentials(log_z, inner, stride=stride).map(lambda x: x.to(dtype))
    high = _exponentials(log_z, outer, stride=stride * inner).map(lambda x: x.to(dtype))
    product = high.map(lambda x: x[..., :, None]) * low.map(lambda x: x[..., None, :])
    return product.map(lambda x: x.flatten(-2)[..., :count])


def _exponentials(log_z: Pair, count: int, *, stride: int) -> Pair:
    """exp(stride k log_z), k < count, (channels, modes, count) in double precision."""
    steps = torch.arange(count, device=log_z.real.device, dtype=torch.float64) * stride
    return exp(log_z.map(lambda x: x.double()[..., None] * steps))


def _split(count: int) -> int:
    """Return the power of two next to sqrt(count): the size of the fine level."""
    return 1 << (count - 1).bit_length() // 2 if count > 1 else 1


def _require_poles(log_z: Tensor) -> None:
    """Refuse poles that are not a non-empty complex matrix."""
    if not log_z.is_complex() or log_z.ndim != 2 or log_z.numel() == 0:
        raise InvalidInputError(
            request=f"log_z of shape {tuple(log_z.shape)} and dtype {log_z.dtype}",
            finding="expected a non-empty complex tensor (channels, modes)",
            remedy="Pass the logarithms of the discrete poles, one row a channel.",
        )
