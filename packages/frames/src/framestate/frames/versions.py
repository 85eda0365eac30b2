"""What a result was computed with."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = {
    "framestate": "framestate-frames",
    "numpy": "numpy",
    "scipy": "scipy",
    "python-flint": "python-flint",
}


def versions() -> dict[str, str]:
    """Versions of framestate and of the libraries that compute, by name."""
    return {name: _version(package) for name, package in PACKAGES.items()}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"  # imported from a checkout, which has no number
