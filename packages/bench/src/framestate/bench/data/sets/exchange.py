"""Daily rates of eight currencies to the dollar, 1990 to 2016."""

from framestate.bench.data.sets import forecasting, lstnet

_FORM = forecasting.Form(rows=7_588, columns=8, header=False, keys=0)

DATA_SET = lstnet.data_set(
    "exchange",
    "Exchange rate",
    lstnet.remote(
        "exchange",
        "exchange_rate/exchange_rate.txt.gz",
        "git:d72d0d7a5d5d06ecd1cf4c79396180b2962be101",
    ),
    _FORM,
    (forecasting.layout("prepared", "forecasting/exchange_rate.txt.xz", _FORM),),
)
