"""Siblings as files in a checkout, as exact versions in a release (decision 0001)."""

import os
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class SiblingHook(MetadataHookInterface):
    """Add to ``dependencies`` the packages that live beside this one."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Point at each sibling's folder, or at this very version of it."""
        released = os.environ.get("FRAMESTATE_RELEASE") == "1"
        found: list[str] = list(self.config["dependencies"])
        for name, folder in self.config["siblings"].items():
            path = Path(self.root).parent / folder
            pinned = released or not path.is_dir()
            where = f"=={metadata['version']}" if pinned else f" @ {path.as_uri()}"
            found.append(f"{name}{where}")
        metadata["dependencies"] = found
