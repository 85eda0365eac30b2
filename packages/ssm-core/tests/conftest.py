"""The array libraries that the run-time side is tested on."""

import numpy as np
import pytest


@pytest.fixture(params=["numpy", "strict", "torch"])
def xp(request):
    """NumPy, the strict model of the array standard, or PyTorch."""
    if request.param == "numpy":
        return np
    name = {"strict": "array_api_strict", "torch": "torch"}[request.param]
    return pytest.importorskip(name)
