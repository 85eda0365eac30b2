"""Pathfinder, 2,000 generated pictures of 128 x 128 for short runs."""

from framestate.bench.data.sets import pathfinder

DATA_SET = pathfinder.data_set(128, small=2_000)
