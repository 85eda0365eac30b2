"""What is read from a state: y = C x + D u, in real arithmetic.

Of modes the real part counts, so that a row C on them is the real row
(Re(C), -Im(C)) on (Re(z), Im(z)).
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64, Inexact

from framestate.ssm.arrays import Array, host_constant
from framestate.ssm.checks import ArrayLike, refusal
from framestate.ssm.runtime.linear import Step, channels_of, mode_weights


@final
@dataclass(frozen=True, eq=False)
class Readout:
    """Rows on the state of each channel.

    Parameters
    ----------
    axes : tuple of int
        Axes of the rows, whose product is p.
    C : (h, p, n) float64 or complex128
        Rows, weighted by pairs: y = Re(C x) + D u.
    D : (h, p) float64
        What a sample adds at once.
    """

    axes: tuple[int, ...]
    C: Inexact[np.ndarray, "h p n"]
    D: Float64[np.ndarray, "h p"]

    @property
    def real(self) -> Float64[np.ndarray, "h p N"]:
        """C as rows on `real_state`."""
        return real_rows(self.C)


def real_rows(C: Inexact[np.ndarray, "*rows n"]) -> Float64[np.ndarray, "*rows N"]:
    """Rows on `real_state`, N = n for a real state and 2 n for modes."""
    if C.dtype.kind != "c":
        return C
    return np.concatenate((np.real(C), -np.imag(C)), axis=-1)


def real_state(xp: Any, x: Inexact[Array, "h n *b"]) -> Float[Array, "h N *b"]:
    """The state, or of modes all real parts and then all imaginary parts."""
    if not xp.isdtype(x.dtype, "complex floating"):
        return x
    return xp.concat((xp.real(x), xp.imag(x)), axis=1)


def native_state(
    xp: Any, x: Float[Array, "h N *b"], *, modal: bool
) -> Inexact[Array, "h n *b"]:
    """The state of which that is the `real_state`."""
    if not modal:
        return x
    m = x.shape[1] // 2
    z = xp.astype(x, xp.complex64 if x.dtype == xp.float32 else xp.complex128)
    return z[:, :m, ...] + 1j * z[:, m:, ...]


def readout(
    request: str, step: Step, C: ArrayLike, D: ArrayLike | None = None
) -> Readout:
    """Rows on the state of a step, checked.

    Parameters
    ----------
    request : str
        The call that is being served, for the message.
    step : Step
        What moves the state.
    C : (*rows, n) real or (*rows, m) complex array_like
        Rows; (*rows, H, n) if each of H channels has a step of its own.
    D : array_like, optional
        Broadcast to the axes of C but its last.

    Raises
    ------
    InvalidInputError
        If C or D is malformed or does not fit the step.
    """
    weights, channels, n = mode_weights(step), channels_of(step), step.lift.shape[1]
    shape = f"... {n}" if channels is None else f"... {channels} {n}"
    rows = host_constant(request, "C", C, shape=shape, modal=weights is not None)
    if weights is not None:
        rows = weights * rows.astype(np.complex128)
    if channels is None:
        rows = rows[..., None, :]
    axes, h = rows.shape[:-2], channels or 1
    through = (
        np.zeros((*axes, h)) if D is None else _through(request, D, axes, channels)
    )
    return Readout(
        axes,
        np.moveaxis(rows, -2, 0).reshape(h, -1, n),
        np.moveaxis(through, -1, 0).reshape(h, -1),
    )


def nothing(step: Step) -> Readout:
    """No rows at all."""
    h, n = channels_of(step) or 1, step.lift.shape[1]
    dtype = np.float64 if mode_weights(step) is None else np.complex128
    return Readout((0,), np.zeros((h, 0, n), dtype=dtype), np.zeros((h, 0)))


def window_rows(
    request: str, step: Step, decoder: ArrayLike
) -> Float64[np.ndarray, "points N"]:
    """Rows of the decoder on `real_state`, through the lift of the step.

    Raises
    ------
    InvalidInputError
        If the decoder is malformed or does not fit the original operator.
    """
    shape = f"points {step.lift.shape[0]}"
    rows = host_constant(request, "decoder", decoder, shape=shape) @ step.lift
    weights = mode_weights(step)
    return real_rows(rows if weights is None else weights * rows)


def _through(
    request: str, D: ArrayLike, axes: tuple[int, ...], channels: int | None
) -> Float64[np.ndarray, "*axes h"]:
    wanted = axes if channels is None else (*axes, channels)
    given = host_constant(request, "D", D, shape="...")
    try:
        full = np.broadcast_to(given, wanted)
    except ValueError:
        raise refusal(
            request,
            f"D has shape {given.shape}, the rows of C {wanted}",
            "Pass a number, or one for each row",
        ) from None
    return full[..., None] if channels is None else full
