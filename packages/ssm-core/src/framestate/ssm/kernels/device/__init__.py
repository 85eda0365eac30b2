"""The kernels on a `Machine`: shapes checked, memory asked for, sources launched.

Every function equals the one of its name in `reference`, with the machine before the
arguments; arrays are the machine's.
"""

from framestate.ssm.kernels.device.cauchy import cauchy, cauchy_backward
from framestate.ssm.kernels.device.convolve import convolve, convolve_backward
from framestate.ssm.kernels.device.multires import multires, multires_backward
from framestate.ssm.kernels.device.names import names
from framestate.ssm.kernels.device.scaled_scan import scaled_scan
from framestate.ssm.kernels.device.scan import scan, scan_backward
from framestate.ssm.kernels.device.vandermonde import (
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
    "names",
    "scaled_scan",
    "scan",
    "scan_backward",
    "vandermonde_rows",
    "vandermonde_rows_backward",
]
