"""Members of archives whose maker may be hostile: zip, tar, tar.gz, tar.xz, gz, xz.

Only regular files are given out. A wanted name that is absolute, climbs with "..", or
comes twice, a link or device under a wanted name, an encrypted member, a damaged or cut
archive and one that swells too much (see `streams`) are each one `DataError`.
"""

import io
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import IO, TypeAlias, cast

from framestate.bench.data import streams
from framestate.bench.data.dataset import Progress
from framestate.bench.data.streams import broken, damaged

_BLOCK = 512
_PLAIN = re.compile(r'[^\x00-\x1f\\:*?"<>|]+')  # for every file system
Wanted: TypeAlias = Callable[[str], bool]
Members: TypeAlias = Generator[tuple[str, io.BufferedReader], None, None]
_Entry: TypeAlias = tuple[str, bool, Callable[[], io.BufferedReader]]


def everything(name: str) -> bool:
    """Wanted: every member."""
    del name
    return True


def is_archive(path: Path) -> bool:
    """Whether a file begins like an archive with members (zip or tar, packed or not).

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    with streams.binary(path) as raw:
        how = streams.packing(raw)
        if how == "zip":
            return True
        try:
            return _is_tar(streams.unpacked(raw, how).read(_BLOCK))
        except streams.DAMAGE:
            return False


def members(
    path: Path, wanted: Wanted = everything, progress: Progress | None = None
) -> Members:
    """Wanted regular files of an archive, in its order, without unpacking to disk.

    Parameters
    ----------
    path : pathlib.Path
        zip, tar, tar.gz, tar.xz; of a gz or xz file the only member is the file
        itself, named without the suffix.
    wanted : callable
        Member name ("./" in front taken away) -> whether to give it.
    progress : callable, optional
        (bytes read, bytes of the archive), after each member.

    Yields
    ------
    name : str
    stream : io.BufferedReader
        To be read before the next member is asked for.

    Raises
    ------
    DataError
        As the head of this module says; also while a stream is read.
    """
    seen: set[str] = set()
    with streams.binary(path) as raw:
        size = path.stat().st_size
        for stored, regular, stream in _entries(raw, path):
            name = stored.removeprefix("./")
            if not wanted(name):
                continue
            _require_inside(name, path)
            if not regular:
                raise damaged(path, f"the member {name!r} is a link or a device")
            if name in seen:
                raise damaged(path, f"the member {name!r} comes twice")
            seen.add(name)
            with stream() as content:
                yield name, content
            if progress is not None:
                progress(min(raw.tell(), size), size)


def _entries(raw: io.BufferedReader, path: Path) -> Iterator[_Entry]:
    """(name, whether it is a regular file, what opens it) of all but folders."""
    how = streams.packing(raw)
    if how == "zip":
        yield from _zip_entries(raw, path)
        return
    content = streams.buffered(streams.unpacked(raw, how), path, streams.budget(path))
    if _is_tar(content.peek(_BLOCK)[:_BLOCK]):
        yield from _tar_entries(content, path)
    elif how:
        yield path.stem, True, lambda: content
    else:
        raise damaged(path, "it is no zip, tar, gz or xz file")


def _zip_entries(raw: io.BufferedReader, path: Path) -> Iterator[_Entry]:
    try:
        archive = zipfile.ZipFile(raw)
    except streams.DAMAGE as error:
        raise broken(path, error) from error
    with archive:
        if sum(info.file_size for info in archive.infolist()) > streams.budget(path):
            raise streams.swollen(path)
        for info in archive.infolist():
            if not info.is_dir():
                kind = stat.S_IFMT(info.external_attr >> 16)
                opener = _zip_member(archive, info, path)
                yield info.orig_filename, kind in (0, stat.S_IFREG), opener


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path
) -> Callable[[], io.BufferedReader]:
    def opened() -> io.BufferedReader:
        try:
            stream = archive.open(info)
        except streams.DAMAGE as error:
            raise broken(path, error) from error
        return streams.buffered(stream, path, info.file_size)

    return opened


def _tar_entries(content: io.BufferedReader, path: Path) -> Iterator[_Entry]:
    chunks = streams.Guarded(content, path, streams.LIMIT)
    source = cast("IO[bytes]", chunks)
    budget = streams.budget(path)
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=streams.BUFFER) as archive:
            for info in archive:
                budget -= info.size  # a sparse file is larger than what it takes
                if budget < 0:
                    raise streams.swollen(path)
                if not info.isdir():
                    yield info.name, info.isreg(), _tar_member(archive, info, path)
            end = archive.offset % streams.BUFFER
    except streams.DAMAGE as error:
        raise broken(path, error) from error
    # tarfile takes a damaged header for the end; the end is a block of zeros
    if chunks.last[end : end + _BLOCK] != bytes(_BLOCK):
        raise damaged(path, "it breaks off, or a header in it is damaged")
    while chunks.read(streams.BUFFER):
        pass  # the checksum of the packing stands at its end


def _tar_member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, path: Path
) -> Callable[[], io.BufferedReader]:
    return lambda: streams.buffered(archive.extractfile(info), path, info.size)


def _is_tar(block: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def _require_inside(name: str, path: Path) -> None:
    """Refuse a name that does not stay below a folder on every system."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or not _PLAIN.fullmatch(part) for part in parts):
        raise damaged(path, f"the member {name!r} has a name that is not safe")
