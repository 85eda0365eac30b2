"""Responses of a time-invariant step: convolution kernel and transfer function."""

from typing import Literal

import numpy as np
from jaxtyping import Complex128, Float, Inexact

from framestate.ssm.arrays import (
    Array,
    Place,
    host_constant,
    place_of,
    samples,
)
from framestate.ssm.checks import (
    ArrayLike,
    known,
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
from framestate.ssm.kernels import blocked, reference
from framestate.ssm.kernels.rung import rung
from framestate.ssm.responses.cauchy import cauchy_kernel, dplr_transfer, real_step
from framestate.ssm.responses.growth import overflowed

Algorithm = Literal["blocked", "reference", "cauchy"]
_ALGORITHMS = {"blocked": blocked, "reference": reference}


def kernel(
    step: TimeInvariantStep | ScaledClock,
    C: ArrayLike,
    length: int,
    *,
    algorithm: Algorithm | str = "blocked",
) -> Float[Array, "... length"]:
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
        Readout rows; the kernel is an array of their library, device and precision.
    length : int
        Number of samples, >= 1.
    algorithm : "blocked", "reference" or "cauchy"
        Two-level products (of modes in CuPy arrays by a kernel of their own), the
        direct sums that define them, or for a `DPLRStep` of one dt the transform of
        Cauchy sums (in double precision throughout). The latter two take NumPy arrays.

    Raises
    ------
    InvalidInputError
        If the step has no kernel (scaled clock), the algorithm none for the step, or
        an argument is malformed.
    UnstableError
        If the kernel overflows on the host; the message names the pole that grows.
    """
    size = whole("kernel", "length", length, low=1)
    name = known("kernel", "algorithm", algorithm, " ".join([*_ALGORITHMS, "cauchy"]))
    fixed = time_invariant("kernel", step)
    modal = not isinstance(fixed, DenseStep)
    rows, place = samples("kernel", "C", C, shape=_shape(fixed), modal=modal)
    if name != "blocked" and not isinstance(rows, np.ndarray):
        raise refusal(
            f"kernel of rows of {type(rows).__module__}, algorithm {name!r}",
            "it is for NumPy arrays",
            "Use algorithm 'blocked', or pass C as a NumPy array",
        )
    K = _kernel(fixed, rows, place, size, name)
    if not place.finite(K[..., -1:]):  # what has overflowed has not come back
        raise overflowed("kernel", fixed, size)
    return K


def _kernel(
    fixed: TimeInvariantStep,
    rows: Inexact[Array, "... n"],
    place: Place,
    size: int,
    name: str,
) -> Float[Array, "... length"]:
    if name == "cauchy":
        return _by_cauchy_sums(fixed, rows, size)
    family = _ALGORITHMS[name]
    if isinstance(fixed, DiagonalStep):
        family = rung(place.xp) if name == "blocked" else family
        w, lam, B, past = fixed.modes.weights, fixed.lam_bar, fixed.B_bar, fixed.B_past
        if past is None:
            return family.vandermonde(rows, lam, w * B, size)
        late = family.vandermonde(rows, lam, w * (lam * B + past), size)
        return _delayed(place, rows, w * B, late)
    if isinstance(fixed, DPLRStep):
        rows, fixed = _real_rows(fixed, rows, place), real_step(fixed)
    A, B, past = fixed.A_bar, fixed.B_bar, fixed.B_past
    if past is None:
        return family.powers(rows, A, B, size)
    late = family.powers(rows, A, (A @ B[..., None])[..., 0] + past, size)
    return _delayed(place, rows, B, late)


def transfer(
    step: TimeInvariantStep | ScaledClock, C: ArrayLike, omega: ArrayLike
) -> Complex128[np.ndarray, "... frequencies"]:
    """H(omega) = sum_l K_l e^{-i omega l}, the Fourier series of the kernel.

    Of an unstable step the series diverges, and this is its analytic continuation.

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
        rows, fixed = _real_rows(fixed, rows, place_of(rows)), real_step(fixed)
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
    place: Place,
    rows: Inexact[Array, "... n"],
    B: Inexact[np.ndarray, "*h n"],
    late: Float[Array, "... length"],
) -> Float[Array, "... length"]:
    """K_0, what B leaves at once, and K_l = late_(l-1) from there on."""
    xp = place.xp
    first = xp.sum(rows * place.put(B), axis=-1, keepdims=True)
    first = xp.real(first) if np.iscomplexobj(B) else first
    return xp.concat((first, late[..., :-1]), axis=-1)


def _real_rows(
    step: DPLRStep, rows: Inexact[Array, "... m"], place: Place
) -> Float[Array, "... n"]:
    """Rows on the modes as rows on their real coordinates, of `to_real`."""
    xp, paired = place.xp, step.form.paired
    alone, pairs = (
        xp.take(rows, place.index(np.flatnonzero(chosen)), axis=-1)
        for chosen in (~paired, paired)
    )
    root = 2**0.5
    parts = (xp.real(alone), root * xp.real(pairs), -root * xp.imag(pairs))
    return xp.concat(parts, axis=-1)


def _rows(
    request: str, step: TimeInvariantStep, C: ArrayLike
) -> Inexact[np.ndarray, "... n"]:
    """C on the host, in double precision."""
    modal = not isinstance(step, DenseStep)
    return host_constant(request, "C", C, shape=_shape(step), modal=modal).astype(
        np.complex128 if modal else np.float64
    )


def _shape(step: TimeInvariantStep) -> str:
    """Of rows on the state of each channel."""
    channels = "".join(f"{size} " for size in step.B_bar.shape[:-1])
    return f"... {channels}{step.lift.shape[1]}"
