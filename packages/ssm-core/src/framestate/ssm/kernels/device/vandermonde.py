"""Launches of the two-level Vandermonde kernel and of its backward."""

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


def vandermonde_rows(machine: Machine, c: Any, log_z: Any, length: int) -> Any:
    """Equal to `reference.vandermonde_rows` (r, length)."""
    request = "vandermonde_rows"
    whole(request, "length", length, low=1)
    size = sizes(request, c=(c, COMPLEX, "r m"), log_z=(log_z, COMPLEX, "r m"))
    real = real_of(dtype_name(c))
    name, edge = tile(machine.side, real, length)
    tiles = covering(length, edge**2)
    c, poles = machine.take(c), machine.take(log_z.astype("complex128"))
    (K,) = machine.empty(request, ((size["r"], length), real))
    launch = Launch(
        source="vandermonde",
        name=f"vandermonde<{name}>",
        grid=(size["r"] * tiles, 1),
        block=machine.side**2,
    )
    machine.launch(launch, c, poles, K, size["m"], length, tiles)
    return K


def vandermonde_rows_backward(
    machine: Machine, c: Any, log_z: Any, grad: Any
) -> tuple[Any, Any]:
    """Equal to `reference.vandermonde_rows_backward`: gradients of c and log_z."""
    request = "vandermonde_rows_backward"
    real = real_of(dtype_name(c))
    size = sizes(
        request,
        c=(c, COMPLEX, "r m"),
        log_z=(log_z, COMPLEX, "r m"),
        grad=(grad, real, "r l"),
    )
    name, edge = tile(machine.side, real, size["l"])
    tiles = covering(size["l"], edge**2)
    part = (size["r"], tiles, size["m"])
    sums = machine.empty(request, (part, c.dtype), (part, c.dtype))
    launch = Launch(
        source="vandermonde_backward",
        name=f"vandermonde_backward<{name}>",
        grid=(size["r"] * tiles, covering(size["m"], edge // 4)),
        block=machine.side**2,
    )
    poles = machine.take(log_z.astype("complex128"))
    arrays = machine.take(c), poles, machine.take(grad)
    machine.launch(launch, *arrays, *sums, size["m"], size["l"], tiles)
    grad_c, grad_log_z = (s[:, 0] if tiles == 1 else s.sum(axis=1) for s in sums)
    return grad_c, grad_log_z.astype(log_z.dtype)


def tile(side: int, real: str, length: int) -> tuple[str, int]:
    """Template arguments of the tile for a length, and its edge.

    A thread holds 8 x 8 samples where rows are long enough to fill such tiles and the
    numbers are short enough to fill registers; otherwise 4 x 4.
    """
    each = 8 if real == "float32" and length > (4 * side) ** 2 else 4
    return f"{cpp(real)}, {side}, {each}", side * each


def names(side: int) -> dict[str, list[str]]:
    """Every instantiation by source."""
    tiles = [f"float, {side}, 8", f"float, {side}, 4", f"double, {side}, 4"]
    sources = "vandermonde", "vandermonde_backward"
    return {source: [f"{source}<{t}>" for t in tiles] for source in sources}
