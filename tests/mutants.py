"""Mutation score of frames: how many small changes of its source the tests notice.

``nox -s mutants`` takes every module of ``mutants.toml``, changes it in one place at a
time with cosmic-ray, in a copy of the package, and runs the tests that stand beside
its name; ``-- refinement/stein.py`` takes that one. At least ``ENOUGH`` percent must be
noticed. Hours for all, minutes for one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = Path("packages/frames/src")
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


def copy_of_the_package(folder: Path) -> None:
    """What the tests of frames need, so that no change touches the checkout."""
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(
        ROOT / "packages/frames", folder / "packages/frames", ignore=skipped
    )


def score(module: str, tests: list[str], folder: Path) -> float:
    """Percentage of the mutants of a module that its tests notice."""
    paths = " ".join(f"packages/frames/tests/{name}" for name in tests)
    where = SOURCE / "framestate" / "frames" / module
    text = CONFIG.format(module=where.as_posix(), python=sys.executable, tests=paths)
    config, session = folder / "mutants.toml", folder / "session.sqlite"
    config.write_text(text, encoding="utf-8")
    session.unlink(missing_ok=True)
    env = os.environ | {"PYTHONPATH": str(folder / SOURCE), "PYTHONHASHSEED": "0"}
    tools = Path(sys.executable).parent

    def run(tool: str, *args: str) -> str:
        command = (str(tools / tool), *args)
        done = subprocess.run(
            command, cwd=folder, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout

    run("cosmic-ray", "baseline", config.name)  # an unchanged module passes
    run("cosmic-ray", "init", config.name, session.name)
    run("cosmic-ray", "exec", config.name, session.name)
    return 100.0 - float(run("cr-rate", session.name))


def main(chosen: list[str]) -> int:
    """Print one line a module; 1 if any is below ``ENOUGH``."""
    text = Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8")
    modules: dict[str, list[str]] = tomllib.loads(text)["modules"]
    unknown = [name for name in chosen if name not in modules]
    if unknown:
        sys.stderr.write(f"not in tests/mutants.toml: {', '.join(unknown)}\n")
        return 2
    worst = 100.0
    with tempfile.TemporaryDirectory() as name:
        copy_of_the_package(Path(name))
        for module in chosen or modules:
            found = score(module, modules[module], Path(name))
            worst = min(worst, found)
            sys.stdout.write(f"{module:32} {found:5.1f} % noticed\n")
            sys.stdout.flush()
    return int(worst < ENOUGH)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
