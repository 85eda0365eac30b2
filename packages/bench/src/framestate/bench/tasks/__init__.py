"""The experiments themselves: settings in, records out; no clock, no files."""

from framestate import frames, ssm
from framestate.deep import DeepError

# what the packages below raise on purpose; their text already is for the user
PACKAGE_ERRORS = (frames.FramesError, ssm.SsmError, DeepError)

__all__ = ["PACKAGE_ERRORS"]
