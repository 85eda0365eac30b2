"""The scan equals the recurrence, however a record is cut."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.runtime import records
from framestate.ssm.testing import core, cores

LENGTHS = (1, 2, 3, 17, 255, 256, 257, 4096)
SYSTEM = core(np.random.default_rng(0), 5)
MODES = ssm.diagonalize(SYSTEM)


SCANS = [(modal, method) for modal in (0, 1) for method in ("bilinear", "zoh", "foh")]
CLOCKS = [(1, method) for method in ("exact", "bilinear clock", "backward_euler clock")]


def step_of(system, modal, method, dt):
    source = ssm.diagonalize(system, max_cond=1e12) if modal else system
    if method in ("bilinear", "zoh", "foh"):
        return ssm.discretize(source, dt=dt, method=method)
    return ssm.discretize(source, method=method.removesuffix(" clock"))


def tolerance(states, length, n, eps):
    """n products rounded for each of L samples, twice; all powers are contractions.

    Of A because A + A^T >= 0, of the modes because Re(lam) >= 0.
    """
    return 8 * length * n * eps * (1 + np.abs(states).max())


@pytest.mark.theorem("T-stretches")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(
    system=cores(max_size=6),
    kind=st.sampled_from(SCANS + CLOCKS),
    length=st.integers(1, 90),
    dt=st.floats(1e-3, 0.5),
    seed=st.integers(0, 99),
)
def test_a_scan_is_the_recurrence(dtype, system, kind, length, dt, seed):
    step = step_of(system, *kind, dt)
    assume(not kind[0] or step.modes.cond < 1e4)
    u = np.random.default_rng(seed).standard_normal((length, 2)).astype(dtype)
    wanted = ssm.run(step, u, algorithm="recurrence")
    found = ssm.run(step, u, algorithm="scan")
    last = ssm.final_state(step, u, algorithm="scan")
    bound = tolerance(wanted.states, length, system.size, np.finfo(dtype).eps)
    assert np.abs(found.states - wanted.states).max() <= bound
    assert np.abs(last.x - wanted.final.x).max() <= bound
    assert found.states.dtype == wanted.states.dtype == last.x.dtype


@pytest.mark.parametrize("length", LENGTHS)
def test_a_scan_of_any_length_is_the_recurrence(length, xp):
    u = np.random.default_rng(length).standard_normal(length)
    steps = [
        ssm.discretize(SYSTEM, dt=0.1, method="zoh"),
        ssm.discretize(MODES, dt=0.1, method="foh"),
        ssm.discretize(MODES, method="exact"),
    ]
    for step in steps:
        wanted = ssm.run(step, u, algorithm="recurrence").states
        found = np.asarray(ssm.run(step, xp.asarray(u), algorithm="scan").states)
        bound = tolerance(wanted, length, 5, np.finfo(float).eps)
        assert np.abs(found - wanted).max() <= bound


@pytest.mark.parametrize("method", ["exact", "bilinear"])
@given(cut=st.integers(1, 79), start=st.integers(0, 10**9))
def test_a_scan_resumes_where_another_stopped(method, cut, start):
    clock = ssm.discretize(MODES, method=method)
    u = np.random.default_rng(cut).standard_normal(80)
    state = ssm.State(np.ones(len(MODES.lam), complex), start)
    once = ssm.run(clock, u, state=state, algorithm="recurrence")
    first = ssm.run(clock, u[:cut], state=state, algorithm="scan")
    second = ssm.run(clock, u[cut:], state=first.final, algorithm="scan")
    both = np.concatenate((first.states, second.states))
    bound = tolerance(once.states, 80, 5, np.finfo(float).eps)
    assert np.abs(both - once.states).max() <= bound
    assert second.final.count == once.final.count == start + 80


def test_a_record_of_many_blocks_is_one_record():
    u = np.random.default_rng(1).standard_normal((700, 300))
    for step in (
        ssm.discretize(MODES, dt=0.1, method="foh"),
        ssm.discretize(MODES, method="bilinear"),
        ssm.discretize(SYSTEM, dt=0.1, method="zoh"),
    ):
        wanted = ssm.run(step, u, algorithm="recurrence").states
        assert wanted.size > 4 * 2**16
        found = ssm.run(step, u, algorithm="scan").states
        bound = tolerance(wanted, 700, 5, np.finfo(float).eps)
        assert np.abs(found - wanted).max() <= bound


@pytest.mark.parametrize("algorithm", ["recurrence", "scan"])
def test_the_memory_of_a_final_state_does_not_grow_with_the_record(algorithm):
    step = ssm.discretize(MODES, dt=0.1, method="zoh")
    peaks = []
    for length in (2**10, 2**11):
        u = np.ones((length, 256))
        tracemalloc.start()
        ssm.final_state(step, u, algorithm=algorithm)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # A block of 2^16 complex states, and a few arrays beside it; the check that the
    # record is finite takes a byte a sample.
    assert peaks[1] - peaks[0] <= 2 * 2**10 * 256
    assert peaks[1] <= 6 * 16 * 2**16


def test_the_algorithm_is_chosen_by_size(monkeypatch):
    asked = []
    end = records.Record.end

    def noted(self, *, parallel):
        asked.append(parallel)
        return end(self, parallel=parallel)

    monkeypatch.setattr(records.Record, "end", noted)
    modal = ssm.discretize(MODES, dt=0.1, method="zoh")
    for step, shape, scans in (
        (modal, (64, 1), True),
        (modal, (63, 1), False),
        (modal, (64, 1024 // len(MODES.lam) + 1), False),
        (ssm.discretize(SYSTEM, method="exact"), (64, 1), False),
    ):
        ssm.final_state(step, np.ones(shape))
        assert asked.pop() is scans


def test_on_a_device_records_are_scanned():
    strict = pytest.importorskip("array_api_strict")
    step = ssm.discretize(MODES, dt=0.1, method="zoh")
    u = strict.ones((64, 1024), device=strict.Device("device1"))
    record = records.begin("a test", step, u, None)
    assert record.favors_scan
    found = ssm.run(step, u[:, :2]).states
    assert str(found.device) == str(u.device)


def test_what_cannot_be_scanned_says_so():
    for source, options in (
        (SYSTEM, {"method": "exact"}),
        (ssm.dplr(SYSTEM), {"method": "bilinear", "dt": 0.1}),
    ):
        step = ssm.discretize(source, **options)
        for call in (ssm.run, ssm.final_state):
            with pytest.raises(
                ssm.InvalidInputError, match="Use algorithm 'recurrence'"
            ):
                call(step, np.ones(4), algorithm="scan")
    with pytest.raises(ssm.InvalidInputError, match="Did you mean 'scan'"):
        ssm.run(step, np.ones(4), algorithm="scna")


def test_a_count_that_doubles_cannot_tell_apart_is_refused():
    clock = ssm.discretize(MODES, method="exact")
    x = np.zeros(len(MODES.lam))
    far = ssm.run(clock, [1.0], state=ssm.State(x, 2**53)).states
    assert np.isfinite(far).all()
    for count in (2**53 + 1, 2**80):
        with pytest.raises(ssm.InvalidInputError, match="beyond 2\\^53"):
            ssm.run(clock, [1.0], state=ssm.State(x, count))


def test_what_is_no_state_is_refused():
    for wrong in (None, np.zeros(2), "rest"):
        with pytest.raises(ssm.InvalidInputError, match="is not a State"):
            records.check_state("a test", wrong)


def test_states_that_rest_stay_where_they_are_to_the_bit():
    for method in ("exact", "bilinear"):
        clock = ssm.discretize(MODES, method=method)
        rest = np.asarray(ssm.final_state(clock, [3.0]).x)
        later = ssm.run(clock, np.full(50, 3.0), algorithm="recurrence").states
        assert np.array_equal(later, np.broadcast_to(rest, later.shape))


@pytest.mark.parametrize("method", ["exact", "bilinear"])
def test_a_late_scan_in_single_precision_keeps_its_small_losses(method):
    clock = ssm.discretize(MODES, method=method)
    u = np.random.default_rng(2).standard_normal(500).astype(np.float32)
    x = np.ones(len(MODES.lam), np.complex64)
    state = ssm.State(x, 10**6)
    wanted = ssm.run(clock, u.astype(float), state=state, algorithm="recurrence")
    found = ssm.run(clock, u, state=state, algorithm="scan")
    moved = np.abs(wanted.states[-1] - x).max()
    assert moved < 0.1  # losses of 1e-6 a sample, at the edge of single precision
    # Everything but the states themselves is rounded in double precision.
    eps = np.finfo(np.float32).eps
    assert np.abs(found.states - wanted.states).max() <= 2 * eps
    assert found.states.dtype == found.final.x.dtype == np.complex64


@pytest.mark.parametrize("step", [*CLOCKS[:2], (0, "zoh"), (1, "foh")])
def test_gradients_flow_through_a_scan(step):
    torch = pytest.importorskip("torch")
    made = step_of(SYSTEM, *step, 0.1)
    u = torch.linspace(-1, 1, 11, dtype=torch.float64, requires_grad=True)
    for scanned in (
        lambda u: ssm.run(made, u, algorithm="scan").states,
        lambda u: ssm.final_state(made, u, algorithm="scan").x,
    ):
        assert torch.autograd.gradcheck(scanned, (u,))


def test_a_device_is_given_larger_blocks():
    strict = pytest.importorskip("array_api_strict")
    step = ssm.discretize(MODES, dt=0.1, method="zoh")
    for device, most in (("CPU_DEVICE", 2**16), ("device1", 2**22)):
        u = strict.zeros((2**17, 2), device=strict.Device(device))
        record = records.begin("a test", step, u, None)
        sizes = [block.shape[1] for _, block, *_ in record._parts()]
        assert sum(sizes) == 2**17
        # a square number of samples, so that chunks leave nothing over
        wanted = min(2**17, int((most // (2 * len(MODES.lam))) ** 0.5) ** 2)
        assert sizes[0] == wanted
