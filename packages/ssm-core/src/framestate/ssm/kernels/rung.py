"""Which implementation of the kernels serves the arrays of a library."""

from typing import Any

import array_api_compat

from framestate.ssm.kernels import blocked, cuda


def rung(xp: Any) -> Any:
    """The kernels for a library's arrays: `cuda` for CuPy's, `blocked` for all others."""
    return cuda if array_api_compat.is_cupy_namespace(xp) else blocked
