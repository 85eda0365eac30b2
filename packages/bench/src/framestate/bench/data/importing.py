"""Data that somebody already has, brought into the data folder.

What is given may be a file of a data set, a folder that holds its files at any of the
places it is known by (the data folder's own layout, the data set's folder alone, two
folders deeper), or an archive of such a folder. What is recognized is copied to a hidden
folder, checked, and only then moved to its place, file by file; a killed import leaves
nothing to be seen. Checked is against the published checksum, else a MANIFEST.sha256
above the file, else nothing; then the sha256 is recorded beside the file.
"""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from framestate.bench.data import archives, checksums, extraction, locks, manifests
from framestate.bench.data import sources as places
from framestate.bench.data.dataset import DataSet, Progress
from framestate.bench.data.recognition import recognized, unrecognized
from framestate.bench.errors import DataError, InvalidInputError

_STAGE = "framestate-import"


@final
@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes
    ----------
    brought : tuple of str
        Files and folders that are new, below the data folder.
    present : tuple of str
        Those that were there already, the same.
    unchecked : tuple of str
        Those for which no checksum is known.
    lacking : tuple of str
        What the nearest layout still lacks.
    """

    brought: tuple[str, ...]
    present: tuple[str, ...]
    unchecked: tuple[str, ...]
    lacking: tuple[str, ...]


def import_data(
    data_set: DataSet,
    path: Path,
    folder: Path,
    *,
    link: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Bring files of a data set into the data folder.

    Parameters
    ----------
    data_set : DataSet
        Which.
    path : pathlib.Path
        A file, a folder or an archive.
    folder : pathlib.Path
        The data folder; made if need be.
    link : bool
        Leave the files where they are and link to them.
    progress : callable, optional
        (bytes done, bytes in all) of each file that is checked or unpacked.

    Raises
    ------
    DataError
        If nothing fits, a checksum is wrong, or another file is in the way.
    InvalidInputError
        If the members of an archive shall be linked to.
    OutputError
        If the data folder cannot be written.
    """
    if not path.exists():
        raise _refusal(path, "there is no such file or folder", "Correct the path.")
    with extraction.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locks.locked(folder / _STAGE), _stage(folder) as stage:
        source = path
        found = dict(recognized(data_set, path, progress))
        if not found and path.is_file() and archives.is_archive(path):
            _require_no_link(path, link=link)
            source = stage / "unpacked"
            extraction.extract(path, source, progress=progress)
            found = dict(recognized(data_set, source, progress))
        if not found:
            raise unrecognized(data_set, path, source)
        return _bring(data_set, found, folder, stage, link=link, progress=progress)


def _bring(
    data_set: DataSet,
    found: dict[str, Path],
    folder: Path,
    stage: Path,
    *,
    link: bool,
    progress: Progress | None,
) -> Imported:
    remotes = {remote.path: remote for remote in data_set.remotes}
    present = tuple(need for need in found if _same(found[need], folder / need))
    fresh = [need for need in found if need not in present]
    unchecked: list[str] = []
    for need in fresh:
        ready = stage / "ready" / need
        with extraction.writing(folder / need):
            _copy(found[need], ready, link=link)
        remote = remotes.get(need)
        if remote is not None and remote.checksum:
            checksums.verify(ready, remote.checksum, progress)
            continue
        if not manifests.verify_listed(found[need], progress):
            unchecked.append(need)
        if ready.is_file():
            with extraction.writing(folder / need):
                checksums.record(ready, checksums.digest(ready))
    with extraction.writing(folder):
        for need in fresh:
            _place(stage / "ready" / need, folder / need)
    lacking = [
        places.missing(layout, folder)
        for layout in data_set.layouts
        if any(need in found for need in layout.needs)
    ]
    nearest = min(lacking, key=len, default=())
    return Imported(tuple(fresh), present, tuple(unchecked), nearest)


def _same(path: Path, target: Path) -> bool:
    """Whether the target is there with this content; another one is refused."""
    if not target.exists():
        return False
    if not path.samefile(target) and not _alike(path, target):
        raise _refusal(
            path,
            f"{target} is there already and is another one",
            "Remove it first if the new one shall take its place.",
        )
    return True


def _alike(one: Path, other: Path) -> bool:
    """Files of the same content, folders of files with the same names and sizes."""
    if _sizes(one) != _sizes(other):
        return False
    return one.is_dir() or checksums.digest(one) == checksums.digest(other)


def _sizes(path: Path) -> dict[Path, int]:
    files = path.rglob("*") if path.is_dir() else [path]
    sizes = {file: file.stat().st_size for file in files if file.is_file()}
    return {file.relative_to(path): size for file, size in sizes.items()}


def _copy(path: Path, target: Path, *, link: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        target.symlink_to(path.resolve(), target_is_directory=path.is_dir())
    elif path.is_file():
        shutil.copyfile(path, target)
    else:
        shutil.copytree(path, target, copy_function=shutil.copyfile)


def _place(ready: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    note = checksums.beside(ready)
    if note.exists():
        note.replace(checksums.beside(target))
    ready.rename(target)


@contextmanager
def _stage(folder: Path) -> Generator[Path]:
    extraction.sweep(folder, _STAGE)  # we hold the lock: they are of killed imports
    with extraction.writing(folder):
        stage = Path(tempfile.mkdtemp(dir=folder, prefix=f".{_STAGE}.", suffix=".tmp"))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _require_no_link(path: Path, *, link: bool) -> None:
    if link:
        raise InvalidInputError(
            request=f"importing {path}",
            finding="members of an archive cannot be linked to",
            remedy="Leave --link out, or unpack the archive first.",
        )


def _refusal(path: Path, finding: str, remedy: str) -> DataError:
    return DataError(request=f"importing {path}", finding=finding, remedy=remedy)
