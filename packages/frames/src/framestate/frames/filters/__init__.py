"""Two-scale filters by name, in float64 or as balls, with their identities checked."""

from framestate.frames.filters.balls import BallFilter
from framestate.frames.filters.base import Filter
from framestate.frames.filters.catalog import load, load_continuous, names

__all__ = ["BallFilter", "Filter", "load", "load_continuous", "names"]
