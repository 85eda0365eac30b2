"""Launches of the scaled scan: ends of the segments, what they find, their states."""

from typing import Any

from framestate.ssm.checks import whole
from framestate.ssm.kernels.device.arguments import (
    COMPLEX,
    cpp,
    dtype_name,
    real_of,
    sizes,
)
from framestate.ssm.kernels.machine import Launch, Machine, covering

_SEGMENT = 256  # samples; a thread for each of them and each mode
_MOST_THREADS = 128


def scaled_scan(
    machine: Machine, lam: Any, settled: Any, u: Any, start: Any, count: int
) -> Any:
    """Equal to `reference.scaled_scan` (*batch, r, l), u in the precision of start."""
    whole("scaled_scan", "count", count, low=0)
    batch = "b " if u.ndim == 2 else ""
    real = real_of(dtype_name(start))
    size = sizes(
        "scaled_scan",
        lam=(lam, COMPLEX, "r"),
        settled=(settled, COMPLEX, "r"),
        start=(start, COMPLEX, f"{batch}r"),
        u=(u, real, f"{batch}l"),
    )
    rows, modes, length = size.get("b", 1), size["r"], size["l"]
    threads, segments = min(_MOST_THREADS, machine.threads), covering(length, _SEGMENT)
    found, states = machine.empty(
        "scaled_scan",
        ((rows, segments, modes), "complex128"),
        ((*start.shape, length), start.dtype),
    )
    lam, settled = (machine.take(p.astype("complex128")) for p in (lam, settled))
    u, start = machine.take(u), machine.take(start)
    ends, carried, last = (
        Launch(
            source="scaled_scan",
            name=f"scaled_{step}<{cpp(real)}>",
            grid=(blocks, 1),
            block=threads,
        )
        for step, blocks in (
            ("ends", rows * segments * covering(modes, threads)),
            ("found", covering(rows * modes, threads)),
            ("states", rows * segments * covering(modes, threads)),
        )
    )
    numbers = modes, length, _SEGMENT, segments, float(count)
    machine.launch(ends, lam, settled, u, found, *numbers)
    machine.launch(carried, lam, start, found, rows, modes, *numbers[2:])
    machine.launch(last, lam, settled, u, found, states, *numbers)
    return states


def names() -> dict[str, list[str]]:
    """Every instantiation by source."""
    kernels = "scaled_ends", "scaled_found", "scaled_states"
    return {
        "scaled_scan": [
            f"{kernel}<{t}>" for kernel in kernels for t in ("float", "double")
        ]
    }
