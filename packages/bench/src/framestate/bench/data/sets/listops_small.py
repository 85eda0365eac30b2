"""A small ListOps for short runs: 4,000 + 500 + 500 expressions of the same rule."""

from framestate.bench.data.sets import listops

DATA_SET = listops.data_set(
    "listops-small", (listops.regenerated((4_000, 500, 500), seed=2021),)
)
