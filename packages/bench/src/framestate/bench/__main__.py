"""Command line: `framestate-bench list | run | report | keep | verify | data | advise`.

Exit codes: 0 done, 1 something failed or differs, 2 refused (one line on stderr says
why), 130 interrupted.
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

from rich.console import Console

from framestate.bench.errors import BenchError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # no subcommand: run everything with whatever options are given
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words = ["run", *words]
    try:
        return _data(words) if words[0] == "data" else _others(words)
    except BenchError as error:
        line = " ".join(str(error).split())  # one line, whatever the text holds
        screen = Console(file=sys.stderr, stderr=True)
        text = f"framestate-bench: {line}"
        screen.print(text, markup=False, highlight=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        text = "interrupted; finished experiments are kept, repeat to go on"
        Console(file=sys.stderr, stderr=True).print(f"framestate-bench: {text}")
        return 130


def _data(words: Sequence[str]) -> int:
    """The command `data` alone, without PyTorch, which takes seconds to import."""
    from framestate.bench.data import commands

    parser = argparse.ArgumentParser(prog="framestate-bench")
    commands.add_parser(parser.add_subparsers(dest="command", required=True))
    return commands.execute(Console(file=sys.stdout), parser.parse_args(words))


def _others(words: Sequence[str]) -> int:
    from framestate.bench import cli

    return cli.execute(Console(file=sys.stdout), words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
