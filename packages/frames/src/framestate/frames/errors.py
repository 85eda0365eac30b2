"""Errors of ``framestate.frames``: the request, the finding and the way out.

Every error carries the three as attributes, so that a caller can show or act on
them without parsing text.
"""


class FramesError(Exception):
    """Base of every error that ``framestate.frames`` raises on purpose.

    Parameters
    ----------
    request : str
        What was asked for, with the values.
    finding : str
        What stands against it, with the values.
    remedy : str
        What to do instead.
    """

    def __init__(self, *, request: str, finding: str, remedy: str) -> None:
        super().__init__(f"{request}: {finding}. {remedy}")
        self.request = request
        self.finding = finding
        self.remedy = remedy


class InvalidInputError(FramesError, ValueError):
    """An argument is outside what the function is defined for."""


class UnknownWaveletError(FramesError, KeyError):
    """No wavelet has that name."""

    __str__ = Exception.__str__


class FilterIdentityError(FramesError, ArithmeticError):
    """The taps do not satisfy the identities that a wavelet filter must."""


class NotDifferentiableError(FramesError, ValueError):
    """The atoms are too rough for a state equation: they jump."""


class RankError(FramesError, ValueError):
    """The frame does not span as many dimensions as were asked for."""


class DigitsError(FramesError, ArithmeticError):
    """The digits asked for are more than are known, or too few for the conditioning."""


class MissingExtraError(FramesError, ImportError):
    """An optional dependency is not installed."""


class OutputError(FramesError, OSError):
    """A file or folder cannot be written or read.

    Attributes
    ----------
    value : object
        What was computed and could not be kept, so that it is not lost; else None.
    """

    value: object = None


class DamagedStoreError(FramesError, ValueError):
    """A file of a store is not what was written there."""


class DualError(FramesError, ValueError):
    """The dual does not reconstruct the functions that its frame spans."""
