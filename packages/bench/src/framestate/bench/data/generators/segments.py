"""Distances of segments in the plane; shapes are broadcast, axes are (row, column)."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64

Segments: TypeAlias = Float64[np.ndarray, "... 2 2"]  # (from, to) x (row, column)
Points: TypeAlias = Float64[np.ndarray, "... 2"]


def distance(a: Segments, b: Segments) -> Float64[np.ndarray, "..."]:
    """Shortest distance of segments, 0 where they cross."""
    return np.sqrt(squared(a, b))


def squared(a: Segments, b: Segments) -> Float64[np.ndarray, "..."]:
    """Its square: if they do not cross, an end of one is the nearest to the other."""
    nearest = np.minimum(
        np.minimum(to_segment(a[..., 0, :], b), to_segment(a[..., 1, :], b)),
        np.minimum(to_segment(b[..., 0, :], a), to_segment(b[..., 1, :], a)),
    )
    return np.where(_apart(a, b) & _apart(b, a), 0.0, nearest)


def to_segment(point: Points, segment: Segments) -> Float64[np.ndarray, "..."]:
    """Squared distance of a point from a segment."""
    y, x = segment[..., 0, 0], segment[..., 0, 1]
    along_y, along_x = segment[..., 1, 0] - y, segment[..., 1, 1] - x
    square = along_y**2 + along_x**2
    off_y, off_x = point[..., 0] - y, point[..., 1] - x
    share = off_y * (along_y / square)
    share += off_x * (along_x / square)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    off_y -= share * along_y
    off_x -= share * along_x
    return off_y * off_y + off_x * off_x


def middle(segment: Segments) -> Points:
    """Half way along."""
    return 0.5 * (segment[..., 0, :] + segment[..., 1, :])


def _apart(a: Segments, b: Segments) -> Bool[np.ndarray, "..."]:
    """Whether the ends of ``a`` lie on different sides of the line through ``b``."""
    y, x = b[..., 0, 0], b[..., 0, 1]
    along_y, along_x = b[..., 1, 0] - y, b[..., 1, 1] - x
    first = (a[..., 0, 0] - y) * along_x - (a[..., 0, 1] - x) * along_y
    second = (a[..., 1, 0] - y) * along_x - (a[..., 1, 1] - x) * along_y
    return first * second < 0.0


def toward(angle: Float64[np.ndarray, "..."]) -> Points:
    """Unit vector (sin, cos) of an angle in radians."""
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)
