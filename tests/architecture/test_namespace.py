"""Four distributions share one namespace, one version and one license."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"frames": "frames", "ssm": "ssm-core", "deep": "deep", "bench": "bench"}
PATHS = {name: ROOT / "packages" / folder for name, folder in FOLDERS.items()}


def project(name: str) -> dict:
    return tomllib.loads((PATHS[name] / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("name", PATHS)
def test_the_namespace_has_no_init_and_one_package_per_distribution(name):
    inside = sorted(p.name for p in (PATHS[name] / "src" / "framestate").iterdir())
    assert [entry for entry in inside if entry != "__pycache__"] == [name]


@pytest.mark.parametrize("name", PATHS)
def test_each_package_is_typed(name):
    assert (PATHS[name] / "src" / "framestate" / name / "py.typed").is_file()


def test_all_packages_carry_one_version():
    stated = {name: project(name)["version"] for name in PATHS}
    imported = {
        name: importlib.import_module(f"framestate.{name}").__version__
        for name in PATHS
    }
    assert stated == imported
    assert len(set(stated.values())) == 1


def test_the_changelog_knows_the_version():
    version = project("frames")["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PATHS)
def test_each_package_carries_the_license_of_the_workspace(name):
    assert project(name)["license"] == "Apache-2.0"
    copy = (PATHS[name] / "LICENSE").read_bytes()
    assert copy == (ROOT / "LICENSE").read_bytes()


def test_the_build_hooks_are_one_hook():
    hooks = {path.read_text() for path in ROOT.glob("packages/*/hatch_build.py")}
    assert len(hooks) == 1


def test_no_test_folder_is_a_package():
    folders = [ROOT / "tests", *ROOT.glob("packages/*/tests")]
    assert not [init for f in folders for init in f.rglob("__init__.py")]


@pytest.mark.parametrize("name", PATHS)
def test_only_frames_and_bench_declare_a_symbolic_engine(name):
    text = (PATHS[name] / "pyproject.toml").read_text().lower()
    engines = set(re.findall(r'"(sympy|mpmath|python-flint|pywavelets)\b', text))
    allowed = {"bench": {"pywavelets"}, "ssm": set(), "deep": set()}
    assert engines <= allowed.get(name, engines)
