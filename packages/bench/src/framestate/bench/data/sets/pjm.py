"""Hourly loads of ten PJM regions, June 2013 to August 2018: like Electricity.

Of twelve columns the two that end before the others begin (NI, PJM_Load) are left out,
and the rows before the ten are all there. A gap is NaN; no window holds one.
"""

from pathlib import Path

import numpy as np

from framestate.bench.data import streams
from framestate.bench.data.dataset import Arrays, DataSet, Layout, Progress
from framestate.bench.data.sets import files, forecasting

_PATH = "forecasting/pjm_hourly.npz"
_ENDED = ("NI", "PJM_Load")


def _decode(folder: Path, progress: Progress) -> Arrays:
    progress(0, 1)
    path = folder / _PATH
    found = files.npz(path, "columns", "values")
    columns, values = found["columns"], found["values"]
    if values.ndim != 2 or columns.shape != values.shape[1:]:
        raise streams.damaged(path, f"values {values.shape}, columns {columns.shape}")
    if columns.dtype.kind != "U" or values.dtype.kind != "f":
        raise streams.damaged(path, f"{values.dtype} values, {columns.dtype} columns")
    kept = ~np.isin(columns, _ENDED)
    values = values[:, kept].astype(np.float64)
    complete = np.flatnonzero(np.isfinite(values).all(axis=1))
    if not complete.size:
        raise streams.damaged(path, "no row has all columns")
    progress(1, 1)
    return {"values": values[complete[0] :], "columns": columns[kept]}


DATA_SET = DataSet(
    name="pjm",
    title="PJM hourly loads",
    licence="CC0 (Kaggle, Hourly Energy Consumption)",
    citation="PJM Interconnection; Mulla, Hourly Energy Consumption, Kaggle 2018",
    home="https://www.kaggle.com/datasets/robikscube/hourly-energy-consumption",
    remotes=(),
    layouts=(
        Layout(
            "prepared",
            (_PATH,),
            "look-alike",
            _decode,
            note="ten regions in place of 321 clients",
        ),
    ),
    tasks=forecasting.multivariate("pjm"),
)
