"""Speed and memory of a diagonal layer, beside the direct form in PyTorch.

A batch of 8, 256 channels, 32 conjugate pairs, float32, forward and backward:

* ``core``: kernel, convolution and skip. Direct: the Vandermonde matrix of all channels,
  modes and lags, transforms of the whole array at twice its length, its own layout
  (batch, channels, length), as S4D's minimal code has it.
* ``block``: core, GELU, a 1 x 1 product to twice the width, GLU.
* ``step``: samples one by one for a batch of 1. Naive: discretize and multiply at every
  sample; prepared: the same with the coefficients made once, by the same operations.

All cases are measured in one run on one machine, each in a process of its own, and what
counts are ratios. Run by ``nox -s perf``; ``-- --quick`` stops at 4,096.
"""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from harness import (
    Measured,
    best_time,
    growth,
    in_its_own_process,
    main,
    peak_mib,
    write,
)

BATCH, CHANNELS, PAIRS, SEED = 8, 256, 32, 20260101
LENGTHS = (1024, 4096, 16384)
STEPS = 200


def direct_parameters() -> dict[str, Any]:
    """S4D-Lin as S4D's minimal code holds it."""
    import torch

    generator = torch.Generator().manual_seed(SEED)
    low, high = math.log(1e-3), math.log(1e-1)
    values = {
        "log_dt": low + (high - low) * torch.rand(CHANNELS, generator=generator),
        "C": torch.randn(CHANNELS, PAIRS, 2, generator=generator) * 0.5**0.5,
        "A_real": torch.full((CHANNELS, PAIRS), math.log(0.5)),
        "A_imag": (math.pi * torch.arange(PAIRS)).expand(CHANNELS, -1).clone(),
        "D": torch.randn(CHANNELS, generator=generator),
    }
    return {name: value.requires_grad_() for name, value in values.items()}


def discretized(p: dict[str, Any]) -> tuple[Any, Any]:
    """dt A, and C times the factor of a zero-order hold."""
    import torch

    A = torch.complex(-p["A_real"].exp(), p["A_imag"])
    dtA = A * p["log_dt"].exp()[:, None]
    return dtA, torch.view_as_complex(p["C"]) * (torch.exp(dtA) - 1) / A


def direct_core(p: dict[str, Any], u: Any) -> Any:
    """(batch, channels, length) by the whole Vandermonde matrix and whole transforms."""
    import torch

    length = u.shape[-1]
    dtA, C = discretized(p)
    powers = torch.exp(dtA[..., None] * torch.arange(length))
    K = 2 * torch.einsum("hn,hnl->hl", C, powers).real
    spectrum = torch.fft.rfft(u, n=2 * length) * torch.fft.rfft(K, n=2 * length)
    return torch.fft.irfft(spectrum, n=2 * length)[..., :length] + u * p["D"][:, None]


def layer_of() -> Any:
    """The same system, with the same parameters trained."""
    import torch

    from framestate import ssm
    from framestate.deep.layers import DiagonalSSM

    return DiagonalSSM(
        ssm.inits.s4d_lin(2 * PAIRS),
        CHANNELS,
        trainable=("A", "C", "D", "dt"),
        generator=torch.Generator().manual_seed(SEED),
    )


def core_case(way: str, length: int) -> Callable[[], object]:
    """Kernel, convolution, skip: forward and backward."""
    import torch

    if way == "direct":
        parameters = direct_parameters()
        u = torch.randn(BATCH, CHANNELS, length, requires_grad=True)
        grad = torch.randn(u.shape)
        return lambda: direct_core(parameters, u).backward(grad)
    layer = layer_of()
    u = torch.randn(BATCH, length, CHANNELS, requires_grad=True)
    grad = torch.randn(u.shape)
    return lambda: layer(u).backward(grad)


def block_case(way: str, length: int) -> Callable[[], object]:
    """Core, GELU, mixing, GLU: forward and backward, each in its own layout."""
    import torch
    from torch.nn.functional import gelu, glu

    if way == "direct":
        parameters = direct_parameters()
        conv = torch.nn.Conv1d(CHANNELS, 2 * CHANNELS, 1)
        u = torch.randn(BATCH, CHANNELS, length, requires_grad=True)
        grad = torch.randn(u.shape)

        def work() -> None:
            y = glu(conv(gelu(direct_core(parameters, u))), dim=-2)
            y.backward(grad)

        return work
    layer, mixing = layer_of(), torch.nn.Linear(CHANNELS, 2 * CHANNELS)
    u = torch.randn(BATCH, length, CHANNELS, requires_grad=True)
    grad = torch.randn(u.shape)
    return lambda: glu(mixing(gelu(layer(u))), dim=-1).backward(grad)


