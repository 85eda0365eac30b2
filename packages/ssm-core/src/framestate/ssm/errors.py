"""Errors of the package: each names the request, the finding and the way out."""


class SsmError(Exception):
    """Base of every error raised by ``framestate.ssm``.

    Parameters
    ----------
    request : str
        What was asked for, with the values that were given.
    finding : str
        What stands in the way, with numbers.
    remedy : str
        What to do instead.
    """

    def __init__(self, *, request: str, finding: str, remedy: str) -> None:
        self.request = request
        self.finding = finding
        self.remedy = remedy
        super().__init__(f"{request}: {finding}. {remedy}")


class InvalidInputError(SsmError, ValueError):
    """An argument has a shape, type or value that the request cannot accept."""


class IllConditionedError(SsmError, ArithmeticError):
    """The answer exists but would lose more digits than the caller allows."""


class UnstableError(SsmError, ArithmeticError):
    """What was asked is not stationary or not finite, because a pole does not decay."""
