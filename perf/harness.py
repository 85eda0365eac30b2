"""What the perf scripts share: a process for each case, best times, memory, growth."""

import argparse
import json
import math
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

BUDGET = 1.0  # seconds of repetition; the best one counts


@final
@dataclass(frozen=True)
class Measured:
    """One case: best seconds, and the memory added at the peak."""

    suite: str
    way: str
    size: int
    seconds: float
    peak_mib: float
    repetitions: int


def peak_mib() -> float:
    """Largest memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def best_time(
    work: Callable[[], object], *, budget: float = BUDGET
) -> tuple[float, int]:
    """Best seconds and how many repetitions, at least two, filled the budget."""
    times: list[float] = []
    while len(times) < 2 or sum(times) < budget:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times), len(times)


def in_its_own_process(script: str, *case: object) -> dict[str, Any]:
    """What ``script --case ...`` prints, where no other case touched the allocator."""
    words = [str(word) for word in case]
    command = [sys.executable, str(Path(script).resolve()), "--case", *words]
    print(f"measuring {' '.join(words)}", file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main(
    about: str,
    quick: str,
    measure: Callable[..., Any],
    compare: Callable[..., None],
) -> None:
    """The command line of a script: compare all cases, or measure a single one.

    Parameters
    ----------
    about, quick : str
        What the script does, and where ``--quick`` stops.
    measure : callable
        The words of a case, numbers among them as int -> what was measured.
    compare : callable
        (folder for the results, quick=whether to stop early).
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"stop at {quick}")
    parser.add_argument("--out", type=Path, default=Path("perf-results"))
    parser.add_argument("--case", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        case = [int(word) if word.isdigit() else word for word in options.case]
        print(json.dumps(asdict(measure(*case))))
    else:
        compare(options.out, quick=options.quick)


def growth(x: Sequence[float], y: Sequence[float]) -> float:
    """The power of x with which y grows, by least squares of the logarithms."""
    a, b = [math.log(value) for value in x], [math.log(value) for value in y]
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    covariance = sum((p - mean_a) * (q - mean_b) for p, q in zip(a, b, strict=True))
    return covariance / sum((p - mean_a) ** 2 for p in a)


def write(folder: Path, name: str, cases: Sequence[Any]) -> None:
    """``name``.json in the folder: the setting, and the cases as they were measured."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    record = {"setting": machine, "cases": [asdict(case) for case in cases]}
    target = folder / f"{name}.json"
    target.write_text(json.dumps(record, indent=1) + "\n")
    print(f"written: {target} and {folder / name}.png")
