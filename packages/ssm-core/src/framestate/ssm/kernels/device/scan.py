"""Launches of the scan and of its transpose, long rows in segments."""

from dataclasses import dataclass
from typing import Any, final

from framestate.ssm.kernels.device.arguments import (
    COMPLEX,
    REAL,
    cpp,
    dtype_name,
    sizes,
)
from framestate.ssm.kernels.machine import Launch, Machine, covering, power_of_two

_ENDS = {"scan": "ends", "scan_backward": "ends_backward"}
_BYTES = {"float32": 4, "float64": 8, "complex64": 8, "complex128": 16}


@final
@dataclass(frozen=True)
class _Cut:
    """How the rows of x are shared out.

    Parameters
    ----------
    threads : int
        Of a block.
    segment, segments : int
        Samples of a segment, segments of a row; a block takes one.
    """

    threads: int
    segment: int
    segments: int


def scan(machine: Machine, a: Any, x: Any, start: Any) -> Any:
    """Equal to `reference.scan` (r, l), arrays of one dtype."""
    dtype = dtype_name(x)
    sizes(
        "scan",
        x=(x, f"{REAL} {COMPLEX}", "r l"),
        a=(a, dtype, "r #l"),
        start=(start, dtype, "r"),
    )
    a, x, start = machine.take(a), machine.take(x), machine.take(start)
    cut = _cut(machine, x)
    found = _found(machine, "scan", a, x, start)
    (z,) = machine.empty("scan", (x.shape, x.dtype))
    launch = _launch("scan", "scan", a, x, cut)
    machine.launch(launch, a, x, start, found, z, *_numbers(x, cut))
    return z


def scan_backward(
    machine: Machine, a: Any, z: Any, start: Any, grad: Any
) -> tuple[Any, Any, Any]:
    """Equal to `reference.scan_backward`: gradients of a, x and start."""
    source, dtype = "scan_backward", dtype_name(z)
    sizes(
        source,
        z=(z, f"{REAL} {COMPLEX}", "r l"),
        a=(a, dtype, "r #l"),
        start=(start, dtype, "r"),
        grad=(grad, dtype, "r l"),
    )
    a, z, start, grad = (machine.take(p) for p in (a, z, start, grad))
    cut = _cut(machine, grad)
    found = _found(machine, source, a, grad, machine.xp.zeros_like(start))
    fixed = a.shape[1] == 1
    shape = (len(a), cut.segments) if fixed else a.shape
    a_bar, x_bar, start_bar = machine.empty(
        source, (shape, a.dtype), (z.shape, z.dtype), (start.shape, z.dtype)
    )
    launch = _launch(source, source, a, grad, cut)
    bars = a_bar, x_bar, start_bar
    machine.launch(launch, a, z, start, grad, found, *bars, *_numbers(z, cut))
    if fixed and cut.segments > 1:
        a_bar = a_bar.sum(axis=1, keepdims=True)
    return a_bar, x_bar, start_bar


def names() -> dict[str, list[str]]:
    """Every instantiation by source."""
    kinds = [f"{cpp(d)}, {v}" for d in _BYTES for v in ("false", "true")]
    return {
        source: [f"{kernel}<{kind}>" for kernel in (source, ends) for kind in kinds]
        for source, ends in _ENDS.items()
    }


def _cut(machine: Machine, x: Any) -> _Cut:
    """Rows are cut where they are too few to keep the machine busy.

    A segment is whole tiles, and four at least: what it makes of rest is found first,
    so that its samples are read twice.
    """
    rows, length = x.shape
    each = 64 // _BYTES[dtype_name(x)]  # samples of a thread, as in scan.cuh
    most = min(machine.threads, 128 if each == 4 else 256)
    threads = min(most, max(32, power_of_two(covering(length, each))))
    tiles = covering(length, threads * each)
    segments = min(covering(machine.blocks, rows), covering(tiles, 4))
    segment = covering(tiles, segments) * threads * each
    return _Cut(threads, segment, covering(length, segment))


def _found(machine: Machine, source: str, a: Any, x: Any, start: Any) -> Any:
    """The state at the end of each segment (r, segments): a scan over their ends."""
    cut = _cut(machine, x)
    if cut.segments == 1:
        return start
    shape = (len(x), cut.segments)
    gain, end = machine.empty(source, (shape, x.dtype), (shape, x.dtype))
    launch = _launch(source, _ENDS[source], a, x, cut)
    machine.launch(launch, a, x, gain, end, *_numbers(x, cut))
    return scan(machine, gain, end, start)


def _launch(source: str, kernel: str, a: Any, x: Any, cut: _Cut) -> Launch:
    varying = str(a.shape[1] > 1).lower()
    return Launch(
        source=source,
        name=f"{kernel}<{cpp(dtype_name(x))}, {varying}>",
        grid=(len(x) * cut.segments, 1),
        block=cut.threads,
    )


def _numbers(x: Any, cut: _Cut) -> tuple[int, int, int]:
    return x.shape[1], cut.segment, cut.segments
