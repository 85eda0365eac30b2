"""The CUDA rung without a device: a CuPy of NumPy arrays whose kernels run on the host."""

import contextlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from framestate.ssm.errors import InvalidInputError, SsmError
from framestate.ssm.kernels import cuda, draws
from framestate.ssm.kernels.machine import DeviceError, Launch
from framestate.ssm.kernels.spec import KERNELS

CUDA = [row for row in KERNELS if row.name.endswith("/cuda")]
SOURCE = "scan", "scan<complex<float>, false>"


class Foreign:
    """An array of another library, on a device that DLPack numbers so."""

    def __init__(self, array, place):
        self.array, self.place = array, place

    def __dlpack__(self):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return (self.place, 0)


def scan_arguments(cupy=None):
    arguments = draws.scan(np.random.default_rng(0), np.float32, 64)
    return arguments if cupy is None else cupy.on_device(arguments)


@pytest.mark.parametrize("row", CUDA, ids=lambda row: row.name)
def test_a_cuda_kernel_equals_its_reference(cupy, row):
    arguments = row.draw(np.random.default_rng(0), np.float32, 200)
    found = row.implementation(*cupy.on_device(arguments))
    assert row.distance(found, arguments) <= 1
    assert all(
        isinstance(f, cupy.ndarray)
        for f in (found if type(found) is tuple else [found])
    )


@pytest.mark.parametrize("length", [4096, 4097, 16384, 20000])
@pytest.mark.parametrize("row", CUDA[:2], ids=lambda row: row.name)
def test_long_rows_fill_large_tiles_and_several_of_them(cupy, row, length):
    arguments = row.draw(np.random.default_rng(0), np.float32, length)
    assert row.distance(row.implementation(*cupy.on_device(arguments)), arguments) <= 1
    ((name, grid, block, _),) = cupy.launches
    assert name.endswith("4>" if length == 4096 else "8>")
    assert grid[0] == 3 * (2 if length > 16384 else 1)
    assert block == (256,)


def test_a_kernel_is_compiled_once_for_a_device(cupy):
    for cupy.current in (0, 0, 1, 1, 0):
        arguments = scan_arguments(cupy)
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
    x = np.zeros((1, 1, 7000), np.float32).view(cupy.ndarray)
    y = cuda.convolve(x, x[0, :, :8])
    assert y.shape == x.shape
    ((_, _, _, shared),) = cupy.launches
    assert shared > 48 << 10


def test_arrays_of_other_libraries_are_taken_without_a_copy(cupy):
    a, x, start = scan_arguments(cupy)
    for place in (2, 13):
        z = cuda.scan(a, Foreign(x.view(np.ndarray), place), start)
        assert np.array_equal(z, cuda.scan(a, x, start))
    assert len(cupy.launches) == 4


def test_only_what_a_kernel_cannot_read_is_copied(cupy):
    machine, line = cuda.machine(), np.zeros(65, np.float32).view(cupy.ndarray)
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
    a, _, start = scan_arguments(cupy)
    message = r"cuda.scan: x is a \w+ that is not on"
    with pytest.raises(InvalidInputError, match=message):
        cuda.scan(a, wrong, start)


def test_arrays_of_another_device_are_refused(cupy):
    cupy.current = 1
    with pytest.raises(InvalidInputError, match="is on device 0, the current one is 1"):
        cuda.scan(*scan_arguments(cupy))


def test_too_little_memory_is_noticed_before_allocating(cupy, monkeypatch):
    monkeypatch.setattr(cupy, "empty", lambda *_: pytest.fail("allocated"))
    cupy.kept, cupy.free = 1000, 500
    with pytest.raises(DeviceError, match=r"needs 0\.0 MiB .* 0\.0 MiB of device 0"):
        cuda.scan(*scan_arguments(cupy))


@pytest.mark.parametrize(("kept", "free"), [(1536, 0), (0, 1536), (1000, 536)])
def test_memory_that_is_just_enough_is_enough(cupy, kept, free):
    cupy.kept, cupy.free = kept, free
    assert cuda.scan(*scan_arguments(cupy)).shape == (3, 64)


@pytest.mark.parametrize(
    ("grid", "number"),
    [((1 << 31, 1), 1), ((1, 1 << 16), 1), ((1, 1), (1 << 30) + 1)],
)
def test_a_launch_too_large_for_32_bits_is_refused(cupy, grid, number):
    machine = cuda.machine()
    launch = Launch(source="scan", name=SOURCE[1], grid=grid, block=32)
    with pytest.raises(DeviceError, match=f"blocks and rows of up to {number} numbers"):
        machine.launch(launch, 1.0, number)
    assert not cupy.launches


def test_the_largest_launch_is_started(cupy, monkeypatch):
    monkeypatch.setattr(type(cupy.host), "launch", lambda *_: None)
    launch = Launch(source="scan", name=SOURCE[1], grid=((1 << 31) - 1, 65535), block=1)
    cuda.machine().launch(launch, 1 << 30)
    assert cupy.launches == [(SOURCE[1], launch.grid, (1,), 0)]


def test_cupy_missing_is_said_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(
        DeviceError, match=r"pip install 'framestate-ssm-core\[cuda13\]'"
    ):
        cuda.scan(*scan_arguments())


def test_a_missing_device_is_said(cupy):
    cupy.present = False
    with pytest.raises(DeviceError, match=r"CuPy sees no CUDA device.*blocked kernels"):
        cuda.scan(*scan_arguments(cupy))


def test_a_kernel_that_does_not_compile_shows_the_log(cupy, monkeypatch, tmp_path):
    monkeypatch.setattr(cuda, "_SOURCES", tmp_path)
    (tmp_path / "scan.cu").write_text("error")
    with pytest.raises(DeviceError, match=r'for sm_90: .* identifier "g" is undefined'):
        cuda.scan(*scan_arguments(cupy))


def test_device_errors_are_of_the_family():
    assert issubclass(DeviceError, SsmError)
    assert issubclass(DeviceError, RuntimeError)


@pytest.fixture
def entered(cupy, monkeypatch):
    """What is entered and left on a CuPy whose devices and streams tell."""
    seen = []

    def watched(what):
        @contextlib.contextmanager
        def manager(value):
            seen.append((what, value))
            yield
            seen.append((f"{what} left", value))

        return manager

    class Stream:
        @staticmethod
        def from_external(stream):
            return watched("stream")(stream.__cuda_stream__())

    cuda.machine()  # described before the device is replaced
    replaced = {"Stream": Stream, "Device": watched("device")}
    library = SimpleNamespace(**{**vars(cupy.cuda), **replaced})
    monkeypatch.setattr(cupy, "cuda", library)
    return seen


@pytest.mark.parametrize(
    "stream",
    [
        SimpleNamespace(__cuda_stream__=lambda: (0, 7), cuda_stream=3),
        SimpleNamespace(cuda_stream=7),  # of a PyTorch before 2.10
    ],
    ids=["protocol", "address"],
)
def test_another_librarys_stream_is_used_and_left_again(entered, stream):
    with cuda.using(0, stream):
        assert entered == [("device", 0), ("stream", (0, 7))]
    assert entered[2:] == [("stream left", (0, 7)), ("device left", 0)]
