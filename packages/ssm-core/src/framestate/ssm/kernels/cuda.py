"""The kernels on a CUDA device: the only module that knows CuPy.

Every function equals the one of its name in `reference`, where there is one. It takes CuPy arrays, or
without a copy whatever has ``__dlpack__`` on the current device, and returns CuPy
arrays. It runs on the current device and stream and does not wait; CuPy compiles with
-ftz=true, so that floats below 1.2e-38 are zero. Importing this module needs neither
CuPy nor a device; calling does. All functions raise

InvalidInputError
    If an array is elsewhere, or its dtype or shape does not fit.
DeviceError
    If CuPy or a device is missing, memory is short, a kernel does not compile, or a
    launch is too large for 32-bit numbers.
"""

import contextlib
import functools
import importlib
import inspect
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from framestate.ssm.checks import refusal
from framestate.ssm.kernels import device
from framestate.ssm.kernels.device.convolve import longest_row
from framestate.ssm.kernels.machine import DeviceError, Launch

_SOURCES = Path(__file__).parent / "sources"
_OPTIONS = ("--std=c++17", f"-I{_SOURCES}")
_CUDA_MEMORY = (2, 13)  # of the device, or managed, as DLPack counts
_NOTHING = 1e-300  # its powers are 1, itself and 0
_STATIC_SHARED = 48 * 1024  # a block can have more, if it asks
_MOST = 1 << 30  # samples or modes of a row: kernels count past them in 32 bits
_MOST_BLOCKS = 2**31 - 1, 65535


def vandermonde(C: Any, lam: Any, B: Any, length: int) -> Any:
    """K[..., l] = Re sum_m C B lam^l, where lam and B may be NumPy arrays."""
    xp = machine().xp
    poles, inputs = xp.asarray(lam), xp.asarray(B)
    shape = np.broadcast_shapes(C.shape, poles.shape)
    c = xp.broadcast_to((C * inputs).astype(C.dtype), shape)
    log = xp.broadcast_to(xp.log(xp.where(poles == 0, _NOTHING, poles)), shape)
    rows = -1, shape[-1]
    K = vandermonde_rows(c.reshape(rows), log.reshape(rows), length)
    return K.reshape(*shape[:-1], length)


def vandermonde_rows(c: Any, log_z: Any, length: int) -> Any:
    """K[r, l] = Re sum_m c exp(l log_z)."""
    return _run(device.vandermonde_rows, c, log_z, length)


def vandermonde_rows_backward(c: Any, log_z: Any, grad: Any) -> tuple[Any, Any]:
    """Gradients of c and log_z."""
    return _run(device.vandermonde_rows_backward, c, log_z, grad)


def cauchy(v: Any, s: Any, lam: Any) -> Any:
    """The sum over m of v / (s + lam) + conj(v) / (s + conj(lam))."""
    return _run(device.cauchy, v, s, lam)


def cauchy_backward(v: Any, s: Any, lam: Any, grad: Any) -> tuple[Any, Any, Any]:
    """Gradients of v, s and lam."""
    return _run(device.cauchy_backward, v, s, lam, grad)


def scan(a: Any, x: Any, start: Any) -> Any:
    """z_n = a_n z_{n-1} + x_n."""
    return _run(device.scan, a, x, start)


def scan_backward(a: Any, z: Any, start: Any, grad: Any) -> tuple[Any, Any, Any]:
    """Gradients of a, x and start."""
    return _run(device.scan_backward, a, z, start, grad)


def scaled_scan(lam: Any, settled: Any, u: Any, start: Any, count: int) -> Any:
    """States of the modes of the scaled clock."""
    return _run(device.scaled_scan, lam, settled, u, start, count)


def longest_convolution(dtype: Any) -> int:
    """Most samples of a row that `convolve` takes on the current device."""
    return longest_row(machine(), dtype)


def convolve(u: Any, K: Any) -> Any:
    """Causal convolution of every channel with a kernel of its own."""
    return _run(device.convolve, u, K)


def convolve_backward(u: Any, K: Any, grad: Any) -> tuple[Any, Any]:
    """Gradients of u and K."""
    return _run(device.convolve_backward, u, K, grad)


def multires(x: Any, h0: Any, h1: Any, w: Any) -> Any:
    """The weighted levels of the fading tree."""
    return _run(device.multires, x, h0, h1, w)


def multires_backward(
    x: Any, h0: Any, h1: Any, w: Any, grad: Any
) -> tuple[Any, Any, Any, Any]:
    """Gradients of x, h0, h1 and w."""
    return _run(device.multires_backward, x, h0, h1, w, grad)


