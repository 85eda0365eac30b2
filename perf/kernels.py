"""Speed and memory of the convolution kernel: definition against two-level form.

256 channels, 32 conjugate pairs, lengths 1,024 to 16,384, float32. All cases are
measured in one run on one machine, each in a process of its own, and what counts is
their ratio. Run by ``nox -s perf``; ``-- --quick`` stops at 4,096.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from harness import best_time, in_its_own_process, main, peak_mib, write

CHANNELS, PAIRS, SEED = 256, 32, 20260101
LENGTHS = (1024, 2048, 4096, 8192, 16384)
# (algorithm, direction); the definition comes before what is compared with it
PAIRED = (
    ("torch/definition", "forward"),
    ("torch/two-level", "forward"),
    ("torch/definition", "forward+backward"),
    ("torch/two-level", "forward+backward"),
    ("numpy/definition", "forward"),
    ("numpy/two-level", "forward"),
)


@final
@dataclass(frozen=True)
class Measured:
    """One case: the best time of its repetitions and the memory it added."""

    algorithm: str
    direction: str
    length: int
    seconds: float
    peak_mib: float
    repetitions: int


def torch_case(algorithm: str, direction: str, length: int) -> Callable[[], object]:
    """The layer's kernel: poles of its own for each channel."""
    import torch

    from framestate.deep.functional import reference, vandermonde

    kernel = reference.vandermonde if "definition" in algorithm else vandermonde
    generator = torch.Generator().manual_seed(SEED)
    frequency = torch.arange(PAIRS) * torch.pi
    dt = 10 ** (-1 - 2 * torch.rand(CHANNELS, 1, generator=generator))
    log_z = torch.complex(-0.5 * dt.expand(-1, PAIRS), dt * frequency)
    real = torch.randn(CHANNELS, PAIRS, 2, generator=generator)
    coeff = torch.view_as_complex(real)
    if direction == "forward":
        return lambda: kernel(log_z, coeff, length)
    log_z.requires_grad_()
    coeff.requires_grad_()
    return lambda: kernel(log_z, coeff, length).square().sum().backward()


def numpy_case(algorithm: str, length: int) -> Callable[[], object]:
    """The array library's kernel: one set of poles, a readout for each channel."""
    import numpy as np

    from framestate.ssm.kernels import blocked, reference

    module = reference if "definition" in algorithm else blocked
    rng = np.random.default_rng(SEED)
    lam = np.exp(1e-2 * (-0.5 + 1j * np.pi * np.arange(PAIRS)))
    C = rng.standard_normal((CHANNELS, PAIRS, 2)).view(complex)[..., 0]
    B = np.ones(PAIRS, dtype=complex)
    return lambda: module.vandermonde(C.astype(np.complex64), lam, B, length)


def measure(algorithm: str, direction: str, length: int) -> Measured:
    """Repeat one case within the budget of time, at least twice."""
    is_torch = algorithm.startswith("torch")
    warm_up, work = (
        torch_case(algorithm, direction, n) if is_torch else numpy_case(algorithm, n)
        for n in (16, length)
    )
    warm_up()
    before = peak_mib()
    seconds, repetitions = best_time(work)
    added = peak_mib() - before
    return Measured(algorithm, direction, length, seconds, added, repetitions)


def lines(results: Iterable[Measured]) -> Iterable[str]:
    """The table: each two-level case beside its definition."""
    head = ("kernel", "direction", "length", "definition", "two-level")
    yield "{:7} {:17} {:>7} {:>21} {:>21} {:>8} {:>8}".format(*head, "time", "memory")
    cases = {(r.algorithm, r.direction, r.length): r for r in results}
    for (algorithm, direction, length), slow in cases.items():
        family, name = algorithm.split("/")
        fast = cases.get((f"{family}/two-level", direction, length))
        if name == "definition" and fast is not None:
            shown = [f"{r.seconds:9.4f} s {r.peak_mib:6.0f} MiB" for r in (slow, fast)]
            saved = slow.seconds / fast.seconds
            memory = slow.peak_mib / max(fast.peak_mib, 1.0)
            yield (
                f"{family:7} {direction:17} {length:7d} {shown[0]} {shown[1]} "
                f"x{saved:<7.1f} x{memory:<7.1f}"
            )


def plot(results: list[Measured], target: Path) -> None:
    """Growth with the length: time to the left, memory to the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    time_axis, memory_axis = figure.subplots(1, 2)
    for algorithm, direction in PAIRED:
        rows = [
            r for r in results if (r.algorithm, r.direction) == (algorithm, direction)
        ]
        style = "--" if "definition" in algorithm else "-"
        x, label = [r.length for r in rows], f"{algorithm}, {direction}"
        time_axis.loglog(x, [r.seconds for r in rows], f"o{style}", label=label)
        # 1 MiB is as little as the operating system tells apart
        memory_axis.loglog(x, [max(r.peak_mib, 1.0) for r in rows], f"o{style}")
    time_axis.set(xlabel="length", ylabel="seconds, best of a second", title="time")
    memory_axis.set(xlabel="length", ylabel="MiB added at the peak", title="memory")
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    for axis in (time_axis, memory_axis):
        axis.grid(visible=True, which="both", alpha=0.2)
    figure.suptitle(f"Kernel of {CHANNELS} channels, {PAIRS} conjugate pairs, float32")
    figure.savefig(target, dpi=120)


def compare(folder: Path, *, quick: bool) -> None:
    """Measure every case, print the table, write JSON and the plot."""
    results: list[Measured] = []
    for length in LENGTHS[:3] if quick else LENGTHS:
        for algorithm, direction in PAIRED:
            found = in_its_own_process(__file__, algorithm, direction, length)
            results.append(Measured(**found))
    print("\n".join(lines(results)))
    write(folder, "kernels", results)
    plot(results, folder / "kernels.png")


if __name__ == "__main__":
    main(__doc__, "4,096", measure, compare)
