"""A record on its way through a recurrence, and the state it leaves."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt, prod
from typing import final

from jaxtyping import Float, Inexact

from framestate.ssm.arrays import Array, Place, constant, samples
from framestate.ssm.checks import ArrayLike, refusal, whole
from framestate.ssm.responses.growth import overflowed
from framestate.ssm.runtime.layout import Layout
from framestate.ssm.runtime.linear import Step, channels_of, mode_weights, runnable
from framestate.ssm.runtime.recurrence import Motion, motion

_BLOCK = 1 << 16  # numbers in the states of a block
_LARGE = 1 << 22  # on a device
_WIDE = 1 << 10  # numbers in a state above which one sample is work enough
_LONG = 64  # samples below which a scan does not pay
_COUNT = 2**53  # samples that a double can tell apart


@final
@dataclass(frozen=True, eq=False)
class State:
    """A state and the number of samples it has absorbed.

    Parameters
    ----------
    x : (n, *batch) real or (m, *batch) complex
        State of a dense system, or modes.
    count : int
        Samples absorbed; the scaled clock reads it.
    last : (*batch) real, optional
        The last of them, for a rule that takes the input as straight between
        samples; zero if left out.
    """

    x: Inexact[Array, "n *batch"]
    count: int
    last: Float[Array, "*batch"] | None = None


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """Samples, what moves by them and where it starts.

    Parameters
    ----------
    place, layout : Place, Layout
        Where, and how batch axes are folded.
    motion : Motion
        The step on this place.
    u : (h, L, b)
        Samples.
    x : (h, n, b)
        State before them.
    last : (h, b)
        The sample before them.
    count : int
        Number of the first.
    """

    place: Place
    layout: Layout
    motion: Motion
    u: Float[Array, "h L b"]
    x: Inexact[Array, "h n b"]
    last: Float[Array, "h b"]
    count: int

    @property
    def favors_scan(self) -> bool:
        """Whether a scan is faster: many samples of a small state, or on a device."""
        small = prod(self.x.shape) < _WIDE or not self.place.on_host
        return self.motion.scan is not None and small and self.u.shape[1] >= _LONG

    def states(
        self, *, parallel: bool
    ) -> Iterator[tuple[slice, Inexact[Array, "h l n b"]]]:
        """The states of blocks of bounded memory."""
        x, scan = self.x, self.motion.scan
        for part, *block in self._parts():
            if parallel and scan is not None:
                found = scan.states(x, *block)
            else:
                found = self.place.xp.stack(list(self.motion.march(x, *block)), axis=1)
            x = found[:, -1, :, :]
            yield part, found

    def end(self, *, parallel: bool) -> Inexact[Array, "h n b"]:
        """The last state of all."""
        x, scan = self.x, self.motion.scan
        for _, *block in self._parts():
            if parallel and scan is not None:
                x = scan.last(x, *block)
            else:
                x = deque(self.motion.march(x, *block), maxlen=1).pop()
        return x

    def _parts(self) -> Iterator[tuple[slice, Array, Array, int]]:
        """Samples of a block, the sample before and the number of the first."""
        block = _BLOCK if self.place.on_host else _LARGE
        most = max(1, isqrt(block // prod(self.x.shape)) ** 2)
        for first in range(0, self.u.shape[1], most):
            part = slice(first, min(first + most, self.u.shape[1]))
            before = self.u[:, first - 1, :] if first else self.last
            yield part, self.u[:, part, :], before, self.count + first

    def after(self, request: str, step: Step, x: Inexact[Array, "h n b"]) -> State:
        """The state x that the record leaves, as the caller sees it: copies.

        Raises
        ------
        UnstableError
            If it is not finite, provided it lies on the host.
        """
        if not self.place.finite(x):
            raise overflowed(request, step, self.u.shape[1])
        stack, join, last = self.place.xp.stack, self.layout.join, None
        if self.motion.reads_past:
            last = join(self.place.xp, stack((self.u[:, -1, :],), axis=1))[0, ...]
        outside = join(self.place.xp, stack((x,), axis=1))[0, ...]
        return State(outside, self.count + self.u.shape[1], last)


def begin(
    request: str,
    step: Step,
    u: ArrayLike,
    state: State | None,
) -> Record:
    """Check a request for a recurrence, and fold its arrays.

    Raises
    ------
    InvalidInputError
        If step is not discretized, u or the state is malformed, or they do not fit
        together.
    """
    channels = channels_of(runnable(request, step))
    shape = "L ..." if channels is None else f"L ... {channels}"
    record, place = samples(request, "u", u, shape=shape)
    layout = Layout(tuple(record.shape[1:]), channels)
    x, last, count = unfold(request, step, state, place, layout)
    return Record(
        place=place,
        layout=layout,
        motion=motion(step, place, layout.inner[1]),
        u=layout.split(place.xp, record),
        x=x,
        last=last,
        count=count,
    )


def unfold(
    request: str,
    step: Step,
    state: State | None,
    place: Place,
    layout: Layout,
) -> tuple[Inexact[Array, "h n b"], Float[Array, "h b"], int]:
    """x, the sample before and the count of a state, or those of a system at rest.

    Raises
    ------
    InvalidInputError
        If the state is none, or one of another system, batch, library or device.
    """
    (h, b), n = layout.inner, step.lift.shape[1]
    modal = mode_weights(step) is not None
    at_rest = place.zeros((h, b), modal=False)
    if state is None:
        return place.zeros((h, n, b), modal=modal), at_rest, 0
    check_state(request, state)
    batch = " ".join(map(str, layout.batch))
    shape = f"{n} {batch}"
    x = constant(request, "state.x", state.x, place=place, shape=shape, modal=modal)
    last = at_rest
    if state.last is not None:
        given = constant(request, "state.last", state.last, place=place, shape=batch)
        last = layout.split(place.xp, given)
    return layout.split(place.xp, x), last, _count(request, state.count)


def check_state(request: str, state: object) -> None:
    """Refuse what is no state.

    Raises
    ------
    InvalidInputError
        If it is anything else than a `State`.
    """
    if not isinstance(state, State):
        raise refusal(
            f"{request} from state = {state!r:.60}",
            f"a {type(state).__name__} is not a State",
            "Pass State(x, count), or the .final of an earlier run",
        )


def _count(request: str, count: object) -> int:
    number = whole(request, "state.count", count, low=0)
    if number > _COUNT:
        raise refusal(
            request,
            f"state.count = {number} is beyond 2^53, where doubles skip numbers",
            "Start again from State(x, count) with a smaller count",
        )
    return number
