"""Packages of the extra "data", imported where they are needed."""

from framestate.bench.errors import DataError


def missing(package: str) -> DataError:
    """The error for one that is not installed."""
    return DataError(
        request="reading data sets",
        finding=f"the package {package} is not installed",
        remedy="Install it: pip install 'framestate-bench[data]'",
    )
