"""Pathfinder pictures by the published rule: do two discs lie on one dashed contour?

`contours` lays out the paddles; here they are drawn. A pixel is the share of its
``SCALE**2`` sample points that a paddle covers, times the contrast; where several
things lie, the brightest counts. The two discs have gray value 1.

One core takes about 2, 50, 8 and 4 ms for a picture of 32, 64, 128 and 256 pixels: at 64
only one pair of contours in 2,000 finds room.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8

from framestate.bench.data.dataset import Progress
from framestate.bench.data.generators import pool
from framestate.bench.data.generators.contours import Scenes, scenes
from framestate.bench.data.generators.rules import RULES, Rule
from framestate.bench.errors import InvalidInputError

COUNT = 200_000  # pictures of each size in Long Range Arena
SCALE = 4  # sample points in a pixel, along each axis
_CHUNK = 250  # pictures


@final
@dataclass(frozen=True, eq=False)
class Pictures:
    """Drawn scenes.

    Attributes
    ----------
    images : (n, size, size) uint8
        Gray values.
    labels : (n,) uint8
        1 where both discs lie on the same contour.
    """

    images: UInt8[np.ndarray, "n size size"]
    labels: UInt8[np.ndarray, " n"]


def draw(what: Scenes, rule: Rule) -> UInt8[np.ndarray, "n size size"]:
    """Pictures of scenes."""
    count = len(what.marked)
    canvas = np.zeros((count, rule.size, rule.size))
    for paddles, contrast in (
        (what.contours.reshape(count, -1, 2, 2), rule.contrast),
        (what.distractors, rule.distractor_contrast),
    ):
        _add_paddles(canvas, paddles, contrast, rule)
    _add_discs(canvas, what.discs, rule)
    return np.rint(255.0 * np.minimum(canvas, 1.0)).astype(np.uint8)


def _corners(
    centers: Float64[np.ndarray, "n m 2"], reach: float
) -> tuple[Int64[np.ndarray, "n m 2"], int]:
    """First pixel of a square patch around each center, and its width."""
    width = 2 * int(np.ceil(reach)) + 1
    return np.floor(centers).astype(np.int64) - width // 2, width


def _samples(
    corner: Int64[np.ndarray, "n m 2"], width: int
) -> tuple[Float64[np.ndarray, "n m rows 1"], Float64[np.ndarray, "n m 1 columns"]]:
    """Rows and columns of the sample points of a patch."""
    places = (np.arange(width * SCALE) + 0.5) / SCALE
    rows = corner[..., 0, None] + places
    columns = corner[..., 1, None] + places
    return rows[..., :, None], columns[..., None, :]


def _stamp(
    canvas: Float64[np.ndarray, "n size size"],
    corner: Int64[np.ndarray, "n m 2"],
    covered: Bool[np.ndarray, "n m rows columns"],
    contrast: float,
) -> None:
    count, paddles, points, _ = covered.shape
    size, width = canvas.shape[1], points // SCALE
    fine = covered.reshape(count, paddles, width, SCALE, width, SCALE)
    share = contrast * fine.mean(axis=(3, 5))
    rows = corner[..., 0, None, None] + np.arange(width)[:, None]
    columns = corner[..., 1, None, None] + np.arange(width)
    images = np.arange(count)[:, None, None, None]
    seen = (rows >= 0) & (rows < size) & (columns >= 0) & (columns < size)
    places = np.broadcast_to((images * size + rows) * size + columns, share.shape)
    chosen = seen & (share > 0.0)
    np.maximum.at(canvas.reshape(-1), places[chosen], share[chosen])


def _add_paddles(
    canvas: Float64[np.ndarray, "n size size"],
    paddles: Float64[np.ndarray, "n m 2 2"],
    contrast: float,
    rule: Rule,
) -> None:
    length, half = rule.paddle_length, rule.paddle_thickness / 2.0
    corner, width = _corners(paddles.mean(axis=2), length / 2.0 + half)
    rows, columns = _samples(corner, width)
    start = paddles[:, :, 0, :, None, None]
    toward = (paddles[:, :, 1] - paddles[:, :, 0])[..., None, None] / length
    rows, columns = rows - start[:, :, 0], columns - start[:, :, 1]
    along = rows * toward[:, :, 0] + columns * toward[:, :, 1]
    across = rows * toward[:, :, 1] - columns * toward[:, :, 0]
    covered = (along >= 0.0) & (along <= length) & (np.abs(across) <= half)
    _stamp(canvas, corner, covered, contrast)


def _add_discs(
    canvas: Float64[np.ndarray, "n size size"],
    centers: Float64[np.ndarray, "n m 2"],
    rule: Rule,
) -> None:
    corner, width = _corners(centers, rule.marker_radius)
    rows, columns = _samples(corner, width)
    rows, columns = (
        rows - centers[..., 0, None, None],
        columns - centers[..., 1, None, None],
    )
    _stamp(canvas, corner, np.hypot(rows, columns) <= rule.marker_radius, 1.0)


def _chunk(seed: int, rule: Rule, index: int, size: int) -> Pictures:
    what = scenes(np.random.default_rng([seed, index]), size, rule)
    return Pictures(draw(what, rule), what.connected.astype(np.uint8))


def pictures(
    count: int,
    *,
    size: int,
    seed: int,
    first: int = 0,
    workers: int | None = None,
    progress: Progress = pool.ignore,
) -> Iterator[Pictures]:
    """Pictures with their labels in pieces; a function of count, size and seed.

    Parameters
    ----------
    count : int
        Pictures; Long Range Arena has 200,000 of each size.
    size : {32, 64, 128, 256}
        Width and height in pixels.
    seed : int
        Not negative.
    first : int
        Pieces that are there already, and are left out.
    workers : int, optional
        Processes, see `pool.in_chunks`; the pictures do not depend on it.
    progress : callable
        Told (pictures done, ``count``).

    Raises
    ------
    InvalidInputError
        If there is no rule for this size.
    """
    if size not in RULES:
        raise InvalidInputError(
            request=f"Pathfinder pictures of {size} x {size}",
            finding="the sources give no parameters for this size",
            remedy=f"Use one of {', '.join(map(str, RULES))}.",
        )
    make = partial(_chunk, seed, RULES[size])
    return pool.in_chunks(
        make, count, chunk=_CHUNK, first=first, workers=workers, progress=progress
    )
