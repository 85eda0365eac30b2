r"""Normal plus low rank (DPLR), the form of S4 (arXiv 2111.00396), and its step.

    z' = -(diag(lam) + P P^H) z + B u,        y = sum_m w_m Re(C_m z_m),

half of each conjugate pair stored, so that P^H z = sum_m w_m Re(conj(P_m) z_m) is real.
The generalized bilinear rule keeps the form (Woodbury): with x = lam dt,
D = 1 / (1 + alpha x) and the small real matrix K = I + alpha dt P^H D P,

    A_bar = diag((1 - (1 - alpha) x) D) - dt D P K^-1 (P^H D .)
    B_bar = dt D B - alpha dt D P K^-1 dt (P^H D B),

the numbers of `framestate.ssm.discretize`. Where Re(lam) >= 0 and alpha >= 1/2, A_bar
is a contraction (up to the weights), so that its powers may be taken by squaring.

Modes are pairs of real tensors; a state is the real vector [Re z, Im z], n = 2 m.
"""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from framestate.deep.functional.pairs import Pair, squared


@final
@dataclass(frozen=True, slots=True, eq=False)
class DPLRSystem:
    """A system for every row (channel), in double precision.

    Attributes
    ----------
    lam, B, C : Pair
        Eigenvalues of the normal part, input vector, readout times w: (rows, m).
    P : Pair
        Low-rank factor (rows, m, k).
    dt : Tensor
        Sample interval over window, (rows, 1).
    weight : Tensor
        w, 2 for a mode that stands for a pair, 1 for a real mode: (m,).
    alpha : float
        Weight of the end of the step: 1/2 bilinear, 1 backward Euler.
    """

    lam: Pair
    P: Pair
    B: Pair
    C: Pair
    dt: Float64[Tensor, "rows 1"]
    weight: Float64[Tensor, " m"]
    alpha: float

    def step(self) -> "DPLRStep":
        """Return the discretized system: O(m k^2) a row."""
        dt, alpha = self.dt, self.alpha
        D, gain = self.factors()
        spread = D.map(lambda part: part[..., None])
        conjugate = Pair(self.P.real, -self.P.imag) * spread
        read = row(conjugate.scaled(self.weight[:, None]), -2).mT
        K = alpha * dt[..., None] * (read @ column(self.P, -2))
        K = K + torch.eye(K.shape[-1], dtype=K.dtype, device=K.device)
        low = divided(dt[..., None] * column(self.P * spread, -2), K)
        late = alpha * (low @ (read @ column(self.B, -1)[..., None]))[..., 0]
        drive = dt * (column(self.B * D, -1) - late)
        same = torch.cat((gain.real, gain.real), -1)
        cross = torch.cat((-gain.imag, gain.imag), -1)
        return DPLRStep(same, cross, low, read, drive, row(self.C, -1))

    def factors(self) -> tuple[Pair, Pair]:
        """D = 1 / (1 + alpha x) and the gain (1 - (1 - alpha) x) D, x = lam dt."""
        x = self.lam.scaled(self.dt)
        end = x.scaled(self.alpha).plus(1.0)
        D = Pair(end.real, -end.imag).scaled(1 / squared(end))
        return D, x.scaled(self.alpha - 1).plus(1.0) * D


@final
@dataclass(frozen=True, slots=True, eq=False)
class DPLRStep:
    """x_n = gain x_{n-1} - low (read x_{n-1}) + drive u_n, y_n = output x_n.

    Attributes
    ----------
    same, cross : Tensor
        The gain's share of the part itself and of the other part, (rows, n):
        [Re, Re] and [-Im, Im].
    low : Tensor
        Where the low-rank part acts, (rows, n, k).
    read : Tensor
        What it reads, (rows, k, n).
    drive, output : Tensor
        Input vector and readout, (rows, n).
    """

    same: Float64[Tensor, "rows n"]
    cross: Float64[Tensor, "rows n"]
    low: Float64[Tensor, "rows n k"]
    read: Float64[Tensor, "rows k n"]
    drive: Float64[Tensor, "rows n"]
    output: Float64[Tensor, "rows n"]

    def matrix(self) -> Float64[Tensor, "rows n n"]:
        """Return A_bar as a dense matrix."""
        m = self.same.shape[-1] // 2
        cross = torch.diag_embed(self.cross)
        swapped = torch.cat((cross[..., m:], cross[..., :m]), -1)
        return torch.diag_embed(self.same) + swapped - self.low @ self.read

    def advanced(
        self, u: Float64[Tensor, "batch rows"], x: Float64[Tensor, "batch rows n"]
    ) -> tuple[Float64[Tensor, "batch rows"], Float64[Tensor, "batch rows n"]]:
        """Absorb one sample: the output and the state after it, O(n k) a row."""
        seen = (self.read * x[..., None, :]).sum(-1)
        back = (self.low * seen[..., None, :]).sum(-1)
        kept = torch.addcmul(x * self.same, x.roll(x.shape[-1] // 2, -1), self.cross)
        x = torch.addcmul(kept - back, self.drive, u[..., None])
        return (self.output * x).sum(-1), x


def column(z: Pair, dim: int) -> Float[Tensor, "..."]:
    """The vector [Re z, Im z] along an axis of modes."""
    return torch.cat((z.real, z.imag), dim)


def row(c: Pair, dim: int) -> Float[Tensor, "..."]:
    """The row of z -> Re(sum_m c_m z_m) on such vectors."""
    return torch.cat((c.real, -c.imag), dim)


def divided(X: Tensor, K: Tensor) -> Tensor:
    """X K^-1 for small K with a positive definite symmetric part: no pivoting.

    Elementary operations alone, real or complex, on any leading axes.
    """
    table = torch.cat((K, X), -2)
    for j in range(K.shape[-1]):
        scaled = table[..., j : j + 1] / table[..., j : j + 1, j : j + 1]
        rest = table - scaled * table[..., j : j + 1, :]
        table = torch.cat((rest[..., :j], scaled, rest[..., j + 1 :]), -1)
    return table[..., K.shape[-1] :, :]
