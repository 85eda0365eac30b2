"""The .ts format of the TSER and UEA archives, real targets, equal lengths.

    @header lines, until
    @data
    x_1,x_2,..,x_L:y_1,..,y_L:target       one line a case, a colon between channels

Source: Tan et al., Time Series Extrinsic Regression (arXiv 2006.12672).
"""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from framestate.bench.data import streams
from framestate.bench.data.sets import files

Cases = tuple[Float32[np.ndarray, "n L d"], Float32[np.ndarray, " n"]]


def read(path: Path, *, progress: Callable[[int, int], None]) -> Cases:
    """Series (n, L, d) and targets (n,) of a .ts file.

    Raises
    ------
    DataError
        If there is no @data line or no case, an entry is no finite number, or cases
        differ in length or channels.
    """
    cases: list[Float32[np.ndarray, "L d"]] = []
    targets: list[float] = []
    with files.table(path) as stream:
        _skip_header(stream, path)
        for line in stream:
            if not line.strip():
                continue
            series, target = _case(line.decode("ascii"))
            if cases and series.shape != cases[0].shape:
                raise streams.damaged(
                    path, _shape_finding(len(cases), series, cases[0])
                )
            cases.append(series)
            targets.append(target)
            progress(len(cases), 0)
    if not cases:
        raise streams.damaged(path, "no case after @data")
    inputs, labels = np.stack(cases), np.array(targets, dtype=np.float32)
    bad = ~np.isfinite(labels) | ~np.isfinite(inputs).all(axis=(1, 2))
    if bad.any():
        raise streams.damaged(path, f"case {int(bad.argmax())} is not finite")
    return inputs, labels


def _skip_header(stream: io.BufferedReader, path: Path) -> None:
    for line in stream:
        if line.strip().lower() == b"@data":
            return
        if line.strip() and not line.startswith((b"@", b"#")):
            break
    raise streams.damaged(path, "no @data line")


def _case(line: str) -> tuple[Float32[np.ndarray, "L d"], float]:
    *channels, target = line.strip().split(":")
    parts = [np.array(part.split(","), dtype=np.float32) for part in channels]
    return np.stack(parts, axis=-1), float(target)


def _shape_finding(
    case: int,
    series: Float32[np.ndarray, "L d"],
    first: Float32[np.ndarray, "L1 d1"],
) -> str:
    return f"case {case} has shape {series.shape}, the first {first.shape}"
