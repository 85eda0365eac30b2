"""Pathfinder, 128 x 128 pictures, see `pathfinder`."""

from framestate.bench.data.sets import pathfinder

DATA_SET = pathfinder.data_set(128)
