"""Every fast function returns what its definition says, at every size."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log2

import pytest
import scipy.fft
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from framestate.deep.functional import (
    fft_conv,
    next_fast_length,
    reference,
    vandermonde,
    vandermonde_transposed,
)
from framestate.deep.functional.dft_conv import dft_conv

SIZES = (1, 2, 3, 17, 255, 256, 257, 1024)
CHANNELS, MODES, BATCH = 3, 5, 2
DOUBLE = torch.finfo(torch.float64).eps


def poles(seed: int = 0, channels: int = CHANNELS) -> Tensor:
    """Logarithms of stable poles: memories of 10 to 1000 samples, any phase."""
    generator = torch.Generator().manual_seed(seed)
    draws = torch.rand(2, channels, MODES, generator=generator, dtype=torch.float64)
    return torch.complex(-(10.0 ** -(1 + 2 * draws[0])), 3 * (2 * draws[1] - 1))


def complex_normal(*shape: int, seed: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.complex128)


def real_normal(*shape: int, seed: int = 6) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@dataclass(frozen=True)
class Row:
    """A function, its definition, its inputs and the bound of its rounding."""

    name: str
    fast: Callable[..., Tensor]
    slow: Callable[..., Tensor]
    inputs: Callable[[int], tuple[Tensor, ...]]
    bound: Callable[..., Tensor]
    arguments: Callable[[int], tuple[int, ...]] = lambda _: ()


def phase_error(log_z: Tensor, length: int) -> float:
    """Both sides form l log z in double, each rounding it once."""
    return 2 * length * float(log_z.abs().max()) * DOUBLE


def vandermonde_bound(log_z: Tensor, coeff: Tensor, length: int, eps: float) -> Tensor:
    # Four table factors and three products of complex numbers, then a sum of
    # 2 modes real products; each error is relative to the sum of magnitudes.
    size = reference.vandermonde(log_z.real + 0j, coeff.abs() + 0j, length)
    return (eps * (2 * MODES + 16) + phase_error(log_z, length)) * size


def transposed_bound(log_z: Tensor, signal: Tensor, eps: float) -> Tensor:
    length = signal.shape[-1]
    size = reference.vandermonde_transposed(log_z.real + 0j, signal.abs()).real
    # Sums over sqrt(length) samples, then over sqrt(length) blocks.
    terms = 2 * length**0.5 + 16
    return (eps * terms + phase_error(log_z, length)) * size


def convolution_bound(u: Tensor, K: Tensor, eps: float) -> Tensor:
    # A transform of size n errs by 4 log2(n) eps of the norm; two go forward and
    # meet in a product (Cauchy-Schwarz), one goes back over the whole output.
    norm_u, norm_K = u.norm(dim=1), K.norm(dim=1)
    size = 2 * norm_u * norm_K + norm_u * K.abs().sum(1)
    return (4 * eps * log2(4 * u.shape[1]) * size)[:, None, :]


ROWS = (
    Row(
        "vandermonde",
        vandermonde,
        reference.vandermonde,
        lambda _: (poles(), complex_normal(BATCH, CHANNELS, MODES)),
        vandermonde_bound,
        lambda length: (length,),
    ),
    Row(
        "vandermonde_transposed",
        vandermonde_transposed,
        reference.vandermonde_transposed,
        lambda length: (poles(), real_normal(BATCH, CHANNELS, length)),
        transposed_bound,
    ),
    Row(
        "fft_conv",
        fft_conv,
        reference.causal_conv,
        lambda length: (
            real_normal(BATCH, length, CHANNELS),
            real_normal(CHANNELS, length, seed=7),
        ),
        convolution_bound,
    ),
    Row(
        "dft_conv",
        dft_conv,
        reference.causal_conv,
        lambda length: (
            real_normal(BATCH, length, CHANNELS),
            real_normal(CHANNELS, length, seed=7),
        ),
        # Products with tables of sqrt(length) rows, where there were butterflies.
        lambda u, K, eps: convolution_bound(u, K, eps) * (1 + u.shape[1] ** 0.25),
    ),
)


def lowered(values: tuple[Tensor, ...], dtype: torch.dtype) -> tuple[Tensor, ...]:
    """Round the data to `dtype` and leave the poles as they are."""
    lower = {torch.float64: dtype, torch.complex128: dtype.to_complex()}
    return tuple(
        v if v.is_complex() and i == 0 else v.to(lower[v.dtype])
        for i, v in enumerate(values)
    )


@pytest.mark.parametrize("length", SIZES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_fast_function_is_its_definition(row, dtype, length):
    inputs = lowered(row.inputs(length), dtype)
    exact = tuple(v.to(torch.promote_types(v.dtype, torch.float64)) for v in inputs)
    extra = row.arguments(length)
    found, expected = row.fast(*inputs, *extra), row.slow(*exact, *extra)
    assert found.shape == expected.shape
    assert found.real.dtype == dtype
    bound = row.bound(*exact, *extra, torch.finfo(dtype).eps)
    assert bool(((found - expected).abs() <= bound).all())


@pytest.mark.parametrize("length", [1, 2, 3, 17])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_gradient_is_the_derivative(row, length):
    inputs = tuple(v.requires_grad_() for v in row.inputs(length))
    extra = row.arguments(length)
    assert torch.autograd.gradcheck(lambda *v: row.fast(*v, *extra), inputs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_gradient_of_the_gradient_is_its_derivative(row):
    inputs = tuple(v.requires_grad_() for v in row.inputs(3))
    extra = row.arguments(3)
    assert torch.autograd.gradgradcheck(lambda *v: row.fast(*v, *extra), inputs)


@given(length=st.integers(1, 400), seed=st.integers(0, 2**20))
def test_any_length_gives_the_first_lags_of_a_longer_kernel(length, seed):
    log_z, coeff = poles(seed), complex_normal(CHANNELS, MODES, seed=seed)
    long = vandermonde(log_z, coeff, 401)[:, :length]
    found = vandermonde(log_z, coeff, length)
    bound = vandermonde_bound(log_z, coeff, 401, DOUBLE)[:, :length]
    assert bool(((found - long).abs() <= 2 * bound).all())


def test_a_pair_counts_twice_and_a_real_mode_once():
    log_z, coeff = poles(), complex_normal(CHANNELS, MODES)
    weight = torch.tensor([2.0, 1.0, 2.0, 1.0, 2.0], dtype=torch.float64)
    found = vandermonde(log_z, coeff, 20, weight=weight)
    expected = reference.vandermonde(log_z, coeff, 20, weight=weight)
    bound = 2 * vandermonde_bound(log_z, coeff, 20, DOUBLE)
    assert bool(((found - expected).abs() <= bound).all())
    assert not torch.allclose(found, vandermonde(log_z, coeff, 20))


def test_float32_keeps_the_phase_that_a_float32_direct_sum_loses():
    """l Im(log z) eps is 3e-4 at l = 1024 for the direct sum, nothing here."""
    length = 1024
    log_z, coeff = poles(), complex_normal(CHANNELS, MODES)
    exact = reference.vandermonde(log_z, coeff, length)
    low = coeff.to(torch.complex64)
    direct = reference.vandermonde(log_z.to(torch.complex64), low, length)
    error = (vandermonde(log_z, low, length) - exact).norm()
    assert float(error) < 0.2 * float((direct - exact).norm())


def saved_sizes(compute: Callable[[], Tensor]) -> list[int]:
    """Sizes of what autograd keeps for the backward pass."""
    sizes: list[int] = []

    def pack(value: Tensor) -> Tensor:
        sizes.append(value.numel())
        return value

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        compute()
    return sizes


def test_no_array_of_channels_by_modes_by_length_is_kept():
    length = 4096
    log_z = poles().requires_grad_()
    coeff = complex_normal(CHANNELS, MODES).requires_grad_()
    kept = saved_sizes(lambda: vandermonde(log_z, coeff, length))
    assert max(kept) <= 4 * CHANNELS * MODES * length**0.5


def test_the_convolution_keeps_nothing_but_its_inputs():
    u, K = real_normal(BATCH, 100, CHANNELS), real_normal(CHANNELS, 100)
    u.requires_grad_()
    K.requires_grad_()
    assert sorted(saved_sizes(lambda: fft_conv(u, K))) == [K.numel(), u.numel()]


@pytest.mark.parametrize("length", [1, 2, 17])
def test_the_convolution_keeps_the_rules_of_operators(length):
    ops = torch.ops.framestate
    u, K = real_normal(BATCH, length, CHANNELS), real_normal(CHANNELS, length)
    grad = real_normal(BATCH, length, CHANNELS, seed=8)
    inputs = [x.requires_grad_() for x in (grad, u, K)]
    torch.library.opcheck(ops.fft_conv, inputs[1:])
    torch.library.opcheck(ops.fft_conv_backward, inputs)
    # The gradient's gradient, and the gradient of that: the operators are bilinear.
    assert torch.autograd.gradgradcheck(ops.fft_conv_backward, inputs)


@pytest.mark.parametrize("taps", [1, 7, 40])
def test_matrix_products_convolve_with_a_shorter_kernel(taps):
    u, K = real_normal(BATCH, 40, CHANNELS), real_normal(CHANNELS, taps)
    bound = 4 * convolution_bound(u, K, DOUBLE)
    assert bool(((dft_conv(u, K) - fft_conv(u, K)).abs() <= bound).all())


def test_many_channels_are_convolved_as_one():
    """More channels than a block holds, and not a multiple of it."""
    u, K = real_normal(1, 30, 71), real_normal(71, 30)
    expected = reference.causal_conv(u, K)
    bound = convolution_bound(u, K, DOUBLE)
    assert bool(((fft_conv(u, K) - expected).abs() <= bound).all())


def test_a_kernel_shorter_than_the_signal_is_one_with_zeros():
    u, K = real_normal(BATCH, 40, CHANNELS), real_normal(CHANNELS, 7)
    expected = reference.causal_conv(u, K)
    bound = convolution_bound(u, K, DOUBLE)
    assert bool(((fft_conv(u, K) - expected).abs() <= bound).all())


def test_a_transposed_view_is_convolved_like_its_copy():
    u, K = real_normal(BATCH, CHANNELS, 40).transpose(1, 2), real_normal(CHANNELS, 40)
    assert torch.equal(fft_conv(u, K), fft_conv(u.contiguous(), K))


@given(minimum=st.integers(1, 10**6))
def test_the_transform_size_is_the_least_with_small_factors(minimum):
    expected = scipy.fft.next_fast_len(minimum, real=True)
    assert next_fast_length(minimum) == expected
