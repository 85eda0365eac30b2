"""A discretized diagonal layer, and the three ways through it.

    z_n = z_bar z_{n-1} + now u_n + past u_{n-1},     y_n = sum_m Re(readout_m z_{n, m}) + D u_n

in double precision, whatever the precision of the sequence: `respond` (one convolution
with the kernel, from rest), `step` (one sample) and `chunk` (a stretch of samples, from
any state). `past` is there for an input that is straight between samples.
"""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.nn.functional import pad
from torch.utils import _pytree as pytree

from framestate.deep.functional.fft_conv import fft_conv
from framestate.deep.functional.pairs import Pair, exp
from framestate.deep.functional.vandermonde import power_sum, power_sum_transposed


@final
@dataclass(frozen=True, slots=True, eq=False)
class Recurrence:
    """The coefficients of one sample, (channels, modes) or a batch of those.

    Attributes
    ----------
    log_z : Pair
        Logarithms of the poles.
    z_bar : Pair
        Poles.
    now, past : Pair
        Input vectors of this sample and, or None, of the one before.
    readout : Pair
        C times the weight of each mode (2 for a pair, 1 for a real mode),
        (channels, modes).
    D : Tensor
        Feedthrough, (channels,).
    """

    log_z: Pair
    z_bar: Pair
    now: Pair
    past: Pair | None
    readout: Pair
    D: Float64[Tensor, " channels"]

    def kernel(self, length: int) -> Float64[Tensor, "channels {length}"]:
        """Return the response to an impulse, without D.

        The modes are summed in double: they cancel down to |K| from cond(V) |K|.
        """
        if self.past is None:
            return power_sum(self.log_z, self.readout * self.now, length)
        first = self.readout.real_of_product(self.now).sum(-1, keepdim=True)
        if length == 1:
            return first
        later = self.readout * (self.z_bar * self.now + self.past)
        return torch.cat((first, power_sum(self.log_z, later, length - 1)), 1)

    def respond(
        self, u: Float[Tensor, "batch length channels"]
    ) -> Float[Tensor, "batch length channels"]:
        """Return the outputs from rest; D is the kernel's first tap, saving a pass."""
        if len(self.log_z.shape) == 3:
            y = self._in_rows().respond(_rows(u))
            return _sequences(y, u.shape[0])
        feedthrough = pad(self.D[:, None], (0, u.shape[1] - 1))
        return fft_conv(u, (self.kernel(u.shape[1]) + feedthrough).to(u.dtype))

    def step(
        self,
        u: Float64[Tensor, "batch channels"],
        z: Pair,
        before: Float64[Tensor, "batch channels"] | None,
    ) -> tuple[Float64[Tensor, "batch channels"], Pair]:
        """Absorb one sample: the output and the state after it."""
        state = self._carried(z, before) + self.now.scaled(u[..., None])
        y = self.readout.real_of_product(state).sum(-1)
        return torch.addcmul(y, self.D, u), state

    def chunk(
        self,
        u: Float[Tensor, "batch length channels"],
        z: Pair,
        before: Float64[Tensor, "batch channels"] | None,
    ) -> tuple[Float[Tensor, "batch length channels"], Pair]:
        """Absorb a stretch of samples: the outputs and the state after it."""
        if len(self.log_z.shape) == 3:
            return self._chunk_in_rows(u, z, before)
        carried, length = self._carried(z, before), u.shape[1]
        fading = power_sum(self.log_z, self.readout * carried, length)
        y = self.respond(u) + fading.transpose(1, 2).to(u.dtype)
        faded = exp(self.log_z.scaled(float(length - 1))) * carried
        return y, faded + self._absorbed(u.double().flip(1).transpose(1, 2))

    def _carried(
        self, z: Pair, before: Float64[Tensor, "batch channels"] | None
    ) -> Pair:
        """Return what the next sample finds of all that came before it."""
        carried = self.z_bar * z
        if self.past is None or before is None:
            return carried
        return carried + self.past.scaled(before[..., None])

    def _absorbed(self, backwards: Float64[Tensor, "batch channels length"]) -> Pair:
        """Return the state after samples from rest, read from the last to the first."""
        if self.past is None:
            return self.now * power_sum_transposed(self.log_z, backwards)
        latest = backwards[..., 0, None]
        if backwards.shape[-1] == 1:
            return self.now.scaled(latest)
        earlier = power_sum_transposed(self.log_z, backwards[..., 1:])
        return self.now * (self.z_bar * earlier).plus(latest) + self.past * earlier

    def _chunk_in_rows(
        self,
        u: Float[Tensor, "batch length channels"],
        z: Pair,
        before: Float64[Tensor, "batch channels"] | None,
    ) -> tuple[Float[Tensor, "batch length channels"], Pair]:
        """`chunk` where every sequence has coefficients of its own."""
        before = None if before is None else before.reshape(1, -1)
        y, state = self._in_rows().chunk(
            _rows(u), z.map(lambda x: x.reshape(1, -1, x.shape[-1])), before
        )
        return _sequences(y, u.shape[0]), state.map(lambda x: x.reshape(z.shape))

    def _in_rows(self) -> "Recurrence":
        """Return the channels of all sequences as those of one."""
        batch, channels, _ = self.log_z.shape

        def rows(x: Pair) -> Pair:
            return x.map(lambda part: part.expand(batch, -1, -1).flatten(0, 1))

        return Recurrence(
            log_z=rows(self.log_z),
            z_bar=rows(self.z_bar),
            now=rows(self.now),
            past=None if self.past is None else rows(self.past),
            readout=rows(self.readout),
            D=self.D.expand(batch, channels).flatten(),
        )


pytree.register_dataclass(Recurrence)


def _rows(u: Float[Tensor, "batch length channels"]) -> Float[Tensor, "1 length rows"]:
    """Lay the channels of all sequences side by side."""
    return u.transpose(0, 1).reshape(1, u.shape[1], -1)


def _sequences(
    y: Float[Tensor, "1 length rows"], batch: int
) -> Float[Tensor, "batch length channels"]:
    """Take them apart again."""
    return y.reshape(y.shape[1], batch, -1).transpose(0, 1)
