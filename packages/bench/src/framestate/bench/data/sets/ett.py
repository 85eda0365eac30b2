"""ETT, oil temperature and six loads of a transformer: hourly or every 15 minutes.

Twelve months of 30 days train, four validate, four test. ETTh1, ETTh2, ETTm1 and ETTm2
are data sets of their own: `etth1`, `etth2`, `ettm1`, `ettm2`.
"""

from collections.abc import Mapping
from functools import partial

from framestate.bench.data.dataset import DataSet, Layout, Remote
from framestate.bench.data.sets import forecasting
from framestate.bench.data.sets.forecasting import Form, layout

_COMMIT = "1d16c8f4f943005d613b5bc962e9eeb06058cf07"
HOURLY, QUARTERS = Form(rows=17_420, columns=7), Form(rows=69_680, columns=7)


def hourly(
    name: str, checksum: str, size: int, histories: Mapping[int, int]
) -> DataSet:
    """ETTh1 or ETTh2."""
    remote = _remote(name, f"informer/etth/{name}.csv", checksum, size)
    layouts = (
        layout("official", remote.path, HOURLY),
        layout("prepared", f"forecasting/{name}.csv.xz", HOURLY),
    )
    return _data_set(name, remote, layouts, _tasks(name, histories, 1))


def quarters(name: str, checksum: str, histories: Mapping[int, int]) -> DataSet:
    """ETTm1 or ETTm2."""
    remote = _remote(name, f"informer/ettm/{name}.csv", checksum, 0)
    layouts = (layout("official", remote.path, QUARTERS),)
    return _data_set(name, remote, layouts, _tasks(name, histories, 4))


def _tasks(name: str, histories: Mapping[int, int], per_hour: int) -> forecasting.Tasks:
    borders = partial(forecasting.months, per_hour=per_hour)
    many = forecasting.multivariate(name.lower(), borders=borders)
    one = forecasting.univariate(name.lower(), "OT", histories, borders=borders)
    return many | one


def _remote(name: str, path: str, checksum: str, size: int) -> Remote:
    url = f"https://raw.githubusercontent.com/zhouhaoyi/ETDataset/{_COMMIT}/ETT-small/"
    return Remote(path, f"{url}{name}.csv", checksum, size)


def _data_set(
    name: str, remote: Remote, layouts: tuple[Layout, ...], tasks: forecasting.Tasks
) -> DataSet:
    return DataSet(
        name=name.lower(),
        title=name,
        licence="CC BY-ND 4.0",
        citation="Zhou et al., Informer, AAAI 2021 (arXiv 2012.07436)",
        home="https://github.com/zhouhaoyi/ETDataset",
        remotes=(remote,),
        layouts=layouts,
        tasks=tasks,
    )
