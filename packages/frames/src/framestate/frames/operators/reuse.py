r"""The time-invariant reuse of a scaled pair (W4S4, equation 3).

    c' = -(1/theta) A c + (1/theta) B f        with A and B of the scaled measure

The kernel of the memory is K(t) = exp(-A_r t) b = e^-t w(e^-t) with the encoder w of
the scaled measure: old input fades at least as fast as exp(-t/2) (T-reuse). The
redundant eigenvalue stays 1.
"""

from dataclasses import replace

from framestate.frames.errors import InvalidInputError
from framestate.frames.operators.base import FrameOperator


def time_invariant(operator: FrameOperator) -> FrameOperator:
    """Return the scaled operator on the clock of the translated one.

    Parameters
    ----------
    operator : FrameOperator
        Of the scaled measure.

    Returns
    -------
    FrameOperator
        The same factors with measure "translated"; A is still 1 on ker R.

    Raises
    ------
    InvalidInputError
        When the operator is not of the scaled measure.
    """
    if operator.measure != "scaled":
        raise InvalidInputError(
            request=f"time-invariant reuse of {operator.name}",
            finding=f"its measure is {operator.measure!r}, which is time invariant",
            remedy="Pass frames.scaled(frame), or use the operator as it is",
        )
    return replace(
        operator,
        name=f"{operator.name}, time invariant",
        measure="translated",
        mu=operator.redundant_eigenvalue,
    )
