"""How long a step remembers: the decay of its slowest mode.

A mode with the pole p keeps |p|^n of itself after n samples, so what the state
knows of the input fades by the largest |p|. An input of period M says nothing
about a memory that outlasts M: it hears the same samples again.
"""

import math

import numpy as np

from framestate.ssm.allpass import driven_poles
from framestate.ssm.checks import number
from framestate.ssm.steps import ScaledClock, TimeInvariantStep, time_invariant


def settling_time(
    step: TimeInvariantStep | ScaledClock, *, tolerance: float = 1e-3
) -> int:
    """Samples after which the slowest driven mode has decayed to ``tolerance``.

    Parameters
    ----------
    step : DenseStep or DiagonalStep
        A stable recurrence, from `discretize` with dt.
    tolerance : float
        In (0, 1/2], as a share of the mode's start.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    InvalidInputError
        If the step is a scaled clock, which never settles, or tolerance is out
        of range.
    UnstableError
        If the step has a pole on or outside the unit circle.
    """
    number("settling_time", "tolerance", tolerance, above=0.0, high=0.5)
    poles = driven_poles(time_invariant("settling_time", step)).all
    slowest = float(np.abs(poles).max(initial=0.0))
    if slowest == 0.0:
        return 1  # a memory of one sample
    return max(1, math.ceil(math.log(tolerance) / math.log(slowest)))
