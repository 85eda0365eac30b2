"""The plan: every experiment a frozen value, in three sizes.

"smoke" takes seconds, "cpu" minutes on two cores, and "paper" has the papers' settings.
"""

from framestate.bench.plan import (
    delays,
    embedded,
    memories,
    networks,
    sensors,
    wavelets,
)
from framestate.bench.plan.dispatch import check, execute
from framestate.bench.plan.experiment import Experiment, Settings, Signals, Size
from framestate.bench.plan.overrides import names, with_values
from framestate.bench.plan.selection import select, usual, with_lag, with_seeds

__all__ = [
    "SIZES",
    "Experiment",
    "Settings",
    "Signals",
    "Size",
    "check",
    "execute",
    "names",
    "plan",
    "select",
    "usual",
    "with_lag",
    "with_seeds",
    "with_values",
]
SIZES: tuple[Size, ...] = ("smoke", "cpu", "paper")


def plan(size: Size) -> tuple[Experiment, ...]:
    """All experiments of a size, in the order of the report."""
    parts = (embedded, delays, memories, wavelets, networks, sensors)
    return tuple(one for part in parts for one in part.experiments(size))
