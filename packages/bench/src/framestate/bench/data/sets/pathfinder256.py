"""Pathfinder, 256 x 256 pictures, see `pathfinder`."""

from framestate.bench.data.sets import pathfinder

DATA_SET = pathfinder.data_set(256)
