"""The table of kernels: a row here is an equality test that is written nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Num

from framestate.ssm.kernels import blocked, reference

Array = Num[np.ndarray, "..."]
KernelFunction = Callable[[Array, Array, Array, int], Array]


@final
@dataclass(frozen=True)
class Kernel:
    """One implementation and the definition that it must equal.

    Parameters
    ----------
    name : str
        Family and algorithm, "family/algorithm".
    reference, implementation : callable
        Functions (C, A or lam, B, length) -> K.
    ulps : int
        Allowed difference in units of (eps(dtype) + length eps(float64)) times
        the size of the summands: sum |C B| for "vandermonde", ||C|| ||B|| for
        "powers", both with powers bounded by one. The second term is the
        relative error of any l-th power.
    """

    name: str
    reference: KernelFunction
    implementation: KernelFunction
    ulps: int


KERNELS = (
    Kernel("vandermonde/blocked", reference.vandermonde, blocked.vandermonde, 16),
    Kernel("powers/blocked", reference.powers, blocked.powers, 64),
)
