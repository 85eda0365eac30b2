"""How a stream moves its state, sample after sample.

`Waiting` serves steps with powers. Samples wait in the rows below the state,
W = (x; the sample before; u_0; u_1; ..), and an output is one product of a tabulated
row with W. Only a full chunk is absorbed, by `framestate.ssm.runtime.chunks`, so that a sample
costs one reading of the state, and less where nothing is read. `Advancing` serves every
other step, which it advances at once.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import final

import numpy as np
from jaxtyping import Float, Float64, Inexact

from framestate.ssm.arrays import Array, Place
from framestate.ssm.runtime.chunked import by_states
from framestate.ssm.runtime.chunks import Chunk, chunk_size, tables
from framestate.ssm.runtime.linear import Linear
from framestate.ssm.runtime.readout import Readout, native_state, real_state
from framestate.ssm.runtime.records import Record

_WAITING = 32  # samples that wait at most


@final
class Waiting:
    """A step with powers; samples wait until a chunk is full.

    Parameters
    ----------
    start : Record
        Where to start; its samples are not looked at.
    step : Linear
        What moves the state.
    rows : Readout
        What is read: p rows, 0 if nothing.
    """

    def __init__(self, start: Record, step: Linear, rows: Readout) -> None:
        self._place, self._step, self._rows = start.place, step, rows
        self._chunk = Chunk(self._place, step, tables(step, rows, _WAITING))
        self._long: Chunk | None = None
        (h, _, b), self._N = start.x.shape, self._chunk.host.seen.shape[3]
        self._W = _window(self._place, (h, self._N + 1 + _WAITING, b), rows)
        self._empty = self._place.zeros((h, 0, b), modal=False)
        self._readings, self._waiting = self._tabulate(), 0
        self._W[:, : self._N, :] = real_state(self._place.xp, start.x)
        self._W[:, self._N, :] = start.last

    def one(self, u: Float[Array, "h b"]) -> Float[Array, "h p b"]:
        """Take a sample, and read."""
        t = self._waiting
        self._W[:, self._N + 1 + t, :] = u
        self._waiting = t + 1
        y = self._readings[t]() if self._readings else self._empty
        if self._waiting == _WAITING:
            self._absorb()
        return y

    def block(self, u: Float[Array, "h L b"]) -> Float[Array, "h L p b"]:
        """Take many samples, and read after each."""
        if self._long is None:
            size = chunk_size(self._rows, by_transform=False)
            host = tables(self._step, self._rows, size)
            self._long = Chunk(self._place, self._step, host)
        (x, last), inputs, xp = self.settled(), [u], self._place.xp
        if self._step.past is not None:
            earlier = (last[:, None, :], u[:, :-1, :])
            inputs.append(xp.concat(earlier, axis=1))
        y, x = self._long.walk(x, inputs)
        self._W[:, : self._N, :] = real_state(xp, x)
        self._W[:, self._N, :] = u[:, -1, :]
        return y

    def settled(self) -> tuple[Inexact[Array, "h n b"], Float[Array, "h b"]]:
        """The state that has absorbed all samples, and the last of them: copies."""
        xp = self._place.xp
        self._absorb()
        kept = xp.asarray(self._W[:, : self._N + 1, :], copy=True)
        x = native_state(xp, kept[:, :-1, :], modal=self._step.modal)
        return x, kept[:, -1, :]

    def _absorb(self) -> None:
        t, N, W = self._waiting, self._N, self._W
        if t:
            inputs = [W[:, N + 1 : N + 1 + t, :], W[:, N : N + t, :]]
            read = inputs[: len(self._chunk.host.drives)]
            W[:, :N, :] = self._chunk.absorb(W[:, :N, :], read)
            W[:, N, :] = W[:, N + t, :]
        self._waiting = 0

    def _tabulate(self) -> list[Callable[[], Array]]:
        """For each t what reads its output (h, p, b) from W."""
        host, N = self._chunk.host, self._N
        h, T, p, _ = host.seen.shape
        table = np.zeros((h, T, p, N + 1 + T))
        table[..., :N] = host.seen
        for t in range(T):
            for late, kernel in enumerate(host.kernels):
                first = N + 1 - late
                table[:, t, :, first : first + t + 1] += kernel[..., t::-1]
        ends = range(N + 2, N + 2 + T) if p else ()
        return [
            _reading(self._place, table[:, t, :, :end], self._W[:, :end, :])
            for t, end in enumerate(ends)
        ]


def _window(
    place: Place, shape: tuple[int, int, int], rows: Readout
) -> Float[Array, "h R b"]:
    """Zeros, the channels side by side in memory where one row of each is read."""
    h, R, b = shape
    if h == 1 or rows.C.shape[1] != 1:
        return place.zeros(shape, modal=False)
    return place.xp.permute_dims(place.zeros((R, b, h), modal=False), (2, 0, 1))


def _reading(
    place: Place, rows: Float64[np.ndarray, "h p R"], window: Float[Array, "h R b"]
) -> Callable[[], Float[Array, "h p b"]]:
    """The product of the rows with what then stands in the window, a view."""
    h, p, _ = rows.shape
    if h == 1:
        # A product of two matrices is called faster than one of two stacks of one.
        one, only = place.put(rows[0]), window[0, ...]
        product = np.dot if isinstance(only, np.ndarray) else place.xp.matmul
        return lambda: product(one, only)[None, ...]
    if p > 1:
        many = place.put(rows)
        return lambda: many @ window
    xp = place.xp
    factors = place.put(np.ascontiguousarray(rows.T))
    flat = xp.permute_dims(window, (1, 2, 0))
    if not isinstance(flat, np.ndarray):
        return lambda: xp.sum(factors * flat, axis=0).T[:, None, :]
    products, ones = np.empty_like(flat), np.ones(len(flat), flat.dtype)
    columns = products.reshape(len(flat), -1)

    def read() -> Float[Array, "h p b"]:
        """A sum by BLAS: faster than one along the first axis."""
        np.multiply(factors, flat, out=products)
        return ones.dot(columns).reshape(-1, h).T[:, None, :]

    return read


@final
class Advancing:
    """A step without powers, advanced at every sample; it never reads the past.

    Parameters
    ----------
    start : Record
        The step and where to start; its samples are not looked at.
    rows : Readout
        What is read: p rows, 0 if nothing.
    """

    def __init__(self, start: Record, rows: Readout) -> None:
        self._now, self._rows = start, rows
        self._C = start.place.put(rows.real)
        self._D = start.place.put(rows.D[..., None])

    def one(self, u: Float[Array, "h b"]) -> Float[Array, "h p b"]:
        """Take a sample, and read."""
        now = self._now
        stretches = now.motion.cut(u[:, None, None, :], now.last[:, None, :], now.count)
        x = stretches.through(now.x)
        self._now = replace(now, x=x, count=now.count + 1)
        return self._C @ real_state(now.place.xp, x) + self._D * u[:, None, :]

    def block(self, u: Float[Array, "h L b"]) -> Float[Array, "h L p b"]:
        """Take many samples, and read after each."""
        record = replace(self._now, u=u)
        y, x = by_states(record, self._rows)
        self._now = replace(record, x=x, count=record.count + u.shape[1])
        return y

    def settled(self) -> tuple[Inexact[Array, "h n b"], Float[Array, "h b"]]:
        """The state, and a sample before that nothing reads."""
        return self._now.x, self._now.last
