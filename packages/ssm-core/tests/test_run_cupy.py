"""CuPy's arrays are served by the CUDA kernels, here on a CuPy of the host."""

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.kernels import blocked, cuda, draws
from framestate.ssm.kernels.rung import rung
from framestate.ssm.kernels.spec import KERNELS
from framestate.ssm.testing import core

SYSTEM = core(np.random.default_rng(0), 5)
MODES = ssm.diagonalize(SYSTEM)
DT = [0.05, 0.2, 0.1]
STEPS = {
    "zoh": ssm.discretize(MODES, dt=0.1, method="zoh"),
    "foh of channels": ssm.discretize(MODES, dt=DT, method="foh"),
    "exact clock": ssm.discretize(MODES, method="exact"),
    "bilinear clock": ssm.discretize(MODES, method="bilinear"),
}
LAUNCHED = {  # of samples in double precision
    "zoh": {"scan<complex<double>, false>"},
    "foh of channels": {"scan<complex<double>, false>"},
    "exact clock": {f"scaled_{part}<double>" for part in ("ends", "found", "states")},
    "bilinear clock": {"scan<complex<double>, true>"},
}
OTHERS = {
    "dense": ssm.discretize(SYSTEM, dt=0.1, method="zoh"),
    "low rank": ssm.discretize(ssm.dplr(SYSTEM), dt=0.1, method="bilinear"),
}


def launched(cupy):
    return {name for name, *_ in cupy.launches}


def bound(wanted, length, dtype):
    """n products rounded for each of L samples, twice: see test_run_scan."""
    return (
        8 * length * 5 * np.finfo(dtype).eps * MODES.cond * (1 + np.abs(wanted).max())
    )


