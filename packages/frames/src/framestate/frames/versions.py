"""What a result was computed with."""

import flint
import numpy as np
import scipy

from framestate.frames import __version__


def versions() -> dict[str, str]:
    """Versions of framestate and of the libraries that compute, by name."""
    return {
        "framestate": __version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python-flint": flint.__version__,
    }
