"""Launches of the fading tree and of its gradients, a row to a block."""

from dataclasses import dataclass
from typing import Any, final

from framestate.ssm.checks import refusal
from framestate.ssm.kernels.device.arguments import STORED, cpp, dtype_name, sizes
from framestate.ssm.kernels.machine import Launch, Machine

# Threads of a block and samples of a thread: the least that holds the row is taken.
_SHAPES = {"float": ((32, 8), (128, 8), (256, 16), (1024, 16))}
_SHAPES["double"] = (*_SHAPES["float"][:3], (512, 16))
_DEEPEST = 28
_FARTHEST = 1 << 31  # twice the reach of a tree, which kernels count in 32 bits
_REMEDY = "Convolve with the tree's impulse response by FFT instead"


@final
@dataclass(frozen=True, kw_only=True)
class _Tree:
    """Sizes of the arguments, and the block that holds a row of x.

    Parameters
    ----------
    batch, channels, length, taps, depth : int
        Of x, the filters and the weights.
    kind : str
        Template arguments of the kernels.
    threads, items : int
        Of the block, of a thread.
    bytes_each : int
        Of a number in shared memory.
    """

    batch: int
    channels: int
    length: int
    taps: int
    depth: int
    kind: str
    threads: int
    items: int
    bytes_each: int


def multires(machine: Machine, x: Any, h0: Any, h1: Any, w: Any) -> Any:
    """Equal to `reference.multires` (b, c, l); filters and weights in x's arithmetic."""
    tree = _tree("multires", x, h0, h1, w)
    margin = (tree.taps - 1) * tree.threads // 2
    shared = (margin + tree.threads * tree.items) * tree.bytes_each
    rows = tree.batch * tree.channels
    launch = _launch(machine, "multires", tree, rows, shared)
    (y,) = machine.empty("multires", (x.shape, x.dtype))
    arrays = (machine.take(p) for p in (x, h0, h1, w))
    machine.launch(launch, *arrays, y, tree.channels, tree.length, tree.depth)
    return y


def multires_backward(
    machine: Machine, x: Any, h0: Any, h1: Any, w: Any, grad: Any
) -> tuple[Any, Any, Any, Any]:
    """Equal to `reference.multires_backward`: gradients of x, h0, h1 and w.

    The lows of all levels are kept in shared memory if it holds them, else in a
    workspace, for as many rows as the machine takes at a time.
    """
    request, kind = "multires_backward", dtype_name(x)
    tree = _tree(request, x, h0, h1, w)
    sizes(request, x=(x, kind, "b c l"), grad=(grad, kind, "b c l"))
    rows, taps = tree.batch * tree.channels, tree.taps
    lows = tree.depth * tree.threads * tree.items
    shared = max(2 * tree.items, 2 * taps + 2) * tree.threads * tree.bytes_each
    on_chip = shared + lows * tree.bytes_each <= machine.shared
    grid = rows if on_chip else min(rows, machine.blocks)
    shared += lows * tree.bytes_each * on_chip
    launch = _launch(machine, request, tree, grid, shared)
    x_bar, sums, workspace = machine.empty(
        request,
        (x.shape, x.dtype),
        ((tree.batch, tree.channels, 2 * taps + tree.depth + 2), h0.dtype),
        ((1,) if on_chip else (grid, lows), h0.dtype),
    )
    arrays = (machine.take(p) for p in (x, h0, h1, w, grad))
    numbers = rows, tree.channels, tree.length, tree.depth, int(on_chip)
    machine.launch(launch, *arrays, x_bar, sums, workspace, *numbers)
    total = sums.sum(axis=0)
    return x_bar, total[:, :taps], total[:, taps : 2 * taps], total[:, 2 * taps :]


def names() -> dict[str, list[str]]:
    """The instantiations that are usual, by source: two taps, and four."""
    kinds = [f"{kind}, {t}, {i}, 2" for kind in _SHAPES for t, i in _SHAPES[kind]]
    kinds += [f"{kind}, 128, 8, 2" for kind in ("float16", "bfloat16")]
    kinds += ["float, 1024, 16, 4"]
    sources = "multires", "multires_backward"
    return {source: [f"{source}<{kind}>" for kind in kinds] for source in sources}


def _tree(request: str, x: Any, h0: Any, h1: Any, w: Any) -> _Tree:
    stored = dtype_name(x)
    double = stored == "float64"
    real = "float64" if double else "float32"
    filters = {"h0": (h0, real, "c k"), "h1": (h1, real, "c k"), "w": (w, real, "c w")}
    size = sizes(request, x=(x, STORED, "b c l"), **filters)
    depth, length = size["w"] - 2, size["l"]
    if not 0 <= depth <= _DEEPEST or (size["k"] - 1) << depth > _FARTHEST:
        finding = (
            f"w has {size['w']} columns, so that the tree has {depth} levels "
            f"of {size['k']} taps"
        )
        remedy = f"Pass 2 to {_DEEPEST + 2} columns, fewer with more than 9 taps"
        raise refusal(request, finding, remedy)
    shapes = _SHAPES["double" if double else "float"]
    fitting = [shape for shape in shapes if length <= shape[0] * shape[1]]
    if not fitting:
        most = shapes[-1][0] * shapes[-1][1]
        finding = f"a row of {length} samples does not fit a block ({most})"
        raise refusal(request, finding, _REMEDY)
    threads, items = fitting[0]
    return _Tree(
        batch=size["b"],
        channels=size["c"],
        length=length,
        taps=size["k"],
        depth=depth,
        kind=f"{cpp(stored)}, {threads}, {items}, {size['k']}",
        threads=threads,
        items=items,
        bytes_each=8 if double else 4,
    )


def _launch(
    machine: Machine, source: str, tree: _Tree, grid: int, shared: int
) -> Launch:
    if shared > machine.shared:
        finding = (
            f"a row of {tree.length} samples needs {shared} bytes of shared memory, "
            f"and a block of this device has {machine.shared}"
        )
        raise refusal(source, finding, _REMEDY)
    return Launch(
        source=source,
        name=f"{source}<{tree.kind}>",
        grid=(grid, 1),
        block=tree.threads,
        shared=shared,
    )
