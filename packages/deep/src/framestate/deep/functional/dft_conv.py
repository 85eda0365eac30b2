r"""Causal convolution by discrete Fourier transforms that are matrix products.

The same function as `framestate.deep.functional.fft_conv`, in operations that every
runtime has: no complex dtype, no operator of our own, no transform. It is for
exported programs (ONNX among them); O(L^1.5) instead of O(L log L).

A transform of length n = a b takes two products (Cooley and Tukey): with
j = b j1 + j2 and k = k1 + a k2,

    X[k1 + a k2] = sum_j2 w_b^(j2 k2) w_n^(j2 k1) sum_j1 w_a^(j1 k1) x[b j1 + j2]

where w_n = e^(-2 pi i / n). Real samples need k1 <= a / 2 alone, and samples beyond
the first half, which are zero, no columns; the spectra stay in this order, which a
product does not see, and the way back is the transposed one.
"""

from collections.abc import Callable
from math import cos, pi, sin

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from framestate.deep.functional.pairs import Pair


def dft_conv(
    u: Float[Tensor, "batch length channels"], K: Float[Tensor, "channels taps"]
) -> Float[Tensor, "batch length channels"]:
    """y[b, l, h] = sum_{k <= l} K[h, k] u[b, l - k, h], taps <= length, unchecked.

    Differentiable in `u` and `K`. The rounding error is relative to the norms, of
    order eps sqrt(length) |K| |u|.
    """
    length = u.shape[1]
    b = 1 << (length - 1).bit_length() // 2  # near sqrt(length)
    rows = -(-length // b)  # of the first half, where the samples are
    tables = _tables(2 * rows, b, u)
    signal, taps = (
        pad(x, (0, rows * b - x.shape[-1])).unflatten(-1, (rows, b))
        for x in (u.transpose(1, 2), K)
    )
    product = _spectrum(signal, *tables) * _spectrum(taps, *tables)
    y = _signal(product, *tables).flatten(-2)[..., :length]
    return y.transpose(1, 2)


def _tables(a: int, b: int, like: Tensor) -> tuple[Pair, Pair, Pair]:
    """w_a^(j1 k1) (k1, j1), w_n^(j2 k1) (k1, j2) and w_b^(j2 k2) (j2, k2)."""
    half = range(a // 2 + 1)
    return (
        _roots(half, range(a // 2), a, like),
        _roots(half, range(b), a * b, like),
        _roots(range(b), range(b), b, like),
    )


def _roots(rows: range, columns: range, n: int, like: Tensor) -> Pair:
    """e^(-2 pi i j k / n), with the angle reduced exactly before it is rounded."""
    angles = [[-2 * pi * (j * k % n) / n for k in columns] for j in rows]

    def table(of: Callable[[float], float]) -> Tensor:
        return torch.tensor(
            [[of(x) for x in row] for row in angles],
            dtype=like.dtype,
            device=like.device,
        )

    return Pair(table(cos), table(sin))


def _spectrum(
    x: Float[Tensor, "... rows b"], outer: Pair, twist: Pair, inner: Pair
) -> Pair:
    """Samples to bins (..., k1, k2)."""
    half = outer.map(lambda w: w @ x) * twist
    return Pair(
        half.real @ inner.real - half.imag @ inner.imag,
        half.real @ inner.imag + half.imag @ inner.real,
    )


def _signal(
    X: Pair, outer: Pair, twist: Pair, inner: Pair
) -> Float[Tensor, "... rows b"]:
    """Bins to samples: conjugate tables, and 2 for a bin that stands for two."""
    half = Pair(
        X.real @ inner.real + X.imag @ inner.imag,
        X.imag @ inner.real - X.real @ inner.imag,
    )
    half = half * Pair(twist.real, -twist.imag)
    bins, rows = outer.shape
    count = torch.full((bins,), 2.0).to(twist.real)
    count[0] = count[-1] = 1.0
    back = outer.map(lambda w: (w.T * count) / (2 * rows * twist.shape[1]))
    return back.real @ half.real + back.imag @ half.imag
