"""ECL, the electricity of Informer and of S4: one of 321 clients, hourly."""

from framestate.bench.data.dataset import DataSet, Remote
from framestate.bench.data.sets import forecasting

_TARGET = "MT_320"
_FORM = forecasting.Form(rows=None, columns=1, keep=(_TARGET,))
_HISTORIES = {48: 720, 168: 720, 336: 336, 720: 336, 960: 720}

DATA_SET = DataSet(
    name="ecl",
    title="ECL (Informer's electricity)",
    licence="CC BY 4.0 (UCI ElectricityLoadDiagrams20112014)",
    citation="Zhou et al., Informer, AAAI 2021 (arXiv 2012.07436)",
    home="https://github.com/zhouhaoyi/Informer2020",
    remotes=(
        Remote(
            path="informer/ecl/ECL.csv",
            url="https://raw.githubusercontent.com/arrayofstar/2022_Informer_Paddle/"
            "e1f744055217a7834096324bdf85ec7ed3fb31c1/data/ECL.csv",
            checksum="git:c38ae9875b7dc069d022f6c708d61b791cbf1f4a",
        ),
    ),
    layouts=(forecasting.layout("official", "informer/ecl/ECL.csv", _FORM),),
    tasks=forecasting.univariate("ecl", _TARGET, _HISTORIES),
)
