"""The CUDA rung without a device: a CuPy of NumPy arrays whose kernels run on the host."""

import contextlib
import shutil
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from framestate.ssm.errors import InvalidInputError, SsmError
from framestate.ssm.kernels import cuda, draws
from framestate.ssm.kernels.host import Build, Host
from framestate.ssm.kernels.machine import DeviceError, Launch
from framestate.ssm.kernels.spec import KERNELS

NAMES = {
    "vandermonde": [f"vandermonde<float, 16, {each}>" for each in (4, 8)],
    "vandermonde_backward": [
        f"vandermonde_backward<float, 16, {each}>" for each in (4, 8)
    ],
    "cauchy": ["cauchy<float>"],
    "cauchy_backward": ["cauchy_modes<float>", "cauchy_points<float>"],
    "scan": ["scan<complex<float>, false>"],
    "scan_backward": ["scan_backward<float, true>"],
    "scaled_scan": [
        "scaled_ends<float>",
        "scaled_found<float>",
        "scaled_states<float>",
    ],
    "convolve": ["convolve<float, float>"],
    "multires": ["multires<float, 32, 8, 2>"],
    "multires_backward": ["multires_backward<float, 32, 8, 2>"],
}
CUDA = [row for row in KERNELS if row.name.endswith("/cuda")]
SOURCE = "scan", "scan<complex<float>, false>"


class Array(np.ndarray):
    """A NumPy array with what CuPy's has besides."""

    device = SimpleNamespace(id=0)

    @property
    def data(self):
        return SimpleNamespace(ptr=self.ctypes.data)


class Foreign:
    """An array of another library, on a device that DLPack numbers so."""

    def __init__(self, array, place):
        self.array, self.place = array, place

    def __dlpack__(self):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return (self.place, 0)


class CompileError(Exception):
    """CuPy's CompileException."""


class Kernel:
    """CuPy's RawKernel, run on the host."""

    def __init__(self, cupy, name):
        self.cupy, self.name = cupy, name
        self.max_dynamic_shared_size_bytes = 48 << 10

    def __call__(self, grid, block, values, shared_mem=0):
        assert shared_mem <= self.max_dynamic_shared_size_bytes
        arrays = [v.view(np.ndarray) if isinstance(v, Array) else v for v in values]
        self.cupy.launches.append((self.name, grid, block, shared_mem))
        shape = {"grid": grid, "block": block[0], "shared": shared_mem}
        self.cupy.host.launch(Launch(source="", name=self.name, **shape), *arrays)


class Cupy(ModuleType):
    """As much of CuPy as the kernels touch; nothing in it can wait for a device."""

    ndarray, dtype = Array, np.dtype

    def __init__(self, host=None):
        super().__init__("cupy")
        self.host, self.launches, self.compiled = host, [], []
        self.present, self.current, self.kept, self.free = True, 0, 0, 1 << 40
        runtime = SimpleNamespace(
            getDevice=lambda: self.current, memGetInfo=lambda: (self.free, 1 << 41)
        )
        described = {"MultiProcessorCount": 1, "MaxSharedMemoryPerBlockOptin": 1 << 17}
        about = SimpleNamespace(attributes=described, compute_capability="90")
        compiler = SimpleNamespace(CompileException=CompileError)
        self.cuda = SimpleNamespace(
            runtime=runtime, compiler=compiler, Device=lambda _: about
        )

    def is_available(self):
        return self.present

    def get_default_memory_pool(self):
        return SimpleNamespace(free_bytes=lambda: self.kept)

    def RawModule(self, *, code, options, name_expressions):
        self.compiled.append((name_expressions, options))

        def get_function(name):
            if "error" in code:
                raise CompileError('identifier "g" is undefined')
            return Kernel(self, name)

        return SimpleNamespace(get_function=get_function)

    @staticmethod
    def ascontiguousarray(array):
        return np.ascontiguousarray(array).view(Array)

    @staticmethod
    def empty(shape, dtype):
        return np.full(shape, np.nan, dtype).view(Array)

    @staticmethod
    def from_dlpack(array):
        return np.from_dlpack(array.array).view(Array)

    @staticmethod
    def zeros(shape, dtype):
        return np.zeros(shape, dtype).view(Array)

    @staticmethod
    def zeros_like(array):
        return np.zeros_like(array)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    if shutil.which("g++") is None:
        pytest.skip("there is no C++ compiler")
    return Host(build=Build(names=NAMES, folder=tmp_path_factory.mktemp("cuda")))


@pytest.fixture
def cupy(host, monkeypatch):
    module = Cupy(host)
    monkeypatch.setitem(sys.modules, "cupy", module)
    return module


def on_device(arguments):
    return [a.view(Array) if isinstance(a, np.ndarray) else a for a in arguments]


def scan_arguments():
    return on_device(draws.scan(np.random.default_rng(0), np.float32, 64))


@pytest.mark.parametrize("row", CUDA, ids=lambda row: row.name)
def test_a_cuda_kernel_equals_its_reference(cupy, row):
    arguments = row.draw(np.random.default_rng(0), np.float32, 200)
    found = row.implementation(*on_device(arguments))
    assert row.distance(found, arguments) <= 1
    assert all(
        isinstance(f, Array) for f in (found if type(found) is tuple else [found])
    )


