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
    asking.add_argument(
        "--column",
        metavar="NAME",
        help="column or array of the file; NAME:0 is the first channel of an array",
    )
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
    with Progress(
        console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)
        advice = advise(
            signal,
            question,
            lambda done, total, name: bar.update(
                task, completed=done, total=total, description=name
            ),
        )
    _say(console, _head(advice, options.file.name))
    console.print(_table(advice))
    _say(console, _foot(advice))
    target = options.out or Path(f"advice-{signal.name}.png")
    try:
        draw(advice, target)
    except (OSError, ValueError) as error:
        raise OutputError(
            request=f"drawing {target}",
            finding=str(error),
            remedy="Name a .png or .svg file in a folder that can be written.",
        ) from error
    _say(console, f"\ndrew {target}")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _head(advice: Advice, name: str) -> str:
    lag, order = advice.question.lag, advice.question.order
    return (
        f"{name}: {advice.signal.sampling}\n"
        f"a memory of its last {lag} samples in {order} states (lag {lag}: "
        f"{advice.why})\n"
    )


def _foot(advice: Advice) -> str:
    return f"""
No linear memory of {advice.question.order} states has a mean error below \
{_short(advice.limit)}.
{standing(advice)}
Errors are shares of the signal's power, exact for a stationary signal of this \
spectrum and the best linear readout (fidelity: own; no paper has these).

{advice.verdicts[0].name}, as a layer:

{advice.code}"""


def standing(advice: Advice) -> str:
    """Whether the ranking is one of the signal, or of this stretch of it."""
    best = advice.verdicts[0]
    if best.halves is None:
        return "Half of the record is too short for this lag: the order is not checked."
    if not advice.rivals:
        return f"{best.name} is first in both halves of the record."
    names = ", ".join(advice.rivals)
    return f"Ahead of {best.name} in one half of the record: {names}. Call it a draw."


def _table(advice: Advice) -> Table:
    table = Table("memory", box=None, pad_edge=False)
    lag = advice.question.lag
    for head in ("mean error", "1st half", "2nd half", f"at lag {lag}", "dt"):
        table.add_column(head, justify="right")
    for one in advice.verdicts:
        halves = ("–", "–") if one.halves is None else map(_short, one.halves)
        table.add_row(
            one.name, _short(one.window), *halves, _short(one.at_lag), _short(one.dt)
        )
    return table


def _short(value: float) -> str:
    return f"{value:.2g}"
