"""Every check of the workspace is a session; one door for people and for CI.

``nox`` runs the default checks, ``nox -s tests`` the packages' tests, ``nox -s bench``
the main job. Environments live in ``.nox/<name>`` and are shared between sessions, so
that PyTorch is unpacked twice and not nine times (docs/decisions/0004). A stamp in each
tells whether it is what the files of this checkout ask for; then nothing is installed.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from email import message_from_bytes
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "layers", "types", "tests", "theorems"]

ROOT = Path(__file__).parent.resolve()
CONSTRAINTS = ROOT / "constraints" / "ci.txt"
FOLDERS = {"frames": "frames", "ssm": "ssm-core", "deep": "deep", "bench": "bench"}
PATHS = {name: ROOT / "packages" / folder for name, folder in FOLDERS.items()}
SOURCES = os.pathsep.join(str(path / "src") for path in PATHS.values())
RELEASE = {"FRAMESTATE_RELEASE": "1"}  # siblings by version, so editables satisfy them

TEST_TOOLS = ("pytest", "pytest-timeout", "hypothesis", "beartype", "coverage")
NVRTC = ("cuda-core", "cuda-bindings", "nvidia-cuda-nvrtc")  # needs no device
DEEP_EXTRAS = ("scikit-learn", "onnx", "onnxruntime", "onnxscript")
DATA_EXTRAS = ("pillow", "platformdirs")
TRAIN_EXTRAS = ("lightning", "optuna", "submitit", "tensorboard", "torchmetrics")
MUTANT_TOOLS = (*DEEP_EXTRAS, "matplotlib", "cosmic-ray")
BENCH_EXTRAS = (*DEEP_EXTRAS, *DATA_EXTRAS, *TRAIN_EXTRAS)
# environment -> (packages installed as editables, other requirements)
ENVIRONMENTS = {
    "lint": ((), ("ruff", "codespell", "import-linter", "pyright[nodejs]")),
    "frames": (("frames",), (*TEST_TOOLS, "matplotlib")),  # the extra `plot`
    "ssm": (("ssm",), (*TEST_TOOLS, "array-api-strict", *NVRTC)),
    "deep": (("frames", "ssm", "deep"), (*TEST_TOOLS, *DEEP_EXTRAS)),
    "bench": (tuple(PATHS), (*TEST_TOOLS, *BENCH_EXTRAS)),
    "mutants": (("frames", "ssm", "deep"), (*TEST_TOOLS, *MUTANT_TOOLS)),
    "docs": ((), ("sphinx", "furo", "myst-parser")),
    "wheels": ((), ("build",)),
}


def fingerprint(name: str) -> str:
    """Everything that decides what an environment holds, as one hash."""
    digest = hashlib.sha256(f"{name} {ROOT} {sys.version}".encode())
    files = [ROOT / "noxfile.py", CONSTRAINTS]
    for pattern in ("pyproject.toml", "hatch_build.py"):
        files += sorted((ROOT / "packages").glob(f"*/{pattern}"))
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def python_of(folder: Path) -> str:
    """Path of the interpreter of the virtual environment in ``folder``."""
    windows = os.name == "nt"
    return str(folder / ("Scripts/python.exe" if windows else "bin/python"))


def install(session: nox.Session, python: str, *what: str) -> None:
    """Install under the constraints, with siblings taken by version."""
    options = [] if session.interactive else ["--quiet"]
    pip = (python, "-m", "pip", "install", *options, "-c", str(CONSTRAINTS))
    session.run(*pip, *what, env=RELEASE, external=True)


def fresh(session: nox.Session, folder: Path) -> str:
    """Make an empty virtual environment and return its interpreter."""
    make = (sys.executable, "-m", "virtualenv", "--quiet", "--clear", str(folder))
    session.run(*make, external=True)
    return python_of(folder)


def environment(session: nox.Session, name: str) -> str:
    """Return the interpreter of an environment, made first where it must be."""
    folder = ROOT / ".nox" / name
    stamp, wanted = folder / "stamp", fingerprint(name)
    if stamp.is_file() and stamp.read_text() == wanted:
        return python_of(folder)
    session.log(f"making .nox/{name}; later runs install nothing")
    packages, others = ENVIRONMENTS[name]
    python = fresh(session, folder)
    editables = [word for p in packages for word in ("-e", str(PATHS[p]))]
    install(session, python, *editables, *others)
    stamp.write_text(wanted)
    return python


def run(
    session: nox.Session, python: str, *args: str, env: Mapping[str, str] | None = None
) -> None:
    """Run a module or a file with an environment's interpreter."""
    session.run(python, *args, env=env, external=True)


