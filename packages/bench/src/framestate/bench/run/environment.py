"""What the numbers were computed with: machine class, versions, commit."""

import hashlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import framestate
from framestate.bench import __version__

_PACKAGES = ("numpy", "scipy", "PyWavelets", "torch", "matplotlib")


def describe() -> dict[str, str]:
    """Machine class, versions and commit; no host name, no user, no path."""
    versions = {name: _version(name) for name in _PACKAGES}
    return {
        "date": datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{platform.system()} on {platform.machine()}, "
        f"{os.cpu_count()} logical cores, CPU only",
        "python": platform.python_version(),
        "framestate": __version__,
        "commit": _commit(),
        "code": code_fingerprint()[:12],
        **versions,
    }


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed as a distribution"


def _commit() -> str:
    """Commit of the checkout the code runs from, or why it is unknown."""
    git = shutil.which("git")
    if git is None:
        return "unknown (no git)"
    here = str(Path(__file__).parent)
    answer = subprocess.run(
        [git, "-C", here, "describe", "--always", "--dirty", "--abbrev=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    known = answer.returncode == 0 and answer.stdout.strip()
    return answer.stdout.strip() if known else "unknown (not a checkout)"


def code_fingerprint() -> str:
    """Hash of every framestate source file: changed code computes again."""
    digest = hashlib.sha256()
    for root in _roots(framestate.__path__):
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _roots(paths: Iterable[str]) -> list[Path]:
    # by content, not by place: the same code in two folders is the same code
    return sorted((Path(p) for p in paths), key=lambda p: sorted(_names(p)))


def _names(path: Path) -> list[str]:
    return [child.name for child in path.iterdir()] if path.is_dir() else []
