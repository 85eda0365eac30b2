"""M4, daily series, see `m4`."""

from framestate.bench.data.sets import m4

DATA_SET = m4.data_set(
    "Daily",
    horizon=14,
    count=4_227,
    blobs=(
        "2393f4c26e7e002b3df8d173d83902ab26596928",
        "141594f92a932b99000c0566d94f0130ee3ec635",
    ),
)
