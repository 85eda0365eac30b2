"""MANIFEST.sha256: the sha256 of every file of a folder, as sha256sum writes it."""

import re
from pathlib import Path

from framestate.bench.data import checksums
from framestate.bench.data.dataset import Progress
from framestate.bench.errors import DataError

NAME = "MANIFEST.sha256"
_ABOVE = 4  # how many folders above a file are looked through
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def verify_listed(path: Path, progress: Progress | None = None) -> bool:
    """Check a file, or all listed files of a folder, against the manifest above it.

    Returns
    -------
    bool
        False if there is no manifest above it that lists it.

    Raises
    ------
    DataError
        If a checksum is wrong or the manifest cannot be read.
    """
    for above in path.resolve().parents[:_ABOVE]:
        if (above / NAME).is_file():
            own = path.resolve().relative_to(above).as_posix()
            listed = {
                name: sha256
                for name, sha256 in read(above / NAME).items()
                if name == own or name.startswith(f"{own}/")
            }
            for name, sha256 in listed.items():
                checksums.verify(above / name, f"sha256:{sha256}", progress)
            return bool(listed)
    return False


def read(path: Path) -> dict[str, str]:
    """Name -> sha256.

    Raises
    ------
    DataError
        If the file cannot be read or a line is not as sha256sum writes it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise _refusal(path, f"{type(error).__name__}: {error}") from error
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise _refusal(path, f"line {number} is not '<sha256>  <name>'")
        listed[match[2].removeprefix("./")] = match[1]
    return listed


def _refusal(path: Path, finding: str) -> DataError:
    return DataError(
        request=f"reading {path}",
        finding=finding,
        remedy="Copy it again, or remove it.",
    )
