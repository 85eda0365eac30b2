"""State space models from operators: reduce, diagonalize, discretize, run.

    small = reduce(operator)                  # N -> r, exact
    modes = diagonalize(small)                # or a refusal naming cond(V): dplr(small)
    step = discretize(modes, dt=1e-3, method="zoh")
    K = kernel(step, modes.readout(C), 16384)
    stream = Stream(step, C=modes.readout(C))

State equations carry a minus, c' = -(1/tau) A c + (1/tau) B u.
"""

from framestate.ssm.delay.oracle import delay_error, delay_error_on
from framestate.ssm.discretization.discretize import discretize
from framestate.ssm.discretization.irregular import IrregularStep, irregular
from framestate.ssm.discretization.rules import Rule, gbt
from framestate.ssm.discretization.steps import (
    DenseClock,
    DenseStep,
    DiagonalClock,
    DiagonalStep,
    DPLRClock,
    DPLRStep,
    ScaledClock,
)
from framestate.ssm.errors import (
    IllConditionedError,
    InvalidInputError,
    SsmError,
    UnstableError,
)
from framestate.ssm.forms.diagonalize import diagonalize, perturbed
from framestate.ssm.forms.dplr import DPLR, dplr
from framestate.ssm.forms.real import block_real
from framestate.ssm.kernels.machine import DeviceError
from framestate.ssm.reduce import reduce
from framestate.ssm.responses.response import kernel, transfer
from framestate.ssm.runtime.chunked import outputs
from framestate.ssm.runtime.convolve import Convolution, convolve
from framestate.ssm.runtime.records import State
from framestate.ssm.runtime.run import Trajectory, final_state, run
from framestate.ssm.runtime.stream import Stream
from framestate.ssm.system import (
    Diagonal,
    FactoredOperatorLike,
    Measure,
    OperatorLike,
    System,
    as_system,
)

from . import inits, spectra, truncate

__version__ = "0.1.0"

__all__ = [
    "DPLR",
    "Convolution",
    "DPLRClock",
    "DPLRStep",
    "DenseClock",
    "DenseStep",
    "DeviceError",
    "Diagonal",
    "DiagonalClock",
    "DiagonalStep",
    "FactoredOperatorLike",
    "IllConditionedError",
    "InvalidInputError",
    "IrregularStep",
    "Measure",
    "OperatorLike",
    "Rule",
    "ScaledClock",
    "SsmError",
    "State",
    "Stream",
    "System",
    "Trajectory",
    "UnstableError",
    "as_system",
    "block_real",
    "convolve",
    "delay_error",
    "delay_error_on",
    "diagonalize",
    "discretize",
    "dplr",
    "final_state",
    "gbt",
    "inits",
    "irregular",
    "kernel",
    "outputs",
    "perturbed",
    "reduce",
    "run",
    "spectra",
    "transfer",
    "truncate",
]
