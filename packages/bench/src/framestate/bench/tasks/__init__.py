"""The experiments themselves: settings in, records out; no clock, no files."""

from framestate.deep import DeepError
from framestate.frames import FramesError
from framestate.ssm import SsmError

# what the packages below raise on purpose; their text already is for the user
PACKAGE_ERRORS = (FramesError, SsmError, DeepError)

__all__ = ["PACKAGE_ERRORS"]
