"""Pure functions on tensors: kernels, convolutions, scans, trees, discretization."""

from framestate.deep.functional.cauchy import cauchy
from framestate.deep.functional.causal_dwt import causal_dwt, causal_idwt
from framestate.deep.functional.discretize import bilinear, zoh
from framestate.deep.functional.fft_conv import fft_conv, next_fast_length
from framestate.deep.functional.multires_conv import multires_conv
from framestate.deep.functional.scan import scan
from framestate.deep.functional.vandermonde import vandermonde, vandermonde_transposed

__all__ = [
    "bilinear",
    "cauchy",
    "causal_dwt",
    "causal_idwt",
    "fft_conv",
    "multires_conv",
    "next_fast_length",
    "scan",
    "vandermonde",
    "vandermonde_transposed",
    "zoh",
]
