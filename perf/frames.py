"""Build time and memory of frames with their operators, against sampled atoms.

Three ways from a name to the scaled and the translated operator, at about 400, 2,000
and 8,000 atoms:

* ``wavelet_frame``: construction W of the papers, as piecewise polynomials;
* ``dyadic_frame``: a wavelet pyramid, exact and sparse, its tables made beforehand;
* ``sampled``: construction W the obvious way, in float64 on a grid: the cascade
  interpolated, trapezoid rule, difference quotients, pseudo-inverse.

Each case runs in a process of its own. The residual of A_r + A_r^T = I + b b^T says
what its result is worth. Run by ``nox -s perf``; ``-- --quick`` stops at 2,000 atoms.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from harness import growth, in_its_own_process, main, peak_mib, write

NAME, RCOND = "db11", 0.01
# finest and coarsest scale, and shift: about 400, 2,000 and 8,000 atoms
LAYOUTS = (((0, 3), 1 / 100), ((-3, 2), 1 / 105), ((-5, 0), 1 / 120))
DYADIC, LEVELS, COARSEST = "db4", (8, 11, 13), 3
POINTS = 16  # of the grid, in a unit of the finest wavelet's filter
PRUNE = 0.005
WAYS = ("wavelet_frame", "dyadic_frame", "sampled")

# atoms; A_r and b of the scaled operator, by which the result is judged
Result = tuple[int, Any, Any]


@final
@dataclass(frozen=True)
class Measured:
    """One way at one size."""

    way: str
    atoms: int
    rank: int
    seconds: float
    peak_mib: float
    residual: float


def wavelet_case(size: int) -> Callable[[], Result]:
    """Construction W by the library."""
    from framestate import frames

    scales, shift = LAYOUTS[size]

    def work() -> Result:
        frame = frames.wavelet_frame(NAME, scales=scales, shift=shift, rcond=RCOND)
        operator, _ = frames.scaled(frame), frames.translated(frame)
        return frame.size, operator.A_r, operator.b

    return work


def dyadic_case(size: int) -> Callable[[], Result]:
    """A wavelet pyramid by the library; its tables do not depend on the size."""
    from framestate import frames

    def work(level: int = LEVELS[size]) -> Result:
        frame = frames.dyadic_frame(DYADIC, level=level, coarsest=COARSEST)
        operator, _ = frames.scaled(frame), frames.translated(frame)
        return frame.size, operator.A_r, operator.b

    work(COARSEST + 2)
    return work


def sampled_case(size: int) -> Callable[[], Result]:
    """Construction W with nothing but sampled atoms."""
    import numpy as np

    scales, shift = LAYOUTS[size]

    def work() -> Result:
        atoms, s = sampled_atoms(scales, shift)
        weights = np.full(len(s), s[1])
        weights[[0, -1]] /= 2  # trapezoids
        U, sigma, W = np.linalg.svd(atoms * np.sqrt(weights), full_matrices=False)
        r = int((sigma > RCOND * sigma[0]).sum())
        e = W[:r] / np.sqrt(weights)
        slope = np.gradient(e, s, axis=1)
        scaled = np.eye(r) + (slope * (s * weights)) @ e.T
        translated = np.outer(e[:, 0], e[:, 0]) + (slope * weights) @ e.T
        synthesis = (U[:, :r] / sigma[:r]).T
        assert translated.shape == scaled.shape == (r, len(synthesis))
        return len(atoms), scaled, e[:, -1]

    return work


def sampled_atoms(scales: tuple[int, int], shift: float) -> tuple[Any, Any]:
    """The atoms at the points of a grid, and the grid."""
    import numpy as np
    import pywt

    phi, psi, x = pywt.Wavelet(NAME).wavefun(level=10)
    finest, coarsest = scales
    s = np.linspace(0.0, 1.0, round(x[-1]) * POINTS * 2 ** max(0, -finest) + 1)
    rows = []
    for profile, scale in [
        *((psi, scale) for scale in range(coarsest, finest - 1, -1)),
        (phi, coarsest),
    ]:
        last = max(0, math.floor(2.0**-scale / shift))
        for k in range(math.ceil(-1.0 / shift), last + 1):
            y = x[-1] * (s / 2.0**scale - k * shift)
            row = np.interp(y, x, profile, left=0.0, right=0.0)
            rows.append(row / 2.0 ** (scale / 2))
    atoms = np.array(rows)
    norms = np.linalg.norm(atoms, axis=1)
    return atoms[norms > PRUNE * norms.max()], s


def residual(A: Any, b: Any) -> float:
    """Largest entry of A + A^T - I - b b^T, dense or sparse."""
    import numpy as np
    from scipy.sparse import csr_array, eye_array

    if isinstance(A, np.ndarray):
        return float(np.abs(A + A.T - np.eye(len(b)) - np.outer(b, b)).max())
    column = csr_array(b[:, None])
    return float(abs(A + A.T - eye_array(len(b)) - column @ column.T).max())


CASES = {
    "wavelet_frame": wavelet_case,
    "dyadic_frame": dyadic_case,
    "sampled": sampled_case,
}


def measure(way: str, size: int) -> Measured:
    """Run one case once: the large ones take minutes."""
    work = CASES[way](size)
    start = time.perf_counter()
    atoms, A, b = work()
    seconds, peak = time.perf_counter() - start, peak_mib()
    return Measured(way, atoms, len(b), seconds, peak, residual(A, b))


def power(rows: list[Measured], field: str) -> float:
    """The power of N with which a number grows."""
    return growth([r.atoms for r in rows], [getattr(r, field) for r in rows])


def lines(results: list[Measured]) -> Iterable[str]:
    """The table, and how time and memory grow."""
    yield f"{'way':14} {'atoms':>6} {'rank':>6} {'time':>10} {'peak':>10} {'residual':>9}"
    for r in results:
        yield (
            f"{r.way:14} {r.atoms:6d} {r.rank:6d} {r.seconds:8.2f} s "
            f"{r.peak_mib:6.0f} MiB {r.residual:9.1e}"
        )
    for way in WAYS:
        rows = [r for r in results if r.way == way]
        time_power, memory_power = power(rows, "seconds"), power(rows, "peak_mib")
        yield f"{way}: time ~ N^{time_power:.1f}, memory ~ N^{memory_power:.1f}"


def plot(results: list[Measured], target: Path) -> None:
    """Growth with the number of atoms: time to the left, memory to the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    axes = figure.subplots(1, 2)
    fields = ("seconds", "peak_mib")
    for axis, field in zip(axes, fields, strict=True):
        for way in WAYS:
            rows = [r for r in results if r.way == way]
            x, y = [r.atoms for r in rows], [getattr(r, field) for r in rows]
            label = f"{way}: N^{power(rows, field):.1f}"
            axis.loglog(x, y, "o--" if way == "sampled" else "o-", label=label)
        axis.set(xlabel="atoms N", ylabel=field)
        axis.set_xticks((400, 2000, 8000), labels=("400", "2000", "8000"))
        axis.set_xticks((), minor=True)
        axis.legend(fontsize="small")
        axis.grid(visible=True, which="both", alpha=0.2)
    axes[0].set(ylabel="seconds", title="time")
    axes[1].set(ylabel="MiB at the peak, with the interpreter", title="memory")
    figure.suptitle(f"Frame and operators: {NAME} (W, sampled), {DYADIC} (dyadic)")
    figure.savefig(target, dpi=120)


def compare(folder: Path, *, quick: bool) -> None:
    """Measure every case, print the table, write JSON and the plot."""
    sizes = range(2 if quick else len(LAYOUTS))
    cases = [(way, size) for way in WAYS for size in sizes]
    results = [Measured(**in_its_own_process(__file__, *case)) for case in cases]
    print("\n".join(lines(results)))
    write(folder, "frames", results)
    plot(results, folder / "frames.png")


if __name__ == "__main__":
    main(__doc__, "2,000 atoms", measure, compare)
