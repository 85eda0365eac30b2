"""A discretized dense layer, and the ways through it.

    x_n = A x_{n-1} + B u_n,        y_n = C x_n + D u_n

for every row (channel), in double precision whatever the sequence's: `respond` (one
convolution, from rest), `chunk` (a stretch of samples, from any state), `step` (one).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.nn.functional import pad

from framestate.deep.functional.fft_conv import fft_conv
from framestate.deep.functional.powers import (
    absorbed,
    impulse_responses,
    power_applied,
    power_kernel,
    squares,
)

Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@final
@dataclass(frozen=True, slots=True, eq=False)
class LinearRecurrence:
    """One system a row: a channel, or a channel of one sequence of the batch.

    Attributes
    ----------
    A : Tensor
        (rows, n, n).
    B, C : Tensor
        (rows, n).
    D : Tensor
        Feedthrough, (channels,).
    """

    A: Float64[Tensor, "rows n n"]
    B: Float64[Tensor, "rows n"]
    C: Float64[Tensor, "rows n"]
    D: Float64[Tensor, " channels"]

    def kernel(self, length: int) -> Float64[Tensor, "rows {length}"]:
        """Return C A^l B for l < length."""
        return impulse_responses(self.A, self.B, self.C, length)

    def respond(
        self, u: Float[Tensor, "batch length channels"]
    ) -> Float[Tensor, "batch length channels"]:
        """Return the outputs from rest."""
        return convolved(u, self.kernel(u.shape[1]), self.D)

    def chunk(
        self,
        u: Float[Tensor, "batch length channels"],
        x: Float64[Tensor, "batch channels n"],
    ) -> tuple[
        Float[Tensor, "batch length channels"], Float64[Tensor, "batch channels n"]
    ]:
        """Absorb a stretch of samples: the outputs and the state after it."""
        rows, length = len(self.A), u.shape[1]
        powers = squares(self.A, length)
        first = self.A @ x.reshape(-1, rows, x.shape[-1]).permute(1, 2, 0)
        columns = torch.cat((self.B[..., None], first), -1)
        responses = power_kernel(powers, self.C[:, None], columns, length)[:, 0]
        fading = in_sequences(responses[:, 1:].permute(1, 2, 0), u.shape[0])
        y = convolved(u, responses[:, 0], self.D) + fading.to(u.dtype)
        faded = power_applied(powers, first, length - 1).permute(2, 0, 1)
        samples = in_rows(u, rows).double().permute(2, 0, 1)
        new = absorbed(powers, self.B, samples).transpose(0, 1)
        return y, (faded + new).reshape(x.shape)

    def step(
        self,
        u: Float64[Tensor, "batch channels"],
        x: Float64[Tensor, "batch channels n"],
    ) -> tuple[Float64[Tensor, "batch channels"], Float64[Tensor, "batch channels n"]]:
        """Absorb one sample: the output and the state after it."""
        z = x.reshape(-1, *self.B.shape)
        z = (self.A @ z[..., None])[..., 0] + self.B * u.reshape(-1, len(self.B), 1)
        y = (self.C * z).sum(-1).reshape(u.shape)
        return y + self.D * u, z.reshape(x.shape)


def one_by_one(
    step_at: Callable[[Tensor], Step],
    u: Float[Tensor, "batch length channels"],
    every: Float64[Tensor, "batch length"],
    x: Float64[Tensor, "batch channels n"],
) -> tuple[Float[Tensor, "batch length channels"], Float64[Tensor, "batch channels n"]]:
    """Absorb samples at uneven times, each by a step of its own, `step_at(interval)`."""
    outputs: list[Tensor] = []
    for u_t, interval in zip(u.double().unbind(1), every.unbind(1), strict=True):
        y, x = step_at(interval)(u_t, x)
        outputs.append(y)
    return torch.stack(outputs, 1).to(u.dtype), x


def convolved(
    u: Float[Tensor, "batch length channels"],
    K: Float64[Tensor, "rows length"],
    D: Float64[Tensor, " channels"],
) -> Float[Tensor, "batch length channels"]:
    """The causal convolution; D is the kernel's first tap, which saves a pass."""
    first = D.repeat(len(K) // len(D))[:, None]
    taps = (K + pad(first, (0, u.shape[1] - 1))).to(u.dtype)
    return in_sequences(fft_conv(in_rows(u, len(K)), taps), u.shape[0])


def in_rows(
    u: Float[Tensor, "batch length channels"], rows: int
) -> Float[Tensor, "some length {rows}"]:
    """The sequences as they are, or the channels of all side by side, as rows are."""
    return u if u.shape[2] == rows else u.transpose(0, 1).reshape(1, u.shape[1], rows)


def in_sequences(
    y: Float[Tensor, "some length rows"], batch: int
) -> Float[Tensor, "{batch} length channels"]:
    """What `in_rows` laid side by side, taken apart again."""
    if y.shape[0] == batch:
        return y
    return y.reshape(y.shape[1], batch, -1).transpose(0, 1)
