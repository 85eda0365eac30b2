"""Errors of the bench package: each names the request, the finding, the way out."""

from typing import Any, final


class BenchError(Exception):
    """Base of every error this package raises on purpose.

    Parameters
    ----------
    request : str
        What was asked for, with values.
    finding : str
        What stands in the way, with values.
    remedy : str
        A full sentence that says what to do instead.
    """

    def __init__(self, *, request: str, finding: str, remedy: str) -> None:
        self.request = request
        self.finding = finding
        self.remedy = remedy
        super().__init__(f"{request}: {finding}. {remedy}")

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Keep request, finding and remedy on the way out of another process."""
        return _rebuilt, (type(self), self.request, self.finding, self.remedy)


def _rebuilt(
    kind: type[BenchError], request: str, finding: str, remedy: str
) -> BenchError:
    return kind(request=request, finding=finding, remedy=remedy)


@final
class InvalidInputError(BenchError, ValueError):
    """An argument or a signal that no experiment can be run on."""


@final
class UnknownTaskError(BenchError, ValueError):
    """A task name that the plan does not contain."""


@final
class DataError(BenchError):
    """A data folder or file that is missing, damaged or not as described."""


@final
class OutputError(BenchError):
    """An output folder that cannot be written, or holds nothing to report."""


@final
class ResultError(BenchError, ArithmeticError):
    """An experiment that produced a number which is not one (NaN or infinity)."""


@final
class ExperimentError(BenchError):
    """An experiment that one of the packages below refused."""
