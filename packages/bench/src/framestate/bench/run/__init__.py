"""Running a plan: the only place with a clock, seeds and the journal."""

from framestate.bench.run.engine import Request, lack, prepare, run
from framestate.bench.run.environment import describe
from framestate.bench.run.estimates import key as estimate_key
from framestate.bench.run.estimates import read as read_estimates
from framestate.bench.run.progress import Progress

__all__ = [
    "Progress",
    "Request",
    "describe",
    "estimate_key",
    "lack",
    "prepare",
    "read_estimates",
    "run",
]
