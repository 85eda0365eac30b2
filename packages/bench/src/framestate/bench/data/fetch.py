"""Official files: fetched, checked, and only then called by their name.

The downloader is our own, on `urllib`, and not pooch: pooch begins a cut download of
8 GB anew, and does not know ids of git blobs, the only checksums that some of our
sources publish. A file without a published checksum is recorded in ``<file>.sha256`` at
the first download and compared with that later.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import final

from framestate.bench.data import checksums
from framestate.bench.data.dataset import Progress, Remote
from framestate.bench.data.download import Patience, download, version_of
from framestate.bench.data.extraction import writing
from framestate.bench.data.locks import locked
from framestate.bench.errors import DataError, InvalidInputError


@final
@dataclass(frozen=True)
class Fetched:
    """A file that lies where it belongs.

    Attributes
    ----------
    path : pathlib.Path
        Where.
    downloaded : bool
        False if it lay there before.
    recorded : str
        Its sha256 where no checksum is published, else empty.
    """

    path: Path
    downloaded: bool
    recorded: str = ""


def fetch(
    remote: Remote,
    folder: Path,
    *,
    offline: bool = False,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> Fetched:
    """Have a file in the data folder, from its official address if need be.

    Parameters
    ----------
    remote : Remote
        What to fetch.
    folder : pathlib.Path
        The data folder.
    offline : bool
        Open no socket: check what is there, refuse what is not.
    progress : callable, optional
        (bytes done, bytes in all, 0 if not known).
    patience : Patience, optional
        How long to try.

    Raises
    ------
    DataError
        If the file is missing and ``offline``, the server refuses or cannot be reached
        (what has come is kept), or the checksum is wrong (nothing is kept).
    OutputError
        If the disk is full or the folder cannot be written.
    """
    target = folder / remote.path
    if target.exists():
        return Fetched(target, downloaded=False, recorded=verified(target, remote))
    _require_address(remote, folder, offline=offline)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target):
        if target.exists():  # another process was faster
            return Fetched(target, downloaded=False, recorded=verified(target, remote))
        part = target.with_name(f"{target.name}.part")
        download(remote, part, progress, patience or Patience())
        recorded = _accept(part, target, remote)
    return Fetched(target, downloaded=True, recorded=recorded)


def verified(
    path: Path,
    remote: Remote,
    *,
    noted_for: Path | None = None,
    progress: Progress | None = None,
) -> str:
    """Check a file against what is published, or else against what was recorded.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    remote : Remote
        What it shall be.
    noted_for : pathlib.Path, optional
        Beside which file it was recorded; default ``path``.
    progress : callable, optional
        (bytes done, bytes in all).

    Returns
    -------
    str
        The sha256 where no checksum is published, else empty.

    Raises
    ------
    DataError
        If it is another file.
    """
    if remote.checksum:
        checksums.verify(path, remote.checksum, progress)
        return ""
    before = checksums.recorded(noted_for or path)
    if before:
        checksums.verify(path, f"sha256:{before}", progress)
    return before or checksums.digest(path, "sha256", progress)


def _require_address(remote: Remote, folder: Path, *, offline: bool) -> None:
    request = f"fetching {remote.path}"
    if offline:
        raise DataError(
            request=request,
            finding=f"it is not in {folder}, and offline nothing is fetched",
            remedy=f"Put the file from {remote.url} there, or leave --offline out.",
        )
    if not remote.url.startswith(("https://", "http://")):
        raise InvalidInputError(
            request=request,
            finding=f"{remote.url!r} is no http or https address",
            remedy="Give one.",
        )


def _accept(part: Path, target: Path, remote: Remote) -> str:
    """Rename a complete file of the right checksum; throw another one away."""
    try:
        recorded = verified(part, remote, noted_for=target)
    except DataError as error:
        part.unlink()
        raise DataError(
            request=f"fetching {remote.url}",
            finding=error.finding,
            remedy="Nothing was kept; repeat the command, or ask the source.",
        ) from error
    finally:
        version_of(part).unlink(missing_ok=True)
    with writing(target):
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        if recorded:
            checksums.record(target, recorded)
        part.replace(target)
    return recorded
