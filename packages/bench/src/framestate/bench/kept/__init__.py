"""Results that are kept in a repository: written, read, put together, computed again."""

from framestate.bench.kept.files import keep, load, merged
from framestate.bench.kept.verify import Check, verify

__all__ = ["Check", "keep", "load", "merged", "verify"]
