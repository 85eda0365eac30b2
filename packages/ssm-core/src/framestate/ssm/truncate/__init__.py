"""Lossy truncation with proven bounds, and the limits that no truncation passes.

hankel_singular_values(system)              # what order could be enough
small = balanced(system, tolerance=1e-3)    # H-infinity bound
fewer = modal(modes, order=16)              # the same for modes, and for the kernel
least = by_error(system, error, 0.9)        # by an error you measure
delay_limit(64, 300)                        # what no 64 states can beat
best_delay_error(64, 300)                   # what 64 states can do
"""

from framestate.ssm.truncate.balanced import Truncated, balanced
from framestate.ssm.truncate.best import BestDelay, best_delay_error
from framestate.ssm.truncate.by_error import by_error
from framestate.ssm.truncate.hankel import hankel_singular_values
from framestate.ssm.truncate.limit import delay_limit, mean_delay_limit
from framestate.ssm.truncate.modal import TruncatedModes, modal

__all__ = [
    "BestDelay",
    "Truncated",
    "TruncatedModes",
    "balanced",
    "best_delay_error",
    "by_error",
    "delay_limit",
    "hankel_singular_values",
    "mean_delay_limit",
    "modal",
]
