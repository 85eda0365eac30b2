"""Mutation score of frames, ssm and deep: how many small changes the tests notice.

``nox -s mutants`` takes every module of ``mutants.toml``, changes it in one place at a
time with cosmic-ray, in a copy of the package, and runs the tests that stand beside
its name. At least ``ENOUGH`` percent must be noticed. Days for all, minutes for one:

* ``-- frames/refinement/stein.py`` takes that module, ``-- ssm`` all of that package;
* ``-- --sample 8`` takes 8 changes of each module, the same ones every time;
* ``-- --list survivors.txt`` also writes down the changes that nothing noticed.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[1]
NAMES = {"frames": "frames", "ssm": "ssm-core", "deep": "deep"}
FOLDERS = {package: Path("packages", name) for package, name in NAMES.items()}
ENOUGH = 90

CONFIG = """
[cosmic-ray]
module-path = "{module}"
timeout = 120.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
"""

Score = tuple[int, int, list[str]]  # noticed, tried, what survived


def copy_of_the_packages(folder: Path) -> None:
    """What the tests of a package need, so that no change touches the checkout."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    skipped = shutil.ignore_patterns("__pycache__")
    for package in FOLDERS.values():
        shutil.copytree(ROOT / package, folder / package, ignore=skipped)


def keep(session: Path, size: int | None, seed: str) -> None:
    """Leave ``size`` of the changes to be tried, drawn by the module's name."""
    with use_db(session, WorkDB.Mode.open) as work:
        jobs = [item.job_id for item in work.work_items]
        if size is None or len(jobs) <= size:
            return
        random.Random(seed).shuffle(jobs)
        for job in jobs[size:]:
            work.set_result(job, WorkResult(WorkerOutcome.SKIPPED))


def count(session: Path) -> Score:
    """What became of the changes that were tried."""
    noticed, tried, survivors = 0, 0, list[str]()
    with use_db(session, WorkDB.Mode.open) as work:
        results = dict(work.results)
        for item in work.work_items:
            result = results[item.job_id]
            if result.worker_outcome == WorkerOutcome.SKIPPED:
                continue
            tried += 1
            if result.is_killed:
                noticed += 1
            else:
                survivors.append(f"{item.mutations[0].module_path}\n{result.diff}")
    return noticed, tried, survivors


def score(module: str, tests: list[str], folder: Path, size: int | None) -> Score:
    """How many of the changes of a module its tests notice."""
    package, _, name = module.partition("/")
    home = FOLDERS[package]
    paths = " ".join((home / "tests" / test).as_posix() for test in tests)
    where = home / "src" / "framestate" / package / name
    text = CONFIG.format(module=where.as_posix(), python=sys.executable, tests=paths)
    config, session = folder / "mutants.toml", folder / "session.sqlite"
    config.write_text(text, encoding="utf-8")
    session.unlink(missing_ok=True)
    sources = os.pathsep.join(str(folder / path / "src") for path in FOLDERS.values())
    env = os.environ | {"PYTHONPATH": sources, "PYTHONHASHSEED": "0"}
    tool = str(Path(sys.executable).parent / "cosmic-ray")

    def run(*args: str) -> None:
        done = subprocess.run(
            (tool, *args),
            cwd=folder,
            env=env,
            check=False,  # a failure is shown below, with what the tool said
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{module}: {args[0]}\n{done.stdout}{done.stderr}")

    run("baseline", config.name)  # an unchanged module passes
    run("init", config.name, session.name)
    keep(session, size, module)
    run("exec", config.name, session.name)
    return count(session)


def main(arguments: list[str]) -> int:
    """Print one line a module and one for all; 1 if too few changes are noticed."""
    text = Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8")
    modules: dict[str, list[str]] = {
        f"{package}/{name}": tests
        for package, table in tomllib.loads(text).items()
        for name, tests in table.items()
    }
    parser = argparse.ArgumentParser(prog="nox -s mutants --")
    parser.add_argument("modules", nargs="*", metavar="PACKAGE[/MODULE]")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--list", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    chosen = [
        module
        for module in modules
        if not given.modules
        or {module, module.partition("/")[0]}.intersection(given.modules)
    ]
    if not chosen:
        parser.error(f"not in tests/mutants.toml: {', '.join(given.modules)}")
    noticed, tried, survivors = 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as name:
        copy_of_the_packages(Path(name))
        for module in chosen:
            good, all_, left = score(module, modules[module], Path(name), given.sample)
            noticed, tried, survivors = noticed + good, tried + all_, survivors + left
            sys.stdout.write(f"{module:36} {good:4} of {all_:4} noticed\n")
            sys.stdout.flush()
            if given.list:
                given.list.write_text("\n".join(survivors), encoding="utf-8")
    percent = 100.0 * noticed / tried if tried else 100.0
    sys.stdout.write(f"{'all':36} {percent:.1f} % of {tried} noticed\n")
    return int(percent < ENOUGH)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
