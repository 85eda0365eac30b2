"""What the words of the command line do; `framestate.bench.__main__` calls it."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from framestate.bench import plan, report
from framestate.bench import run as runner
from framestate.bench.advise import command as advise
from framestate.bench.data import commands as data_commands
from framestate.bench.data import folder
from framestate.bench.errors import InvalidInputError
from framestate.bench.kept import command as kept_commands
from framestate.bench.kept import load, merged
from framestate.bench.record import (
    CSV,
    HTML,
    MARKDOWN,
    RESULTS,
    Results,
    csv_text,
    read_json,
    results_from_json,
    results_text,
    write_atomic,
)
from framestate.bench.train.bar import duration


def execute(console: Console, words: Sequence[str]) -> int:
    """Do what the words say and return the exit code.

    Raises
    ------
    BenchError
        If they cannot be done.
    """
    options = _parser().parse_args(words)
    do = cast("Callable[[Console, argparse.Namespace], int | None]", options.do)
    return do(console, options) or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="framestate-bench",
        description="Benchmarks of frame-based state space models: one report.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="show the tasks")
    listing.set_defaults(do=_list)
    _add_size(listing)
    listing.add_argument("--data", metavar="DIR", help="data folder")
    listing.add_argument(
        "--settings", action="store_true", help="every setting that --set can change"
    )
    listing.add_argument("tasks", nargs="*", metavar="TASK", help="suite or task")
    running = commands.add_parser("run", help="compute tasks and write the report")
    running.set_defaults(do=_run)
    running.add_argument("tasks", nargs="*", metavar="TASK", help="suite or task")
    running.add_argument(
        "--only",
        "--suite",
        action="append",
        default=[],
        metavar="TASK",
        help="the same as TASK; may be given several times",
    )
    _add_size(running)
    running.add_argument(
        "--set",
        action="append",
        default=[],
        dest="values",
        metavar="NAME=VALUE",
        help="another setting, such as train.batch=8",
    )
    running.add_argument(
        "--data", metavar="DIR", help=f"data folder; default ${folder.VARIABLE}"
    )
    running.add_argument(
        "--seeds", type=_positive, metavar="N", help="trainings of each network"
    )
    running.add_argument(
        "--budget", metavar="TIME", help="run what fits into it, such as 30m or 2h"
    )
    running.add_argument(
        "--jobs",
        type=_positive,
        default=min(os.cpu_count() or 1, 8),
        metavar="N",
        help="tasks at a time, up to 1 GiB each; default: one a core, 8 at most",
    )
    running.add_argument("--lag", type=_positive, metavar="N", help="delay task: lag")
    running.add_argument("--fresh", action="store_true", help="forget finished tasks")
    running.add_argument("--cache", metavar="DIR", help="folder for decoded data")
    reporting = commands.add_parser("report", help="make the report from results.json")
    reporting.set_defaults(do=_report)
    reporting.add_argument(
        "--kept", metavar="DIR", help="of kept results, such as results/cpu"
    )
    advise.add_parser(commands)
    kept_commands.add_parsers(commands)
    data_commands.add_parser(commands)
    for command in (listing, running, reporting):
        command.add_argument(
            "--out", default="bench-results", metavar="DIR", help="output folder"
        )
    return parser


def _add_size(command: argparse.ArgumentParser) -> None:
    choice = command.add_mutually_exclusive_group()
    choice.add_argument("--size", choices=plan.SIZES, default="cpu", help="how large")
    choice.add_argument(
        "--quick",
        action="store_const",
        const="smoke",
        dest="size",
        help="the same as --size smoke",
    )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


def _request(options: argparse.Namespace) -> runner.Request:
    return runner.Request(
        size=options.size,
        tasks=(*options.tasks, *options.only),
        out=Path(options.out),
        data=folder.find(options.data, os.environ),
        cache=Path(options.cache) if options.cache else None,
        lag=options.lag,
        values=_values(options),
        seeds=options.seeds,
        budget=None if options.budget is None else runner.seconds_of(options.budget),
        jobs=options.jobs,
        fresh=options.fresh,
    )


def _values(options: argparse.Namespace) -> tuple[str, ...]:
    """Other settings; refuse seeds that are given twice."""
    values = tuple(options.values)
    twice = [v for v in values if v.partition("=")[0] == "seeds"]
    if twice and options.seeds is not None:
        raise InvalidInputError(
            request=f"--seeds {options.seeds} with --set {twice[0]}",
            finding="both say which seeds are trained",
            remedy="Give one of them.",
        )
    return values


def _list(console: Console, options: argparse.Namespace) -> None:
    chosen = plan.select(plan.plan(options.size), options.tasks)
    if options.settings:
        for experiment in chosen:
            _say(console, experiment.name)
            for name, value in plan.names(experiment).items():
                _say(console, f"    {name}={value}")
        return
    data = folder.find(options.data, os.environ)
    costs = runner.known_costs(Path(options.out))
    table = Table("task", "computes", "time", "memory", "needs", box=None)
    for experiment in chosen:
        cost = costs.get(runner.estimate_key(options.size, experiment.name))
        table.add_row(
            experiment.name,
            experiment.about,
            "" if cost is None else duration(cost.seconds),
            "" if cost is None else f"{cost.bytes / 2**20:.0f} MiB",
            runner.lack(experiment, data),
        )
    console.print(table)


def _run(console: Console, options: argparse.Namespace) -> int:
    request = _request(options)
    prepared = runner.prepare(request)
    for reason in dict.fromkeys(skipped.reason for skipped in prepared.skipped):
        names = [s.experiment for s in prepared.skipped if s.reason == reason]
        _say(console, f"skipped {_few(names)}: {reason}")
    results = runner.run(prepared, runner.Progress(console))
    write_atomic(request.out / RESULTS, results_text(results))
    write_atomic(request.out / CSV, csv_text(results.records))
    for name in (RESULTS, CSV):
        _say(console, f"wrote {request.out / name}")
    _write_report(console, results, request.out)
    failed = [s.experiment for s in results.skipped if s.reason.startswith("FAILED")]
    for name in failed:
        _say(console, f"{name} FAILED; the report says why")
    return 1 if failed else 0


def _few(names: list[str]) -> str:
    """The first names, and how many others there are."""
    shown, others = names[:3], len(names) - 3
    return ", ".join(shown) + (f" and {others} more" if others > 0 else "")


def _report(console: Console, options: argparse.Namespace) -> None:
    out = Path(options.out)
    if options.kept is None:
        _write_report(console, results_from_json(read_json(out / RESULTS)), out)
        return
    found = tuple(load(Path(options.kept)).values())
    order = [experiment.name for experiment in plan.plan("cpu")]
    results = merged(found, order)
    out.mkdir(parents=True, exist_ok=True)
    _write_report(console, results, out)


def _write_report(console: Console, results: Results, out: Path) -> None:
    write_atomic(out / MARKDOWN, report.markdown(results))
    write_atomic(out / HTML, report.html(results))
    for name in (MARKDOWN, HTML):
        _say(console, f"wrote {out / name}")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
