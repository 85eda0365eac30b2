"""What lies in the data folder and in the cache, seen without decoding."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from framestate.bench.data import cache as caches
from framestate.bench.data import checksums, fetch, manifests, sources
from framestate.bench.data.dataset import DataSet, Layout, Progress
from framestate.bench.errors import DataError


@final
@dataclass(frozen=True, eq=False)
class Status:
    """A data set in a data folder.

    Attributes
    ----------
    data_set : DataSet
        Which.
    layout : Layout or None
        The one that would be read; None if none is complete.
    size : int
        Bytes of its files.
    decoded : bool
        Whether its arrays are in the cache.
    lacking : tuple of str
        What the nearest better layout lacks; empty if the best one is there.
    """

    data_set: DataSet
    layout: Layout | None
    size: int
    decoded: bool
    lacking: tuple[str, ...]


@final
@dataclass(frozen=True)
class Finding:
    """What a check found: a file or a cache entry, and what is wrong, if anything."""

    what: str
    wrong: str = ""
    unknown: bool = False  # no checksum is known


def status(data_set: DataSet, folder: Path | None, cache: Path) -> Status:
    """Status of a data set; only names, sizes and times of files are read."""
    present = [one for one in data_set.layouts if not sources.missing(one, folder)]
    layout = present[0] if present else None
    best = data_set.layouts[0]
    if layout is None:
        best = min(data_set.layouts, key=lambda one: len(sources.missing(one, folder)))
    size = sum(size for _, size, _ in sources.stamps(layout, folder)) if layout else 0
    entry = caches.entry(data_set.name, layout, folder, cache) if layout else None
    return Status(
        data_set=data_set,
        layout=layout,
        size=size,
        decoded=entry is not None and entry.is_dir(),
        lacking=sources.missing(best, folder),
    )


def check(
    data_set: DataSet, folder: Path | None, cache: Path, progress: Progress
) -> Iterator[Finding]:
    """Check every byte that is there against what it should be.

    Official files against the published checksum, others against what was recorded
    beside them or a MANIFEST.sha256 above them; cache entries against their manifest.
    """
    if folder is not None:
        yield from _files(data_set, folder, progress)
    for layout in data_set.layouts:
        if sources.missing(layout, folder):
            continue
        entry = caches.entry(data_set.name, layout, folder, cache)
        if entry.is_dir():
            whole = caches.check(entry, progress)
            wrong = "" if whole else "it is damaged and will be decoded anew"
            yield Finding(f"cache {entry.name}", wrong)


def _files(data_set: DataSet, folder: Path, progress: Progress) -> Iterator[Finding]:
    remotes = {remote.path: remote for remote in data_set.remotes}
    needs = [need for layout in data_set.layouts for need in layout.needs]
    for need in dict.fromkeys([*remotes, *needs]):
        path = folder / need
        if not path.exists():
            continue
        remote = remotes.get(need)
        try:
            if remote is not None and remote.checksum:
                fetch.verified(path, remote, progress=progress)
                known = True
            elif recorded := checksums.recorded(path):
                checksums.verify(path, f"sha256:{recorded}", progress)
                known = True
            else:
                known = manifests.verify_listed(path, progress)
        except DataError as error:
            yield Finding(need, error.finding)
        else:
            yield Finding(need, unknown=not known)
