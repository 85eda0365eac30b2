"""Running a plan: the only place with a clock, seeds and the journal."""

from framestate.bench.run.budget import seconds_of
from framestate.bench.run.engine import run
from framestate.bench.run.environment import describe
from framestate.bench.run.estimates import key as estimate_key
from framestate.bench.run.estimates import known as known_costs
from framestate.bench.run.progress import Progress
from framestate.bench.run.request import Request, lack, prepare

__all__ = [
    "Progress",
    "Request",
    "describe",
    "estimate_key",
    "known_costs",
    "lack",
    "prepare",
    "run",
    "seconds_of",
]