@final
@dataclass(frozen=True, kw_only=True)
class CudaMachine:
    """A `Machine` on the current CUDA device; make one with `machine`."""

    xp: Any = field(repr=False)
    number: int
    blocks: int
    shared: int
    side: int = 16
    threads: int = 256

    def take(self, array: Any) -> Any:
        """The array contiguous and aligned to 16 bytes, a copy only if it must be."""
        whole = self.xp.ascontiguousarray(array)
        return whole.copy() if whole.data.ptr % 16 else whole

    def empty(self, request: str, *wanted: tuple[tuple[int, ...], Any]) -> list[Any]:
        """New arrays; if there is not the memory for all of them, none is made."""
        needed = sum(
            int(np.prod(shape)) * self.xp.dtype(dtype).itemsize
            for shape, dtype in wanted
        )
        kept = self.xp.get_default_memory_pool().free_bytes()
        if needed > kept:
            free = kept + self.xp.cuda.runtime.memGetInfo()[0]
            if needed > free:
                raise DeviceError(
                    request=request,
                    finding=f"it needs {needed / 2**20:.1f} MiB for its results, and "
                    f"{free / 2**20:.1f} MiB of device {self.number} are free",
                    remedy="Pass fewer rows at a time, or free other arrays",
                )
        return [self.xp.empty(shape, dtype) for shape, dtype in wanted]

    def launch(self, launch: Launch, *arguments: Any) -> None:
        """Start a kernel on the current stream."""
        self._check(launch, arguments)
        kernel = _compiled(self.xp, self.number, launch.source, launch.name)
        if launch.shared > _STATIC_SHARED:
            kernel.max_dynamic_shared_size_bytes = launch.shared
        values = tuple(np.int32(a) if isinstance(a, int) else a for a in arguments)
        kernel(launch.grid, (launch.block,), values, shared_mem=launch.shared)

    def _check(self, launch: Launch, arguments: tuple[Any, ...]) -> None:
        """Refuse what CuPy would cut down to 32 bits in silence."""
        largest = max(a for a in arguments if isinstance(a, int))
        many = any(n > most for n, most in zip(launch.grid, _MOST_BLOCKS, strict=True))
        if many or largest > _MOST:
            raise DeviceError(
                request=f"{launch.name} on device {self.number}",
                finding=f"it takes {launch.grid} blocks and rows of up to {largest} "
                f"numbers; a device has {_MOST_BLOCKS}, a kernel counts to {_MOST}",
                remedy="Pass fewer rows at a time, and longer ones in pieces",
            )


def machine() -> CudaMachine:
    """The current CUDA device.

    Raises
    ------
    DeviceError
        If CuPy or a device is missing.
    """
    try:
        cupy: Any = importlib.import_module("cupy")
    except ImportError as error:
        raise DeviceError(
            request="a cuda kernel",
            finding=f"CuPy cannot be imported ({error})",
            remedy="The cuda kernels need it: pip install "
            "'framestate-ssm-core[cuda13]', or [cuda12] for CUDA 12",
        ) from error
    if not cupy.is_available():
        raise DeviceError(
            request="a cuda kernel",
            finding="CuPy sees no CUDA device",
            remedy="Check the driver with nvidia-smi, or use the blocked kernels",
        )
    return _described(cupy, cupy.cuda.runtime.getDevice())


@contextlib.contextmanager
def using(device: int, stream: Any) -> Generator[None]:
    """Run what follows on a device, and on a stream of another library.

    Parameters
    ----------
    device : int
        Number of the device.
    stream : object
        A stream there, which tells its address by ``__cuda_stream__`` or, as
        PyTorch's before 2.10, by ``cuda_stream``.
    """
    xp = machine().xp
    known = hasattr(stream, "__cuda_stream__")
    outside = stream if known else _OlderStream(stream)
    with xp.cuda.Device(device), xp.cuda.Stream.from_external(outside):
        yield


@final
@dataclass(frozen=True)
class _OlderStream:
    """A stream that has an address but not the protocol to tell it."""

    stream: Any

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.stream.cuda_stream


def _run(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function on the current device, its arrays there."""
    here = machine()
    request = f"cuda.{function.__name__}"
    values = (
        value if isinstance(value, int) else _array(here, request, name, value)
        for name, value in zip(_parameters(function), arguments, strict=True)
    )
    return function(here, *values)


def _array(here: CudaMachine, request: str, name: str, value: Any) -> Any:
    """A CuPy array of the same memory."""
    kind = type(value).__name__
    if not isinstance(value, here.xp.ndarray):
        place = getattr(value, "__dlpack_device__", lambda: (0, 0))()[0]
        if place not in _CUDA_MEMORY:
            finding = f"{name} is a {kind} that is not on a CUDA device"
            raise refusal(request, finding, "Copy it there with cupy.asarray")
        value = here.xp.from_dlpack(value)
    if value.device.id != here.number:
        finding = (
            f"{name} is on device {value.device.id}, the current one is {here.number}"
        )
        raise refusal(
            request, finding, "Enter `with cupy.cuda.Device(..)` of the array"
        )
    return value


@functools.cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of a device kernel's arguments, the machine left out."""
    return tuple(inspect.signature(function).parameters)[1:]


@functools.cache
def _described(cupy: Any, number: int) -> CudaMachine:
    attributes = cupy.cuda.Device(number).attributes
    return CudaMachine(
        xp=cupy,
        number=number,
        blocks=4 * attributes["MultiProcessorCount"],
        shared=attributes["MaxSharedMemoryPerBlockOptin"],
    )


@functools.cache
def _compiled(cupy: Any, number: int, source: str, name: str) -> Any:
    """A kernel for a device, compiled at its first launch."""
    code = (_SOURCES / f"{source}.cu").read_text()
    module = cupy.RawModule(code=code, options=_OPTIONS, name_expressions=(name,))
    try:
        return module.get_function(name)
    except cupy.cuda.compiler.CompileException as error:
        arch = cupy.cuda.Device(number).compute_capability
        raise DeviceError(
            request=f"{name} of {source}.cu for sm_{arch}",
            finding=f"it does not compile: {error}",
            remedy="Report this log, and use the blocked kernels meanwhile",
        ) from error
