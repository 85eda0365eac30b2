"""A system that a person can feed: samples in, outputs and the remembered window out."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Float, Inexact

from framestate.ssm.arrays import Array, Place, constant, samples
from framestate.ssm.checks import ArrayLike, refusal, whole
from framestate.ssm.responses.growth import overflowed
from framestate.ssm.runtime.engines import Advancing, Waiting
from framestate.ssm.runtime.layout import Layout
from framestate.ssm.runtime.linear import (
    Step,
    channels_of,
    linear,
    mode_weights,
    runnable,
)
from framestate.ssm.runtime.readout import nothing, readout, real_state, window_rows
from framestate.ssm.runtime.records import Record, State, check_state, unfold
from framestate.ssm.runtime.recurrence import motion


@final
class Stream:
    """A step with a memory, fed sample by sample or block by block.

    How samples are cut into pushes changes results by rounding alone. The state it
    starts from, or else the first push, decides library, device and precision; no
    gradient flows through. A stream serves one thread at a time.

    Parameters
    ----------
    step : TimeInvariantStep, ScaledClock or IrregularStep
        From `discretize` or `irregular`.
    C : (*rows, n) real or (*rows, m) complex array_like, optional
        What a push returns, as in `outputs`; left out, it returns nothing.
    D : array_like, optional
        What a sample adds to it at once.
    decoder : (points, N) array_like, optional
        From the state of the original operator to values of the window that it
        remembers, for `reconstruct`. Of a frame it holds the dual functions::

            s = np.linspace(0, 1, 200)  # s = 1 is now
            decoder = frame.duals(s).T

    state : State, optional
        Where to start; at rest if left out.
    batch : tuple of int, optional
        Shape of one sample. Left out, it is that of the state, or (H,) if each of H
        channels has its own dt, or () for numbers.

    Raises
    ------
    InvalidInputError
        If an argument is malformed or they do not fit together.
    """

    def __init__(
        self,
        step: Step,
        *,
        C: ArrayLike | None = None,
        D: ArrayLike | None = None,
        decoder: ArrayLike | None = None,
        state: State | None = None,
        batch: tuple[int, ...] | None = None,
    ) -> None:
        self._step = runnable("Stream", step)
        self._modal = mode_weights(step) is not None
        if C is None and D is not None:
            raise refusal("Stream", "D is given but C is not", "Pass C, or leave D out")
        self._rows = nothing(step) if C is None else readout("Stream", step, C, D)
        self._window = None
        if decoder is not None:
            self._window = window_rows("Stream", step, decoder)
        place = None if state is None else self._place_of(state)
        if batch is None and state is not None:
            batch = np.shape(state.x)[1:]
        self._layout = _layout(batch, channels_of(step))
        self._home = None if place is None else self._settle(place, state)

    def __repr__(self) -> str:
        count = 0 if self._home is None else self._home.engine.count
        what = f"{type(self._step).__name__}, {self._step.method}"
        return f"Stream({what}, batch={self._layout.batch}, count={count})"

    def push(self, u: ArrayLike) -> Float[Array, "..."] | None:
        """Feed one sample or a block of them.

        Parameters
        ----------
        u : (*batch) or (L, *batch) array_like
            Real numbers, of the library and device of the stream.

        Returns
        -------
        (*rows, *batch) or (L, *rows, *batch) array, or None without C
            What C and D read after each sample.

        Raises
        ------
        InvalidInputError
            If u is malformed; the stream is then as it was.
        """
        home: _Home | None = self._home
        given: Any = u
        if home is None or not home.knows(given):
            home, given = self._admit(u)
        engine, single = home.engine, given.shape == home.batch
        y = engine.one(given) if single else engine.block(given)
        self._home = home
        return y

    @property
    def state(self) -> State:
        """The state now: to save, and to start again from.

        Raises
        ------
        UnstableError
            If it has overflowed on the host; the message names the pole that grows.
        """
        home = self._home
        if home is None:
            shape = (self._step.lift.shape[1], *self._layout.batch)
            return State(np.zeros(shape, complex if self._modal else float), 0)
        x, last = self._settled("Stream.state", home)
        xp, step = home.place.xp, linear(self._step)
        x = self._layout.join(xp, x)
        if step is None or step.past is None:
            return State(x, home.engine.count)
        before = self._layout.join(xp, last[:, None, :])[0, ...]
        return State(x, home.engine.count, before)

    def reconstruct(self) -> Float[Array, "points *batch"]:
        """The remembered window at the points of the decoder.

        decoder @ (lift @ state): of the scaled clock f(T s), all of the past up to
        now, and of a window theta f(T - theta + theta s).

        Raises
        ------
        InvalidInputError
            If the stream has no decoder.
        UnstableError
            If the state has overflowed on the host.
        """
        if self._window is None:
            raise refusal(
                "reconstruct",
                "the stream has no decoder",
                "Pass one, such as frame.duals(s).T: the dual functions at points s",
            )
        if self._home is None:
            return np.zeros((len(self._window), *self._layout.batch))
        xp, window = self._home.place.xp, self._home.window
        x, _ = self._settled("reconstruct", self._home)
        return self._layout.join(xp, window @ real_state(xp, x))

    def reset(self, state: State | None = None) -> None:
        """Start again, from a state or at rest.

        Raises
        ------
        InvalidInputError
            If the state is malformed; the stream is then as it was.
        """
        if self._home is not None:
            place = self._home.place
        elif state is not None:
            place = self._place_of(state)
        else:
            return
        self._home = self._settle(place, state)

    def _settled(
        self, request: str, home: "_Home"
    ) -> tuple[Inexact[Array, "h n b"], Float[Array, "h b"]]:
        """The state and the sample before, unless the state has overflowed."""
        x, last = home.engine.settled()
        if not home.place.finite(x):
            raise overflowed(request, self._step, home.engine.count)
        return x, last

    def _place_of(self, state: State) -> Place:
        check_state("Stream", state)
        shape, modal = f"{self._step.lift.shape[1]} ...", self._modal
        return samples("Stream", "state.x", state.x, shape=shape, modal=modal)[1]

    def _admit(self, u: ArrayLike) -> tuple["_Home", Array]:
        """A sample or a block that is looked at closely, and where it goes."""
        home, batch = self._home, self._layout.batch
        if home is None:
            admitted, place = samples("push", "u", u, shape="...")
        else:
            place = home.place
            admitted = constant("push", "u", u, place=place, shape="...")
        if admitted.shape != batch and admitted.shape[1:] != batch:
            raise refusal(
                "push",
                f"u has shape {tuple(admitted.shape)}, but a sample has {batch}",
                "Pass one sample of that shape, or a block with time as its first axis",
            )
        detach = getattr(admitted, "detach", None)  # a stream keeps no gradients
        admitted = admitted if detach is None else detach()
        return home or self._settle(place, None), admitted

    def _settle(self, place: Place, state: State | None) -> "_Home":
        """All constants on a place, with buffers of their own."""
        step, layout = self._step, self._layout
        x, last, count = unfold("Stream", step, state, place, layout)
        start = Record(
            place=place,
            layout=layout,
            motion=motion(step, place, layout.inner[1]),
            u=last[:, None, :],
            x=x,
            last=last,
            count=count,
        )
        found = linear(step)
        if found is None:
            engine = Advancing(start, self._rows)
        else:
            engine = Waiting(start, found, self._rows)
        window = None if self._window is None else place.put(self._window)
        return _Home(place, layout.batch, engine, window, type(x), last.dtype)


@final
@dataclass(frozen=True, eq=False)
class _Home:
    """A place with the buffers of a stream.

    Parameters
    ----------
    place : Place
        Where.
    batch : tuple of int
        Shape of a sample.
    engine : Waiting or Advancing
        What holds the state.
    window : (points, N) or None
        Rows that reconstruct.
    kind : type
        Of the arrays here.
    dtype : object
        Of the samples here.
    """

    place: Place
    batch: tuple[int, ...]
    engine: Waiting | Advancing
    window: Float[Array, "points N"] | None
    kind: type
    dtype: Any

    def knows(self, u: Any) -> bool:
        """Whether u can be taken as it is: asked at every push, so cheaply."""
        return (
            type(u) is self.kind
            and u.dtype == self.dtype
            and u.device == self.place.device
            and (
                u.shape == self.batch or (u.shape[1:] == self.batch and u.shape[0] > 0)
            )
            and not getattr(u, "requires_grad", False)
            and self.place.finite(u)
        )


def _layout(batch: tuple[int, ...] | None, channels: int | None) -> Layout:
    """The shape of one sample."""
    if batch is None:
        batch = () if channels is None else (channels,)
    batch = tuple(whole("Stream", "batch", size, low=1) for size in batch)
    if channels is not None and batch[-1:] != (channels,):
        raise refusal(
            "Stream",
            f"batch = {batch}, but the step has {channels} channels",
            f"Pass batch = (.., {channels})",
        )
    return Layout(batch, channels)
