"""A discretized layer of modes that read and feed all channels, and its ways through.

    z_n = gain z_{n-1} + share (B u_n),        y_n = Re(C z_n) + D u_n

with complex modes as real vectors [Re, Im], so that B and C are real matrices. The
recurrence is in double precision, the products with B and C in the sequence's own.
"""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from framestate.deep.functional.mode_scan import mode_scan
from framestate.deep.functional.pairs import Pair
from framestate.deep.layers.reversal import Reversal


@final
@dataclass(frozen=True, slots=True, eq=False)
class ModalStep:
    """The coefficients of every sample.

    Attributes
    ----------
    gain : Tensor
        Factor of every mode, (batch or 1, length or 1, n).
    share : Tensor or None
        Factor of its input, of that shape; None where B has it already.
    B : Tensor
        (channels, n): u B is the input of the modes.
    C : Tensor
        (n, channels).
    D : Tensor
        (channels,).
    """

    gain: Float64[Tensor, "#batch #length n"]
    share: Float64[Tensor, "#batch #length n"] | None
    B: Float64[Tensor, "channels n"]
    C: Float64[Tensor, "n channels"]
    D: Float64[Tensor, " channels"]

    def run(
        self,
        u: Float[Tensor, "batch length channels"],
        start: Float64[Tensor, "batch n"],
    ) -> tuple[Float[Tensor, "batch length channels"], Float64[Tensor, "batch n"]]:
        """Absorb a sequence: outputs, and the state after it."""
        with torch.autocast(u.device.type, enabled=False):
            z = mode_scan(self.gain, self._driven(u), start, parts=2)
            return self._seen(z, u) + self.D.to(u.dtype) * u, z[:, -1].clone()

    def run_back(
        self, u: Float[Tensor, "batch length channels"], reversal: Reversal
    ) -> Float[Tensor, "batch length channels"]:
        """Return C z of the same recurrence from the last sample to the first."""
        with torch.autocast(u.device.type, enabled=False):
            x = self._driven(reversal(u))
            rest = torch.zeros_like(x[:, 0])
            return reversal(self._seen(mode_scan(self.gain, x, rest, parts=2), u))

    def step(
        self, u: Float64[Tensor, "batch channels"], z: Float64[Tensor, "batch n"]
    ) -> tuple[Float64[Tensor, "batch channels"], Float64[Tensor, "batch n"]]:
        """Absorb one sample: the output and the state after it."""
        z = times(self.gain[:, 0], z) + self._driven(u[:, None])[:, 0]
        return z @ self.C + self.D * u, z

    def _driven(
        self, u: Float[Tensor, "batch length channels"]
    ) -> Float64[Tensor, "batch length n"]:
        """The inputs of the modes."""
        x = (u @ self.B.to(u.dtype)).double()
        return x if self.share is None else times(self.share, x)

    def _seen(
        self,
        z: Float64[Tensor, "batch length n"],
        u: Float[Tensor, "batch length channels"],
    ) -> Float[Tensor, "batch length channels"]:
        """The outputs of the modes, in the precision of u."""
        return z.to(u.dtype) @ self.C.to(u.dtype)


def halves(z: Pair) -> Float[Tensor, "... n"]:
    """[Re, Im] along the last axis."""
    return torch.cat((z.real, z.imag), -1)


def times(a: Tensor, z: Tensor) -> Tensor:
    """The product of complex vectors that are [Re, Im]."""
    return halves(Pair(*a.chunk(2, -1)) * Pair(*z.chunk(2, -1)))
