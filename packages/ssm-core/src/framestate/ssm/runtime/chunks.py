"""A chunk of T samples at once: y = C x + D u of a time-invariant step.

With K_k = C A^k B, and K_0 + D in the place of K_0, the chunk that begins in state x has

    y_t = C A^(t+1) x + sum_{s <= t} K_{t-s} u_s,      x' = A^T x + sum_s A^(T - 1 - s) B u_s,

matrix products all of them. The tables are made on the host in double precision. A
step that reads the sample before has a second input, the samples one later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import isqrt
from typing import TypeAlias, final

import numpy as np
import scipy.fft
from jaxtyping import Complex, Float, Float64, Inexact

from framestate.ssm.arrays import Array, Place
from framestate.ssm.kernels.blocked import affine
from framestate.ssm.runtime.linear import Linear
from framestate.ssm.runtime.readout import Readout, native_state, real_rows, real_state

_SHORT, _LONG = 128, 512  # samples of a chunk by products and by transforms
_TABLE = 1 << 21  # numbers of a table
_GROUP = 1 << 18  # outputs computed at once

_Flat: TypeAlias = Sequence[Float[Array, "h t columns"]]


@final
@dataclass(frozen=True, eq=False)
class Tables:
    """The matrices of a chunk, on the host.

    Parameters
    ----------
    seen : (h, T, p, N) float64
        C A^(t+1) on `real_state`.
    kernels : (inputs, h, p, T) float64
        C A^k B of each input, D included.
    drives : (inputs, h, N, T) float64
        Real states A^(T - 1 - s) B of each input.
    """

    seen: Float64[np.ndarray, "h T p N"]
    kernels: Float64[np.ndarray, "inputs h p T"]
    drives: Float64[np.ndarray, "inputs h N T"]


def tables(step: Linear, rows: Readout, size: int) -> Tables:
    """The tables of chunks of that size."""
    moved = step.transpose.orbit(np.swapaxes(rows.C, 1, 2), size + 1)[:, 1:]
    inputs = [step.B] if step.past is None else [step.B, step.past]
    states = np.stack([step.orbit(B[..., None], size)[..., 0] for B in inputs])
    if step.modal:
        states = np.concatenate((np.real(states), np.imag(states)), axis=-1)
    kernels = rows.real @ np.swapaxes(states, -1, -2)
    kernels[0, :, :, 0] += rows.D
    return Tables(
        seen=real_rows(np.swapaxes(moved, -1, -2)),
        kernels=kernels,
        drives=np.swapaxes(states[:, :, ::-1], -1, -2),
    )


def chunk_size(rows: Readout, *, by_transform: bool) -> int:
    """Samples of a chunk that is fast and whose tables stay small."""
    h, p, n = rows.C.shape
    most = _TABLE // (h * max(1, p) * 2 * n)
    if by_transform:
        return max(1, min(_LONG, most))
    return max(1, min(_SHORT, most, isqrt(_TABLE // (h * max(1, p)))))


@final
@dataclass(frozen=True, eq=False)
class Chunk:
    """The tables on a place, for chunks of T samples and for shorter ones.

    Parameters
    ----------
    place : Place
        Where.
    step : Linear
        What moves the state.
    host : Tables
        Of its chunks.
    by_transform : bool
        Whether sums over a chunk are Fourier transforms, not matrix products.
    """

    place: Place
    step: Linear
    host: Tables
    by_transform: bool = False

    @property
    def size(self) -> int:
        """T."""
        return self.host.seen.shape[1]

    @property
    def rows(self) -> int:
        """p."""
        return self.host.seen.shape[2]

    def walk(
        self, x: Inexact[Array, "h n b"], inputs: Sequence[Float[Array, "h L b"]]
    ) -> tuple[Float[Array, "h L p b"], Inexact[Array, "h n b"]]:
        """Outputs and the last state of a record, some chunks at a time.

        Parameters
        ----------
        x : (h, n, b)
            State before.
        inputs : sequence of (h, L, b)
            The samples; of a step that reads the past also the samples before each.
        """
        xp, (h, length, b) = self.place.xp, inputs[0].shape
        together = max(1, _GROUP // (self.size * h * b * max(1, self.rows)))
        state, done, parts = real_state(xp, x), 0, []
        while done < length:
            S = min(together, (length - done) // self.size) or 1
            end = min(done + S * self.size, length)
            cut = [
                xp.reshape(v[:, done:end, :], (h, S, (end - done) // S, b))
                for v in inputs
            ]
            y, state = self._move(state, cut)
            parts.append(y)
            done = end
        return xp.concat(parts, axis=1), native_state(xp, state, modal=self.step.modal)

    def absorb(
        self, x: Float[Array, "h N b"], inputs: Sequence[Float[Array, "h t b"]]
    ) -> Float[Array, "h N b"]:
        """The `real_state` after t <= T samples, without outputs."""
        return self._leap(inputs[0].shape[1])(x) + self._drive(inputs)

    def _move(
        self, x: Float[Array, "h N b"], inputs: Sequence[Float[Array, "h S t b"]]
    ) -> tuple[Float[Array, "h l p b"], Float[Array, "h N b"]]:
        """Outputs and the last state of S chunks of t <= T samples."""
        xp, (h, S, t, b), p = self.place.xp, inputs[0].shape, self.rows
        flat = [
            xp.reshape(xp.permute_dims(v, (0, 2, 1, 3)), (h, t, S * b)) for v in inputs
        ]
        N, leap = x.shape[1], self._leap(t)
        ends = xp.reshape(self._drive(flat), (h, N, S, b))
        heads = affine.carried(lambda _, x: leap(x), ends, x)
        found = xp.reshape(xp.stack(heads[:-1], axis=2), (h, N, S * b))
        seen = xp.reshape(self._seen[:, :t, :, :], (h, t * p, N))
        y = seen @ found + self._within(flat)
        y = xp.permute_dims(xp.reshape(y, (h, t, p, S, b)), (0, 3, 1, 2, 4))
        return xp.reshape(y, (h, S * t, p, b)), heads[-1]

    def _drive(self, flat: _Flat) -> Float[Array, "h N columns"]:
        """What the samples of a chunk leave in its last state."""
        late = self.size - flat[0].shape[1]
        pairs = zip(self._drives, flat, strict=True)
        return sum(drive[:, :, late:] @ v for drive, v in pairs)

    @cached_property
    def _leap(self) -> Callable[[int], Callable[[Array], Array]]:
        """For each t the map x -> A^t x of real states."""

        def matrix(t: int) -> Callable[[Array], Array]:
            factor = self.place.put(self.step.power(t))
            return lambda x: factor @ x

        def turn(t: int) -> Callable[[Array], Array]:
            m, power = self.step.A.shape[1], self.step.power(t)[..., None]
            re, im = np.real(power), np.imag(power)
            kept = self.place.put(np.concatenate((re, re), axis=1))
            moved = self.place.put(np.concatenate((-im, im), axis=1))
            concat = self.place.xp.concat
            return lambda x: (
                kept * x + moved * concat((x[:, m:, :], x[:, :m, :]), axis=1)
            )

        return cache(turn if self.step.modal else matrix)

    def _within(self, flat: _Flat) -> Float[Array, "h tp columns"]:
        """What samples of a chunk add to its outputs."""
        if self.by_transform:
            return self._transformed(flat)
        t, p = flat[0].shape[1], self.rows
        products = (
            matrix[:, : t * p, :t] @ v
            for matrix, v in zip(self._toeplitz, flat, strict=True)
        )
        return sum(products)

    def _transformed(self, flat: _Flat) -> Float[Array, "h tp columns"]:
        xp, fft, size = self.place.xp, self.place.fft, self._transform_size
        h, t, columns = flat[0].shape
        spectra = (
            H * fft.rfft(v, n=size, axis=1)[:, :, None, :]
            for H, v in zip(self._spectra, flat, strict=True)
        )
        y = fft.irfft(sum(spectra), n=size, axis=1)[:, :t, ...]
        return xp.reshape(y, (h, t * self.rows, columns))

    @cached_property
    def _seen(self) -> Float[Array, "h T p N"]:
        return self.place.put(self.host.seen)

    @cached_property
    def _drives(self) -> list[Float[Array, "h N T"]]:
        return [self.place.put(drive) for drive in self.host.drives]

    @cached_property
    def _toeplitz(self) -> list[Float[Array, "h Tp T"]]:
        lags = np.subtract.outer(range(self.size), range(self.size))
        late = [np.where(lags < 0, 0.0, K[..., lags]) for K in self.host.kernels]
        shape = (len(late[0]), -1, self.size)
        return [self.place.put(np.swapaxes(K, 1, 2).reshape(shape)) for K in late]

    @property
    def _transform_size(self) -> int:
        return scipy.fft.next_fast_len(2 * self.size - 1, real=True)

    @cached_property
    def _spectra(self) -> list[Complex[Array, "h F p 1"]]:
        K = np.swapaxes(self.host.kernels, 2, 3)[..., None]
        return [
            self.place.put(H) for H in scipy.fft.rfft(K, self._transform_size, axis=2)
        ]
