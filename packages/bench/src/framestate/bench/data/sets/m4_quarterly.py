"""M4, quarterly series, see `m4`."""

from framestate.bench.data.sets import m4

DATA_SET = m4.data_set(
    "Quarterly",
    horizon=8,
    count=24_000,
    blobs=(
        "94ce474ab74463e3db3edb616b5948be6af5079c",
        "841cd91e32a95756e1d8a639997eafa448de9150",
    ),
)
