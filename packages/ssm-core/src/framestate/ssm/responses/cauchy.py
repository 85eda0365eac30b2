"""Responses of diagonal plus low-rank steps: Cauchy sums with a Woodbury correction.

With z one sample of delay and w = dt (alpha + (1 - alpha) z), a generalized bilinear
step of A = diag(lam) + P diag(signs) P^H has the response

    H(z) = dt C ((1 - z) I + w A)^-1 B
         = dt (<C, B> - w <C, P> signs (I + w <P, P> signs)^-1 <P, B>),

<a, b> the sum of a_m b_m / ((1 - z) + w lam_m) over both halves of every pair. Its
values at z^L = 1 are the transform of the kernel, folded at its length L, and
C (I - A_bar^L) in the place of C takes back what was folded (S4, arXiv 2111.00396).
The normal part of a translated operator is undamped, with poles on the unit circle, so
that the circle |z|^L = e^-2 is taken instead: it gives K_l |z|^l.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Complex128, Float64

from framestate.ssm.discretization.steps import DenseStep, DPLRStep
from framestate.ssm.forms.real import block_real, from_real, to_real
from framestate.ssm.forms.woodbury import Woodbury

_DAMPING = 2.0  # the circle's radius to the power of the length is e^-2

_Rows: TypeAlias = Complex128[np.ndarray, "rows m"]


def dplr_transfer(
    step: DPLRStep, rows: _Rows, delay: Complex128[np.ndarray, " k"]
) -> Complex128[np.ndarray, "rows k"]:
    """H at z = delay for a step of one dt; rows on the modes, weighted by nothing."""
    A, alpha = Woodbury(step.form), step.rule.alpha or 0.0
    form, half = step.form, step.form.weights / 2
    w = step.dt * (alpha + (1 - alpha) * delay)
    upper = 1 / ((1 - delay) + w * form.lam[:, None])
    lower = 1 / ((1 - delay) + w * form.lam.conj()[:, None])

    def pair(
        a: _Rows, b: Complex128[np.ndarray, "m n"]
    ) -> Complex128[np.ndarray, "rows n k"]:
        """<a, b> for all rows, columns and delays."""
        v = a[:, None, :] * (b.T * half)
        return v @ upper + v.conj() @ lower

    B = form.B[:, None]
    read = form.P.conj().T
    seen, driven = pair(rows, A.low), pair(read, B)
    K = np.eye(len(read))[..., None] + w * pair(read, A.low)
    inner = np.linalg.solve(np.moveaxis(K, -1, 0), np.moveaxis(driven, -1, 0))
    low = np.einsum("rjk,kj->rk", seen, inner[..., 0])
    return step.dt * (pair(rows, B)[:, 0] - w * low)


def cauchy_kernel(
    step: DPLRStep, rows: _Rows, length: int
) -> Float64[np.ndarray, "rows length"]:
    """K[..., l], l < length, of a step of one dt, by its response at roots of unity."""
    last = np.exp(-_DAMPING) * np.linalg.matrix_power(real_step(step).A_bar, length)
    C = to_real(step.form, rows.conj().T).T
    folded = from_real(step.form, (C - C @ last).T).conj().T
    turns = 2j * np.pi * np.arange(length // 2 + 1)
    response = dplr_transfer(step, folded, np.exp(-(turns + _DAMPING) / length))
    growth = np.exp(_DAMPING * np.arange(length) / length)
    return np.fft.irfft(response, length) * growth


def real_step(step: DPLRStep) -> DenseStep:
    """The step on the real coordinates of its modes, `framestate.ssm.forms.real`."""
    form, channels = step.form, step.B_bar.shape[:-1]
    z = from_real(form, np.eye(len(form.vectors)))
    moved = step.lam_bar[..., None] * z - step.P_bar @ np.real(step.Q_bar @ z)
    columns = np.concatenate((moved, step.B_bar[..., None]), axis=-1)
    flat = columns.reshape(-1, *columns.shape[-2:])
    real = np.stack([to_real(form, channel) for channel in flat])
    real = real.reshape(*channels, *real.shape[1:])
    return DenseStep(
        system=block_real(form),
        rule=step.rule,
        dt=step.dt,
        A_bar=real[..., :-1],
        B_bar=real[..., -1],
    )
