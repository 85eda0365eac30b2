"""M4, hourly series, see `m4`."""

from framestate.bench.data.sets import m4

DATA_SET = m4.data_set(
    "Hourly",
    horizon=48,
    count=414,
    blobs=(
        "8c30294d79ac2b2f4c71b2769b74057d86143fbf",
        "34fa4fbedbba8263e12d52f321a01235c23404d3",
    ),
)
