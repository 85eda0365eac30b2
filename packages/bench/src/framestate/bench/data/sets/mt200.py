"""Hourly consumption of one client, MT_200, of the 370 of UCI, 2011 to 2014."""

from framestate.bench.data.dataset import DataSet
from framestate.bench.data.sets import forecasting

DATA_SET = DataSet(
    name="mt200",
    title="Electricity, client MT_200",
    licence="CC BY 4.0 (UCI ElectricityLoadDiagrams20112014)",
    citation="Trindade, ElectricityLoadDiagrams20112014, UCI 2015",
    home="https://archive.ics.uci.edu/dataset/321/electricityloaddiagrams20112014",
    remotes=(),
    layouts=(
        forecasting.layout(
            "prepared",
            "forecasting/electricity_MT200_hourly.csv.xz",
            forecasting.Form(rows=35_065, columns=1, keep=("MT_200",)),
            fidelity="look-alike",
            note="one client in place of 321",
        ),
    ),
    tasks=forecasting.multivariate("mt200"),
)
