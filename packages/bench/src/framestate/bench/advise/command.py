"""`framestate-bench advise FILE`."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from framestate.bench.advise.ask import Advice, Question, advise
from framestate.bench.advise.picture import draw
from framestate.bench.advise.read import read_signal
from framestate.bench.errors import OutputError


def add_parser(commands: Any) -> None:
    """Add the command to those of the command line."""
    asking = commands.add_parser("advise", help="which memory suits a signal of yours")
    asking.set_defaults(do=execute)
    asking.add_argument("file", type=Path, metavar="FILE", help=".csv .wav .npy .npz")
    asking.add_argument("--column", metavar="NAME", help="column or array of the file")
    asking.add_argument(
        "--lag", type=int, metavar="N", help="samples to remember; measured if left out"
    )
    asking.add_argument(
        "--budget", type=int, metavar="N", help="states, an even number"
    )
    asking.add_argument(
        "--out", type=Path, metavar="PICTURE", help="where to draw (.png or .svg)"
    )


def execute(console: Console, options: argparse.Namespace) -> None:
    """Read, ask, print, draw.

    Raises
    ------
    DataError, InvalidInputError, OutputError
        If the file, the question or the picture's folder is not in order.
    """
    signal = read_signal(options.file, options.column)
    question = Question(options.lag, options.budget)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        advice = advise(
            signal,
            question,
            lambda done, total, name: bar.update(
                task, completed=done, total=total, description=name
            ),
        )
    console.print(_table(advice))
    console.print(advice.code, markup=False, highlight=False, soft_wrap=True)
    target = options.out or Path(f"advice-{signal.name}.png")
    try:
        draw(advice, target)
    except (OSError, ValueError) as error:
        raise OutputError(
            request=f"drawing {target}",
            finding=str(error),
            remedy="Name a .png or .svg file in a folder that can be written.",
        ) from error
    console.print(f"\ndrew {target}", markup=False, highlight=False)


def _table(advice: Advice) -> Table:
    asked = advice.question
    table = Table(
        "memory",
        "error over the past",
        f"at lag {asked.lag}",
        "dt",
        title=f"{advice.signal.name}: the last {asked.lag} samples in {asked.order} "
        f"states; none can have a mean error below {advice.limit:.2g}",
        box=None,
        pad_edge=False,
    )
    for one in advice.verdicts:
        table.add_row(
            one.name, f"{one.window:.2g}", f"{one.at_lag:.2g}", f"{one.dt:.2g}"
        )
    return table
