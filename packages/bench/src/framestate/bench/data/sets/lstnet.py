"""What the four tables that LSTNet published have in common.

Comma-separated numbers without header and dates. The Autoformer family uses the same
numbers, with a date in front, and cuts them .7/.1/.2 where LSTNet cut .6/.2/.2; the
tasks here are the family's.
"""

from pathlib import PurePosixPath

from framestate.bench.data.dataset import DataSet, Layout, Remote
from framestate.bench.data.sets import forecasting

_COMMIT = "7f402f185cc2435b5e66aed13a3b560ed142e023"
_REPOSITORY = "laiguokun/multivariate-time-series-data"


def remote(folder: str, path: str, checksum: str) -> Remote:
    """A file of the repository, kept in a folder of its own."""
    url = f"https://raw.githubusercontent.com/{_REPOSITORY}/{_COMMIT}/{path}"
    return Remote(f"{folder}/{PurePosixPath(path).name}", url, checksum)


def data_set(
    name: str,
    title: str,
    source: Remote,
    form: forecasting.Form,
    others: tuple[Layout, ...],
) -> DataSet:
    """Data set of one of the files; it may also lie in other layouts."""
    return DataSet(
        name=name,
        title=title,
        licence="none stated",
        citation="Lai et al., LSTNet, SIGIR 2018 (arXiv 1703.07015); "
        "borders of Wu et al., Autoformer (arXiv 2106.13008)",
        home=f"https://github.com/{_REPOSITORY}",
        remotes=(source,),
        layouts=(forecasting.layout("official", source.path, form), *others),
        tasks=forecasting.multivariate(name),
    )
