r"""The kernel of a DPLR step by its response on a circle.

With z one sample of delay and c = alpha + (1 - alpha) z the response is (T-cauchy)

    H(z) = <C, B> - c <C, P> (I + c <P, P>)^-1 <P, B>,

<a, b> the sum of dt a_m D_m b_m / (1 - gain_m z) over both halves of every pair:
Cauchy sums over modes and frequencies. At M points z = r e^(-2 pi i j / M) each is
the discrete Fourier transform of a kernel of independent modes,

    sum_m w_m Re(dt a_m D_m b_m (r gain_m)^l / (1 - (r gain_m)^M)),    l < M,

so that real matrix products (`power_sum`) and FFTs take the place of direct sums.
Transformed back, H gives K_l r^l and, folded onto it, K_(l+M) r^(l+M); rounding grows
by r^-length. With M = g length and r^length = eps^(1/(g+1)) both errors are
eps^(g/(g+1)) of the largest |K|, and no power of A_bar is taken (S4 takes one, to
replace C by C (I - A_bar^length)).
"""

from math import log, pi
from typing import Any

import torch
from jaxtyping import Complex, Float64
from torch import Tensor
from torch.fft import irfft, rfft
from torch.nn.functional import pad

from framestate.deep.functional import pairs
from framestate.deep.functional.dplr_system import DPLRSystem, divided
from framestate.deep.functional.fft_conv import next_fast_length
from framestate.deep.functional.pairs import Pair
from framestate.deep.functional.vandermonde import power_sum

_EPS = torch.finfo(torch.float64).eps
# Numbers in the sequences of a block of rows: 1M float64 are 8 MiB.
_BLOCK_ELEMENTS = 1 << 20
# A factor of exactly 0 has no logarithm; the square of this one is 0 too.
_LEAST_GAIN = 1e-150


def kernel_on_circle(
    system: DPLRSystem, length: int, *, periods: int
) -> Float64[Tensor, "rows {length}"]:
    """C A_bar^l B_bar for l < length, to eps^(periods / (periods + 1)) of its largest.

    Gradients are taken once.

    Parameters
    ----------
    system : DPLRSystem
        The rows.
    length : int
        Number of lags, at least 1.
    periods : int
        g >= 1: the circle has about g length points.
    """
    points = next_fast_length(periods * length)
    log_r = log(_EPS) / (points + length)
    D, gain = system.factors()
    log_z = _log_gain(gain).plus(log_r)
    folded = pairs.expm1(log_z.scaled(float(points)))
    P = system.P.map(lambda part: part.movedim(-1, 0))
    read = Pair(P.real, -P.imag).scaled(system.weight)
    left = _joined(system.C, read).map(lambda part: part[:, None])
    right = _joined(system.B, P) * (D / -folded).scaled(system.dt)
    sequences = power_sum(log_z, left * right, points)
    return _closed(sequences.movedim(2, 0), system.alpha, log_r, length)


def _log_gain(gain: Pair) -> Pair:
    """The logarithm, that of the least factor where there is none."""
    none = pairs.squared(gain) < _LEAST_GAIN**2
    least = Pair(torch.full_like(gain.real, _LEAST_GAIN), torch.zeros_like(gain.imag))
    return pairs.log(pairs.where(none, least, gain))


def _joined(first: Pair, others: Pair) -> Pair:
    """The vectors (1 + k, rows, m) on one side of the sums."""
    return Pair(
        torch.cat((first.real[None], others.real)),
        torch.cat((first.imag[None], others.imag)),
    )


@torch.library.custom_op("framestate::closed_loop", mutates_args=())
def _closed(sequences: Tensor, alpha: float, log_r: float, length: int) -> Tensor:
    """From the sequences (rows, 1 + k, 1 + k, points) to the kernel (rows, length)."""
    points = sequences.shape[-1]
    c = _delay_weight(sequences, alpha, log_r)
    growth = _growth(sequences, log_r, length)
    found: list[Tensor] = []
    for block in sequences.split(_block_rows(sequences)):
        sums = rfft(block)
        _, right = _loop(sums, c)
        H = sums[:, 0, 0] + (sums[:, 0, 1:] * right).sum(1)
        found.append(irfft(H, points)[:, :length] * growth)
    return torch.cat(found)


@torch.library.custom_op("framestate::closed_loop_backward", mutates_args=())
def _closed_backward(
    sequences: Tensor, alpha: float, log_r: float, grad: Tensor
) -> Tensor:
    """dH = l d<.,.> r with rows l = (1, -c <C,P> S), columns r = (1, -c S <P,B>)."""
    points, length = sequences.shape[-1], grad.shape[-1]
    c = _delay_weight(sequences, alpha, log_r)
    to_H = pad(grad * _growth(sequences, log_r, length), (0, points - length))
    size, found = _block_rows(sequences), torch.empty_like(sequences)
    for first in range(0, len(sequences), size):
        rows = slice(first, first + size)
        left, right = _loop(rfft(sequences[rows]), c)
        one = torch.ones_like(left[:, :1])
        left, right = torch.cat((one, left), 1), torch.cat((one, right), 1)
        # A lazy conjugate inside an operator is lost where a compiler runs it.
        outer = (left[:, :, None] * right[:, None]).conj_physical()
        found[rows] = irfft(outer * rfft(to_H[rows])[:, None, None], points)
    return found


def _loop(
    sums: Complex[Tensor, "rows sides sides bins"], c: Complex[Tensor, " bins"]
) -> tuple[Complex[Tensor, "rows k bins"], Complex[Tensor, "rows k bins"]]:
    """-c <C,P> S and -c S <P,B>, with S = (I + c <P,P>)^-1."""
    inner = (c * sums[:, 1:, 1:]).permute(0, 3, 1, 2)
    inner = inner + torch.eye(inner.shape[-1], device=sums.device)
    seen, driven = sums[:, :1, 1:].permute(0, 3, 1, 2), sums[:, 1:, 0].mT[..., None, :]
    left = divided(seen, inner)[..., 0, :].mT
    return -c * left, -c * divided(driven, inner.mT)[..., 0, :].mT


def _delay_weight(like: Tensor, alpha: float, log_r: float) -> Tensor:
    """Alpha + (1 - alpha) z at the points of the upper half of the circle."""
    points = like.shape[-1]
    bins = torch.arange(points // 2 + 1, dtype=like.dtype, device=like.device)
    size = torch.full_like(bins, log_r).exp()
    return alpha + (1 - alpha) * torch.polar(size, bins * (-2 * pi / points))


def _growth(like: Tensor, log_r: float, length: int) -> Tensor:
    """r^-l for l < length."""
    lags = torch.arange(length, dtype=like.dtype, device=like.device)
    return (lags * -log_r).exp()


def _block_rows(sequences: Tensor) -> int:
    """Rows whose sequences fit a processor's cache."""
    return max(1, _BLOCK_ELEMENTS // sequences[0].numel())


@_closed.register_fake
def _(sequences: Tensor, alpha: float, log_r: float, length: int) -> Tensor:
    del alpha, log_r
    return sequences.new_empty((sequences.shape[0], length))


@_closed_backward.register_fake
def _(sequences: Tensor, alpha: float, log_r: float, grad: Tensor) -> Tensor:
    del alpha, log_r, grad
    return torch.empty_like(sequences)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    del output
    ctx.save_for_backward(inputs[0])
    ctx.numbers = inputs[1:3]


def _gradients(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
    (sequences,) = ctx.saved_tensors
    return _closed_backward(sequences, *ctx.numbers, grad), None, None, None


_closed.register_autograd(_gradients, setup_context=_keep)
