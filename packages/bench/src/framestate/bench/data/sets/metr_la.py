"""Speed at 207 detectors of METR-LA every five minutes for one week: like Traffic.

A week holds no windows for the horizons 336 and 720.
"""

from framestate.bench.data.dataset import DataSet
from framestate.bench.data.sets import forecasting

DATA_SET = DataSet(
    name="metr-la",
    title="METR-LA, one week",
    licence="MIT repository; data of LA Metro",
    citation="Zhao et al., T-GCN, IEEE T-ITS 2020 (arXiv 1811.05320)",
    home="https://github.com/lehaifeng/T-GCN",
    remotes=(),
    layouts=(
        forecasting.layout(
            "prepared",
            "forecasting/los_speed.csv.xz",
            forecasting.Form(rows=2_016, columns=207, keys=0),
            fidelity="look-alike",
            note="one week of speeds in place of two years of occupancy",
        ),
    ),
    tasks=forecasting.multivariate("metr-la", horizons=(12, 96, 192)),
)
