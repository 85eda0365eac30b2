"""State space models from operators: reduce, diagonalize, discretize, run.

    small = reduce(operator)                  # N -> r, exact
    modes = diagonalize(small)                # or a refusal naming cond(V)
    step = discretize(modes, dt=1e-3, method="zoh")
    K = kernel(step, modes.readout(C), 16384)

State equations carry a minus, c' = -(1/tau) A c + (1/tau) B u.
"""

from framestate.ssm.diagonalize import diagonalize
from framestate.ssm.discretize import discretize
from framestate.ssm.errors import (
    IllConditionedError,
    InvalidInputError,
    SsmError,
    UnstableError,
)
from framestate.ssm.oracle import delay_error, delay_error_on
from framestate.ssm.reduce import reduce
from framestate.ssm.response import kernel, transfer
from framestate.ssm.rules import Rule, gbt
from framestate.ssm.run import State, Trajectory, final_state, run
from framestate.ssm.steps import (
    DenseClock,
    DenseStep,
    DiagonalClock,
    DiagonalStep,
    ScaledClock,
)
from framestate.ssm.system import (
    Diagonal,
    FactoredOperatorLike,
    Measure,
    OperatorLike,
    System,
    as_system,
)

from . import inits, spectra

__version__ = "0.1.0"

__all__ = [
    "DenseClock",
    "DenseStep",
    "Diagonal",
    "DiagonalClock",
    "DiagonalStep",
    "FactoredOperatorLike",
    "IllConditionedError",
    "InvalidInputError",
    "Measure",
    "OperatorLike",
    "Rule",
    "ScaledClock",
    "SsmError",
    "State",
    "System",
    "Trajectory",
    "UnstableError",
    "as_system",
    "delay_error",
    "delay_error_on",
    "diagonalize",
    "discretize",
    "final_state",
    "gbt",
    "inits",
    "kernel",
    "reduce",
    "run",
    "spectra",
    "transfer",
]
