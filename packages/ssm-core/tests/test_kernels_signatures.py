"""Every launch fits the source that it names: arguments, blocks and shared memory."""

import math
import re
from dataclasses import dataclass, field

import numpy as np
import pytest

from framestate.ssm.kernels import device, draws
from framestate.ssm.kernels.host import SOURCES

# template <..> __global__ void __launch_bounds__(..) name(..)
KERNEL = re.compile(
    r"template <([^>]+)>\s+__global__ void __launch_bounds__\(([^)]+)\)\s+"
    r"(\w+)\(([^)]+)\)"
)
SPELT = {
    "float16": "float16",
    "float32": "float",
    "float64": "double",
    "complex64": "complex<float>",
    "complex128": "complex<double>",
}
MOST = {"MOST": 128, "most_threads<complex<double>>": 128}
MOST |= {f"most_threads<{t}>": 256 for t in ("float", "double", "complex<float>")}
FAMILIES = [name for name in device.__all__ if name != "names"]
IN_A_BLOCK = [name for name in FAMILIES if re.match("convolve|multires", name)]
CASES = [
    (family, dtype, length)
    for family in FAMILIES
    for dtype in ("float32", "float64", *["float16"] * (family in IN_A_BLOCK))
    for length in (1, 300, 8192 if family in IN_A_BLOCK else 20_000)
]


@dataclass
class Recorder:
    """A machine like an H200 that computes nothing."""

    launches: list = field(default_factory=list)
    xp = np
    side, threads, blocks, shared = 16, 256, 528, 227 << 10

    def take(self, array):
        return np.ascontiguousarray(array)

    def empty(self, request, *wanted):
        del request
        return [np.zeros(shape, dtype) for shape, dtype in wanted]

    def launch(self, launch, *arguments):
        self.launches.append((launch, arguments))


def drawn(family, dtype, length):
    """Random arguments; filters of the tree stay float where the rest is float16."""
    rng, wide = np.random.default_rng(0), np.result_type(dtype, np.float32)
    arguments = getattr(draws, family)(rng, wide, length)
    if dtype != "float16":
        return arguments
    filters = (1, 2, 3) if "multires" in family else ()
    return [a if i in filters else a.astype(dtype) for i, a in enumerate(arguments)]


def declared(launch):
    """Types of the parameters of an instantiated kernel, and its most threads."""
    name, _, chosen = launch.name[:-1].partition("<")
    text = (SOURCES / f"{launch.source}.cu").read_text()
    found = {kernel[2]: kernel for kernel in KERNEL.findall(text)}
    template, bounds, _, parameters = found[name]
    letters = [word.split()[-1] for word in template.split(", ")]
    values = dict(zip(letters, chosen.split(", "), strict=True))

    def resolved(kind):
        kind = re.sub(r"\w+", lambda word: values.get(word[0], word[0]), kind)
        narrow = re.fullmatch(r"typename arithmetic<(\w+)>::type", kind)
        return kind if narrow is None else narrow[1].replace("float16", "float")

    kinds = []
    for parameter in re.split(r",\s+", parameters):
        kind, pointer, _ = parameter.removeprefix("const ").rpartition("*")
        kinds.append((resolved(kind.strip() or parameter.split()[0]), bool(pointer)))
    most = resolved(bounds.split(", ")[0])
    return kinds, MOST.get(most) or math.prod(map(int, most.split(" * ")))


def given(value):
    """The type of an argument as the sources spell it, and whether it is an array."""
    if isinstance(value, np.ndarray):
        return SPELT[str(value.dtype)], True
    return {int: "int", float: "double"}[type(value)], False


@pytest.mark.parametrize(("family", "dtype", "length"), CASES)
def test_a_launch_fits_its_source(family, dtype, length):
    machine = Recorder()
    getattr(device, family)(machine, *drawn(family, dtype, length))
    assert machine.launches
    for launch, values in machine.launches:
        kinds, most = declared(launch)
        assert [given(value) for value in values] == kinds
        assert 32 <= launch.block <= most
        assert launch.block & (launch.block - 1) == 0
        assert launch.shared <= machine.shared
        assert all(0 < n < 65536 for n in launch.grid)
