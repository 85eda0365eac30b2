"""Hourly road occupancy at 862 sensors around San Francisco, 2015 and 2016."""

from framestate.bench.data.sets import forecasting, lstnet

_ROWS, _SENSORS = 17_544, 862

DATA_SET = lstnet.data_set(
    "traffic",
    "Traffic (862 sensors)",
    lstnet.remote(
        "traffic",
        "traffic/traffic.txt.gz",
        "git:63ddb74bf7602568f36056a0b1a47aa407f0a6fe",
    ),
    forecasting.Form(_ROWS, _SENSORS, header=False, keys=0),
    (
        forecasting.layout(
            "autoformer", "traffic/traffic.zip", forecasting.Form(_ROWS, _SENSORS)
        ),
    ),
)
