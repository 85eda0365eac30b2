"""`framestate-bench data status | fetch | import | check`."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.table import Table

from framestate.bench.data import cache as caches
from framestate.bench.data import fetch, importing, library, own, sources
from framestate.bench.data import status as statuses
from framestate.bench.data.bars import bar
from framestate.bench.data.dataset import DataSet
from framestate.bench.errors import DataError

_WIDE = 150  # columns of a terminal that hold tasks and terms as well
_FIXED = 76  # what the other columns of the overview take


def add_parser(commands: Any) -> None:
    """Add the command `data` to what `argparse.add_subparsers` gave."""
    parser = commands.add_parser("data", help="fetch, import and check data sets")
    parser.set_defaults(do=execute)
    actions = parser.add_subparsers(dest="action", required=True)
    status = actions.add_parser("status", help="what is there, and what is missing")
    fetching = actions.add_parser("fetch", help="download official files")
    fetching.add_argument(
        "--offline", action="store_true", help="open no connection, only check"
    )
    importing_ = actions.add_parser("import", help="take over files that you have")
    importing_.add_argument("name", metavar="NAME", help="data set")
    importing_.add_argument("path", metavar="PATH", help="file, folder or archive")
    importing_.add_argument("--link", action="store_true", help="link, do not copy")
    checking = actions.add_parser("check", help="verify every checksum")
    which = "data sets; own:PATH for data of your own"
    for action in (status, checking):
        action.add_argument("names", nargs="*", metavar="NAME", help=which)
        action.add_argument(
            "--cache", metavar="DIR", help=f"cache folder; default ${caches.VARIABLE}"
        )
    fetching.add_argument("names", nargs="+", metavar="NAME", help="data sets")
    for action in (status, fetching, importing_, checking):
        action.add_argument(
            "--data", metavar="DIR", help=f"data folder; default ${sources.VARIABLE}"
        )


def execute(console: Console, options: argparse.Namespace) -> int:
    """Run what the options say and return the exit code.

    Raises
    ------
    DataError, InvalidInputError, OutputError
        If it is refused, or a check found damage.
    """
    given = Path(options.data) if options.data else None
    match cast("str", options.action):
        case "status":
            cache = caches.cache_folder(_path(options.cache))
            _status(console, options.names, sources.data_folder(given), cache)
        case "fetch":
            for data_set in map(library.data_set, options.names):
                _fetch(console, data_set, _target(given), offline=options.offline)
        case "import":
            data_set = library.data_set(options.name)
            path = Path(options.path).expanduser()
            _import(console, data_set, path, _target(given), link=options.link)
        case _:
            cache = caches.cache_folder(_path(options.cache))
            for name in filter(own.is_own, options.names):
                _show(console, name, cache)
            _check(console, _chosen(options.names), sources.data_folder(given), cache)
    return 0


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None


def _chosen(names: list[str]) -> tuple[DataSet, ...]:
    if not names:
        return tuple(library.data_sets().values())
    return tuple(
        library.data_set_of(name) if own.is_own(name) else library.data_set(name)
        for name in names
    )


def _target(given: Path | None) -> Path:
    """The data folder to write to; a folder that is named need not be there yet."""
    folder = given.expanduser() if given else sources.data_folder(None)
    if folder is None:
        raise DataError(
            request="data folder",
            finding="none was given",
            remedy=f"Give --data DIR or set {sources.VARIABLE}.",
        )
    return folder


def _status(
    console: Console, names: list[str], folder: Path | None, cache: Path
) -> None:
    found = [statuses.status(one, folder, cache) for one in _chosen(names)]
    _say(console, f"data folder {folder or '-'}, cache {cache}")
    if names:
        for one in found:
            _describe(console, one, folder)
    else:
        _overview(console, found)


def _overview(console: Console, found: list[statuses.Status]) -> None:
    wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False)
    for heading in ("data set", "layout", "fidelity", "size", "decoded", "better by"):
        table.add_column(heading, no_wrap=True)
    for heading in ("tasks", "licence") if wide else ():
        table.add_column(heading, max_width=(console.width - _FIXED) // 2)
    for one in found:
        better = "fetch" if one.data_set.remotes else "import"
        more = (_few(tuple(one.data_set.tasks)), one.data_set.licence)
        table.add_row(
            one.data_set.name,
            one.layout.name if one.layout else "-",
            one.layout.fidelity if one.layout else "-",
            _size(one.size),
            "yes" if one.decoded else "no",
            better if one.lacking else "",
            *(more if wide else ()),
        )
    console.print(table)
    _say(console, "tasks, terms and how to get one: framestate-bench data status NAME")


def _describe(console: Console, one: statuses.Status, folder: Path | None) -> None:
    """Everything about one data set."""
    data_set = one.data_set
    _say(console, f"\n{data_set.name}: {data_set.title}")
    _say(console, f"  tasks     {', '.join(data_set.tasks)}")
    _say(console, f"  licence   {data_set.licence}")
    _say(console, f"  citation  {data_set.citation}")
    _say(console, f"  decoded   {'yes' if one.decoded else 'no'}")
    for layout in data_set.layouts:
        missing = sources.missing(layout, folder)
        state = f"lacks {_few(missing)}" if missing else "is there"
        if layout is one.layout:
            state = f"is read, {_size(one.size)}"
        note = f" ({layout.note})" if layout.note else ""
        _say(console, f"  {layout.name}: {layout.fidelity}{note}, {state}")
    if one.lacking:
        _say(console, f"  {sources.how_to_get(data_set)}")


def _fetch(console: Console, data_set: DataSet, folder: Path, *, offline: bool) -> None:
    if not data_set.remotes:
        raise DataError(
            request=f"fetching {data_set.name}",
            finding="it has no official address that can be fetched from",
            remedy=sources.how_to_get(data_set),
        )
    for remote in data_set.remotes:
        with bar(console, remote.path) as progress:
            done = fetch.fetch(remote, folder, offline=offline, progress=progress)
        state = "fetched" if done.downloaded else "is there"
        _say(console, f"{remote.path}: {state}, {_size(done.path.stat().st_size)}")
        if done.recorded:
            _say(
                console,
                f"warning: no checksum of {remote.path} is published; "
                f"its sha256 is {done.recorded}",
            )


def _import(
    console: Console, data_set: DataSet, path: Path, folder: Path, *, link: bool
) -> None:
    with bar(console, data_set.name) as progress:
        done = importing.import_data(
            data_set, path, folder, link=link, progress=progress
        )
    for name in done.brought:
        _say(console, f"{name}: {'linked' if link else 'imported'}")
    for name in done.present:
        _say(console, f"{name}: is there already")
    for name in done.unchecked:
        _say(console, f"warning: no checksum of {name} is known")
    if done.lacking:
        _say(console, f"still missing: {_few(done.lacking)}")


def _show(console: Console, name: str, cache: Path) -> None:
    """Say what task one's own data become."""
    with bar(console, name, counts_bytes=False) as progress:
        task = library.open_task(name, cache=cache, progress=progress)
    _say(console, name)
    for line in own.summary(task):
        _say(console, f"  {line}")


def _check(
    console: Console, chosen: tuple[DataSet, ...], folder: Path | None, cache: Path
) -> None:
    wrong: list[str] = []
    count = 0
    for data_set in chosen:
        with bar(console, data_set.name) as progress:
            for found in statuses.check(data_set, folder, cache, progress):
                count += 1
                state = found.wrong or ("no checksum" if found.unknown else "right")
                _say(console, f"{data_set.name}: {found.what}: {state}")
                if found.wrong:
                    wrong.append(found.what)
    if wrong:
        raise DataError(
            request=f"checking {count} files and cache entries",
            finding=f"{len(wrong)} damaged: {_few(tuple(wrong))}",
            remedy="Remove them and fetch or import them again.",
        )
    _say(console, f"{count} files and cache entries checked, none damaged")


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


_UNITS: Mapping[str, int] = {"GB": 10**9, "MB": 10**6, "kB": 10**3, "B": 1}


def _size(size: int) -> str:
    for unit, factor in _UNITS.items():
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return "-"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
