"""A download in parts: a cut connection costs nothing of what has come.

What has come is kept in a part file, and the next attempt asks for the rest (HTTP Range;
If-Range with what the server calls this version, kept in ``<part>.version``, so that two
versions are never sewn together).
"""

import http.client
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import final

from framestate.bench.data.dataset import Progress, Remote
from framestate.bench.data.extraction import writing
from framestate.bench.errors import DataError

_CHUNK = 2**18
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_NETWORK = (OSError, http.client.HTTPException)  # URLError and timeouts are OSErrors


@final
@dataclass(frozen=True)
class Patience:
    """How long to try.

    Attributes
    ----------
    attempts : int
        Attempts in a row that brought nothing, before giving up.
    wait : float
        Seconds before the second attempt; doubled before each further one.
    timeout : float
        Seconds without a byte after which a connection counts as cut.
    """

    attempts: int = 5
    wait: float = 1.0
    timeout: float = 30.0


@final
class _CutError(Exception):
    """A connection that ended early; another attempt may help."""


def download(
    remote: Remote, part: Path, progress: Progress | None, patience: Patience
) -> None:
    """Complete a part file, attempt after attempt, as long as they bring something.

    Raises
    ------
    DataError
        If the server refuses or cannot be reached; what has come is kept.
    OutputError
        If the disk is full or the folder cannot be written.
    """
    failed, cause = 0, ""
    while failed < patience.attempts:
        if failed:
            time.sleep(patience.wait * 2 ** (failed - 1))
        before = _size(part)
        try:
            with writing(part):  # what is left of OSError is the disk's
                _attempt(remote, part, progress, patience.timeout)
        except _CutError as error:
            cause = str(error)
            failed = 0 if _size(part) > before else failed + 1
        else:
            return
    raise DataError(
        request=f"fetching {remote.url}",
        finding=f"{failed} attempts in a row brought nothing ({cause})",
        remedy=f"Repeat the command later: {_size(part):,} bytes are kept.",
    )


def _attempt(
    remote: Remote, part: Path, progress: Progress | None, timeout: float
) -> None:
    have = _size(part)
    response = _answer(remote, part, have, timeout)
    if response is None:
        return
    with response:
        if response.status != HTTPStatus.PARTIAL_CONTENT:
            have = 0  # the server ignores Range, or holds another version
        length = response.headers.get("Content-Length")
        total = have + int(length) if length and length.isdigit() else 0
        _require_room(part, total - have)
        _note_version(part, response)
        with part.open("ab" if have else "wb") as out:
            for chunk in _chunks(response):
                out.write(chunk)
                have += len(chunk)
                if progress is not None:
                    progress(have, total or remote.size)
    if have < total:
        raise _CutError(f"the connection ended after {have:,} of {total:,} bytes")


def _answer(
    remote: Remote, part: Path, have: int, timeout: float
) -> http.client.HTTPResponse | None:
    """The server's answer to a request for what is missing; None if nothing is."""
    request = urllib.request.Request(remote.url)
    request.add_header("User-Agent", "framestate-bench")
    request.add_header("Accept-Encoding", "identity")
    version = version_of(part)
    if have and version.exists():
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", version.read_text(encoding="latin-1"))
    elif have and remote.checksum:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            return _refused(remote, part, error)
    except _NETWORK as error:
        raise _CutError(str(error) or type(error).__name__) from error
    if response.status == HTTPStatus.PARTIAL_CONTENT and not response.headers.get(
        "Content-Range", ""
    ).startswith(f"bytes {have}-"):
        response.close()
        part.unlink()
        raise _CutError("the server sent another part than was asked for")
    return response


def _refused(remote: Remote, part: Path, error: urllib.error.HTTPError) -> None:
    """None where the part is complete already."""
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        if error.headers.get("Content-Range") == f"bytes */{_size(part)}":
            return
        part.unlink()
        raise _CutError("the part kept is longer than the file") from error
    if error.code in _AGAIN:
        raise _CutError(f"the server answered {error.code} {error.reason}") from error
    raise DataError(
        request=f"fetching {remote.url}",
        finding=f"the server answered {error.code} {error.reason}",
        remedy=f"Look for the file elsewhere and import it as {remote.path}.",
    ) from error


def _chunks(response: http.client.HTTPResponse) -> Generator[bytes]:
    while True:
        try:
            chunk = response.read1(_CHUNK)  # what is there, however little
        except _NETWORK as error:
            raise _CutError(str(error) or type(error).__name__) from error
        if not chunk:
            return
        yield chunk


def _note_version(part: Path, response: http.client.HTTPResponse) -> None:
    tag = response.headers.get("ETag", "")
    known = "" if tag.startswith("W/") else tag  # a weak one may not be compared
    known = known or response.headers.get("Last-Modified", "")
    if known:
        version_of(part).write_text(known, encoding="latin-1")
    else:
        version_of(part).unlink(missing_ok=True)


def _require_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise OSError(f"{needed:,} bytes are needed and {free:,} are free")


def version_of(part: Path) -> Path:
    """Where the server's name for the version of a part is kept."""
    return part.with_name(f"{part.name}.version")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
