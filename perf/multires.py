"""MultiresLayer against the form its paper prints: time, memory, streaming, crossovers.

Batch 8, 256 channels, float32, depth by the paper's rule. The printed form is one
grouped dilated convolution for each filter and level, on (batch, channels, length);
`MultiresLayer` takes (batch, length, channels), as all layers here. All cases are
measured in one run on one machine, each in a process of its own; what counts is their
ratio. "step" is one sample of a stream, against the tree over the last window. Run by
``nox -s perf``; ``-- --quick`` stops at 4,096.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from harness import best_time, in_its_own_process, main, peak_mib, write

BATCH, CHANNELS, SEED = 8, 256, 20260101
LENGTHS, TAPS = (1024, 4096, 16384), (2, 4)
PRINTED, OURS = "printed form", "MultiresLayer"
DIRECTIONS = ("forward", "forward+backward", "step")
# channels x samples on both sides of where `multires_conv` leaves "direct" for "fft"
SMALL = tuple((batch, length) for length in (16, 64, 256) for batch in (1, 8))


@final
@dataclass(frozen=True)
class Measured:
    """One case: the best time of its repetitions and the memory it added."""

    way: str
    direction: str
    length: int
    taps: int
    batch: int
    seconds: float
    peak_mib: float
    repetitions: int


def printed_form(x: Any, h0: Any, h1: Any, w: Any) -> Any:
    """The tree as a stack of grouped convolutions, padded at the left."""
    from torch.nn.functional import conv1d, pad

    (channels, taps), low, dilation = h0.shape, x, 1
    y = w[:, -1:] * x
    for column in range(w.shape[1] - 2, 0, -1):
        seen = pad(low, ((taps - 1) * dilation, 0))
        high = conv1d(seen, h1[:, None], dilation=dilation, groups=channels)
        low = conv1d(seen, h0[:, None], dilation=dilation, groups=channels)
        y = y + w[:, column, None] * high
        dilation *= 2
    return y + w[:, :1] * low


def work_of(
    way: str, direction: str, length: int, taps: int, batch: int
) -> Callable[[], object]:
    """What a case repeats; `way` is one of the two, or an algorithm by name."""
    import torch

    from framestate.deep.functional.multires_conv import multires_conv
    from framestate.deep.layers.multires import MultiresLayer

    generator = torch.Generator().manual_seed(SEED)
    layer = MultiresLayer(
        CHANNELS, kernel_size=taps, length=length, generator=generator
    )
    parameters = (layer.h0, layer.h1, layer.w)
    if direction == "step":
        return _step(layer, way, length)
    sizes = (length, CHANNELS) if way == OURS else (CHANNELS, length)
    u = torch.randn(batch, *sizes, generator=generator)

    def apply() -> Any:
        if way == OURS:
            return layer(u)
        if way == PRINTED:
            return printed_form(u, *parameters)
        return multires_conv(u, *parameters, algorithm=way)

    if direction == "forward":
        return torch.no_grad()(apply)
    u.requires_grad_()
    slope = torch.randn(u.shape, generator=generator)
    return lambda: torch.autograd.grad(apply(), (u, *parameters), slope)


def _step(layer: Any, way: str, length: int) -> Callable[[], object]:
    """One sample for 256 channels: the layer's step, or the tree over the window."""
    import torch

    state, u_t = layer.initial_state(1), torch.randn(1, CHANNELS)
    window = torch.randn(1, CHANNELS, length)
    if way == OURS:
        return torch.no_grad()(lambda: layer.step(u_t, state))
    parameters = (layer.h0, layer.h1, layer.w)
    return torch.no_grad()(lambda: printed_form(window, *parameters)[..., -1])


def measure(way: str, direction: str, length: int, taps: int, batch: int) -> Measured:
    """Repeat one case within the budget of time, at least twice."""
    work_of(way, direction, 16, taps, batch)()  # libraries are loaded
    work = work_of(way, direction, length, taps, batch)
    before = peak_mib()
    seconds, repetitions = best_time(work)
    added = peak_mib() - before
    return Measured(way, direction, length, taps, batch, seconds, added, repetitions)


def lines(results: Iterable[Measured]) -> Iterable[str]:
    """The table: each case of the printed form beside ours; then the small sizes."""
    cases: dict[Any, Measured] = {
        (r.way, r.direction, r.length, r.taps, r.batch): r for r in results
    }
    head = ("taps", "direction", "length", PRINTED, OURS)
    yield "{:5} {:17} {:>7} {:>22} {:>22} {:>8} {:>8}".format(*head, "time", "memory")
    for (way, *rest), slow in cases.items():
        if way == PRINTED:
            fast = cases[OURS, *rest]
            shown = [
                f"{r.seconds * 1e3:9.2f} ms {r.peak_mib:6.0f} MiB" for r in (slow, fast)
            ]
            memory = slow.peak_mib / max(fast.peak_mib, 1.0)
            yield (
                f"{slow.taps:<5} {slow.direction:17} {slow.length:7d} {shown[0]} "
                f"{shown[1]} x{slow.seconds / fast.seconds:<7.1f} x{memory:<7.1f}"
            )
    yield f"{'taps':5} {'batch':>6} {'length':>7} {'direct':>12} {'fft':>12}"
    for (way, *rest), direct in cases.items():
        if way == "direct":
            times = [direct.seconds, cases["fft", *rest].seconds]
            shown = " ".join(f"{seconds * 1e6:9.0f} us" for seconds in times)
            yield f"{direct.taps:<5} {direct.batch:6d} {direct.length:7d} {shown}"


def plot(results: list[Measured], target: Path) -> None:
    """Growth with the length: time to the left, memory to the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    time_axis, memory_axis = figure.subplots(1, 2)
    for way, style in ((PRINTED, "o--"), (OURS, "o-")):
        for direction in DIRECTIONS:
            rows = [r for r in results if (r.way, r.direction) == (way, direction)]
            rows = [r for r in rows if r.taps == TAPS[0]]
            x, label = [r.length for r in rows], f"{way}, {direction}"
            time_axis.loglog(x, [r.seconds for r in rows], style, label=label)
            # 1 MiB is as little as the operating system tells apart
            memory_axis.loglog(x, [max(r.peak_mib, 1.0) for r in rows], style)
    time_axis.set(xlabel="length", ylabel="seconds, best of a second", title="time")
    memory_axis.set(xlabel="length", ylabel="MiB added at the peak", title="memory")
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    for axis in (time_axis, memory_axis):
        axis.grid(visible=True, which="both", alpha=0.2)
    figure.suptitle(f"Tree of {CHANNELS} channels, {TAPS[0]} taps, float32")
    figure.savefig(target, dpi=120)


def compare(folder: Path, *, quick: bool) -> None:
    """Measure every case, print the table, write JSON and the plot."""
    cases = [
        (way, direction, length, taps, BATCH)
        for length in (LENGTHS[:2] if quick else LENGTHS)
        for taps in TAPS
        for direction in DIRECTIONS
        for way in (PRINTED, OURS)
    ]
    cases += [
        (way, "forward+backward", length, TAPS[0], batch)
        for batch, length in SMALL
        for way in ("direct", "fft")
    ]
    results = [Measured(**in_its_own_process(__file__, *case)) for case in cases]
    print("\n".join(lines(results)))
    write(folder, "multires", results)
    plot(results, folder / "multires.png")


if __name__ == "__main__":
    main(__doc__, "4,096", measure, compare)
