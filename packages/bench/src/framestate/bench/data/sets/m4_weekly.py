"""M4, weekly series, see `m4`."""

from framestate.bench.data.sets import m4

DATA_SET = m4.data_set(
    "Weekly",
    horizon=13,
    count=359,
    blobs=(
        "8760c8b31bba7da2d2e495ccb06909267a4b900a",
        "36cdf6284b397ecef9a054838630f51ffdf5cc1f",
    ),
)
