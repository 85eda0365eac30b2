"""Hourly consumption of 321 clients, 2012 to 2014."""

from framestate.bench.data.sets import forecasting, lstnet

_ROWS, _CLIENTS = 26_304, 321

DATA_SET = lstnet.data_set(
    "electricity",
    "Electricity (321 clients)",
    lstnet.remote(
        "electricity",
        "electricity/electricity.txt.gz",
        "git:df158a9fff65428ece107200432a72c992d5e4e9",
    ),
    forecasting.Form(_ROWS, _CLIENTS, header=False, keys=0),
    (
        forecasting.layout(
            "autoformer",
            "electricity/electricity.csv",
            forecasting.Form(_ROWS, _CLIENTS),
        ),
    ),
)
