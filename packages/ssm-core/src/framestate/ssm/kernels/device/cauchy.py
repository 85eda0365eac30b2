"""Launches of the Cauchy kernel and of its gradients."""

from typing import Any

from framestate.ssm.kernels.device.arguments import (
    COMPLEX,
    cpp,
    dtype_name,
    real_of,
    sizes,
)
from framestate.ssm.kernels.machine import Launch, Machine, covering

_POINTS = 4  # of a thread, as in cauchy.cu
_PART = 1024  # points that one block sums for its modes


def cauchy(machine: Machine, v: Any, s: Any, lam: Any) -> Any:
    """Equal to `reference.cauchy` (r, l), arrays of one dtype."""
    size = _sizes("cauchy", v, s, lam)
    (k,) = machine.empty("cauchy", ((size["r"], size["l"]), v.dtype))
    parts = covering(size["l"], machine.threads * _POINTS)
    launch = _launch(machine, "cauchy", "cauchy", v, (size["r"] * parts, 1))
    arrays = (machine.take(p) for p in (v, s, lam))
    machine.launch(launch, *arrays, k, size["m"], size["l"], *_one_row(s, lam))
    return k


def cauchy_backward(
    machine: Machine, v: Any, s: Any, lam: Any, grad: Any
) -> tuple[Any, Any, Any]:
    """Equal to `reference.cauchy_backward`: gradients of v, s and lam."""
    source = "cauchy_backward"
    size = _sizes(source, v, s, lam, grad)
    rows, modes, length = size["r"], size["m"], size["l"]
    parts, lanes = covering(length, _PART), min(32, machine.threads)
    shape = (rows, parts, modes)
    v_sums, lam_sums, s_bar = machine.empty(
        source, (shape, v.dtype), (shape, v.dtype), ((rows, length), v.dtype)
    )
    arrays = [machine.take(p) for p in (v, s, lam, grad)]
    flags = _one_row(s, lam)
    grid = (rows * parts, covering(modes, lanes))
    launch = _launch(machine, source, "cauchy_modes", v, grid)
    numbers = modes, length, *flags, lanes, _PART
    machine.launch(launch, *arrays, v_sums, lam_sums, *numbers)
    grid = (rows * covering(length, machine.threads), 1)
    launch = _launch(machine, source, "cauchy_points", v, grid)
    machine.launch(launch, *arrays, s_bar, modes, length, *flags)
    v_bar, lam_bar = v_sums.sum(axis=1), lam_sums.sum(axis=1)
    s_bar = s_bar.sum(axis=0, keepdims=True) if len(s) < rows else s_bar
    lam_bar = lam_bar.sum(axis=0, keepdims=True) if len(lam) < rows else lam_bar
    return v_bar, s_bar, lam_bar


def names() -> dict[str, list[str]]:
    """Every instantiation by source."""
    kernels = {
        "cauchy": ("cauchy",),
        "cauchy_backward": ("cauchy_modes", "cauchy_points"),
    }
    return {
        source: [f"{kernel}<{t}>" for kernel in group for t in ("float", "double")]
        for source, group in kernels.items()
    }


def _sizes(request: str, v: Any, s: Any, lam: Any, grad: Any = None) -> dict[str, int]:
    """The sizes r, m and l."""
    kind = dtype_name(v)
    arguments = {"v": (v, COMPLEX, "r m"), "lam": (lam, kind, "#r m")}
    if grad is not None:
        arguments["grad"] = (grad, kind, "r l")
    return sizes(request, **arguments, s=(s, kind, "#r l"))


def _one_row(s: Any, lam: Any) -> tuple[int, int]:
    return int(len(s) == 1), int(len(lam) == 1)


def _launch(
    machine: Machine, source: str, kernel: str, v: Any, grid: tuple[int, int]
) -> Launch:
    real = cpp(real_of(dtype_name(v)))
    return Launch(
        source=source, name=f"{kernel}<{real}>", grid=grid, block=machine.threads
    )
