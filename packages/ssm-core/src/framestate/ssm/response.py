"""Responses of a time-invariant step: convolution kernel and transfer function."""

from typing import Literal

import numpy as np
from jaxtyping import Complex128, Float, Inexact

from framestate.ssm.checks import ArrayLike, known, numeric, real_array, whole
from framestate.ssm.kernels import blocked, reference
from framestate.ssm.steps import (
    DenseStep,
    DiagonalStep,
    ScaledClock,
    TimeInvariantStep,
    time_invariant,
)

Algorithm = Literal["blocked", "reference"]
_ALGORITHMS = {"blocked": blocked, "reference": reference}


def kernel(
    step: TimeInvariantStep | ScaledClock,
    C: ArrayLike,
    length: int,
    *,
    algorithm: Algorithm | str = "blocked",
) -> Float[np.ndarray, "... length"]:
    """Impulse response K[..., l] of the readout C, l = 0 .. length - 1.

    Dense: K = C A_bar^l B_bar. Diagonal: K = sum_m w_m Re(C_m B_m lam_m^l), with
    C from `Diagonal.readout` or free (w = 2 where paired).

    Parameters
    ----------
    step : DenseStep or DiagonalStep
        From `discretize` with dt.
    C : (..., n) real or (..., m) complex array_like
        Readout rows; their precision is the kernel's.
    length : int
        Number of samples, >= 1.
    algorithm : "blocked" or "reference"
        Two-level products, or the direct sums that define them.

    Raises
    ------
    InvalidInputError
        If the step has no kernel (scaled clock) or an argument is malformed.
    """
    size = whole("kernel", "length", length, low=1)
    name = known("kernel", "algorithm", algorithm, " ".join(_ALGORITHMS))
    fixed = time_invariant("kernel", step)
    rows = _rows("kernel", fixed, C)
    family = _ALGORITHMS[name]
    if isinstance(fixed, DenseStep):
        return family.powers(rows, fixed.A_bar, fixed.B_bar, size)
    weighted = fixed.modes.weights * fixed.B_bar
    return family.vandermonde(rows, fixed.lam_bar, weighted, size)


def transfer(
    step: TimeInvariantStep | ScaledClock, C: ArrayLike, omega: ArrayLike
) -> Complex128[np.ndarray, "... frequencies"]:
    """H(omega) = sum_l K_l e^{-i omega l}, the Fourier series of the kernel.

    Parameters
    ----------
    step : DenseStep or DiagonalStep
        From `discretize` with dt.
    C : (..., n) real or (..., m) complex array_like
        Readout rows, as in `kernel`.
    omega : (k,) array_like
        Frequencies in radians a sample.

    Returns
    -------
    (..., k) complex128

    Raises
    ------
    InvalidInputError
        If the step has no kernel (scaled clock) or an argument is malformed.
    """
    fixed = time_invariant("transfer", step)
    rows = _rows("transfer", fixed, C)
    angles = real_array("transfer", "omega", omega, shape="k")
    delay = np.exp(-1j * angles)
    if isinstance(fixed, DenseStep):
        pencil = np.eye(len(fixed.B_bar)) - delay[:, None, None] * fixed.A_bar
        return rows @ np.linalg.solve(pencil, fixed.B_bar[:, None])[..., 0].T
    once = rows * fixed.B_bar * fixed.modes.weights / 2
    poles = fixed.lam_bar[:, None]
    return once @ (1 / (1 - poles * delay)) + np.conj(once) @ (
        1 / (1 - poles.conj() * delay)
    )


def _rows(
    request: str, step: TimeInvariantStep, C: ArrayLike
) -> Inexact[np.ndarray, "... n"]:
    """C in the arithmetic of the step, its precision kept."""
    modal = isinstance(step, DiagonalStep)
    kinds = "iufc" if modal else "iuf"
    shape = f"... {step.lift.shape[1]}"
    rows = numeric(request, "C", C, kinds=kinds, shape=shape)
    single = rows.dtype.char in "fF"
    if modal:
        return rows.astype(np.complex64 if single else np.complex128)
    return rows.astype(np.float32 if single else np.float64)
