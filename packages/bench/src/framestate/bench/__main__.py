"""Command line: `framestate-bench list | run [TASK...] | report | data | advise`.

Exit codes: 0 done, 2 refused (one line on stderr says why), 130 interrupted.
"""

# ruff: noqa: E402
import os

# Before NumPy loads: on matrices this small, threads of the linear algebra only wait
# for each other (on two busy cores six times slower). A value that is set stays.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from framestate.bench import plan, report
from framestate.bench import run as runner
from framestate.bench.advise import command as advise
from framestate.bench.data import commands as data_commands
from framestate.bench.data import folder
from framestate.bench.errors import BenchError
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # no subcommand: run everything with whatever options are given
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words = ["run", *words]
    options = _parser().parse_args(words)
    console = Console(file=sys.stdout)
    try:
        match cast("str", options.command):
            case "list":
                _list(console, options)
            case "run":
                _run(console, _request(options))
            case "advise":
                advise.execute(console, options)
            case "data":
                return data_commands.execute(console, options)
            case _:
                _report(console, Path(options.out))
    except BenchError as error:
        _say_error(str(error))
        return 2
    except KeyboardInterrupt:
        _say_error("interrupted; finished experiments are kept, repeat to go on")
        return 130
    return 0


def _say_error(text: str) -> None:
    line = " ".join(text.split())  # one line, whatever an exception text holds
    Console(file=sys.stderr, stderr=True).print(
        f"framestate-bench: {line}", markup=False, highlight=False, soft_wrap=True
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="framestate-bench",
        description="Benchmarks of frame-based state space models: one report.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="show the tasks")
    _add_size(listing)
    listing.add_argument("--data", metavar="DIR", help="data folder")
    listing.add_argument(
        "--settings", action="store_true", help="every setting that --set can change"
    )
    listing.add_argument("tasks", nargs="*", metavar="TASK", help="suite or task")
    running = commands.add_parser("run", help="compute tasks and write the report")
    running.add_argument("tasks", nargs="*", metavar="TASK", help="suite or task")
    running.add_argument(
        "--only",
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
    running.add_argument("--lag", type=_positive, metavar="N", help="delay task: lag")
    running.add_argument("--fresh", action="store_true", help="forget finished tasks")
    running.add_argument("--cache", metavar="DIR", help="folder for decoded data")
    reporting = commands.add_parser("report", help="make the report from results.json")
    advise.add_parser(commands)
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
        values=tuple(options.values),
        fresh=options.fresh,
    )


def _list(console: Console, options: argparse.Namespace) -> None:
    chosen = plan.select(plan.plan(options.size), options.tasks)
    if options.settings:
        for experiment in chosen:
            _say(console, experiment.name)
            for name, value in plan.names(experiment).items():
                _say(console, f"    {name}={value}")
        return
    data = folder.find(options.data, os.environ)
    costs = runner.read_estimates(Path(options.out))
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


def _run(console: Console, request: runner.Request) -> None:
    prepared = runner.prepare(request)
    for skipped in prepared.skipped:
        _say(console, f"skipped {skipped.experiment}: {skipped.reason}")
    results = runner.run(prepared, runner.Progress(console))
    write_atomic(request.out / RESULTS, results_text(results))
    write_atomic(request.out / CSV, csv_text(results.records))
    for name in (RESULTS, CSV):
        _say(console, f"wrote {request.out / name}")
    _write_report(console, results, request.out)


def _report(console: Console, out: Path) -> None:
    results = results_from_json(read_json(out / RESULTS))
    _write_report(console, results, out)


def _write_report(console: Console, results: Results, out: Path) -> None:
    write_atomic(out / MARKDOWN, report.markdown(results))
    write_atomic(out / HTML, report.html(results))
    for name in (MARKDOWN, HTML):
        _say(console, f"wrote {out / name}")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
