"""M4, yearly series, see `m4`."""

from framestate.bench.data.sets import m4

DATA_SET = m4.data_set(
    "Yearly",
    horizon=6,
    count=23_000,
    blobs=(
        "639f4aa455f07fe83776ba2459be782730b45ed6",
        "b569724085746120559790ebe26ce05b83b698a1",
    ),
)
