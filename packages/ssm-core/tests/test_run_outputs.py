"""Outputs without states: every algorithm and every chunk gives C x + D u."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.runtime import chunked, chunks, records
from framestate.ssm.runtime.chunked import outputs
from framestate.ssm.runtime.linear import linear
from framestate.ssm.runtime.readout import Readout, readout
from framestate.ssm.testing import core, cores

EPS = np.finfo(float).eps
NAN = float("nan")
SYSTEM = core(np.random.default_rng(0), 5)
MODES = ssm.diagonalize(SYSTEM)
METHODS = ("zoh", "bilinear", "foh")
DT = [0.02, 0.1, 0.3]


def read(step, C, D, u, state=None):
    """C x + D u from the states of the recurrence, with rows before batch axes."""
    run = ssm.run(step, u, state=state, algorithm="recurrence")
    weights = 1.0
    if not isinstance(step, ssm.DenseStep | ssm.DenseClock):
        weights = (step.modes if hasattr(step, "modes") else step.form).weights
    letters = (
        "phn,ln...h->lp...h" if np.ndim(getattr(step, "dt", 0)) else "pn,ln...->lp..."
    )
    y = np.einsum(letters, C * weights, run.states).real
    through = D.reshape(1, len(C), *[1] * (u.ndim - 2), -1)
    return y + through * u[:, None], run.final


def tolerance(step, C, D, u, growth, eps=EPS):
    """8 (L + n) eps c |C| |B| sum|u|, as the module states."""
    B = np.abs(step.B_bar).sum()
    if step.B_past is not None:
        B += np.abs(step.B_past).sum()
    size = growth * np.linalg.norm(C) * B * np.abs(u).sum(axis=0).max()
    size += np.abs(D).max() * np.abs(u).max()
    return 8 * (len(u) + C.shape[-1]) * eps * (1 + size)


def case(form, method, dt, rows=2, seed=0):
    """A step, rows C on its state and D."""
    rng = np.random.default_rng(seed)
    step = ssm.discretize(form, dt=dt, method=method)
    axes = (rows, len(dt)) if np.ndim(dt) else (rows,)
    C = rng.standard_normal((*axes, SYSTEM.size))
    D = rng.standard_normal(axes)
    return step, C if form is SYSTEM else form.readout(C), D


@pytest.mark.theorem("T-chunks")
@given(
    system=cores(max_size=6),
    modal=st.booleans(),
    algorithm=st.sampled_from(["recurrence", "chunked", "fft", "auto"]),
    length=st.integers(1, 120),
    chunk=st.sampled_from([1, 2, 7, 64, None]),
    seed=st.integers(0, 99),
)
def test_outputs_are_readings_of_the_states(
    system, modal, algorithm, length, chunk, seed
):
    rng = np.random.default_rng(seed)
    form = ssm.diagonalize(system, max_cond=1e12) if modal else system
    assume(not modal or form.cond < 1e4)
    step = ssm.discretize(form, dt=0.1, method=METHODS[seed % 3])
    C, D = rng.standard_normal((2, system.size)), rng.standard_normal(2)
    rows = form.readout(C) if modal else C
    u = rng.standard_normal((length, 3))
    wanted, state = read(step, rows, D, u)
    y, last = outputs(step, rows, u, D=D, chunk=chunk, algorithm=algorithm)
    bound = tolerance(step, rows, D, u, form.cond if modal else 1.0)
    assert y.shape == (length, 2, 3)
    assert np.abs(y - wanted).max() <= bound
    assert np.abs(last.x - state.x).max() <= bound
    assert last.count == length


@pytest.mark.parametrize("algorithm", ["recurrence", "chunked", "fft"])
@pytest.mark.parametrize("dt", [0.1, DT], ids=["one dt", "a dt for each channel"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", [SYSTEM, MODES], ids=["dense", "diagonal"])
def test_any_library_precision_and_place_to_cut(form, method, dt, algorithm, xp):
    step, C, D = case(form, method, dt)
    u = np.random.default_rng(1).standard_normal((150, 2, 3))
    for dtype in (np.float32, np.float64) if xp is np else (np.float32,):
        given = u.astype(dtype)
        wanted, state = read(step, C, D, given.astype(float))
        eps = float(np.finfo(dtype).eps)
        bound = tolerance(step, C, D, u, MODES.cond, eps)
        parts, now = [], None
        for part in (given[:1], given[1:70], given[70:]):
            y, now = outputs(
                step, C, xp.asarray(part), D=D, state=now, chunk=16, algorithm=algorithm
            )
            assert type(y) is type(now.x) is type(xp.asarray(part))
            parts.append(np.asarray(y))
        together = np.concatenate(parts)
        assert together.dtype == dtype
        assert together.shape == (150, 2, 2, 3)
        assert np.abs(together - wanted).max() <= bound
        assert np.abs(np.asarray(now.x) - state.x).max() <= bound


@pytest.mark.parametrize("length", [1, 2, 3, 17, 255, 256, 257, 4096])
def test_any_chunk_gives_the_same_outputs_at_any_length(length):
    step, C, D = case(MODES, "zoh", 0.1)
    u = np.random.default_rng(length).standard_normal((length, 1))
    wanted, _ = read(step, C, D, u)
    bound = tolerance(step, C, D, u, MODES.cond)
    for algorithm in ("chunked", "fft"):
        for chunk in (1, 7, 64, length, None):
            if length == 4096 and chunk in (1, length) and algorithm == "chunked":
                continue  # 4096 chunks, or a table of 4096^2 numbers
            y, _ = outputs(step, C, u, D=D, chunk=chunk, algorithm=algorithm)
            assert np.abs(y - wanted).max() <= bound


def test_clocks_and_low_rank_steps_are_read_from_their_states():
    low = ssm.dplr(SYSTEM)
    rng = np.random.default_rng(2)
    C, u = rng.standard_normal((2, 5)), rng.standard_normal((90, 3))
    for form, rows in ((SYSTEM, C), (MODES, MODES.readout(C)), (low, low.readout(C))):
        for options in ({"method": "bilinear"}, {"method": "bilinear", "dt": 0.1}):
            step = ssm.discretize(form, **options)
            wanted, state = read(step, rows, np.ones(2), u)
            for algorithm in ("auto", "recurrence"):
                y, last = outputs(step, rows, u, D=1.0, algorithm=algorithm)
                bound = 1e3 * EPS * (1 + np.abs(wanted).max()) * MODES.cond
                assert np.abs(y - wanted).max() <= bound
                assert np.abs(last.x - state.x).max() <= bound
    irregular = ssm.irregular(MODES, dt=np.full(90, 0.1), method="zoh")
    wanted, _ = outputs(
        ssm.discretize(MODES, dt=0.1, method="zoh"), MODES.readout(C), u
    )
    y, _ = outputs(irregular, MODES.readout(C), u)
    assert np.abs(y - wanted).max() <= 1e4 * EPS * (1 + np.abs(wanted).max())


def test_one_row_needs_no_axis_and_without_d_nothing_is_added():
    step, C, _ = case(MODES, "zoh", 0.1, rows=1)
    u = np.random.default_rng(3).standard_normal(40)
    with_axis, _ = outputs(step, C, u)
    assert with_axis.shape == (40, 1)
    for algorithm in ("recurrence", "chunked", "fft"):
        y, _ = outputs(step, C[0], u, algorithm=algorithm)
        assert y.shape == (40,)
        assert np.abs(y - with_axis[:, 0]).max() <= tolerance(
            step, C, np.zeros(1), u[:, None], MODES.cond
        )


def test_tables_of_large_readouts_stay_small():
    for shape, by_transform, most in (
        ((1, 1, 8), False, 128),
        ((1, 1, 8), True, 512),
        ((256, 1, 32), False, 90),
        ((256, 1, 32), True, 128),
        ((1, 4096, 32), False, 8),
        ((1, 2**22, 32), True, 1),
        ((1, 0, 32), False, 128),
    ):
        C, D = np.broadcast_to(0.0, shape), np.broadcast_to(0.0, shape[:2])
        rows = Readout((shape[1],), C, D)
        assert chunks.chunk_size(rows, by_transform=by_transform) == most


def test_many_chunks_are_grouped():
    step, C, D = case(MODES, "zoh", 0.1)
    u = np.random.default_rng(5).standard_normal((600, 300))
    wanted, _ = read(step, C, D, u)
    y, _ = outputs(step, C, u, D=D, chunk=64)
    assert chunks._GROUP < 64 * 300 * 2 * (600 // 64)
    assert np.abs(y - wanted).max() <= tolerance(step, C, D, u, MODES.cond)


def test_chunks_of_few_outputs_move_together(monkeypatch):
    move, moved = chunks.Chunk._move, []

    def noted(chunk, x, inputs):
        moved.append(inputs[0].shape)
        return move(chunk, x, inputs)

    monkeypatch.setattr(chunks.Chunk, "_move", noted)
    step, C, D = case(MODES, "zoh", 0.1)
    outputs(step, C, np.ones(643), D=D, chunk=64)
    assert moved == [(1, 10, 64, 1), (1, 1, 3, 1)]


def test_only_fft_transforms_its_chunks(monkeypatch):
    made = []

    def noted(*parts):
        made.append(parts[-1])
        return chunks.Chunk(*parts)

    monkeypatch.setattr(chunked, "Chunk", noted)
    step, C, D = case(MODES, "zoh", 0.1)
    for algorithm in ("chunked", "fft"):
        outputs(step, C, np.ones(20), D=D, algorithm=algorithm)
    assert made == [False, True]


def test_the_fastest_algorithm_is_asked_for_once_a_size(monkeypatch):
    asked = []

    def note(candidates):
        shapes = {call()[0].shape for call in candidates.values()}
        asked.append((" ".join(candidates), *shapes))
        return "fft"

    monkeypatch.setattr(chunked, "fastest", note)
    chunked._measured.cache_clear()
    for form in (SYSTEM, MODES):
        step, C, D = case(form, "foh", 0.1)
        for _ in range(2):
            outputs(step, C, np.ones((5000, 30)), D=D)
        outputs(step, C, np.ones((50, 3)), chunk=7)
    step, C, D = case(MODES, "zoh", DT * 7)
    outputs(step, C, np.ones((5000, 2, 21)), D=D)
    chunked._measured.cache_clear()
    shapes = [(1, 4096, 2, 16)] * 2 + [(21, 4096, 2, 1)]  # some 2^16 samples
    assert asked == [("recurrence chunked fft", shape) for shape in shapes]


def test_large_dense_systems_are_not_timed(monkeypatch):
    monkeypatch.setattr(chunked, "fastest", lambda _: pytest.fail("timed"))
    step = ssm.discretize(core(np.random.default_rng(6), 257), dt=1e-3, method="zoh")
    record = records.begin("a test", step, np.ones((100, 3)), None)
    rows = readout("a test", step, np.ones(257))
    for length, b, wanted in ((257, 256, "recurrence"), (257, 257, "chunked")):
        u = np.broadcast_to(0.0, (1, length, b))
        sized = replace(record, u=u, x=np.zeros((1, 257, b)), last=np.zeros((1, b)))
        assert chunked._choose(sized, linear(step), rows, None) == wanted


def test_on_a_device_nothing_is_timed_or_fetched(monkeypatch):
    strict = pytest.importorskip("array_api_strict")
    monkeypatch.setattr(chunked, "fastest", lambda _: pytest.fail("timed"))
    u = strict.ones((70, 3), device=strict.Device("device1"))
    for dt in (0.1, DT):
        step, C, D = case(MODES, "foh", dt)
        for algorithm in ("auto", "recurrence", "fft"):
            y, _ = outputs(step, C, u, D=D, algorithm=algorithm)
            assert str(y.device) == str(u.device)


def test_gradients_flow_to_the_samples():
    torch = pytest.importorskip("torch")
    step, C, D = case(MODES, "foh", 0.1)
    u = torch.ones((20, 1), dtype=torch.float64, requires_grad=True)
    for algorithm in ("recurrence", "chunked", "fft"):

        def read_all(u, algorithm=algorithm):
            return outputs(step, C, u, D=D, chunk=6, algorithm=algorithm)[0]

        assert torch.autograd.gradcheck(read_all, (u,), fast_mode=True)


STEP, ROWS, _ = case(SYSTEM, "zoh", 0.1)
MANY, _, _ = case(SYSTEM, "zoh", DT)
U = np.ones((4, 3))
REFUSED = {
    "C too long": (lambda: outputs(STEP, np.ones(6), U), "expected (..., 5)"),
    "C complex": (lambda: outputs(STEP, 1j * ROWS, U), "C has dtype complex128"),
    "C not finite": (lambda: outputs(STEP, NAN * ROWS, U), "C[0, 0] = nan"),
    "C without channels": (lambda: outputs(MANY, np.ones(5), U), "(..., 3, 5)"),
    "D": (lambda: outputs(STEP, ROWS, U, D=np.ones(3)), "D has shape (3,), the rows"),
    "D not finite": (lambda: outputs(STEP, ROWS, U, D=[1.0, np.inf]), "D[1] = inf"),
    "u": (lambda: outputs(STEP, ROWS, [np.inf]), "outputs: u[0] = inf"),
    "channels of u": (lambda: outputs(MANY, np.ones((3, 5)), U[:, :2]), "(L, ..., 3)"),
    "chunk": (lambda: outputs(STEP, ROWS, U, chunk=0), "chunk = 0"),
    "algorithm": (
        lambda: outputs(STEP, ROWS, U, algorithm="ftf"),
        "Did you mean 'fft'",
    ),
    "state": (
        lambda: outputs(STEP, ROWS, U, state=ssm.State(np.ones((5, 2)), 0)),
        "state.x has shape (5, 2), expected (5, 3)",
    ),
    "last": (
        lambda: outputs(STEP, ROWS, U, state=ssm.State(np.ones((5, 3)), 0, NAN * U[0])),
        "state.last[0] = nan",
    ),
    "clock": (
        lambda: outputs(
            ssm.discretize(SYSTEM, method="exact"), ROWS, U, algorithm="fft"
        ),
        "outputs of a DenseClock, algorithm 'fft'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused(name):
    call, fragment = REFUSED[name]
    with pytest.raises(ssm.InvalidInputError) as caught:
        call()
    assert fragment in str(caught.value)
