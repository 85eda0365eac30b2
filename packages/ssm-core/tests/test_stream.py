"""A stream is a run that a person feeds, however the samples are cut into pushes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.runtime.chunked import outputs
from framestate.ssm.runtime.stream import Stream
from framestate.ssm.testing import core, legs, lifted

SYSTEM = core(np.random.default_rng(0), 5)
MODES = ssm.diagonalize(SYSTEM)
LOW_RANK = ssm.dplr(SYSTEM)
DT = [0.02, 0.1, 0.3]


def kinds():
    """Name -> (step, form)."""
    for form, source in (
        ("dense", SYSTEM),
        ("diagonal", MODES),
        ("low rank", LOW_RANK),
    ):
        methods = ("bilinear",) if form == "low rank" else ("bilinear", "foh")
        for method in methods:
            for dt in (0.1, DT):
                name = f"{form} {method}" + (" of channels" if dt is DT else "")
                yield name, (ssm.discretize(source, dt=dt, method=method), source)
        yield f"{form} clock", (ssm.discretize(source, method="exact"), source)
        dts = np.full(1000, 0.1)
        yield (
            f"{form} irregular",
            (ssm.irregular(source, dt=dts, method="euler"), source),
        )


STEPS = dict(kinds())


def case(name, rows=2):
    """A step with rows C on its state and D."""
    step, source = STEPS[name]
    rng = np.random.default_rng(len(name))
    axes = (rows, 3) if "channels" in name else (rows,)
    C = rng.standard_normal((*axes, SYSTEM.size))
    C = C if source is SYSTEM else source.readout(C)
    return step, C, rng.standard_normal(axes)


def tolerance(y, eps):
    """2 T + 8 roundings of chunks of T = 128 for each sample, all of them damped."""
    return 300 * SYSTEM.size * float(eps) * MODES.cond * (1 + np.abs(y).max())


def feed(stream, u, cuts):
    """Push samples where a cut is 0 and blocks of that size elsewhere."""
    outputs_, done = [], 0
    for cut in cuts:
        y = stream.push(u[done, ...] if cut == 0 else u[done : done + cut, ...])
        if y is not None:
            outputs_.append(np.asarray(y)[None] if cut == 0 else np.asarray(y))
        done += max(cut, 1)
    return np.concatenate(outputs_) if outputs_ else None


def length_of(cuts):
    return sum(max(cut, 1) for cut in cuts)


CUTS = [0, 7, *[0] * 35, 130, 1, 0]  # past every size of chunk of the engines


@pytest.mark.parametrize("name", STEPS)
def test_a_stream_gives_the_outputs_and_the_state_of_a_record(name, xp):
    step, C, D = case(name)
    u = np.random.default_rng(1).standard_normal((length_of(CUTS), 3))
    for dtype in ("float32", "float64") if xp is np else ("float32",):
        record = u.astype(dtype)
        wanted, state = outputs(step, C, record.astype(float), D=D)
        stream, silent = Stream(step, C=C, D=D, batch=(3,)), Stream(step, batch=(3,))
        y = feed(stream, xp.asarray(record), CUTS)
        assert feed(silent, xp.asarray(record), CUTS) is None
        bound = tolerance(wanted, np.finfo(dtype).eps)
        assert y.dtype == dtype
        assert y.shape == wanted.shape
        assert np.abs(y - wanted).max() <= bound
        for found in (stream.state, silent.state):
            assert type(found.x) is type(xp.asarray(u))
            assert found.count == state.count
            assert np.abs(np.asarray(found.x) - state.x).max() <= bound
        if "foh" in name:
            assert np.array_equal(np.asarray(stream.state.last), record[-1])
        else:
            assert stream.state.last is None


@pytest.mark.parametrize("batch", [(3,), (2, 3), (1, 3)])
@pytest.mark.parametrize("axes", [(), (1,)])
@pytest.mark.parametrize("name", [name for name in STEPS if "bilinear" in name])
def test_one_row_is_read_as_one_of_many(name, axes, batch, xp):
    step, C, D = case(name)
    C, D = (np.reshape(x[0], (*axes, *x[0].shape)) for x in (C, D))
    cuts = [*[0] * 40, 5, 0]
    u = np.random.default_rng(2).standard_normal((length_of(cuts), *batch))
    wanted, _ = outputs(step, C, u, D=D)
    y = feed(Stream(step, C=C, D=D, batch=batch), xp.asarray(u), cuts)
    assert y.shape == (len(u), *axes, *batch) == wanted.shape
    assert np.abs(y - wanted).max() <= tolerance(wanted, np.finfo(float).eps)


@pytest.mark.parametrize("name", ["diagonal foh", "dense bilinear", "diagonal clock"])
@given(
    cuts=st.lists(st.sampled_from([0, 0, 0, 1, 5, 33]), min_size=1, max_size=15),
    saved=st.integers(0, 14),
)
def test_a_saved_state_starts_a_stream_that_goes_on(name, cuts, saved):
    step, C, D = case(name)
    u = np.random.default_rng(2).standard_normal((length_of(cuts), 3))
    wanted = feed(Stream(step, C=C, D=D, batch=(3,)), u, cuts)
    first, second = cuts[:saved], cuts[saved:]
    stream = Stream(step, C=C, D=D, batch=(3,))
    early = feed(stream, u, first)
    again = Stream(step, C=C, D=D, state=stream.state)
    late = feed(again, u[length_of(first) :], second)
    both = [y for y in (early, late) if y is not None]
    bound = tolerance(wanted, np.finfo(float).eps)
    assert np.abs(np.concatenate(both) - wanted).max() <= bound
    assert again.state.count == (len(u) if second else stream.state.count)


@pytest.mark.parametrize("name", ["diagonal foh", "dense bilinear", "low rank clock"])
def test_looking_at_a_stream_changes_nothing_but_rounding(name):
    step, C, D = case(name)
    u = np.random.default_rng(3).standard_normal((40, 3))
    watched = Stream(step, C=C, D=D, decoder=np.ones((1, 5)), batch=(3,))
    plain, seen = Stream(step, C=C, D=D, batch=(3,)), []
    for sample in u:
        y, wanted = watched.push(sample), plain.push(sample)
        assert np.abs(y - wanted).max() <= tolerance(wanted, np.finfo(float).eps)
        seen.append((watched.state, np.copy(watched.state.x)))
        watched.reconstruct()
    for state, x in seen:  # what was saved is not written to later
        assert np.array_equal(state.x, x)


@pytest.mark.parametrize("name", ["diagonal foh", "diagonal clock"])
def test_the_caller_may_write_over_what_was_pushed(name):
    step, C, D = case(name)
    u = np.random.default_rng(4).standard_normal((9, 3))
    wanted = feed(Stream(step, C=C, D=D, batch=(3,)), u, [0, 0, 4, 0, 0, 0])
    stream, buffer, found = Stream(step, C=C, D=D, batch=(3,)), np.empty((4, 3)), []
    for part in (u[0], u[1], u[2:6], u[6], u[7], u[8]):
        where = buffer[0] if part.ndim == 1 else buffer
        where[...] = part
        found.append(np.atleast_3d(stream.push(where)).reshape(-1, 2, 3))
        buffer[...] = np.nan
    assert np.array_equal(np.concatenate(found), wanted)


def test_reset_forgets_or_starts_from_a_state():
    step, C, D = case("diagonal foh")
    u = np.random.default_rng(5).standard_normal((20, 3))
    stream = Stream(step, C=C, D=D, batch=(3,))
    stream.reset()
    first = stream.push(u)
    saved = stream.state
    stream.reset()
    assert stream.state.count == 0
    assert not stream.state.x.any()
    assert np.array_equal(stream.push(u), first)
    stream.reset(saved)
    assert stream.state.count == 20
    again = Stream(step, C=C, D=D, batch=(3,))
    again.reset(saved)
    assert np.array_equal(stream.push(u), again.push(u))


def test_a_stream_at_rest_has_a_state_and_a_window():
    for name, dtype in (("dense clock", float), ("diagonal foh", complex)):
        stream = Stream(case(name)[0], batch=(3,), decoder=np.ones((2, 5)))
        assert stream.state.count == 0
        assert stream.state.x.dtype == dtype
        assert not stream.state.x.any()
        assert np.array_equal(stream.reconstruct(), np.zeros((2, 3)))


def test_a_sample_is_a_number_where_nothing_else_is_said():
    step, C, D = case("diagonal bilinear", rows=1)
    stream = Stream(step, C=C[0], D=float(D[0]))
    assert stream.push(1.0).shape == ()
    assert stream.push(np.float64(1.0)).shape == ()
    assert stream.push([1.0, 2.0]).shape == (2,)
    assert stream.state.x.shape == C[0].shape
    many = case("diagonal bilinear of channels")[0]
    assert Stream(many).push(np.ones(3)) is None
    assert Stream(many).state.x.shape == (*C[0].shape, 3)
    assert Stream(many, batch=(2, 3)).push(np.ones((4, 2, 3))) is None


@pytest.mark.parametrize("form", ["dense", "diagonal"])
@pytest.mark.parametrize("clock", [False, True])
def test_the_window_is_decoded_from_the_state_of_the_original_operator(form, clock, xp):
    small = core(np.random.default_rng(6), 4)
    operator = lifted(np.random.default_rng(7), small, redundant=3)
    reduced = ssm.reduce(operator)
    source = reduced if form == "dense" else ssm.diagonalize(reduced)
    options = {"method": "exact"} if clock else {"method": "zoh", "dt": 0.1}
    decoder = np.random.default_rng(8).standard_normal((6, 7))
    u = np.random.default_rng(9).standard_normal((40, 2))
    wanted = ssm.final_state(ssm.discretize(operator, **options), u).x
    stream = Stream(ssm.discretize(source, **options), decoder=decoder, batch=(2,))
    for sample in u:
        stream.push(xp.asarray(sample))
    window = stream.reconstruct()
    assert type(window) is type(xp.asarray(u))
    error = np.abs(np.asarray(window) - decoder @ wanted).max()
    assert error <= 1e-12 * np.linalg.norm(decoder) * (1 + np.linalg.norm(wanted))


def test_the_window_of_legs_is_the_past():
    s = np.linspace(0, 1, 50)
    P = [np.polynomial.legendre.Legendre.basis(n)(2 * s - 1) for n in range(4)]
    decoder = np.transpose(P * np.sqrt(2 * np.arange(4) + 1)[:, None])
    stream = Stream(ssm.discretize(legs(4), method="exact"), decoder=decoder)
    times = np.arange(4_000)
    stream.push(((times + 0.5) / 4_000) ** 2)
    # A cubic polynomial holds the square; samples of width h miss it by O(h).
    assert np.abs(stream.reconstruct() - s**2).max() <= 10 / 4_000
