"""A bar for one long piece of work, on a terminal; nothing elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from framestate.bench.data.dataset import Progress as Report


@contextmanager
def bar(
    console: Console, about: str, *, counts_bytes: bool = True
) -> Generator[Report]:
    """What shows (done, total) as a bar while the work is done.

    Parameters
    ----------
    console : rich.console.Console
        Where; a bar is drawn if it is a terminal.
    about : str
        What is done.
    counts_bytes : bool
        Whether the numbers are bytes; then size and speed are shown.
    """
    if not console.is_terminal:
        yield _silent
        return
    sizes = (DownloadColumn(), TransferSpeedColumn()) if counts_bytes else ()
    columns = (TextColumn("{task.description}"), BarColumn(), *sizes)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True
    ) as bars:
        task = bars.add_task(about, total=None)

        def report(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total or None)

        yield report


def _silent(done: int, total: int) -> None:
    del done, total
