"""The kernels on a processor, in the blocks that the CUDA sources use.

Every function equals the one of its name in `reference`. All but `vandermonde` and
`powers`, which are NumPy's, take the host's arrays of any library of the array API
standard and return that library's.
"""

from framestate.ssm.kernels.blocked.cauchy import cauchy, cauchy_backward
from framestate.ssm.kernels.blocked.convolve import convolve, convolve_backward
from framestate.ssm.kernels.blocked.multires import multires, multires_backward
from framestate.ssm.kernels.blocked.powers import powers
from framestate.ssm.kernels.blocked.scaled_scan import scaled_scan
from framestate.ssm.kernels.blocked.scan import scan, scan_backward
from framestate.ssm.kernels.blocked.vandermonde import (
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
