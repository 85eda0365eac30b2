"""Responses of a time-invariant step: convolution kernel and transfer function."""

from typing import Literal

import numpy as np
from jaxtyping import Complex128, Float, Inexact

from framestate.ssm.checks import (
    ArrayLike,
    known,
    numeric,
    real_array,
    refusal,
    whole,
)
from framestate.ssm.discretization.steps import (
    DenseStep,
    DiagonalStep,
    DPLRStep,
    ScaledClock,
    TimeInvariantStep,
    time_invariant,
)
from framestate.ssm.forms.real import to_real
from framestate.ssm.kernels import blocked, reference
from framestate.ssm.responses.cauchy import cauchy_kernel, dplr_transfer, real_step

Algorithm = Literal["blocked", "reference", "cauchy"]
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
    C from ``readout`` of the modes or free (w = 2 where paired). Diagonal plus low
    rank: as dense, in the real coordinates of its modes. A step of H channels takes
    rows (.., H, n) and gives (.., H, length).

    Parameters
    ----------
    step : DenseStep, DiagonalStep or DPLRStep
        From `discretize` with dt.
    C : (..., n) real or (..., m) complex array_like
        Readout rows; their precision is the kernel's.
    length : int
        Number of samples, >= 1.
    algorithm : "blocked", "reference" or "cauchy"
        Two-level products, the direct sums that define them, or for a `DPLRStep` of
        one dt the transform of Cauchy sums (in double precision throughout).

    Raises
    ------
    InvalidInputError
        If the step has no kernel (scaled clock), the algorithm none for the step, or
        an argument is malformed.
    """
    size = whole("kernel", "length", length, low=1)
    name = known("kernel", "algorithm", algorithm, " ".join([*_ALGORITHMS, "cauchy"]))
    fixed = time_invariant("kernel", step)
    rows = _rows("kernel", fixed, C)
    if name == "cauchy":
        return _by_cauchy_sums(fixed, rows, size)
    family = _ALGORITHMS[name]
    if isinstance(fixed, DiagonalStep):
        w, lam, B, past = fixed.modes.weights, fixed.lam_bar, fixed.B_bar, fixed.B_past
        if past is None:
            return family.vandermonde(rows, lam, w * B, size)
        late = family.vandermonde(rows, lam, w * (lam * B + past), size)
        return _delayed(np.real(np.sum(rows * w * B, axis=-1)), late)
    if isinstance(fixed, DPLRStep):
        rows, fixed = _real_rows(fixed, rows), real_step(fixed)
    A, B, past = fixed.A_bar, fixed.B_bar, fixed.B_past
    if past is None:
        return family.powers(rows, A, B, size)
    late = family.powers(rows, A, (A @ B[..., None])[..., 0] + past, size)
    return _delayed(np.sum(rows * B, axis=-1), late)


def transfer(
    step: TimeInvariantStep | ScaledClock, C: ArrayLike, omega: ArrayLike
) -> Complex128[np.ndarray, "... frequencies"]:
    """H(omega) = sum_l K_l e^{-i omega l}, the Fourier series of the kernel.

    Parameters
    ----------
    step : DenseStep, DiagonalStep or DPLRStep
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
    if isinstance(fixed, DiagonalStep):
        return _modal_transfer(fixed, rows, delay)
    if isinstance(fixed, DPLRStep):
        if _single(fixed) and np.all(np.real(fixed.form.lam) > 0):
            flat = rows.reshape(-1, rows.shape[-1]).astype(np.complex128)
            return dplr_transfer(fixed, flat, delay).reshape(*rows.shape[:-1], -1)
        rows, fixed = _real_rows(fixed, rows), real_step(fixed)
    n, channels = fixed.A_bar.shape[-1], fixed.A_bar.shape[:-2]
    z = delay.reshape(-1, *[1] * len(channels))
    B = (
        fixed.B_bar
        if fixed.B_past is None
        else fixed.B_bar + z[..., None] * fixed.B_past
    )
    pencil = np.eye(n) - z[..., None, None] * fixed.A_bar
    right = np.broadcast_to(B[..., None], (*pencil.shape[:-1], 1))
    states = np.linalg.solve(pencil, right)[..., 0]
    return np.sum(rows[..., None, :] * np.moveaxis(states, 0, -2), axis=-1)


def _modal_transfer(
    step: DiagonalStep,
    rows: Inexact[np.ndarray, "... m"],
    delay: Complex128[np.ndarray, " k"],
) -> Complex128[np.ndarray, "... k"]:
    """A pair of poles each: the one that is stored, and its conjugate."""
    half, poles = step.modes.weights / 2, step.lam_bar[..., None]
    upper = step.B_bar[..., None]
    lower = upper.conj()
    if step.B_past is not None:
        past = step.B_past[..., None]
        upper, lower = upper + past * delay, lower + past.conj() * delay
    C = (rows * half)[..., None, :]
    ahead = C @ (upper / (1 - poles * delay))
    return (ahead + C.conj() @ (lower / (1 - poles.conj() * delay)))[..., 0, :]


def _by_cauchy_sums(
    step: TimeInvariantStep, rows: Inexact[np.ndarray, "... m"], length: int
) -> Float[np.ndarray, "... length"]:
    if not isinstance(step, DPLRStep) or not _single(step):
        raise refusal(
            f"kernel of a {type(step).__name__}, algorithm 'cauchy'",
            "Cauchy sums are for a DPLRStep of one dt",
            "Use algorithm 'blocked', or dplr and a single dt",
        )
    flat = rows.reshape(-1, rows.shape[-1]).astype(np.complex128)
    K = cauchy_kernel(step, flat, length).reshape(*rows.shape[:-1], -1)
    return K.astype(np.real(rows).dtype)


def _single(step: DPLRStep) -> bool:
    return step.B_bar.ndim == 1


def _delayed(
    first: Float[np.ndarray, "..."], late: Float[np.ndarray, "... length"]
) -> Float[np.ndarray, "... length"]:
    """K_0, and K_l = late_(l-1) from there on."""
    found = np.concatenate((first[..., None], late[..., :-1]), axis=-1)
    return found.astype(late.dtype)


def _real_rows(
    step: DPLRStep, rows: Inexact[np.ndarray, "... m"]
) -> Float[np.ndarray, "... n"]:
    """Rows on the modes as rows on their real coordinates."""
    flat = rows.reshape(-1, rows.shape[-1]).astype(np.complex128).conj().T
    real = to_real(step.form, flat).T.astype(np.real(rows).dtype)
    return real.reshape(*rows.shape[:-1], -1)


def _rows(
    request: str, step: TimeInvariantStep, C: ArrayLike
) -> Inexact[np.ndarray, "... n"]:
    """C in the arithmetic of the step, its precision kept."""
    modal = not isinstance(step, DenseStep)
    kinds = "iufc" if modal else "iuf"
    channels = "".join(f"{size} " for size in step.B_bar.shape[:-1])
    shape = f"... {channels}{step.lift.shape[1]}"
    rows = numeric(request, "C", C, kinds=kinds, shape=shape)
    single = rows.dtype.char in "fF"
    if modal:
        return rows.astype(np.complex64 if single else np.complex128)
    return rows.astype(np.float32 if single else np.float64)
