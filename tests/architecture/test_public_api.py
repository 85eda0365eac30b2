"""The names a user may rely on stand in public_api.txt; a change there is a decision.

After an intended change: ``python tests/architecture/test_public_api.py --write``.
"""

import importlib
import sys
from pathlib import Path

SNAPSHOT = Path(__file__).with_name("public_api.txt")
MODULES = (
    "framestate.frames",
    "framestate.ssm",
    "framestate.deep",
    "framestate.deep.functional",
    "framestate.deep.models",
    "framestate.deep.recipes",
    "framestate.bench",
)
HEADER = (
    "# The public names. Renew: python tests/architecture/test_public_api.py --write"
)


def public_names() -> str:
    """One line per name in the ``__all__`` of each module, sorted."""
    lines = [HEADER]
    for name in MODULES:
        module = importlib.import_module(name)
        lines += [f"{name}.{public}" for public in sorted(module.__all__)]
    return "\n".join(lines) + "\n"


def test_the_public_names_are_those_of_the_snapshot():
    now, then = set(public_names().splitlines()), set(SNAPSHOT.read_text().splitlines())
    assert now == then, (
        f"new: {sorted(now - then)}; gone: {sorted(then - now)}. If this is meant, run "
        "python tests/architecture/test_public_api.py --write and tell the changelog"
    )


def test_every_public_name_exists_and_is_documented():
    for name in MODULES:
        module = importlib.import_module(name)
        for public in module.__all__:
            value = getattr(module, public)
            if callable(value) and not hasattr(value, "__origin__"):
                assert value.__doc__, f"{name}.{public} has no docstring"


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    SNAPSHOT.write_text(public_names())