@pytest.mark.parametrize("batch", [(3,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", STEPS)
def test_modes_are_scanned_by_kernels(cupy, name, dtype, batch):
    step, u = STEPS[name], np.random.default_rng(1).standard_normal((70, *batch))
    first = ssm.run(step, u[:4].astype(dtype)).final
    start = ssm.State(*(cupy.on_device(x) for x in (first.x, first.count, first.last)))
    given = cupy.on_device(u[4:].astype(dtype))
    wanted = ssm.run(step, u[4:].astype(dtype).astype(float), state=first)
    found = ssm.run(step, given, state=start)
    last = ssm.final_state(step, given, state=start)
    for x, of in (
        (found.states, wanted.states),
        (found.final.x, wanted.final.x),
        (last.x, wanted.final.x),
    ):
        assert type(x) is cupy.ndarray
        assert x.shape == of.shape
        assert x.dtype == np.result_type(dtype, np.complex64)
        assert np.abs(x - of).max() <= bound(of, 70, dtype)
    assert last.count == found.final.count == 70
    if dtype is np.float64:
        assert launched(cupy) == LAUNCHED[name]
    else:  # a single loss would keep little of its digits: gains are double
        exact = {kind.replace("double", "float") for kind in LAUNCHED[name]}
        wide = name == "bilinear clock"
        assert launched(cupy) == (LAUNCHED[name] if wide else exact)


@pytest.mark.parametrize("name", OTHERS)
def test_what_no_kernel_scans_is_computed_by_the_library(cupy, name):
    u = np.random.default_rng(2).standard_normal((70, 3))
    wanted = ssm.run(OTHERS[name], u).states
    found = ssm.run(OTHERS[name], cupy.on_device(u)).states
    assert type(found) is cupy.ndarray
    assert np.abs(found - wanted).max() <= bound(wanted, 70, float)
    assert not cupy.launches


def test_a_kernel_is_not_asked_for_what_is_no_scan(cupy):
    u = np.random.default_rng(3).standard_normal((70, 3))
    for call in (
        lambda: ssm.run(STEPS["zoh"], cupy.on_device(u), algorithm="recurrence"),
        lambda: ssm.run(STEPS["zoh"], u),
    ):
        call()
        assert not cupy.launches
    assert rung(cupy) is cuda
    assert rung(np) is blocked


@pytest.mark.parametrize("name", STEPS)
def test_a_stream_of_such_arrays_is_a_run(cupy, name):
    step, u = STEPS[name], np.random.default_rng(4).standard_normal((200, 3))
    C = MODES.readout(np.eye(5))
    C = np.repeat(C[:, None], 3, axis=1) if "channels" in name else C
    wanted, state = ssm.outputs(step, C, u)
    stream = ssm.Stream(step, C=C, batch=(3,))
    given = cupy.on_device(u)
    y = [stream.push(given[n])[None] for n in range(40)]
    y = np.concatenate([*y, stream.push(given[40:])])
    assert np.abs(y - wanted).max() <= bound(wanted, 200, float)
    assert np.abs(stream.state.x - state.x).max() <= bound(state.x, 200, float)
    assert launched(cupy) == (LAUNCHED[name] if "clock" in name else set())


@pytest.mark.parametrize("channels", [None, 3])
@pytest.mark.parametrize("taps", [1, 9, 128])
def test_short_kernels_are_convolved_with_by_a_kernel(cupy, taps, channels):
    rng = np.random.default_rng(5)
    shape = (taps,) if channels is None else (channels, taps)
    K = rng.standard_normal(shape).astype(np.float32)
    u = rng.standard_normal((20_000, 3)).astype(np.float32)  # rows in pieces
    y = ssm.convolve(cupy.on_device(K), cupy.on_device(u))
    wanted = ssm.convolve(K.astype(float), u.astype(float), method="direct")
    assert type(y) is cupy.ndarray
    size = (taps + 64) * np.abs(K).sum(axis=-1).max() * np.abs(u).max()
    assert np.abs(y - wanted).max() <= np.finfo(np.float32).eps * size
    assert launched(cupy) == {"convolve<float, float>"}
    assert len(cupy.launches) == 2


def test_long_kernels_are_convolved_with_by_the_library(cupy):
    longest = cuda.longest_convolution(np.float32)
    u = cupy.on_device(np.ones(10, np.float32))
    for taps, launches in ((longest // 4, 1), (longest // 4 + 1, 0)):
        K = cupy.on_device(np.ones(taps, np.float32))
        plan = ssm.Convolution(K, 10, "direct")
        assert np.array_equal(plan(u), np.arange(1.0, 11.0))
        assert len(cupy.launches) == launches
        cupy.launches.clear()


def test_the_longest_row_is_the_longest_that_is_taken(cupy):
    for dtype in (np.float32, np.float64):
        most = cuda.longest_convolution(dtype)
        row = cupy.on_device(np.ones((1, 1, most + 32), dtype))
        with pytest.raises(ssm.InvalidInputError, match="bytes of shared memory"):
            cuda.convolve(row, row[0, :, :1])
    row = cupy.on_device(np.ones((1, 1, cuda.longest_convolution(np.float32)), "f"))
    assert np.array_equal(cuda.convolve(row, row[0, :, :1]), row)


@pytest.mark.parametrize("name", ["zoh", "foh of channels"])
def test_the_response_of_modes_is_a_kernels(cupy, name):
    step, rng = STEPS[name], np.random.default_rng(6)
    C = rng.standard_normal((2, *step.B_bar.shape)).astype(np.complex64)
    wanted = ssm.kernel(step, C.astype(complex), 100)
    K = ssm.kernel(step, cupy.on_device(C), 100)
    assert type(K) is cupy.ndarray
    assert K.dtype == np.float32
    size = np.abs(C).max() * np.abs(step.B_bar).sum(axis=-1).max()
    assert np.abs(K - wanted).max() <= 16 * np.finfo(np.float32).eps * size
    assert launched(cupy) == {"vandermonde<float, 16, 4>"}


@pytest.mark.parametrize("length", [1, 100, 101])
def test_poles_anywhere_in_the_disk_have_a_kernel(cupy, length):
    parts = draws.vandermonde(np.random.default_rng(7), np.float32, length)
    row = next(row for row in KERNELS if row.name == "vandermonde/blocked")
    found = cuda.vandermonde(cupy.on_device(parts[0]), *parts[1:])
    assert type(found) is cupy.ndarray
    assert row.distance(found, parts) <= 1
