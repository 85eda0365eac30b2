"""Speed and memory of state space systems, each beside what would be used instead.

* ``dplr``: the kernel of 256 channels with a dt each, order 64, diagonal plus low rank:
  the direct Cauchy sum of S4 in PyTorch (complex64) against `framestate.ssm.kernel`.
* ``growth``: kernels of 16 channels to a length of 2^20, by modes and by powers.
* ``clock``: a scaled state of 1,995 numbers over 50,000 samples, in O(r) a sample,
  against the dense step, of which 20 samples are measured.
* ``stream``: a sample in and an output out of 256 channels of 32 pairs, for samples of
  32 and of 64 bits, against the time in which the memory moves what has to move: the
  state read and written once, as a copy does, and with a dt a channel poles, inputs and
  readouts read. "unread" has a dt and no output.

All cases are measured in one run on one machine, each in a process of its own; what
counts are ratios. Run by ``nox -s perf``; ``-- --quick`` stops earlier.
"""

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

CHANNELS, ORDER, SEED = 256, 64, 20260101
FEW = 16  # channels of the growth curves
LENGTHS = (1024, 4096, 16384)
LONG = tuple(2**k for k in range(10, 21, 2))
RANK, SAMPLES, DENSE_SAMPLES = 1995, 50_000, 20
# arrays of the size of the state that move for a sample, in copies (two of them)
FLOORS = {"one dt, unread": 1.0, "one dt": 1.0, "dt a channel": 2.5}
PUSHES, BITS = 1000, (32, 64)


def intervals(channels: int) -> Any:
    """A dt a channel, from 1e-3 to 1e-1 as S4 draws them."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    return np.exp(rng.uniform(np.log(1e-3), np.log(1e-1), channels))


def legs_form(order: int) -> Any:
    """LegS as diagonal plus low rank."""
    from framestate import frames, ssm

    return ssm.dplr(ssm.reduce(frames.scaled(frames.legendre(order))))


def dplr_case(way: str, length: int) -> Callable[[], object]:
    """The kernel of every channel's own step, readouts in float32."""
    import numpy as np

    from framestate import ssm

    form, dt = legs_form(ORDER), intervals(CHANNELS)
    rng = np.random.default_rng(SEED)
    rows = form.readout(rng.standard_normal((CHANNELS, ORDER))).astype(np.complex64)
    if way == "direct Cauchy":
        return direct_cauchy(form, dt, rows, length)

    def work() -> object:
        step = ssm.discretize(form, dt=dt, method="bilinear")
        return ssm.kernel(step, rows, length)

    return work


