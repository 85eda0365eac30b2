"""The user's cache folder, for who asks for it; nothing is ever written unasked."""

import os
import sys
from pathlib import Path


def user_cache_folder() -> Path:
    """Folder where this platform keeps what can be computed again.

    ``$XDG_CACHE_HOME`` or ``~/.cache`` on Linux, ``~/Library/Caches`` on macOS,
    ``%LOCALAPPDATA%`` on Windows; below it ``framestate``. The folder is not made.
    """
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "framestate"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return Path(local or home / "AppData" / "Local") / "framestate" / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "framestate"
