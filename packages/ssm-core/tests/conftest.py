"""The array libraries that the tests run on: three, and a CuPy on the host."""

import functools
import shutil
import sys
from types import ModuleType, SimpleNamespace

import array_api_compat
import numpy as np
import pytest

from framestate.ssm.kernels.host import Build, Host
from framestate.ssm.kernels.machine import Launch

NAMES = {
    "vandermonde": [f"vandermonde<float, 16, {each}>" for each in (4, 8)],
    "vandermonde_backward": [
        f"vandermonde_backward<float, 16, {each}>" for each in (4, 8)
    ],
    "cauchy": ["cauchy<float>"],
    "cauchy_backward": ["cauchy_modes<float>", "cauchy_points<float>"],
    "scan": [
        *(f"scan<complex<{real}>, false>" for real in ("float", "double")),
        "scan<complex<double>, true>",
    ],
    "scan_backward": ["scan_backward<float, true>"],
    "scaled_scan": [
        f"scaled_{part}<{real}>"
        for part in ("ends", "found", "states")
        for real in ("float", "double")
    ],
    "convolve": ["convolve<float, float>"],
    "multires": ["multires<float, 32, 8, 2>"],
    "multires_backward": ["multires_backward<float, 32, 8, 2>"],
}


@pytest.fixture(params=["numpy", "strict", "torch"])
def xp(request):
    """NumPy, the strict model of the array standard, or PyTorch."""
    if request.param == "numpy":
        return np
    name = {"strict": "array_api_strict", "torch": "torch"}[request.param]
    return pytest.importorskip(name)


class Array(np.ndarray):
    """A NumPy array with what CuPy's has besides."""

    device = SimpleNamespace(id=0)

    @property
    def data(self):
        return SimpleNamespace(ptr=self.ctypes.data)


class CompileError(Exception):
    """CuPy's CompileException."""


class Kernel:
    """CuPy's RawKernel, run on the host."""

    def __init__(self, cupy, name):
        self.cupy, self.name = cupy, name
        self.max_dynamic_shared_size_bytes = 48 << 10

    def __call__(self, grid, block, values, shared_mem=0):
        assert shared_mem <= self.max_dynamic_shared_size_bytes
        # of any other number CuPy makes one of 64 bits
        assert all(isinstance(v, Array | np.int32 | float) for v in values)
        arrays = [v.view(np.ndarray) if isinstance(v, Array) else v for v in values]
        self.cupy.launches.append((self.name, grid, block, shared_mem))
        shape = {"grid": grid, "block": block[0], "shared": shared_mem}
        self.cupy.host.launch(Launch(source="", name=self.name, **shape), *arrays)


def on_device(value):
    """The same array, or arrays, as CuPy's."""
    if isinstance(value, tuple | list):
        return type(value)(map(on_device, value))
    return value.view(Array) if isinstance(value, np.ndarray) else value


class Cupy(ModuleType):
    """As much of CuPy as is touched; nothing in it can wait for a device.

    What is not named here is NumPy's.
    """

    ndarray, dtype, on_device = Array, np.dtype, staticmethod(on_device)

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

    def __getattr__(self, name):
        found = getattr(np, name)
        if isinstance(found, type) or not callable(found):
            return found

        @functools.wraps(found)
        def call(*arguments, device=None, **options):
            del device
            return on_device(found(*arguments, **options))

        return call

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
    def empty(shape, dtype, device=None):
        del device
        return np.full(shape, np.nan, dtype).view(Array)

    @staticmethod
    def from_dlpack(array):
        return np.from_dlpack(array.array).view(Array)


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """Kernels that a C++ compiler made for the processor."""
    if shutil.which("g++") is None:
        pytest.skip("there is no C++ compiler")
    return Host(build=Build(names=NAMES, folder=tmp_path_factory.mktemp("cuda")))


@pytest.fixture
def cupy(host, monkeypatch):
    """CuPy, but on the host; arrays of its own are found to be CuPy's."""
    module = Cupy(host)
    monkeypatch.setitem(sys.modules, "cupy", module)

    def of_cupy(name, answer):
        usual = getattr(array_api_compat, name)

        def asked(*arrays):
            ours = any(isinstance(array, Array) for array in arrays)
            return answer(arrays[0]) if ours else usual(*arrays)

        monkeypatch.setattr(array_api_compat, name, asked)

    of_cupy("array_namespace", lambda _: module)
    of_cupy("device", lambda array: array.device)
    of_cupy("is_numpy_array", lambda _: False)
    return module
