"""Arrays decoded once, then memory-mapped.

    <cache>/<data set>-<layout>-<key>/<array>.npy ..., manifest.json

The key changes with the layout, its version and its files (see `sources.key`). An entry
is written to a hidden folder that is renamed when all is there, so that a killed process
leaves nothing to be seen; what takes hours keeps finished pieces in another one, and goes
on from there. A lock lets one process decode while others wait. The manifest
holds dtype, shape, size and sha256 of each array, size and modification time of each
source, and a sha256 of itself; an entry that does not fit it is decoded anew.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from framestate.bench.data import checksums, extraction, locks, packages, sources
from framestate.bench.data.dataset import Arrays, Decoded, Layout, Progress
from framestate.bench.errors import DataError, OutputError

VARIABLE = "FRAMESTATE_CACHE"
MANIFEST = "manifest.json"
_PIECES = ".pieces"  # of a decoding that was broken off, and goes on
_FORMAT = 1
_SOURCES_LISTED = 100
_log = logging.getLogger(__name__)
_Manifest: TypeAlias = Mapping[str, Any]
# what a damaged manifest or array can cause
_DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError)


def cache_folder(folder: Path | None) -> Path:
    """The folder given, else FRAMESTATE_CACHE, else the user's cache folder.

    Raises
    ------
    DataError
        If it must be looked up and the package platformdirs is not installed.
    """
    named = folder or os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    try:
        import platformdirs
    except ImportError as error:
        raise packages.missing("platformdirs") from error
    return platformdirs.user_cache_path("framestate", appauthor=False)


def entry(data_set: str, layout: Layout, folder: Path | None, cache: Path) -> Path:
    """Where the arrays of a layout are kept."""
    stem = f"{data_set}-{layout.name}"
    return cache / f"{stem}-{sources.key(data_set, layout, folder)}"


def cached(
    data_set: str,
    layout: Layout,
    folder: Path | None,
    cache: Path,
    progress: Progress,
) -> Decoded:
    """The arrays of a layout, decoded if that has not been done.

    Raises
    ------
    DataError
        If a source is damaged.
    OutputError
        If the cache folder is full or cannot be written.
    """
    place = entry(data_set, layout, folder, cache)
    arrays = _mapped(place)
    if arrays is None:
        with extraction.writing(cache):
            cache.mkdir(parents=True, exist_ok=True)
        stem = f"{data_set}-{layout.name}"
        with locks.locked(cache / stem):
            arrays = _mapped(place)  # another process may have been faster
            if arrays is None:
                extraction.sweep(cache, f"{stem}-")
                manifest = _described(data_set, layout, folder)
                _renew(place, manifest, _decoded(layout, folder, place, progress))
                arrays = _mapped(place)
                for pieces in cache.glob(f".{stem}-*{_PIECES}"):
                    shutil.rmtree(pieces, ignore_errors=True)
    if arrays is None:
        raise DataError(
            request=f"cache {place}",
            finding="what was just written cannot be read",
            remedy=f"Set {VARIABLE} to a folder on another disk.",
        )
    return Decoded(layout, arrays)


def _decoded(
    layout: Layout, folder: Path | None, place: Path, progress: Progress
) -> Arrays:
    source = folder or Path()
    if not layout.keeps:
        return layout.decode(source, progress)
    pieces = place.with_name(f".{place.name}{_PIECES}")
    with extraction.writing(pieces):
        pieces.mkdir(exist_ok=True)
    return layout.decode(source, progress, pieces)


def check(place: Path, progress: Progress | None = None) -> bool:
    """Whether an entry is whole: every byte of its arrays has the sha256 it had.

    Raises
    ------
    DataError
        If an array cannot be read at all.
    """
    if _mapped(place) is None:
        return False
    return all(
        checksums.digest(place / f"{name}.npy", "sha256", progress) == kept["sha256"]
        for name, kept in _manifest(place)["arrays"].items()
    )


def _mapped(place: Path) -> Arrays | None:
    """Memory maps of an entry; None if it is not there or does not fit its manifest."""
    if not place.is_dir():
        return None
    try:
        kept = _manifest(place)["arrays"]
        return {name: _array(place / f"{name}.npy", kept[name]) for name in kept}
    except _DAMAGE:
        return None


def _manifest(place: Path) -> _Manifest:
    value = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    sha256 = value.pop("sha256")
    if sha256 != _sealed(value):
        raise ValueError("its manifest was changed")
    return value


def _array(path: Path, kept: _Manifest) -> NDArray[Any]:
    if path.stat().st_size != kept["size"]:
        raise ValueError(f"{path.name} has {path.stat().st_size} bytes")
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if [array.dtype.str, list(array.shape)] != [kept["dtype"], kept["shape"]]:
        raise ValueError(f"{path.name} holds {array.dtype} {array.shape}")
    return array


def _described(data_set: str, layout: Layout, folder: Path | None) -> dict[str, Any]:
    stamps = list(sources.stamps(layout, folder))
    return {
        "format": _FORMAT,
        "data_set": data_set,
        "layout": layout.name,
        "version": layout.version,
        "folder": str(folder.resolve()) if folder else "",
        "files": len(stamps),
        "sources": stamps[:_SOURCES_LISTED],  # all of them are in the key
    }


def _renew(place: Path, manifest: dict[str, Any], arrays: Arrays) -> None:
    if place.exists():
        _log.warning("the cache %s is damaged and made again", place)
        _discard(place)
    with extraction.staged(place) as stage:
        manifest["arrays"] = {
            name: _saved(stage / f"{name}.npy", array) for name, array in arrays.items()
        }
        manifest["sha256"] = _sealed(manifest)
        text = json.dumps(manifest, indent=1)
        (stage / MANIFEST).write_text(text, encoding="utf-8")
    _drop_older(place, manifest)


def _saved(path: Path, array: NDArray[Any]) -> dict[str, Any]:
    with path.open("xb") as stream:
        np.save(stream, array, allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "size": path.stat().st_size,
        "sha256": checksums.digest(path),
    }


def _sealed(manifest: _Manifest) -> str:
    text = json.dumps(manifest, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _drop_older(place: Path, manifest: _Manifest) -> None:
    """Remove entries of the same layout in the same folder: its files have changed."""
    same = ("data_set", "layout", "folder")
    for other in place.parent.glob(f"*/{MANIFEST}"):
        # a folder that another process holds open, or whose manifest is damaged, stays
        with contextlib.suppress(OutputError, *_DAMAGE):
            kept = _manifest(other.parent)
            if other.parent != place and all(kept[k] == manifest[k] for k in same):
                _discard(other.parent)


def _discard(place: Path) -> None:
    """Remove an entry; it is renamed first, so that a kill leaves none half removed."""
    hidden = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    with extraction.writing(place):
        place.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)
