"""Pathfinder, 5,000 generated pictures of 32 x 32 for short runs."""

from framestate.bench.data.sets import pathfinder

DATA_SET = pathfinder.data_set(32, small=5_000)
