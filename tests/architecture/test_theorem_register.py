"""docs/theorems.md is complete: each row has its code and its test, each mark a row."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTER = ROOT / "docs" / "theorems.md"
ROW = re.compile(r"^\|\s*`?(T-[a-z0-9-]+)`?\s*\|(.*)\|\s*$", re.MULTILINE)
PATH = re.compile(r"[\w./-]+\.py")
CITED = re.compile(r"(?<![\w-])T-[a-z0-9-]+\b")  # a memory may be called Slepian-T-wide


def register() -> dict[str, tuple[str, list[str], list[str]]]:
    """Id -> (statement, paths of the code, paths of the tests)."""
    rows: dict[str, tuple[str, list[str], list[str]]] = {}
    for name, rest in ROW.findall(REGISTER.read_text(encoding="utf-8")):
        *statement, code, test = rest.split("|")  # a statement may hold |x|
        assert name not in rows, f"{name} stands twice in the register"
        rows[name] = "|".join(statement).strip(), PATH.findall(code), PATH.findall(test)
    return rows


def marks(file: Path) -> set[str]:
    """Ids in the ``@pytest.mark.theorem("T-...")`` of a test file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if ast.unparse(call.func).endswith("mark.theorem")
        and isinstance(call.args[0], ast.Constant)
    }


def test_files() -> list[Path]:
    folders = [ROOT / "tests", *ROOT.glob("packages/*/tests")]
    return [file for folder in folders for file in folder.rglob("test_*.py")]


test_files.__test__ = False
ROWS = register()


def test_the_register_is_not_empty():
    assert len(ROWS) >= 5


@pytest.mark.parametrize("name", ROWS)
def test_each_row_states_something_and_points_at_code_that_exists(name):
    statement, code, _ = ROWS[name]
    assert statement, f"{name} has no statement"
    assert code, f"{name} names no .py file of code"
    missing = [path for path in code if not (ROOT / path).is_file()]
    assert not missing, f"{name} points at code that does not exist: {missing}"


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_tested_in_the_file_it_names(name):
    _, _, tests = ROWS[name]
    assert tests, f"{name} names no .py file of tests"
    for path in tests:
        assert (ROOT / path).is_file(), f"{name} names {path}, which does not exist"
        assert name in marks(ROOT / path), f"{path} has no mark for {name}"


def test_each_mark_has_a_row():
    strays = {
        (str(file.relative_to(ROOT)), name)
        for file in test_files()
        for name in marks(file) - ROWS.keys()
    }
    assert not strays, f"marks without a row in docs/theorems.md: {sorted(strays)}"


def test_each_theorem_that_a_docstring_cites_has_a_row():
    cited = {
        (str(file.relative_to(ROOT)), name)
        for file in ROOT.glob("packages/*/src/**/*.py")
        for name in CITED.findall(file.read_text(encoding="utf-8"))
    }
    strays = {(file, name) for file, name in cited if name not in ROWS}
    assert not strays, f"ids that docs/theorems.md does not hold: {sorted(strays)}"
