"""A diagonal layer before its discretization."""

from dataclasses import dataclass
from typing import final

from jaxtyping import Float64
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.discretize import discretize
from framestate.deep.functional.pairs import Pair, exp
from framestate.deep.layers.recurrence import Recurrence
from framestate.ssm import Rule


@final
@dataclass(frozen=True, slots=True, eq=False)
class Continuous:
    """c' = -lam c + B u, y = Re(readout c) + D u: (channels, modes), in double.

    Attributes
    ----------
    rule : Rule
        How it is discretized.
    lam, B, readout : Pair
        Eigenvalues, input vector, C times the weight of each mode.
    dt : Tensor
        Sample interval over window, (channels, 1).
    D : Tensor
        Feedthrough, (channels,).
    """

    rule: Rule
    lam: Pair
    B: Pair
    readout: Pair
    dt: Float64[Tensor, "channels 1"]
    D: Float64[Tensor, " channels"]

    def discretized(self, interval: float | Tensor | None) -> Recurrence:
        """Return the recurrence of samples `interval` dt apart; (batch,) gives a batch."""
        dt = self.dt
        if isinstance(interval, Tensor):
            dt = dt * interval[:, None, None]
        elif interval is not None:
            dt = dt * interval
        step = discretize(self.rule, self.lam, dt)
        return Recurrence(
            log_z=step.log_z,
            z_bar=exp(step.log_z),
            now=self.B * step.now,
            past=None if step.past is None else self.B * step.past,
            readout=self.readout,
            D=self.D,
        )


def require_stable(system: Recurrence, request: str) -> None:
    """Refuse poles outside the unit circle, where an explicit rule may put them.

    Raises
    ------
    InvalidInputError
        If a mode grows from sample to sample.
    """
    growth = float(system.log_z.real.detach().max())
    if growth > 1e-10:  # rounding leaves an undamped mode this far outside
        raise InvalidInputError(
            request=request,
            finding=f"max |z_bar| = 1 + {growth:.1e} grows without bound",
            remedy='Lower dt_max, or take "bilinear" or "zoh".',
        )
