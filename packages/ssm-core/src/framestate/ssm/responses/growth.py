"""What is said of a result that has overflowed: which pole grows."""

import numpy as np
from jaxtyping import Complex128

from framestate.ssm.discretization.irregular import IrregularStep
from framestate.ssm.discretization.steps import (
    DenseStep,
    DiagonalClock,
    DiagonalStep,
    DPLRClock,
    ScaledClock,
    TimeInvariantStep,
)
from framestate.ssm.errors import UnstableError
from framestate.ssm.forms.real import block_real
from framestate.ssm.responses.cauchy import real_step
from framestate.ssm.system import Diagonal, System


def overflowed(
    request: str, step: TimeInvariantStep | ScaledClock | IrregularStep, length: int
) -> UnstableError:
    """The refusal of a result of that many samples that is not finite.

    Parameters
    ----------
    request : str
        The call that is being served.
    step : TimeInvariantStep, ScaledClock or IrregularStep
        What it was made with; its pole that grows most is named.
    length : int
        Samples.
    """
    if isinstance(step, TimeInvariantStep):
        poles = _poles(step)
        worst = poles[np.argmax(np.abs(poles))]
        pole = f"the largest pole is {worst:.6g} with modulus {abs(worst):.6g}"
    else:
        rates = _rates(step)
        pole = f"the slowest rate is lam = {rates[np.argmin(np.real(rates))]:.6g}"
    return UnstableError(
        request=f"{request} of a {type(step).__name__} ({step.method})",
        finding=f"it overflows within {length} samples; {pole}",
        remedy="Use bilinear or zoh, a smaller dt, a system with Re(lam) > 0, or "
        "smaller samples",
    )


def _poles(step: TimeInvariantStep) -> Complex128[np.ndarray, " poles"]:
    """Factors of all modes over a step, of all channels."""
    if isinstance(step, DiagonalStep):
        return step.lam_bar.ravel()
    A = step.A_bar if isinstance(step, DenseStep) else real_step(step).A_bar
    return np.linalg.eigvals(A).ravel().astype(np.complex128)


def _rates(step: ScaledClock | IrregularStep) -> Complex128[np.ndarray, " n"]:
    """Eigenvalues of A."""
    match step:
        case IrregularStep():
            source = step.source
        case DiagonalClock():
            source = step.modes
        case DPLRClock():
            source = step.form
        case _:
            source = step.system
    return (
        source.lam if isinstance(source, System | Diagonal) else block_real(source).lam
    )
