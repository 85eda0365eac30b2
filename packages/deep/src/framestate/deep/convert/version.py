"""What this version of the library makes of files that another one wrote.

A format's version says what the fields of a file mean, and is raised when that changes.
The library's version says which recipes and arguments there are: an older one's are
read, a newer one's may mean what this one does not know.
"""

import re
from pathlib import Path

from framestate.deep.convert.files import ModelFileError

_VERSION = re.compile(r"(\d+)\.(\d+)(?:[.\w+-]*)", re.ASCII)


def this_version() -> str:
    """Return the version of the library that runs."""
    from framestate.deep import __version__

    return __version__


def require_readable(path: Path, written: str) -> None:
    """Refuse a file of a later series of versions, 0.2 and not 0.1.

    Raises
    ------
    ModelFileError
        If the version is later, or none.
    """
    theirs, ours = _VERSION.fullmatch(written), _VERSION.fullmatch(this_version())
    if theirs is None or ours is None:
        raise ModelFileError(
            request=f"reading {path}",
            finding=f"{written!r} is no version of framestate",
            remedy="Copy or download the folder again, or save the model again.",
        )
    if tuple(map(int, theirs.groups())) > tuple(map(int, ours.groups())):
        raise ModelFileError(
            request=f"reading {path}",
            finding=f"framestate {written} wrote it, and this is {this_version()}",
            remedy="Upgrade: pip install --upgrade 'framestate-deep>="
            f"{'.'.join(theirs.groups())}'",
        )


def between(written: str) -> str:
    """Say which two versions may not understand each other, as a way out."""
    if written == this_version():
        return "Build the model by the same recipe, or save it again."
    return (
        f"framestate {written} wrote it and this is {this_version()}: load it there, "
        "or build and train the model with this one."
    )