def direct_cauchy(form: Any, dt: Any, rows: Any, length: int) -> Callable[[], object]:
    """S4's kernel as its equations stand: four Cauchy sums and Woodbury, then an FFT."""
    import numpy as np
    import torch

    lam, P, B, C = (
        torch.from_numpy(np.ascontiguousarray(x)).to(torch.complex64)
        for x in (form.lam, form.P[:, 0], form.B, rows)
    )
    dts = torch.from_numpy(dt).to(torch.float32)[:, None]
    turns = torch.arange(length // 2 + 1, dtype=torch.float64) / length
    # off the pole of the rule at z = -1
    z = torch.polar(torch.full_like(turns, 1 - 1e-6), -2 * torch.pi * turns)

    def pair(v: Any, s: Any) -> Any:
        upper = (v[..., None] / (s[:, None, :] + lam[:, None])).sum(-2)
        return upper + (
            v.conj()[..., None] / (s[:, None, :] + lam.conj()[:, None])
        ).sum(-2)

    def work() -> object:
        s = (2 / dts * ((1 - z) / (1 + z))).to(torch.complex64)
        CB, CP = pair(C * B, s), pair(C * P, s)
        PB, PP = pair(P.conj() * B, s), pair(P.conj() * P, s)
        response = (2 / (1 + z)).to(torch.complex64) * (CB - CP * PB / (1 + PP))
        return torch.fft.irfft(response, length)

    return work


def growth_case(way: str, length: int) -> Callable[[], object]:
    """The kernel of a few channels, by modes or by powers of a dense matrix."""
    import numpy as np

    from framestate import ssm

    rng = np.random.default_rng(SEED)
    if way == "modes":
        source = ssm.inits.s4d_lin(ORDER)
        C = rng.standard_normal((FEW, ORDER // 2)).astype(np.complex64)
    else:
        source = ssm.block_real(legs_form(ORDER))
        C = rng.standard_normal((FEW, ORDER)).astype(np.float32)
    step = ssm.discretize(source, dt=1e-3, method="bilinear")
    return lambda: ssm.kernel(step, C, length)


def clock_case(way: str, samples: int) -> Callable[[], object]:
    """The scaled state of a system of the size of the papers' largest frame."""
    import numpy as np

    from framestate import ssm
    from framestate.ssm.testing import core

    system = core(np.random.default_rng(SEED), RANK)
    u = np.random.default_rng(SEED).standard_normal(samples)
    if way == "dense":
        step = ssm.discretize(system, method="bilinear")
        return lambda: ssm.final_state(step, u)

    def work() -> object:  # with the time that the form takes
        step = ssm.discretize(ssm.dplr(system), method="bilinear")
        return ssm.final_state(step, u)

    return work


def stream_case(way: str, bits: int) -> Callable[[], object]:
    """A sample a call, or a copy of an array of the size of the state."""
    import numpy as np

    from framestate import ssm

    rng, real = np.random.default_rng(SEED), np.dtype(f"float{bits}")
    if way == "copy":
        state = rng.standard_normal((CHANNELS, ORDER)).astype(real)
        target = np.empty_like(state)

        def copies() -> None:
            for _ in range(PUSHES):
                np.copyto(target, state)

        return copies
    own = way == "dt a channel"
    dt = intervals(CHANNELS) if own else 1e-2
    step = ssm.discretize(ssm.inits.s4d_lin(ORDER), dt=dt, method="zoh")
    C = rng.standard_normal((CHANNELS, ORDER // 2) if own else ORDER // 2)
    read = None if "unread" in way else C
    stream = ssm.Stream(step, C=read, batch=(CHANNELS,))
    u = rng.standard_normal((PUSHES, CHANNELS)).astype(real)

    def work() -> None:
        for sample in u:
            stream.push(sample)

    return work


CASES = {
    "dplr": (dplr_case, ("direct Cauchy", "framestate"), LENGTHS),
    "growth": (growth_case, ("modes", "powers"), LONG),
    "clock": (clock_case, ("dense", "framestate"), (SAMPLES,)),
    "stream": (stream_case, ("copy", *FLOORS), BITS),
}


def measure(suite: str, way: str, size: int) -> Measured:
    """Run a case: once if it takes seconds, else within the budget."""
    make = CASES[suite][0]
    if suite in ("dplr", "growth"):
        make(way, 16)()  # what is loaded on first use does not count
    work = make(way, size)
    before = peak_mib()
    seconds, repetitions = best_time(work)
    return Measured(suite, way, size, seconds, peak_mib() - before, repetitions)


def size_of(suite: str, way: str, size: int) -> int:
    """The dense clock is measured on its first samples alone."""
    return DENSE_SAMPLES if (suite, way) == ("clock", "dense") else size


def lines(results: list[Measured]) -> Iterable[str]:
    """The ratios, suite by suite."""
    yield f"{'suite':8} {'way':14} {'size':>8} {'time':>12} {'added':>10}"
    for r in results:
        yield (
            f"{r.suite:8} {r.way:14} {r.size:8d} {r.seconds:10.4f} s "
            f"{r.peak_mib:6.0f} MiB"
        )
    for suite, (_, ways, _) in CASES.items():
        found = [[r for r in results if (r.suite, r.way) == (suite, w)] for w in ways]
        yield from SUMMARIES.get(suite, speeds)(found)


def floors(found: list[list[Measured]]) -> Iterable[str]:
    """Streams over what a copy of the state costs, times the copies of a floor."""
    copies, *streams = found
    for rows in streams:
        for copy, r in zip(copies, rows, strict=True):
            ratio = r.seconds / (FLOORS[r.way] * copy.seconds)
            yield f"stream, {r.size} bits, {r.way}: x{ratio:.1f} of the floor"


def powers(found: list[list[Measured]]) -> Iterable[str]:
    """How a time grows with the length."""
    for rows in found:
        long = [r for r in rows if r.size >= 2**14]
        power = growth([r.size for r in long], [r.seconds for r in long])
        yield f"growth, {rows[0].way}: time ~ L^{power:.2f} from 2^14 on"


def speeds(found: list[list[Measured]]) -> Iterable[str]:
    """The first way against the last, per unit of size."""
    first, *_, last = found
    for slow, fast in zip(first, last, strict=True):
        ratio = slow.seconds / slow.size / (fast.seconds / fast.size)
        yield f"{fast.suite} at {fast.size}: x{ratio:.1f} the speed of {slow.way}"


SUMMARIES = {"stream": floors, "growth": powers}


def plot(results: list[Measured], target: Path) -> None:
    """Growth with the length, and the two ways to a kernel with a low-rank part."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    for axis, suite in zip(figure.subplots(1, 2), ("growth", "dplr"), strict=True):
        for way in CASES[suite][1]:
            rows = [r for r in results if (r.suite, r.way) == (suite, way)]
            x, y = [r.size for r in rows], [r.seconds for r in rows]
            axis.loglog(x, y, "o--" if way == "direct Cauchy" else "o-", label=way)
        axis.set(xlabel="length", ylabel="seconds, best of a second")
        axis.legend(fontsize="small")
        axis.grid(visible=True, which="both", alpha=0.2)
    axes = figure.axes
    axes[0].set(title=f"{FEW} channels, order {ORDER}")
    axes[1].set(title=f"{CHANNELS} channels with a dt each, DPLR of order {ORDER}")
    rows = [r for r in results if (r.suite, r.way) == ("growth", "modes")]
    guide = [rows[-1].seconds * r.size / rows[-1].size for r in rows]
    axes[0].loglog([r.size for r in rows], guide, "k:", label="proportional to L")
    axes[0].legend(fontsize="small")
    figure.savefig(target, dpi=120)


def compare(folder: Path, *, quick: bool) -> None:
    """Measure every case, print the ratios, write JSON and the plot."""
    results = [
        Measured(**in_its_own_process(__file__, suite, way, size_of(suite, way, size)))
        for suite, (_, ways, sizes) in CASES.items()
        for way in ways
        for size in (sizes[:3] if quick else sizes)
    ]
    print("\n".join(lines(results)))
    write(folder, "systems", results)
    plot(results, folder / "systems.png")


if __name__ == "__main__":
    main(__doc__, "2^14", measure, compare)
