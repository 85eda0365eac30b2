"""How a stream moves its state, sample after sample.

`Waiting` serves steps with powers. Samples wait in the rows below the state,
W = (x; the sample before; u_0; u_1; ..), and an output is one product of a tabulated
row with W. Only a full chunk is absorbed, by `framestate.ssm.runtime.chunks`, so that a sample
costs one reading of the state, and less where nothing is read. `Advancing` serves every
other step, which it advances at once.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, final

import numpy as np
from jaxtyping import Float, Float64, Inexact

from framestate.ssm.arrays import Array
from framestate.ssm.runtime.chunked import by_states
from framestate.ssm.runtime.chunks import Chunk, chunk_size, tables
from framestate.ssm.runtime.layout import Layout
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
        self._layout, self.count = start.layout, start.count
        self._chunk = Chunk(self._place, step, tables(step, rows, _WAITING))
        self._long: Chunk | None = None
        (h, _, b), self._N = start.x.shape, self._chunk.host.seen.shape[3]
        self._W = self._place.zeros((h, self._N + 1 + _WAITING, b), modal=False)
        self._readings, self._waiting = self._tabulate(), 0
        self._W[:, : self._N, :] = real_state(self._place.xp, start.x)
        self._W[:, self._N, :] = start.last

    def one(self, u: Float[Array, "*batch"]) -> Float[Array, "*rows_batch"] | None:
        """Take a sample, and read."""
        t = self._waiting
        self._W[:, self._N + 1 + t, :] = self._layout.split(self._place.xp, u)
        self._waiting = t + 1
        self.count += 1
        y = self._readings[t]() if self._readings else None
        if self._waiting == _WAITING:
            self._absorb()
        return y

    def block(
        self, u: Float[Array, "L *batch"]
    ) -> Float[Array, "L *rows_batch"] | None:
        """Take many samples, and read after each."""
        xp, layout, rows = self._place.xp, self._layout, self._rows
        if self._long is None:
            size = chunk_size(rows, by_transform=False)
            self._long = Chunk(self._place, self._step, tables(self._step, rows, size))
        (x, last), folded = self.settled(), layout.split(xp, u)
        inputs = [folded]
        if self._step.past is not None:
            earlier = (last[:, None, :], folded[:, :-1, :])
            inputs.append(xp.concat(earlier, axis=1))
        y, x = self._long.walk(x, inputs)
        self._W[:, : self._N, :] = real_state(xp, x)
        self._W[:, self._N, :] = folded[:, -1, :]
        self.count += u.shape[0]
        return unfolded(xp, layout, rows, y)

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
        """For each t what reads its output from W."""
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
            self._reading(table[:, t, :, :end], self._W[:, :end, :])
            for t, end in enumerate(ends)
        ]

    def _reading(
        self, rows: Float64[np.ndarray, "h p R"], window: Float[Array, "h R b"]
    ) -> Callable[[], Array]:
        """The product of rows with what then stands in a window, as it is returned.

        The fewer axes, the faster a product is called.
        """
        xp, layout, axes = self._place.xp, self._layout, self._rows.axes
        (h, p, _), shape = rows.shape, (*axes, *layout.batch)
        if h == 1:
            one = self._place.put(rows[0, 0] if axes == () else rows[0])
            product = np.dot if isinstance(window, np.ndarray) else xp.matmul
            read = partial(product, one, window[0, ...])
        elif p == window.shape[2] == 1:
            one = self._place.put(rows[:, 0])
            read = partial(xp.vecdot, one, window[:, :, 0])
        else:
            many = self._place.put(rows)
            return lambda: xp.reshape(layout.join(xp, many @ window), shape)
        return read if read().shape == shape else lambda: xp.reshape(read(), shape)


def unfolded(
    xp: Any, layout: Layout, rows: Readout, y: Float[Array, "h L p b"]
) -> Float[Array, "L *rows_batch"] | None:
    """Outputs as a push returns them."""
    if rows.axes == (0,):
        return None
    return xp.reshape(layout.join(xp, y), (y.shape[1], *rows.axes, *layout.batch))


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
        self._start, self._x, self.count = start, start.x, start.count
        self._rows = rows
        self._C = start.place.put(rows.real)
        self._D = start.place.put(rows.D[..., None])

    def one(self, u: Float[Array, "*batch"]) -> Float[Array, "*rows_batch"] | None:
        """Take a sample, and read."""
        start = self._start
        xp, layout = start.place.xp, start.layout
        samples = layout.split(xp, u)[:, None, :]
        (self._x,) = start.motion.march(self._x, samples, start.last, self.count)
        self.count += 1
        if self._rows.axes == (0,):
            return None
        y = self._C @ real_state(xp, self._x) + self._D * samples
        return xp.reshape(layout.join(xp, y), (*self._rows.axes, *layout.batch))

    def block(
        self, u: Float[Array, "L *batch"]
    ) -> Float[Array, "L *rows_batch"] | None:
        """Take many samples, and read after each."""
        xp, layout = self._start.place.xp, self._start.layout
        samples = layout.split(xp, u)
        record = replace(self._start, u=samples, x=self._x, count=self.count)
        y, self._x = by_states(record, self._rows)
        self.count += u.shape[0]
        return unfolded(xp, layout, self._rows, y)

    def settled(self) -> tuple[Inexact[Array, "h n b"], Float[Array, "h b"]]:
        """The state, and a sample before that nothing reads."""
        return self._x, self._start.last
