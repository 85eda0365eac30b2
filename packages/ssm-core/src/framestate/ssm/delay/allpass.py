"""The orthonormal basis of all readouts with given poles (Takenaka-Malmquist).

With z one sample of delay, a pole p answers an impulse by p^l and 1/(1 - p z).
Multiplying by the all-pass (z - conj p)/(1 - p z) of every earlier pole makes
the answers orthonormal for white input, whatever the poles, also where partial
fractions would be useless. A conjugate pair of a real system takes the two real
functions with numerators 1 + z and 1 - z (Kautz):

    real p       sqrt(1 - p^2) / (1 - p z)
    pair p, p*   sqrt((1 - |p|^2)/2) |1 -+ p| (1 +- z) / ((1 - p z)(1 - p* z))
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.signal
from jaxtyping import Complex128, Float64, Inexact

from framestate.ssm.checks import refusal
from framestate.ssm.discretization.steps import (
    DenseStep,
    DiagonalStep,
    TimeInvariantStep,
)
from framestate.ssm.errors import UnstableError
from framestate.ssm.forms.real import block_real
from framestate.ssm.system import System

_EPS = float(np.finfo(np.float64).eps)
_ROUNDING = 64.0  # rounded operations an entry that an exact zero may carry


@final
@dataclass(frozen=True, eq=False)
class Poles:
    """Poles of a stable real recurrence, one of each conjugate pair.

    Parameters
    ----------
    real : (r,) float64
        Real poles; a repeated one is a Jordan block.
    upper : (c,) complex128
        Poles off the real axis, their conjugates implied.
    """

    real: Float64[np.ndarray, " r"]
    upper: Complex128[np.ndarray, " c"]

    @property
    def count(self) -> int:
        """Number r + 2 c of real parameters of a readout."""
        return len(self.real) + 2 * len(self.upper)

    @property
    def all(self) -> Complex128[np.ndarray, " n"]:
        """Every pole (r + 2 c,), conjugates included."""
        return np.concatenate((self.real, self.upper, self.upper.conj()))


def driven_poles(step: TimeInvariantStep) -> Poles:
    """The poles that a readout of the step can use.

    Dense, or with a low-rank part: eigenvalues of the part of the system that its
    input reaches, mapped by the rule. Diagonal: modes with B != 0 to rounding, equal
    ones counted once.

    Raises
    ------
    InvalidInputError
        If B = 0, so that there is no such pole, or there is a step for each channel.
    UnstableError
        If a pole has modulus >= 1.
    """
    if step.B_bar.ndim > 1:
        raise refusal(
            f"the stationary state of a {step.method} step",
            f"it has a dt for each of {len(step.B_bar)} channels",
            "Discretize with one dt at a time",
        )
    if isinstance(step, DiagonalStep):
        _check_driven(step, step.modes.B)
        # B = V^-1 b has lost cond(V) roundings; the largest mode always counts.
        size = np.abs(step.modes.B)
        rounding = min(len(size) * _EPS * step.modes.cond, np.sqrt(_EPS))
        poles = np.unique(step.lam_bar[size > rounding * size.max()])
    else:
        source = step.system if isinstance(step, DenseStep) else block_real(step.form)
        _check_driven(step, source.B)
        lam = _reached_lam(source)
        poles = step.rule.gain(lam[np.imag(lam) >= 0] * step.dt)
    outside = np.abs(poles) >= 1
    if outside.any():
        worst = poles[np.argmax(np.abs(poles))]
        raise UnstableError(
            request=f"the stationary state of a {step.method} step, dt = {step.dt:g}",
            finding=(
                f"{int(outside.sum())} of {len(poles)} poles lie on or outside the "
                f"unit circle, the worst {worst:.6g} with modulus {abs(worst):.6g}"
            ),
            remedy="Use bilinear or zoh, a smaller dt, or a system with Re(lam) > 0",
        )
    on_axis = np.imag(poles) == 0
    return Poles(np.real(poles[on_axis]), poles[~on_axis])


def _check_driven(step: TimeInvariantStep, B: Inexact[np.ndarray, " n"]) -> None:
    if not B.any():
        raise refusal(
            f"the stationary state of a {step.method} step",
            "B = 0, so the input never moves the state",
            "Pass a system that its input drives",
        )


def _reached_lam(system: System) -> Complex128[np.ndarray, " n"]:
    """Eigenvalues of A on the span of B, A B, A^2 B, ...

    An orthonormal basis of that span grows by one vector a step and turns A into
    a Hessenberg matrix H; the span is closed where the entry below its diagonal
    drops to 64 n eps ||A||. If everything is reached A itself is taken, because it
    may be triangular and its eigenvalues then exact.
    """
    A, n = system.A, system.size
    rounding = _ROUNDING * n * _EPS * np.linalg.norm(A)
    basis, H = np.zeros((n, n)), np.zeros((n, n))
    # Divided twice: the norm of tiny entries underflows.
    start = system.B / np.abs(system.B).max()
    basis[:, 0] = start / np.linalg.norm(start)
    for k in range(n - 1):
        reached, fresh = basis[:, : k + 1], A @ basis[:, k]
        for _ in range(2):  # once leaves a part of the span, twice does not
            share = reached.T @ fresh
            fresh = fresh - reached @ share
            H[: k + 1, k] += share
        left = np.linalg.norm(fresh)
        if left <= rounding:
            small = np.linalg.eigvals(H[: k + 1, : k + 1])
            return np.asarray(small, dtype=np.complex128)
        H[k + 1, k] = left
        basis[:, k + 1] = fresh / left
    return system.lam


def blaschke(poles: Poles, length: int) -> Complex128[np.ndarray, " length"]:
    """Taylor coefficients of the product of (z - conj p)/(1 - p z) over all poles."""
    series = np.zeros(length, dtype=np.complex128)
    series[0] = 1
    for p in poles.all:
        series = _allpass(p, series)
    return series


def responses(
    poles: Poles, delay: Complex128[np.ndarray, " k"], *, feedthrough: bool
) -> Complex128[np.ndarray, "k n"]:
    """Basis at z = delay on the unit circle; feedthrough puts the constant first."""
    columns: list[Complex128[np.ndarray, " k"]] = []
    earlier = np.ones_like(delay)
    if feedthrough:
        columns.append(earlier)
        earlier = delay
    for p in poles.real:
        below = 1 - p * delay
        columns.append(np.sqrt(1 - p * p) / below * earlier)
        earlier = earlier * (delay - p) / below
    for p in poles.upper:
        shared = earlier / ((1 - p * delay) * (1 - p.conj() * delay))
        scale = np.sqrt((1 - abs(p) ** 2) / 2)
        columns.append(scale * abs(1 - p) * (1 + delay) * shared)
        columns.append(scale * abs(1 + p) * (1 - delay) * shared)
        earlier = (delay - p) * (delay - p.conj()) * shared
    return np.stack(columns).T


def filtered(
    poles: Poles, u: Float64[np.ndarray, " L"], *, feedthrough: bool
) -> Float64[np.ndarray, "L n"]:
    """The same basis as filters on a record from rest."""
    columns: list[Float64[np.ndarray, " L"]] = []
    earlier = u
    if feedthrough:
        columns.append(earlier)
        earlier = _delayed(u)
    for p in poles.real:
        columns.append(np.sqrt(1 - p * p) * _geometric(p, earlier))
        earlier = _allpass(p, earlier)
    for p in poles.upper:
        scale = np.sqrt((1 - abs(p) ** 2) / 2)
        for sign in (1, -1):
            shaped = _geometric(p, earlier + sign * _delayed(earlier))
            answer = np.real(_geometric(p.conj(), shaped))
            columns.append(scale * abs(1 - sign * p) * answer)
        earlier = np.real(_allpass(p.conj(), _allpass(p, earlier)))
    return np.stack(columns).T


def _geometric(
    p: complex | float, u: Inexact[np.ndarray, " L"]
) -> Inexact[np.ndarray, " L"]:
    """u / (1 - p z)."""
    return np.asarray(scipy.signal.lfilter([1], [1, -p], u))


def _allpass(
    p: complex | float, u: Inexact[np.ndarray, " L"]
) -> Inexact[np.ndarray, " L"]:
    """u (z - conj p) / (1 - p z)."""
    return np.asarray(scipy.signal.lfilter([-np.conj(p), 1], [1, -p], u))


def _delayed(u: Float64[np.ndarray, " L"]) -> Float64[np.ndarray, " L"]:
    return np.concatenate(([0.0], u[:-1]))
