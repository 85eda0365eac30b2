"""Weather of the Autoformer family: 21 readings every ten minutes, Jena, 2020.

The -9999 that mark missing readings in wv, max. PAR and OT are kept, as in the papers'
code; they stretch the standard deviation of their columns.
"""

from framestate.bench.data.dataset import DataSet, Remote
from framestate.bench.data.sets import forecasting

_FORM = forecasting.Form(rows=52_696, columns=21, encoding="latin-1")
_NOTE = "the -9999 marks of missing readings are kept, as in the original"

DATA_SET = DataSet(
    name="weather",
    title="Weather (Jena 2020)",
    licence="none stated; Max Planck Institute for Biogeochemistry, Jena",
    citation="Wu et al., Autoformer, NeurIPS 2021 (arXiv 2106.13008)",
    home="https://www.bgc-jena.mpg.de/wetter",
    remotes=(
        Remote(
            path="weather/weather.zip",
            url="https://raw.githubusercontent.com/Kyushu-U-AI/CME-Mamba/"
            "5a3c60cede21a6eac73f6c60b7bf347b1c047973/dataset/weather.zip",
            checksum="git:b6e25aef9c27fa9a87b81fd5649d984cab803ff0",
            size=2_270_783,
        ),
    ),
    layouts=(
        forecasting.layout("official", "weather/weather.zip", _FORM, note=_NOTE),
        forecasting.layout("unpacked", "weather/weather.csv", _FORM, note=_NOTE),
        forecasting.layout("prepared", "forecasting/weather.csv.xz", _FORM, note=_NOTE),
    ),
    tasks=forecasting.multivariate("weather"),
)
