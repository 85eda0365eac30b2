"""On a device: every row equals its definition, and the caller's stream is respected."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from framestate.ssm.kernels import cuda, reference
from framestate.ssm.kernels.spec import KERNELS

pytestmark = pytest.mark.gpu
LENGTHS = (1, 2, 3, 17, 255, 256, 257, 4096)
CUDA = [row for row in KERNELS if row.name.endswith("/cuda")]


@pytest.fixture
def cupy():
    return pytest.importorskip("cupy", reason="CuPy is not installed")


def moved(to, value):
    if isinstance(value, tuple):
        return tuple(moved(to, v) for v in value)
    return value if isinstance(value, int) else to(value)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row", CUDA, ids=lambda row: row.name)
def test_a_cuda_kernel_equals_its_reference(cupy, row, dtype, length):
    arguments = row.draw(np.random.default_rng(length), dtype, length)
    found = row.implementation(*moved(cupy.asarray, arguments))
    assert row.distance(moved(cupy.asnumpy, found), arguments) <= 1


@pytest.mark.parametrize(
    ("family", "length"),
    [
        ("vandermonde_rows", 16384),  # one large tile
        ("vandermonde_rows", 65536),  # several
        ("vandermonde_rows_backward", 16384),
        ("vandermonde_rows_backward", 65536),
        ("scan", 1 << 18),  # in segments
        ("scan_backward", 1 << 18),
        ("multires", 16384),
        ("multires_backward", 2048),  # lows on chip
        ("multires_backward", 16384),  # lows in memory
    ],
)
def test_long_rows_equal_the_reference(cupy, family, length):
    row = next(row for row in CUDA if row.family == family)
    arguments = row.draw(np.random.default_rng(0), np.float32, length)
    found = row.implementation(*moved(cupy.asarray, arguments))
    assert row.distance(moved(cupy.asnumpy, found), arguments) <= 1


@pytest.mark.parametrize("dtype", [np.float16, "bfloat16"])
def test_sixteen_bits_are_accumulated_in_float(cupy, dtype):
    if dtype == "bfloat16":
        dtype = pytest.importorskip("ml_dtypes").bfloat16
    u = np.random.default_rng(0).standard_normal((2, 3, 1000)).astype(dtype)
    K = np.ones((3, 1000), dtype)
    found = cupy.asnumpy(cuda.convolve(cupy.asarray(u), cupy.asarray(K)))
    wide = u.astype(np.float64), K.astype(np.float64)
    wanted, summands = (reference.convolve(*p) for p in (wide, map(np.abs, wide)))
    stored = 2.0**-8 if found.dtype != np.float16 else 2.0**-11
    unit = stored * np.abs(wanted) + 4 * np.finfo(np.float32).eps * summands
    assert found.dtype == u.dtype
    assert (np.abs(found.astype(np.float64) - wanted) <= unit).all()


def test_work_is_done_on_the_stream_of_the_caller(cupy):
    row = next(row for row in CUDA if row.family == "scan")
    arguments = row.draw(np.random.default_rng(0), np.float32, 4096)
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        found = row.implementation(*moved(cupy.asarray, arguments))
    stream.synchronize()
    assert row.distance(moved(cupy.asnumpy, found), arguments) <= 1


def test_tensors_are_read_where_they_are(cupy):
    torch = pytest.importorskip("torch")
    row = next(row for row in CUDA if row.family == "convolve")
    arguments = row.draw(np.random.default_rng(0), np.float32, 256)
    tensors = [torch.from_numpy(array).cuda() for array in arguments]
    with cupy.cuda.Stream.from_external(torch.cuda.current_stream()):
        y = torch.from_dlpack(row.implementation(*tensors))
    assert row.distance(y.cpu().numpy(), arguments) <= 1


@pytest.mark.parametrize("tool", ["memcheck", "racecheck"])
def test_the_device_sees_no_stray_address_and_no_race(cupy, tool):
    sanitizer = shutil.which("compute-sanitizer")
    if sanitizer is None:
        pytest.skip("compute-sanitizer is not installed")
    script = (
        "import cupy, numpy\n"
        "from framestate.ssm.kernels.spec import KERNELS\n"
        "for row in KERNELS:\n"
        "    if row.name.endswith('/cuda'):\n"
        "        parts = row.draw(numpy.random.default_rng(0), numpy.float32, 300)\n"
        "        row.implementation(*(p if isinstance(p, int) else cupy.asarray(p)\n"
        "                             for p in parts))\n"
    )
    command = [sanitizer, "--tool", tool, "--error-exitcode", "1"]
    command += [sys.executable, "-c", script]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()[-2000:]
