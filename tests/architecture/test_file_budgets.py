"""A file that grows past 300 lines is two files."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = 300


def test_no_source_file_exceeds_its_budget():
    files = [*ROOT.glob("packages/*/src/**/*.py"), ROOT / "noxfile.py"]
    assert len(files) > 30
    sizes = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in files
    }
    assert not {name: size for name, size in sizes.items() if size > LINES}


def test_nothing_is_called_utils():
    assert not list(ROOT.glob("packages/*/src/**/util*"))


def test_no_tracked_file_is_large():
    """512 kB: data lives in folders of the user, not in the repository."""
    skipped = {
        ".git",
        ".nox",
        ".venv",
        "__pycache__",
        "site",
        ".hypothesis",
        ".pytest_cache",
    }
    large = [
        str(file.relative_to(ROOT))
        for file in ROOT.rglob("*")
        if not skipped.intersection(file.relative_to(ROOT).parts)
        and not any(part.endswith("-results") for part in file.parts)
        and file.is_file()
        and file.stat().st_size > 512 * 1024
    ]
    assert not large
