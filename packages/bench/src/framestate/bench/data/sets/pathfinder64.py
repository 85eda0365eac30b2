"""Pathfinder, 64 x 64 pictures, see `pathfinder`."""

from framestate.bench.data.sets import pathfinder

DATA_SET = pathfinder.data_set(64)
