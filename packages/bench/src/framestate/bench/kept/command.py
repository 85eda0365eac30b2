"""`framestate-bench keep` and `framestate-bench verify`."""

import argparse
import io
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from framestate.bench import run as runner
from framestate.bench.data import folder
from framestate.bench.kept.files import keep, load
from framestate.bench.kept.verify import Check, drawn, verify
from framestate.bench.record import RESULTS, read_json, results_from_json

KEPT = "results"


def add_parsers(commands: Any) -> None:
    """Add both commands to those of the command line."""
    keeping = commands.add_parser("keep", help="put the results of a run into a folder")
    keeping.add_argument(
        "--out", default="bench-results", metavar="DIR", help="folder of the run"
    )
    keeping.set_defaults(do=execute_keep)
    checking = commands.add_parser("verify", help="compute some kept rows again")
    checking.add_argument("tasks", nargs="*", metavar="TASK", help="these, none drawn")
    checking.add_argument("--sample", type=int, default=3, metavar="N", help="how many")
    checking.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the draw"
    )
    checking.add_argument("--data", metavar="DIR", help="data folder")
    checking.add_argument("--cache", metavar="DIR", help="folder for decoded data")
    checking.set_defaults(do=execute_verify)
    for command in (keeping, checking):
        command.add_argument(
            "--kept", default=KEPT, metavar="DIR", help="folder of the kept results"
        )


def execute_keep(console: Console, options: argparse.Namespace) -> None:
    """Keep what a run has left in its folder.

    Raises
    ------
    DataError, OutputError
        If there is no such run, its code is in no commit, or nothing can be written.
    """
    results = results_from_json(read_json(Path(options.out) / RESULTS))
    for path in keep(results, Path(options.kept)):
        console.print(f"kept {path}", markup=False, highlight=False, soft_wrap=True)


def execute_verify(console: Console, options: argparse.Namespace) -> int:
    """Compute rows again and print them beside the kept ones; 1 if one differs.

    Raises
    ------
    DataError
        If there are no kept results, or one of them is damaged.
    """
    kept = load(Path(options.kept))
    named = [
        name
        for name, one in kept.items()
        if {one.records[0].experiment, one.records[0].suite} & set(options.tasks)
    ]
    chosen = named if options.tasks else drawn(kept, options.sample, options.seed)
    quiet = Console(file=io.StringIO())
    checks: list[Check] = []
    for check in verify(
        [kept[name] for name in chosen],
        folder.find(options.data, os.environ),
        Path(options.cache) if options.cache else None,
        lambda: runner.Progress(console if console.is_terminal else quiet),
    ):
        words = f"{check.experiment}: {check.what} {check.verdict}"
        console.print(words, markup=False, highlight=False, soft_wrap=True)
        checks.append(check)
    console.print(_table(checks))
    return int(any(check.verdict == "DIFFERS" for check in checks))


def _table(checks: list[Check]) -> Table:
    table = Table("task", "number", "kept", "now", "verdict", "why", box=None)
    for check in checks:
        numbers = (check.kept, check.now)
        table.add_row(
            check.experiment,
            check.what,
            *("" if value is None else f"{value:.6g}" for value in numbers),
            check.verdict,
            check.reason,
        )
    return table
