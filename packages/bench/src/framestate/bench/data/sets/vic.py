"""Half-hourly demand and temperature of Victoria, 2012 to 2014: like Electricity."""

from framestate.bench.data.dataset import DataSet
from framestate.bench.data.sets import forecasting

_FORM = forecasting.Form(rows=52_608, columns=2, keep=("Demand", "Temperature"))

DATA_SET = DataSet(
    name="vic",
    title="Electricity demand of Victoria",
    licence="BSD 3-clause repository",
    citation="O'Hara-Wild et al., tsibbledata (vic_elec); AEMO",
    home="https://github.com/skforecast/skforecast-datasets",
    remotes=(),
    layouts=(
        forecasting.layout(
            "prepared",
            "forecasting/vic_electricity.csv.xz",
            _FORM,
            fidelity="look-alike",
            note="one state with its temperature in place of 321 clients",
        ),
    ),
    tasks=forecasting.multivariate("vic"),
)
