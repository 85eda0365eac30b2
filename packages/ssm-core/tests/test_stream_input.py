"""What a stream accepts, what it refuses, and that a refusal leaves it as it was."""

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.runtime.stream import Stream
from framestate.ssm.testing import core

NAN = float("nan")
SYSTEM = core(np.random.default_rng(0), 5)
MODES = ssm.diagonalize(SYSTEM)
STEP = ssm.discretize(SYSTEM, dt=0.1, method="zoh")
MANY = ssm.discretize(MODES, dt=[0.1, 0.2, 0.3], method="foh")
CLOCK = ssm.discretize(MODES, method="exact")


def fed(step=STEP, batch=(3,), **options):
    """A stream that has taken a sample and a block."""
    stream = Stream(step, batch=batch, **options)
    stream.push(np.ones(batch))
    stream.push(np.ones((2, *batch)))
    return stream


CASES = {
    "NaN": (lambda s: s.push(np.array([1.0, NAN, 1.0])), "push: u[1] = nan; 1 of 3"),
    "inf in a block": (lambda s: s.push(np.full((2, 3), np.inf)), "u[0, 0] = inf"),
    "too short": (
        lambda s: s.push(np.ones(2)),
        "u has shape (2,), but a sample has (3",
    ),
    "too many axes": (lambda s: s.push(np.ones((2, 2, 3))), "(2, 2, 3), but a sample"),
    "empty": (lambda s: s.push(np.ones((0, 3))), "u is empty"),
    "complex": (lambda s: s.push(np.ones(3) * 1j), "u has dtype complex128"),
    "text": (lambda s: s.push(np.array(["a"] * 3)), "not a real number"),
    "too large": (lambda s: s.push([2**70] * 3), "dtype object"),
    "decoder": (lambda s: s.reconstruct(), "frame.duals(s).T"),
    "state": (
        lambda s: s.reset(ssm.State(np.ones((5, 2)), 0)),
        "state.x has shape (5, 2), expected (5, 3)",
    ),
    "state not finite": (
        lambda s: s.reset(ssm.State(np.full((5, 3), NAN), 0)),
        "state.x[0, 0] = nan",
    ),
    "count": (lambda s: s.reset(ssm.State(np.ones((5, 3)), -1)), "state.count = -1"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("step", [STEP, ssm.discretize(SYSTEM, method="exact")])
def test_a_refusal_leaves_the_stream_as_it_was(step, case):
    call, fragment = CASES[case]
    stream, other = fed(step), fed(step)
    with pytest.raises(ssm.InvalidInputError) as caught:
        call(stream)
    assert fragment in str(caught.value)
    assert stream.state.count == other.state.count == 3
    stream.push(np.ones(3))
    other.push(np.ones(3))
    assert np.array_equal(stream.state.x, other.state.x)


def test_the_first_push_is_refused_like_any_other():
    for u, fragment in (
        (np.ones(2), "(2,), but a sample has (3,)"),
        ([NAN] * 3, "nan"),
    ):
        stream = Stream(STEP, batch=(3,))
        with pytest.raises(ssm.InvalidInputError) as caught:
            stream.push(u)
        assert fragment in str(caught.value)
        assert stream.state.count == 0


MADE = {
    "C": (lambda: Stream(STEP, C=np.ones(4)), "C has shape (4,), expected (..., 5)"),
    "C of channels": (lambda: Stream(MANY, C=np.ones(5)), "expected (..., 3, "),
    "D alone": (lambda: Stream(STEP, D=1.0), "D is given but C is not"),
    "D": (lambda: Stream(STEP, C=np.ones(5), D=[1.0, 2.0]), "D has shape (2,)"),
    "decoder": (lambda: Stream(STEP, decoder=np.ones((2, 4))), "expected (points, 5)"),
    "decoder a row": (lambda: Stream(STEP, decoder=np.ones(5)), "(points, 5)"),
    "NaN in decoder": (
        lambda: Stream(STEP, decoder=[[NAN] * 5]),
        "decoder[0, 0] = nan",
    ),
    "batch": (lambda: Stream(STEP, batch=(2, 0)), "batch = 0"),
    "channels": (lambda: Stream(MANY, batch=(3, 2)), "but the step has 3 channels"),
    "no channels": (lambda: Stream(MANY, batch=()), "batch = (), but"),
    "state": (
        lambda: Stream(STEP, state=ssm.State(np.ones(4), 0)),
        "state.x has shape (4,), expected (5, ...)",
    ),
    "state of another batch": (
        lambda: Stream(STEP, state=ssm.State(np.ones((5, 2)), 0), batch=(3,)),
        "expected (5, 3)",
    ),
    "complex state": (
        lambda: Stream(STEP, state=ssm.State(np.ones(5) * 1j, 0)),
        "state.x has dtype complex128",
    ),
    "intervals": (
        lambda: fed(ssm.irregular(SYSTEM, dt=np.ones((4, 2)), method="zoh")),
        "intervals for 2",
    ),
    "too many samples": (
        lambda: fed(ssm.irregular(SYSTEM, dt=[0.1, 0.1], method="zoh")),
        "sample 2",
    ),
}


@pytest.mark.parametrize("case", MADE)
def test_a_stream_that_cannot_be_is_not_made(case):
    call, fragment = MADE[case]
    with pytest.raises(ssm.InvalidInputError) as caught:
        call()
    assert fragment in str(caught.value)


def test_what_fits_is_not_looked_at_again(monkeypatch):
    stream = fed()
    monkeypatch.setattr(Stream, "_admit", lambda *_: pytest.fail("looked at"))
    stream.push(np.ones(3))
    stream.push(np.ones((1, 3)))
    assert stream.state.count == 5


def test_later_pushes_follow_the_first():
    torch = pytest.importorskip("torch")
    strict = pytest.importorskip("array_api_strict")
    stream = Stream(MANY)
    stream.push(torch.ones(3, dtype=torch.float32))
    for given in ([1, 2, 3], np.ones(3), torch.ones(3, dtype=torch.float64)):
        stream.push(given)
    assert stream.state.x.dtype == torch.complex64
    assert stream.state.count == 4
    for foreign in (strict.ones(3), strict.ones(3, device=strict.Device("device1"))):
        with pytest.raises(ssm.InvalidInputError, match="array_api_strict array on"):
            stream.push(foreign)
    with pytest.raises(ssm.InvalidInputError, match="but the samples are on numpy"):
        fed().push(torch.ones(3))
    with pytest.raises(ssm.InvalidInputError, match="array_api_strict array on"):
        stream.reset(ssm.State(strict.ones((3, 3)) * 1j, 0))


def test_a_state_decides_where_a_stream_is(xp):
    x = xp.ones((5, 3), dtype=xp.float32)
    stream = Stream(STEP, state=ssm.State(x, 4))
    assert stream.state.x.dtype == xp.float32
    stream.push(xp.ones((2, 3), dtype=xp.float64))
    assert stream.state.x.dtype == xp.float32
    assert stream.state.count == 6
    late = Stream(STEP, batch=(3,))
    late.reset(ssm.State(x, 4))
    assert type(late.state.x) is type(x)


def test_single_and_double_samples_of_one_stream_are_one_precision():
    stream = fed(MANY)
    stream.push(np.ones(3, dtype=np.float32))
    stream.push(np.ones(3, dtype=np.int64))
    assert stream.state.count == 5
    assert stream.state.x.dtype == np.complex128


@pytest.mark.parametrize(
    "step", [STEP, MANY, CLOCK], ids=["dense", "channels", "clock"]
)
def test_a_stream_on_a_device_stays_there_and_asks_nothing(step):
    strict = pytest.importorskip("array_api_strict")
    device = strict.Device("device1")
    stream = Stream(
        step,
        C=np.ones((2, *step.B_bar.shape)) if step is not CLOCK else None,
        decoder=np.ones((2, 5)),
        batch=(3,),
    )
    sample = strict.ones(3, device=device)
    for _ in range(40):
        y = stream.push(sample)
    block = stream.push(strict.ones((130, 3), device=device))
    if step is not CLOCK:
        assert str(y.device) == str(block.device) == str(device)
    assert str(stream.state.x.device) == str(device)
    assert str(stream.reconstruct().device) == str(device)
    stream.push(NAN * sample)  # whether it is finite would have to be waited for
    assert stream.state.count == 171


def test_a_stream_keeps_no_gradients():
    torch = pytest.importorskip("torch")
    stream = Stream(MANY, C=np.ones(MANY.B_bar.shape))
    for shape in ((3,), (4, 3), (3,)):
        y = stream.push(torch.ones(shape, requires_grad=True))
        assert not y.requires_grad
    assert not stream.state.x.requires_grad


def test_a_stream_shows_its_step_and_how_far_it_is():
    stream = ssm.Stream(STEP, batch=(2,))
    shown = "Stream(DenseStep, zoh, batch=(2,), count={})"
    assert repr(stream) == shown.format(0)
    stream.push(np.ones((3, 2)))
    assert repr(stream) == shown.format(3)
