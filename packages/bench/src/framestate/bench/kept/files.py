"""One small file for each experiment, "size/suite/what.json", with commit and machine.

A file holds the records, curves and scores of one experiment as `results.json` does,
with their hashes, so that one row can be made anew without touching the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from framestate.bench.errors import DataError, OutputError
from framestate.bench.record import (
    Results,
    read_json,
    results_from_json,
    results_text,
    write_atomic,
)


def keep(results: Results, folder: Path) -> tuple[Path, ...]:
    """Write a file for each experiment of a run; rows of before stay.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    DataError
        If the code of the run is in no commit: nobody could run it again.
    OutputError
        If a file cannot be written.
    """
    commit = results.environment.get("commit", "unknown")
    if commit.startswith("unknown") or commit.endswith("-dirty"):
        raise DataError(
            request="keeping results",
            finding=f"they were computed with the code of commit {commit!r}",
            remedy="Commit the code, run again (what is unchanged is read), and keep.",
        )
    return tuple(
        _write(_of(results, name), folder / results.size / f"{name}.json")
        for name in dict.fromkeys(r.experiment for r in results.records)
    )


def _of(results: Results, experiment: str) -> Results:
    return replace(
        results,
        records=tuple(r for r in results.records if r.experiment == experiment),
        curves=tuple(c for c in results.curves if c.experiment == experiment),
        scores=tuple(s for s in results.scores if s.experiment == experiment),
        skipped=(),
    )


def _write(results: Results, path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            request=f"writing {path}",
            finding=error.strerror or type(error).__name__,
            remedy="Choose a folder that can be written with --kept DIR.",
        ) from error
    write_atomic(path, results_text(results))
    return path


def load(folder: Path) -> Mapping[str, Results]:
    """Kept results below a folder, by their path without ".json", in its order.

    Raises
    ------
    DataError
        If there are none, or one of them is damaged or of another version.
    """
    found: dict[str, Results] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            results = results_from_json(read_json(path))
        except DataError as error:
            name = path.relative_to(folder)
            raise DataError(
                request=f"kept results, {name}",
                finding=error.finding,
                remedy="Restore the file, or run its row and keep it again.",
            ) from error
        found[path.relative_to(folder).with_suffix("").as_posix()] = results
    if not found:
        raise DataError(
            request=f"kept results in {folder}",
            finding="there are none",
            remedy="Name the folder with --kept DIR, or write it: framestate-bench keep",
        )
    return found


def merged(kept: Sequence[Results], order: Sequence[str]) -> Results:
    """All kept results as one run, for a report.

    Parameters
    ----------
    kept : sequence of Results
        All of one size.
    order : sequence of str
        Names of experiments, as the report is to show them; others come last.

    Raises
    ------
    DataError
        If they are of several sizes: those are never shown beside each other.
    """
    sizes = list(dict.fromkeys(one.size for one in kept))
    if len(sizes) != 1:
        raise DataError(
            request="a report of kept results",
            finding=f"they are of the sizes {', '.join(sizes)}",
            remedy="Name the folder of one size, such as --kept results/cpu.",
        )
    places = {name: place for place, name in enumerate(order)}
    ordered = sorted(
        kept, key=lambda one: places.get(one.records[0].experiment, len(places))
    )
    names = dict.fromkeys(name for one in ordered for name in one.environment)
    return Results(
        size=sizes[0],
        records=tuple(r for one in ordered for r in one.records),
        curves=tuple(c for one in ordered for c in one.curves),
        skipped=(),
        environment={
            name: ", ".join(
                sorted(
                    {one.environment[name] for one in kept if name in one.environment}
                )
            )
            for name in names
        },
        scores=tuple(s for one in ordered for s in one.scores),
    )
