"""What to say to a name that nobody knows."""

import difflib
from collections.abc import Iterable


def suggestion(name: str, known: Iterable[str], listing: str) -> str:
    """A sentence with near names, and the command that shows them all."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    where = f"{listing} shows all."
    return f"Did you mean {' or '.join(near)}? {where}" if near else where
