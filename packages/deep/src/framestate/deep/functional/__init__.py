"""Pure functions on tensors: the kernel, the convolution, the discretization."""

from framestate.deep.functional.discretize import bilinear, zoh
from framestate.deep.functional.fft_conv import fft_conv, next_fast_length
from framestate.deep.functional.vandermonde import vandermonde, vandermonde_transposed

__all__ = [
    "bilinear",
    "fft_conv",
    "next_fast_length",
    "vandermonde",
    "vandermonde_transposed",
    "zoh",
]
