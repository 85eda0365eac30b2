"""The error of an import that an optional dependency is missing for."""

from typing import final

from framestate.deep.errors import DeepError


@final
class MissingExtraError(DeepError, ImportError):
    """An optional dependency is not installed."""
