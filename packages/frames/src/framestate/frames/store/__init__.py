"""Keep derived operators and spans on disk, and find them again by their inputs."""

from framestate.frames.store.folders import user_cache_folder
from framestate.frames.store.store import Entry, Store

__all__ = ["Entry", "Store", "user_cache_folder"]
