"""On a device: CuPy's arrays run as NumPy's do, on the stream of the caller."""

import numpy as np
import pytest

from framestate import ssm

pytestmark = pytest.mark.gpu
LENGTHS = (1, 63, 64, 257, 5000)
RATES = np.array([0.3, 1.0, 2.0, 5.0])
SYSTEM = ssm.System(
    A=np.diag(RATES) + np.triu(np.ones((4, 4)), 1),
    B=np.ones(4),
    measure="scaled",
    lift=np.eye(4),
)
MODES = ssm.diagonalize(SYSTEM)
STEPS = {
    "zoh": ssm.discretize(MODES, dt=0.1, method="zoh"),
    "foh of channels": ssm.discretize(MODES, dt=[0.05, 0.2, 0.1], method="foh"),
    "exact clock": ssm.discretize(MODES, method="exact"),
    "bilinear clock": ssm.discretize(MODES, method="bilinear"),
    "dense": ssm.discretize(SYSTEM, dt=0.1, method="zoh"),
}


@pytest.fixture
def cupy():
    return pytest.importorskip("cupy", reason="CuPy is not installed")


def bound(wanted, length, dtype):
    """n products rounded for each of L samples, twice; all powers are bounded."""
    eps = float(np.finfo(dtype).eps)
    return 8 * length * 4 * eps * MODES.cond * (1 + np.abs(wanted).max())


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", STEPS)
def test_a_run_on_a_device_is_a_run(cupy, name, dtype, length):
    step, rng = STEPS[name], np.random.default_rng(length)
    u = rng.standard_normal((length, 3)).astype(dtype)
    wanted = ssm.run(step, u.astype(float)).states
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        given = cupy.asarray(u)
        found = ssm.run(step, given).states
        last = ssm.final_state(step, given).x
    stream.synchronize()
    most = bound(wanted, length, dtype)
    modal = np.result_type(dtype, np.complex64)
    assert found.dtype == (dtype if name == "dense" else modal)
    assert np.abs(cupy.asnumpy(found) - wanted).max() <= most
    assert np.abs(cupy.asnumpy(last) - wanted[-1]).max() <= most


@pytest.mark.parametrize("name", STEPS)
def test_a_stream_on_a_device_is_a_run(cupy, name):
    step, u = STEPS[name], np.random.default_rng(0).standard_normal((300, 3))
    C = np.eye(4) if name == "dense" else MODES.readout(np.eye(4))
    C = np.repeat(C[:, None], 3, axis=1) if "channels" in name else C
    wanted, _ = ssm.outputs(step, C, u)
    stream, given = ssm.Stream(step, C=C, batch=(3,)), cupy.asarray(u)
    y = [stream.push(given[n])[None] for n in range(40)]
    y = cupy.asnumpy(cupy.concatenate([*y, stream.push(given[40:])]))
    assert np.abs(y - wanted).max() <= bound(wanted, 300, float)


@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
@pytest.mark.parametrize("taps", [1, 9, 128, 4096])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_convolution_on_a_device_is_a_convolution(cupy, dtype, taps, method):
    rng = np.random.default_rng(taps)
    K, u = rng.standard_normal((3, taps)), rng.standard_normal((30_000, 3))
    K, u = K.astype(dtype), u.astype(dtype)
    wanted = ssm.convolve(K.astype(float), u.astype(float), method="direct")
    y = cupy.asnumpy(ssm.convolve(cupy.asarray(K), cupy.asarray(u), method=method))
    norms = np.linalg.norm(K, axis=1).max() * np.linalg.norm(u, axis=0).max()
    sums = (taps + 64) * np.abs(K).sum(axis=1).max() * np.abs(u).max()
    most = float(np.finfo(dtype).eps) * (sums + 8 * 16 * norms)
    assert np.abs(y - wanted).max() <= most


@pytest.mark.parametrize("name", ["zoh", "foh of channels"])
def test_a_response_on_a_device_is_the_response(cupy, name):
    step, rng = STEPS[name], np.random.default_rng(6)
    C = rng.standard_normal((2, *step.B_bar.shape)) + 0j
    wanted = ssm.kernel(step, C, 3000)
    K = cupy.asnumpy(ssm.kernel(step, cupy.asarray(C), 3000))
    size = np.abs(C).max() * np.abs(step.B_bar).sum(axis=-1).max()
    assert np.abs(K - wanted).max() <= 16 * 3000 * np.finfo(float).eps * size


def test_nothing_waits_for_the_device(cupy):
    u, busy = cupy.zeros((5000, 3)), cupy.cuda.Stream(non_blocking=True)
    with busy:
        for _ in range(2):  # the first time kernels are compiled and memory is taken
            before, a = cupy.cuda.Event(), cupy.ones((8192, 8192), cupy.float32)
            for _ in range(20):  # keeps the stream busy while the calls return
                a = a @ a * 1e-4
            before.record()
            for name in ("zoh", "exact clock", "bilinear clock", "dense"):
                ssm.run(STEPS[name], u)
            returned_early = not before.done
            busy.synchronize()
    assert returned_early
