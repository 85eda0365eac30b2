"""The names a user may rely on stand in public_api.txt; a change there is a decision.

After an intended change: ``python tests/architecture/test_public_api.py --write``.
"""

import importlib
import inspect
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


def exports(name: str) -> dict[str, object]:
    """What a module offers: its ``__all__``, or the public names that it defines."""
    module = importlib.import_module(name)
    own = [
        public
        for public, value in vars(module).items()
        if not public.startswith("_") and getattr(value, "__module__", None) == name
    ]
    return {
        key: getattr(module, key) for key in sorted(getattr(module, "__all__", own))
    }


def public_names() -> str:
    """One line per public name of each module, sorted."""
    lines = [HEADER]
    for name in MODULES:
        lines += [f"{name}.{public}" for public in exports(name)]
    return "\n".join(lines) + "\n"


def test_the_public_names_are_those_of_the_snapshot():
    now, then = set(public_names().splitlines()), set(SNAPSHOT.read_text().splitlines())
    assert now == then, (
        f"new: {sorted(now - then)}; gone: {sorted(then - now)}. If this is meant, run "
        "python tests/architecture/test_public_api.py --write and tell the changelog"
    )


def test_every_public_function_and_class_is_documented():
    bare = [
        f"{name}.{public}"
        for name in MODULES
        for public, value in exports(name).items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and not value.__doc__
    ]
    assert not bare


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    SNAPSHOT.write_text(public_names())
