"""WTH, the weather of Informer and of S4: 12 hourly readings, 2010 to 2013 (NOAA)."""

from framestate.bench.data.dataset import DataSet, Remote
from framestate.bench.data.sets import forecasting

_FORM = forecasting.Form(rows=35_064, columns=12)
_HISTORIES = {24: 720, 48: 720, 168: 168, 336: 336, 720: 720}

DATA_SET = DataSet(
    name="wth",
    title="WTH (Informer's weather)",
    licence="none stated; NOAA Local Climatological Data",
    citation="Zhou et al., Informer, AAAI 2021 (arXiv 2012.07436)",
    home="https://github.com/zhouhaoyi/Informer2020",
    remotes=(
        Remote(
            path="informer/weather/WTH.csv",
            url="https://raw.githubusercontent.com/arrayofstar/2022_Informer_Paddle/"
            "e1f744055217a7834096324bdf85ec7ed3fb31c1/data/WTH.csv",
            checksum="sha256:"
            "5635e7f2d8f947f9abc6bc7077c907fb760eef111855a6805f096e9acff581bc",
            size=2_031_564,
        ),
    ),
    layouts=(
        forecasting.layout("official", "informer/weather/WTH.csv", _FORM),
        forecasting.layout("prepared", "forecasting/WTH.csv.xz", _FORM),
    ),
    tasks=forecasting.univariate("wth", "WetBulbCelsius", _HISTORIES),
)
