"""The C++ names of all kernels, for whoever compiles them ahead."""

from framestate.ssm.kernels.device.cauchy import names as of_cauchy
from framestate.ssm.kernels.device.convolve import names as of_convolve
from framestate.ssm.kernels.device.multires import names as of_multires
from framestate.ssm.kernels.device.scaled_scan import names as of_scaled_scan
from framestate.ssm.kernels.device.scan import names as of_scan
from framestate.ssm.kernels.device.vandermonde import names as of_vandermonde


def names(side: int = 16) -> dict[str, list[str]]:
    """Instantiations by source: all that are launched, of the trees the usual ones.

    Parameters
    ----------
    side : int
        As in `Machine`: 16 on a CUDA device.
    """
    found = of_vandermonde(side)
    for names_of in (of_cauchy, of_convolve, of_multires, of_scaled_scan, of_scan):
        found |= names_of()
    return found
