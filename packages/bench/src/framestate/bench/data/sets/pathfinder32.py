"""Pathfinder, 32 x 32 pictures, see `pathfinder`."""

from framestate.bench.data.sets import pathfinder

DATA_SET = pathfinder.data_set(32)
