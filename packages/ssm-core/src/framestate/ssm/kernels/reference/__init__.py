"""What each kernel is: the obvious sums, which decide every other implementation.

Arithmetic is in double precision throughout; a result has the precision of the
arguments. Rows are independent of each other. Gradients follow PyTorch's
convention: that of a complex number w is dL/d(Re w) + i dL/d(Im w).
"""

from framestate.ssm.kernels.reference.cauchy import cauchy, cauchy_backward
from framestate.ssm.kernels.reference.convolve import convolve, convolve_backward
from framestate.ssm.kernels.reference.multires import multires, multires_backward
from framestate.ssm.kernels.reference.powers import powers
from framestate.ssm.kernels.reference.scaled_scan import scaled_scan
from framestate.ssm.kernels.reference.scan import scan, scan_backward
from framestate.ssm.kernels.reference.vandermonde import (
    vandermonde,
    vandermonde_rows,
    vandermonde_rows_backward,
)

__all__ = [
    "cauchy",
    "cauchy_backward",
    "convolve",
    "convolve_backward",
    "multires",
    "multires_backward",
    "powers",
    "scaled_scan",
    "scan",
    "scan_backward",
    "vandermonde",
    "vandermonde_rows",
    "vandermonde_rows_backward",
]
