"""Power of 137 solar plants in Alabama every ten minutes, 2006."""

from framestate.bench.data.sets import forecasting, lstnet

_FORM = forecasting.Form(rows=52_560, columns=137, header=False, keys=0)

DATA_SET = lstnet.data_set(
    "solar",
    "Solar energy (137 plants)",
    lstnet.remote(
        "solar",
        "solar-energy/solar_AL.txt.gz",
        "git:08a1f235546b3708309ff4fb544a54bb82e4f5e7",
    ),
    _FORM,
    (forecasting.layout("itransformer", "solar/Solar.zip", _FORM),),
)
