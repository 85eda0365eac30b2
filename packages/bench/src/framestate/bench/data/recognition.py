"""Files of a data set, recognized wherever somebody keeps them."""

from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath

from framestate.bench.data import checksums
from framestate.bench.data.dataset import DataSet, Progress, Remote
from framestate.bench.errors import DataError

_DEEP = 2  # how many folders below the one given are looked through
_PICKLES = (
    "*.pkl",
    "*.pickle",
    "data_batch_[1-5]",
    "cifar-*-python.tar.gz",
    "cifar-*-batches-py",
)


def recognized(
    data_set: DataSet, path: Path, progress: Progress | None
) -> Iterator[tuple[str, Path]]:
    """What of a data set is in a file or folder.

    Yields
    ------
    need : str
        What a layout needs, or what an official address gives.
    place : pathlib.Path
        Where it is.
    """
    remotes = {remote.path: remote for remote in data_set.remotes}
    needs = [
        need
        for layout in data_set.layouts
        for need in layout.needs
        if not _is_pickle(PurePosixPath(need))
    ]
    found = {need: _located(need, path) for need in [*needs, *remotes]}
    for need, place in found.items():
        above = {str(one) for one in PurePosixPath(need).parents}
        if place and not any(found.get(one) for one in above):
            yield need, place
    if path.is_file() and not any(PurePosixPath(n).name == path.name for n in needs):
        for remote in data_set.remotes:  # it may have been renamed
            if remote.checksum and _is(path, remote, progress):
                yield remote.path, path


def _located(need: str, path: Path) -> Path | None:
    """Where a need is: its whole path or a tail of it, below a folder given."""
    parts = PurePosixPath(need).parts
    if path.name == parts[-1]:
        return path
    for first in range(len(parts)):
        tail = "/".join(parts[first:])
        for depth in range(_DEEP + 1) if path.is_dir() else ():
            for place in sorted(path.glob("*/" * depth + tail)):
                return place
    return None


def _is(path: Path, remote: Remote, progress: Progress | None) -> bool:
    if remote.size and remote.size != path.stat().st_size:
        return False
    kind, digits = checksums.split(remote.checksum)
    return checksums.digest(path, kind, progress) == digits


def unrecognized(data_set: DataSet, path: Path, looked_in: Path) -> DataError:
    """The error for a file, or what was in it, that is nothing of a data set."""
    files = [path, *(looked_in.rglob("*") if looked_in.is_dir() else ())]
    request = f"importing {data_set.name} from {path}"
    for file in files:
        if _is_pickle(file):
            return DataError(
                request=request,
                finding=f"{file.name} is a Python pickle, which can run any program",
                remedy="Pickles are never read; take another version of the files: "
                "for CIFAR-10 the binary one, cifar-10-binary.tar.gz.",
            )
    looked = " or ".join(
        f"{', '.join(layout.needs)} (layout {layout.name!r})"
        for layout in data_set.layouts
        if layout.needs and not any(_is_pickle(PurePosixPath(n)) for n in layout.needs)
    )
    return DataError(
        request=request,
        finding=f"nothing in it fits; looked for {looked}",
        remedy=f"See {data_set.home}; give the file, or the folder that holds it.",
    )


def _is_pickle(path: PurePath) -> bool:
    return any(path.match(pattern) for pattern in _PICKLES)