def pytest(session: nox.Session, python: str, *folders: str) -> None:
    """Run the tests of some folders; words after ``--`` go to pytest."""
    session.env["PYTHONDONTWRITEBYTECODE"] = "1"
    run(session, python, "-m", "pytest", "--timeout=300", *folders, *session.posargs)


def versions() -> dict[str, str]:
    """Every place where the one version of the workspace is written."""
    found: dict[str, str] = {}
    for name, path in PATHS.items():
        project = tomllib.loads((path / "pyproject.toml").read_text())["project"]
        found[f"{path.name}/pyproject.toml"] = project["version"]
        init = (path / "src" / "framestate" / name / "__init__.py").read_text()
        match = re.search(r'^__version__ = "(.+)"$', init, re.MULTILINE)
        found[f"framestate.{name}.__version__"] = match[1] if match else "missing"
    return found


@nox.session
def lint(session: nox.Session) -> None:
    """Format, lint, spelling, and one version everywhere."""
    python = environment(session, "lint")
    run(session, python, "-m", "ruff", "format", "--check", ".")
    run(session, python, "-m", "ruff", "check", ".")
    run(session, python, "-m", "codespell_lib")
    if len(set(versions().values())) != 1:
        session.error(f"the packages keep one version, but say {versions()}")


@nox.session
def layers(session: nox.Session) -> None:
    """The architecture, as import contracts (.importlinter)."""
    python = environment(session, "lint")
    lint_imports = str(Path(python).with_name("lint-imports"))
    session.run(lint_imports, "--no-cache", env={"PYTHONPATH": SOURCES}, external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Pyright, strict; and the number of files it looked at."""
    python, target = environment(session, "lint"), environment(session, "bench")
    command = (python, "-m", "pyright", "--pythonpath", target, "--outputjson")
    codes = [0, 1]  # 1: errors were found; they are printed below
    text = session.run(*command, silent=True, success_codes=codes, external=True)
    report = json.loads(str(text)[str(text).index("{") :])
    for found in report["generalDiagnostics"]:
        start = found.get("range", {}).get("start", {"line": -1})  # of a whole file
        where, rule = f"{found['file']}:{start['line'] + 1}", found.get("rule", "")
        session.warn(f"{where}: {found['severity']}: {found['message']} ({rule})")
    counts = report["summary"]
    sources = [f for p in PATHS.values() for f in p.glob("src/**/*.py")]
    expected = len([*sources, *(ROOT / "tests" / "typing").glob("*.py")])
    session.log(f"{counts['filesAnalyzed']} files, {counts['errorCount']} errors")
    if counts["filesAnalyzed"] != expected:
        session.error(f"pyright read {counts['filesAnalyzed']} of {expected} files")
    if counts["errorCount"] or counts["warningCount"]:
        session.error("pyright is not content")


@nox.session
@nox.parametrize("package", [nox.param(name, id=name) for name in PATHS])
def tests(session: nox.Session, package: str) -> None:
    """One package's tests, with only what that package declares installed."""
    folder = PATHS[package].relative_to(ROOT) / "tests"
    python = environment(session, package)
    pytest(session, python, str(folder))
    if package == "deep":  # PyTorch is here, whose tensors ssm takes as they are
        arrays = PATHS["ssm"].relative_to(ROOT) / "tests"
        pytest(session, python, str(arrays), "-k", "torch")


@nox.session
def theorems(session: nox.Session) -> None:
    """The tests that span the packages: theorems, architecture, end to end."""
    pytest(session, environment(session, "bench"), "tests")


@nox.session
def examples(session: nox.Session) -> None:
    """The tutorials of ``examples/``, from first line to last, with what they print."""
    for script in sorted((ROOT / "examples").glob("*.py")):
        run(session, environment(session, "bench"), str(script))


@nox.session
def bench(session: nox.Session) -> None:
    """The main job: every task and one report (``-- --quick``, ``-- --only delay``)."""
    python = environment(session, "bench")
    run(session, python, "-m", "framestate.bench", *session.posargs)


@nox.session
def perf(session: nox.Session) -> None:
    """Speed and memory, as ratios within one run, with plots."""
    python = environment(session, "bench")
    for script in ("kernels.py", "systems.py", "frames.py", "layers.py", "multires.py"):
        run(session, python, str(ROOT / "perf" / script), *session.posargs)


@nox.session
def tables(session: nox.Session) -> None:
    """Derive the shipped half-line tables of db2 .. db20 anew (a test compares)."""
    python = environment(session, "frames")
    folder = PATHS["frames"] / "src/framestate/frames/refinement/data"
    code = "import sys, pathlib, framestate.frames.refinement.shipped as tables; "
    run(session, python, "-c", code + f"tables.write(pathlib.Path({str(folder)!r}))")


@nox.session
@nox.parametrize("package", [nox.param(n, id=n) for n in ("frames", "ssm", "deep")])
def coverage(session: nox.Session, package: str) -> None:
    """Branch coverage of a package by its own tests; nothing may be left out."""
    python = environment(session, package)
    session.env["COVERAGE_FILE"] = str(ROOT / ".coverage")
    target = PATHS[package].relative_to(ROOT) / "tests"
    tests = ("-m", "pytest", "-q", "--timeout=900", str(target), *session.posargs)
    own = f"--include={PATHS[package]}/src/*"
    report = ("report", own, "--skip-covered", "--show-missing", "--fail-under=100")
    for words in (("erase",), ("run", *tests), ("combine", "--quiet"), report):
        run(session, python, "-m", "coverage", *words)


@nox.session
def mutants(session: nox.Session) -> None:
    """Mutation score, 90 % at least (``-- frames/refinement/stein.py`` for one)."""
    script = str(ROOT / "tests" / "mutants.py")
    run(session, environment(session, "mutants"), script, *session.posargs)


@nox.session
def nightly(session: nox.Session) -> None:
    """The slow tests, and twenty times as many examples, of all but deep."""
    session.env["HYPOTHESIS_PROFILE"] = "nightly"
    session.env["PYTHONDONTWRITEBYTECODE"] = "1"
    python = environment(session, "bench")
    owners = ("packages/frames", "packages/ssm-core", "packages/bench")
    folders = [*(f"{owner}/tests" for owner in owners), "tests/theorems"]
    run(session, python, "-m", "pytest", "--timeout=3600", *folders, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into ``site/``; a warning is an error."""
    python = environment(session, "docs")
    run(session, python, "-m", "sphinx", "-nEWq", "docs", "site")
    session.log("the site begins at site/index.html")


def build(session: nox.Session, python: str, target: Path) -> list[Path]:
    """Build wheels (each from its source archive) as they would be published."""
    for path in PATHS.values():
        args = ("-m", "build", "--outdir", str(target), str(path))
        session.run(python, *args, env=RELEASE, silent=True, external=True)
    return sorted(target.glob("*.whl"))


def problems(wheel: Path) -> list[str]:
    """What must not be seen in a wheel that leaves the house."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith("/METADATA"))
        needs = message_from_bytes(archive.read(metadata)).get_all("Requires-Dist", [])
    found = [f"a local path in {need!r}" for need in needs if " @ " in need]
    if "framestate/__init__.py" in names:
        found.append("the namespace has an __init__.py")
    if not any(name.endswith("/py.typed") for name in names):
        found.append("no py.typed")
    if not any(name.endswith("/licenses/LICENSE") for name in names):
        found.append("no license file")
    return [f"{wheel.name}: {what}" for what in found]


@nox.session
def wheels(session: nox.Session) -> None:
    """Build all four, look inside, install them (not editable), run every test."""
    target = ROOT / ".nox" / "dist"
    shutil.rmtree(target, ignore_errors=True)
    built = build(session, environment(session, "wheels"), target)
    found = [what for wheel in built for what in problems(wheel)]
    if found or len(built) != len(PATHS):
        session.error(f"{len(built)} wheels; " + "; ".join(found))
    python = fresh(session, ROOT / ".nox" / "wheels-installed")
    install(session, python, *map(str, built), *TEST_TOOLS, *BENCH_EXTRAS)
    pytest(session, python, *(f"packages/{f}/tests" for f in FOLDERS.values()), "tests")


@nox.session
def gpu(session: nox.Session) -> None:
    """The tests marked ``gpu``, with the machine's own Python and no install."""
    paths = os.pathsep.join(filter(None, (SOURCES, os.environ.get("PYTHONPATH"))))
    env = {"PYTHONPATH": paths, "REQUIRE_GPU": "1"}
    command = ("python3", "-m", "pytest", "-m", "gpu", *session.posargs)
    session.run(*command, env=env, external=True)  # 5, nothing collected, is a failure
