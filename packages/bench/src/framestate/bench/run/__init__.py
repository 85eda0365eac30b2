"""Running a plan: the only place with a clock, seeds and the journal."""

from framestate.bench.run.engine import Request, prepare, run
from framestate.bench.run.environment import describe
from framestate.bench.run.progress import Progress

__all__ = ["Progress", "Request", "describe", "prepare", "run"]
