"""M4, monthly series, see `m4`."""

from framestate.bench.data.sets import m4

DATA_SET = m4.data_set(
    "Monthly",
    horizon=18,
    count=48_000,
    blobs=(
        "d956904cd5991422f70598453571572f5e6ba7f3",
        "c27ca44ca20b15a40da9e96ca1867f1fff7aeecb",
    ),
)
