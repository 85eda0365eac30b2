"""Coefficients of a step under a rule, for one dt or for an array of them.

Every function takes dt of any shape ``(*dts)`` and puts its axes first. Input factors
come in twos, of u[n] and of u[n-1]; the second is None unless the input is straight
between samples.
"""

from typing import TypeAlias

import numpy as np
import scipy.linalg
from jaxtyping import Complex128, Float64

from framestate.ssm.checks import refusal
from framestate.ssm.discretization.rules import Rule
from framestate.ssm.errors import InvalidInputError
from framestate.ssm.forms.dplr import DPLR
from framestate.ssm.forms.woodbury import Woodbury
from framestate.ssm.system import Diagonal, System

_Real: TypeAlias = Float64[np.ndarray, "..."]
_Modal: TypeAlias = Complex128[np.ndarray, "..."]


def diagonal(
    modes: Diagonal, rule: Rule, dt: _Real
) -> tuple[_Modal, _Modal, _Modal | None]:
    """lam_bar, B_bar and B_past (*dts, m) of independent modes.

    Raises
    ------
    InvalidInputError
        If 1 + alpha lam dt vanishes for a mode.
    """
    dt = np.asarray(dt)[..., None]
    z = modes.lam * dt
    if rule.alpha is not None and np.any(1 + rule.alpha * z == 0):
        raise singular(f"{len(modes.lam)} modes", rule.name)
    drive, scale = rule.drive(z), dt * modes.B
    if not rule.straight:
        return rule.gain(z), scale * drive, None
    past = rule.past(z)
    return rule.gain(z), scale * (drive - past), scale * past


def dense(system: System, rule: Rule, dt: _Real) -> tuple[_Real, _Real, _Real | None]:
    """A_bar (*dts, n, n), B_bar and B_past (*dts, n) of a dense system.

    Raises
    ------
    InvalidInputError
        If I + alpha dt A is exactly singular or dt A overflows.
    """
    n, dt = system.size, np.asarray(dt)[..., None, None]
    if rule.alpha is not None:
        start = np.eye(n) - (1 - rule.alpha) * dt * system.A
        end = np.eye(n) + rule.alpha * dt * system.A
        drive = np.broadcast_to(dt * system.B[:, None], (*start.shape[:-1], 1))
        solved = solve(end, np.concatenate((start, drive), axis=-1), rule.name)
        return solved[..., :n], solved[..., n], None
    # A chain of integrators beside the state: 1 (held) or 1, s (straight).
    block = np.zeros((*dt.shape[:-2], n + 2, n + 2))
    block[..., :n, :n], block[..., :n, n] = -dt * system.A, dt[..., 0] * system.B
    block[..., n, n + 1] = 1.0
    finite(rule, dt, block)
    step = scipy.linalg.expm(block)
    A_bar, held, ramp = step[..., :n, :n], step[..., :n, n], step[..., :n, n + 1]
    return (A_bar, ramp, held - ramp) if rule.straight else (A_bar, held, None)


def dplr(form: DPLR, rule: Rule, dt: _Real) -> tuple[_Modal, _Modal, _Modal, _Modal]:
    """lam_bar (*dts, m), P_bar (.., m, k), Q_bar (.., k, m), B_bar (.., m).

    With D = (1 + alpha dt lam)^-1 and K of `framestate.ssm.forms.woodbury`, A_bar is
    diag(gain) - dt D P signs K^-1 y(D .), also where alpha = 0.

    Raises
    ------
    InvalidInputError
        If the rule is no generalized bilinear one, or the small matrix is singular.
    """
    if rule.alpha is None:
        raise refusal(
            f"discretize diagonal plus low rank, method {rule.name!r}",
            "its exponential is not diagonal plus low rank",
            "Use 'bilinear' or gbt(alpha), or the dense system",
        )
    dt = np.asarray(dt)[..., None]
    z = form.lam * dt
    D, A = 1 / (1 + rule.alpha * z), Woodbury(form)
    Q_bar = A.read * D[..., None, :]
    K = A.capacitance(D, rule.alpha * dt[..., 0])
    low = dt[..., None] * D[..., None] * A.low
    P_bar = low @ solve(K, np.eye(len(form.signs)), rule.name)
    read = np.real(Q_bar @ form.B)
    B_bar = dt * (D * form.B - rule.alpha * np.squeeze(P_bar @ read[..., None], -1))
    return rule.gain(z), P_bar, Q_bar, B_bar


def finite(rule: Rule, dt: _Real, *arrays: _Real | _Modal | None) -> None:
    """Refuse coefficients that overflowed.

    Raises
    ------
    InvalidInputError
        If an entry is not finite.
    """
    given = [array for array in arrays if array is not None]
    bad = sum(int(np.count_nonzero(~np.isfinite(array))) for array in given)
    if bad:
        raise refusal(
            f"discretize with dt = {np.max(dt):g}, method {rule.name!r}",
            f"{bad} of {sum(a.size for a in given)} entries are not finite: "
            "dt times A overflows",
            "Pass a smaller dt, in units of the window theta",
        )


def solve(matrix: _Real, right: _Real, what: str) -> _Real:
    """``numpy.linalg.solve``, with an error that names the rule.

    Raises
    ------
    InvalidInputError
        If a matrix is exactly singular.
    """
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        raise singular(f"an order-{matrix.shape[-1]} system", what) from None


def singular(source: str, what: str) -> InvalidInputError:
    """The refusal of a system that a rule cannot invert."""
    return refusal(
        f"discretize {source} ({what})",
        "a matrix that has to be inverted is exactly singular",
        "Use another dt or method, or a system with Re(lam) > 0",
    )
