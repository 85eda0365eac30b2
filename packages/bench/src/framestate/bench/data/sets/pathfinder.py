"""Pathfinder of Long Range Arena: do two discs lie on one dashed contour?

Gray values from -1 to 1 in raster order; of the hardest pictures, with contours of 14
paddles, 80 % train, 10 % validate and 10 % test, drawn by seed 42. Each size is a data
set of its own: `pathfinder32`, `pathfinder64`, `pathfinder128` (Path-X) and
`pathfinder256`, and small ones from the generator alone. (The picture without bytes that
S4 leaves out is one of the easy ones, which are not read.)
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays, DataSet, Decoded, Layout, Progress
from framestate.bench.data.generators import pathfinder as generator
from framestate.bench.data.growing import Growing
from framestate.bench.data.sets import images, lra, shuffled, streamed
from framestate.bench.data.spill import spilling
from framestate.bench.data.task import Task

HARD = "curv_contour_length_14"
_SEED = 2022
_TRANSFORM = images.Pixels((0.5,), (0.5,))


def _released(size: int, source: Path, progress: Progress) -> Arrays:
    """Pictures and tables of a release, in whatever order they come."""
    tables: dict[int, bytes] = {}
    rows: dict[str, int] = {}
    with spilling() as spill:
        for name, stream in streamed.files(source, partial(_is_wanted, size), progress):
            if name.endswith(".npy"):
                tables[_number(name, source)] = stream.read()
                continue
            path = source / Path(name).name
            spill.add(images.decoded(stream.read(), side=size, mode="L", path=path))
            rows["/".join(name.split("/")[-3:])] = len(rows)
        samples = list(_samples(tables, source))
        if not samples:
            raise streams.damaged(source, "there are no pictures of this size in it")
        missing = [name for name, _ in samples if name not in rows]
        if missing:
            raise streams.damaged(source, f"there is no picture {missing[0]}")
        pixels = spill.array(np.uint8, (len(rows), size * size, 1))
    order = np.array([rows[name] for name, _ in samples], dtype=np.int64)
    labels = np.zeros(len(rows), dtype=np.uint8)
    labels[order] = [label for _, label in samples]
    return {"images": pixels, "labels": labels, "order": order}


def _is_wanted(size: int, name: str) -> bool:
    _, found, inside = name.rpartition(f"pathfinder{size}/{HARD}/")
    hidden = Path(inside).name.startswith(".")  # what a Mac packs beside each file
    return bool(found) and not hidden and inside.startswith(("imgs/", "metadata/"))


def _number(name: str, source: Path) -> int:
    try:
        return int(Path(name).stem)
    except ValueError as error:
        raise streams.broken(source, error) from error


def _samples(tables: dict[int, bytes], source: Path) -> Iterator[tuple[str, int]]:
    """Picture and label of each line ``imgs/<b> sample_<k>.png <k> <label> ..``."""
    for number in sorted(tables):
        for line in tables[number].decode("utf-8", "replace").splitlines():
            fields = line.split()
            if len(fields) < 4 or fields[3] not in ("0", "1"):
                finding = f"the table {number}.npy has the line {line[:60]!r}"
                raise streams.damaged(source, finding)
            yield f"{fields[0]}/{fields[1]}", int(fields[3])


def _generated(
    size: int, count: int, folder: Path, progress: Progress, kept: Path
) -> Arrays:
    del folder  # nothing is read
    grown = Growing(kept, {"images": "u1", "labels": "u1"})
    for part in generator.pictures(
        count, size=size, seed=_SEED, first=grown.chunks, progress=progress
    ):
        grown.add(images=part.images, labels=part.labels)
    return {
        "images": grown.array("images").reshape(count, size * size, 1),
        "labels": grown.array("labels"),
        "order": np.arange(count),
    }


def _task(name: str, decoded: Decoded) -> Task:
    order = np.asarray(decoded.arrays["order"])
    tenth = int(0.1 * order.size)
    parts = shuffled.parts((order.size - 2 * tenth, tenth, tenth))
    rows = [order[part] for part in parts]
    return images.classes(decoded, name, rows, _TRANSFORM, outputs=2)


def data_set(size: int, *, small: int | None = None) -> DataSet:
    """Pathfinder pictures of one size; the small sets hold generated ones alone."""
    name = f"pathfinder{size}" + ("-small" if small else "")
    decode = partial(_generated, size, small or generator.COUNT)
    note = f"drawn by the published rule, seed {_SEED}; not the released pictures"
    regenerated = Layout(
        "regenerated", (), "regenerated", decode, note=note, keeps=True
    )
    released = lra.layouts(
        partial(_released, size),
        released=f"pathfinder{size}",
        folder=f"pathfinder/pathfinder{size}",
    )
    return DataSet(
        name=name,
        title=f"Pathfinder, {size} x {size} (Long Range Arena)",
        licence="MIT (generator), Apache-2.0 (Long Range Arena)",
        citation=f"Linsley et al. 2018 (arXiv 1805.08315); {lra.CITATION}",
        home=lra.HOME,
        remotes=() if small else (lra.REMOTE,),
        layouts=(regenerated,) if small else (*released, regenerated),
        tasks={name: partial(_task, name)},
    )