def mixing_case(way: str, length: int) -> Callable[[], object]:
    """What a block does beside its core, which is the same work for both ways."""
    import torch
    from torch.nn.functional import gelu, glu

    del way
    mixing = torch.nn.Linear(CHANNELS, 2 * CHANNELS)
    u = torch.randn(BATCH, length, CHANNELS, requires_grad=True)
    grad = torch.randn(u.shape)
    return lambda: glu(mixing(gelu(u)), dim=-1).backward(grad)


def step_case(way: str, _: int) -> Callable[[], object]:
    """STEPS samples, one at a time, without gradients."""
    import torch

    samples = torch.randn(STEPS, 1, CHANNELS)
    if way == "framestate":
        layer = layer_of()

        def stream() -> None:
            state = layer.initial_state(1)
            with torch.no_grad():
                for u in samples:
                    _, state = layer.step(u, state)

        return stream
    parameters = direct_parameters()

    def loop() -> None:
        z = torch.zeros(1, CHANNELS, PAIRS, dtype=torch.complex64)
        with torch.no_grad():
            dtA, C = discretized(parameters)
            for u in samples:
                if way == "naive":
                    dtA, C = discretized(parameters)
                z = torch.einsum("hn,bhn->bhn", torch.exp(dtA), z) + u[..., None]
                y = 2 * torch.einsum("hn,bhn->bh", C, z).real
                _ = y + parameters["D"] * u

    return loop


CASES = {
    "core": (core_case, ("direct", "framestate"), LENGTHS),
    "block": (block_case, ("direct", "framestate"), LENGTHS),
    "mixing": (mixing_case, ("alone",), LENGTHS),
    "step": (step_case, ("naive", "prepared", "framestate"), (STEPS,)),
}


def measure(suite: str, way: str, size: int) -> Measured:
    """Run a case: once if it takes seconds, else within the budget."""
    make = CASES[suite][0]
    make(way, 16)()  # what is loaded on first use does not count
    work = make(way, size)
    before = peak_mib()
    seconds, repetitions = best_time(work)
    return Measured(suite, way, size, seconds, peak_mib() - before, repetitions)


def lines(results: list[Measured]) -> Iterable[str]:
    """The cases, then each way beside the first of its suite."""
    yield f"{'suite':7} {'way':11} {'size':>6} {'time':>12} {'added':>10}"
    for r in results:
        yield (
            f"{r.suite:7} {r.way:11} {r.size:6d} {r.seconds:10.4f} s "
            f"{r.peak_mib:6.0f} MiB"
        )
    for suite, (_, (first, *others), _) in CASES.items():
        for other in others:
            for slow in (r for r in results if (r.suite, r.way) == (suite, first)):
                fast = next(
                    r
                    for r in results
                    if (r.suite, r.way, r.size) == (suite, other, slow.size)
                )
                ratio = slow.seconds / fast.seconds
                memory = fast.peak_mib / max(slow.peak_mib, 1.0)
                words = (
                    f"{suite} at {slow.size}: {other} x{ratio:.1f} faster than {first}"
                )
                yield (
                    words if suite == "step" else f"{words}, {memory:.2f} of its memory"
                )
    for way in CASES["core"][1]:
        rows = [r for r in results if (r.suite, r.way) == ("core", way)]
        power = growth([r.size for r in rows], [r.seconds for r in rows])
        yield f"core, {way}: time ~ L^{power:.2f}"


def plot(results: list[Measured], target: Path) -> None:
    """Time and memory of core and block over the length."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    axes = figure.subplots(1, 2)
    for suite, line in (("core", "-"), ("block", "--")):
        for way, color in (("direct", "C1"), ("framestate", "C0")):
            rows = [r for r in results if (r.suite, r.way) == (suite, way)]
            x, label = [r.size for r in rows], f"{suite}, {way}"
            for axis, y in (
                (axes[0], [r.seconds for r in rows]),
                (axes[1], [max(r.peak_mib, 1.0) for r in rows]),
            ):
                axis.loglog(x, y, f"o{line}", color=color, label=label)
    axes[0].set(title="forward and backward", ylabel="seconds, best of a second")
    axes[1].set(title="memory added at the peak", ylabel="MiB")
    for axis in axes:
        axis.set(xlabel="length")
        axis.legend(fontsize="small")
        axis.grid(visible=True, which="both", alpha=0.2)
    figure.savefig(target, dpi=120)


def compare(folder: Path, *, quick: bool) -> None:
    """Measure every case, print the ratios, write JSON and the plot."""
    results = [
        Measured(**in_its_own_process(__file__, suite, way, size))
        for suite, (_, ways, sizes) in CASES.items()
        for size in sizes
        for way in ways
        if not quick or size <= LENGTHS[1]
    ]
    print("\n".join(lines(results)))
    write(folder, "layers", results)
    plot(results, folder / "layers.png")


if __name__ == "__main__":
    main(__doc__, "4,096", measure, compare)