@pytest.mark.parametrize("length", [4096, 4097, 16384, 20000])
@pytest.mark.parametrize("row", CUDA[:2], ids=lambda row: row.name)
def test_long_rows_fill_large_tiles_and_several_of_them(cupy, row, length):
    arguments = row.draw(np.random.default_rng(0), np.float32, length)
    assert row.distance(row.implementation(*on_device(arguments)), arguments) <= 1
    ((name, grid, block, _),) = cupy.launches
    assert name.endswith("4>" if length == 4096 else "8>")
    assert grid[0] == 3 * (2 if length > 16384 else 1)
    assert block == (256,)


def test_a_kernel_is_compiled_once_for_a_device(cupy):
    for cupy.current in (0, 0, 1, 1, 0):
        arguments = scan_arguments()
        for array in arguments:
            array.device = SimpleNamespace(id=cupy.current)
        cuda.scan(*arguments)
    assert len(cupy.compiled) == 2
    names, options = cupy.compiled[0]
    assert names == SOURCE[1:]
    assert options[0] == "--std=c++17"
    assert options[1].startswith("-I")


def test_a_machine_knows_its_device(cupy):
    machine = cuda.machine()
    assert machine is cuda.machine()
    assert (machine.number, machine.side, machine.threads) == (0, 16, 256)
    assert machine.blocks == 4  # a few of each multiprocessor
    assert machine.shared == 1 << 17


def test_shared_memory_beyond_48_kib_is_asked_for(cupy):
    x = np.zeros((1, 1, 7000), np.float32).view(Array)
    y = cuda.convolve(x, x[0, :, :8])
    assert y.shape == x.shape
    ((_, _, _, shared),) = cupy.launches
    assert shared > 48 << 10


def test_arrays_of_other_libraries_are_taken_without_a_copy(cupy):
    a, x, start = scan_arguments()
    for place in (2, 13):
        z = cuda.scan(a, Foreign(x.view(np.ndarray), place), start)
        assert np.array_equal(z, cuda.scan(a, x, start))
    assert len(cupy.launches) == 4


def test_only_what_a_kernel_cannot_read_is_copied(cupy):
    machine, line = cuda.machine(), np.zeros(65, np.float32).view(Array)
    aligned = next(line[i : i + 60] for i in range(4) if line[i:].data.ptr % 16 == 0)
    shifted = line[1:] if line.data.ptr % 16 == 0 else line
    assert np.shares_memory(machine.take(aligned), line)
    for array in (shifted[:60], line[::2]):
        taken = machine.take(array)
        assert not np.shares_memory(taken, line)
        assert taken.data.ptr % 16 == 0
        assert taken.flags.c_contiguous


@pytest.mark.parametrize("wrong", [[[1.0]], np.ones((3, 64)), Foreign(np.ones(1), 1)])
def test_arrays_on_the_host_are_refused(cupy, wrong):
    a, _, start = scan_arguments()
    message = r"cuda.scan: x is a \w+ that is not on"
    with pytest.raises(InvalidInputError, match=message):
        cuda.scan(a, wrong, start)


def test_arrays_of_another_device_are_refused(cupy):
    cupy.current = 1
    with pytest.raises(InvalidInputError, match="is on device 0, the current one is 1"):
        cuda.scan(*scan_arguments())


def test_too_little_memory_is_noticed_before_allocating(cupy, monkeypatch):
    monkeypatch.setattr(Cupy, "empty", lambda *_: pytest.fail("allocated"))
    cupy.kept, cupy.free = 1000, 500
    with pytest.raises(DeviceError, match=r"needs 0\.0 MiB .* 0\.0 MiB of device 0"):
        cuda.scan(*scan_arguments())


@pytest.mark.parametrize(("kept", "free"), [(1536, 0), (0, 1536), (1000, 536)])
def test_memory_that_is_just_enough_is_enough(cupy, kept, free):
    cupy.kept, cupy.free = kept, free
    assert cuda.scan(*scan_arguments()).shape == (3, 64)


def test_cupy_missing_is_said_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(
        DeviceError, match=r"pip install 'framestate-ssm-core\[cuda13\]'"
    ):
        cuda.scan(*scan_arguments())


def test_a_missing_device_is_said(cupy):
    cupy.present = False
    with pytest.raises(DeviceError, match=r"CuPy sees no CUDA device.*blocked kernels"):
        cuda.scan(*scan_arguments())


def test_a_kernel_that_does_not_compile_shows_the_log(cupy, monkeypatch, tmp_path):
    monkeypatch.setattr(cuda, "_SOURCES", tmp_path)
    (tmp_path / "scan.cu").write_text("error")
    with pytest.raises(DeviceError, match=r'for sm_90: .* identifier "g" is undefined'):
        cuda.scan(*scan_arguments())


def test_device_errors_are_of_the_family():
    assert issubclass(DeviceError, SsmError)
    assert issubclass(DeviceError, RuntimeError)


def test_another_librarys_stream_is_used_and_left_again(cupy, monkeypatch):
    seen = []

    def entered(what):
        @contextlib.contextmanager
        def manager(value):
            seen.append((what, value))
            yield
            seen.append((f"{what} left", value))

        return manager

    cuda_module = SimpleNamespace(
        **{
            **vars(cupy.cuda),
            "Stream": SimpleNamespace(from_external=entered("stream")),
        }
    )
    cuda.machine()  # described before the device is replaced
    cuda_module.Device = entered("device")
    monkeypatch.setattr(cupy, "cuda", cuda_module)
    with cuda.using(0, "s"):
        assert seen == [("device", 0), ("stream", "s")]
    assert seen[2:] == [("stream left", "s"), ("device left", 0)]
