r"""The half-line tables of db2 .. db20 as generated files: decimal strings with radii.

Each file holds, for one wavelet, what symmetry does not give: taps, values at the whole
numbers, gamma and mu for m > 0, and of g, d, e the entries on and above the diagonal.

    g = g^T     d + d^T = -v v^T, v[k] = phi(-k)     e + e^T = -g
    gamma[-m] = -gamma[m]     mu[-m] = m gamma[m] - mu[m], mu[0] = -1/2

``nox -s tables`` writes the files anew; a test derives every entry again and compares.
"""

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import flint

from framestate.frames.filters import load
from framestate.frames.precision import Ball, BallMatrix, Precision
from framestate.frames.refinement.line import Line
from framestate.frames.refinement.tables import Tables, solve_tables

NAMES = tuple(f"db{p}" for p in range(2, 21))
FOLDER = "data"
GUARD = 10  # digits of the taps beyond those of the tables


def default_digits(moments: int) -> int:
    """Digits that leave 20 and more after the conditioning of the ends.

    The Gram matrix of the translates that an end cuts has eigenvalues down to about
    10^(-4.6 p) (seen: p = 3: 7e-7, 11: 9e-44, 20: 3e-92), and operators divide by it.
    """
    return 40 + 6 * moments


def derive(name: str, digits: int) -> Tables:
    """Half-line tables of a wavelet's scaling function with itself."""
    precision = Precision(digits)
    taps = load(name, precision.more(GUARD)).lowpass
    return solve_tables(taps, taps, precision)


def shipped(name: str, digits: int) -> Tables | None:
    """The tables as shipped, or None where none are shipped with these digits."""
    if name not in NAMES or digits != default_digits(int(name[2:])):
        return None
    text = (files("framestate.frames.refinement") / FOLDER / f"{name}.json").read_text(
        encoding="utf-8"
    )
    return decode(json.loads(text))


def encode(name: str, tables: Tables) -> dict[str, Any]:
    """The entries that symmetry does not give, as decimal strings with radii."""
    size = range(tables.g.nrows())
    upper = lambda X, start: [X[i, j] for i in size for j in size if j >= i + start]
    positive = slice(1 - tables.line.first, None)
    with tables.precision.more(GUARD).working():
        parts = {
            "taps": tables.taps,
            "values": tables.values,
            "gamma": tables.line.gamma[positive],
            "mu": tables.line.mu[positive],
            "g": upper(tables.g, 0),
            "d": upper(tables.d, 1),
            "e": upper(tables.e, 1),
        }
        written = {key: [_text(x, tables) for x in part] for key, part in parts.items()}
    return {"name": name, "digits": tables.precision.digits, **written}


def decode(stored: dict[str, Any]) -> Tables:
    """Tables from the entries of ``encode``."""
    precision = Precision(stored["digits"])
    with precision.more(GUARD).working():
        taps, values, gamma, mu, g, d, e = (
            tuple(flint.arb(text) for text in stored[key])
            for key in ("taps", "values", "gamma", "mu", "g", "d", "e")
        )
        half = flint.arb(-1) / 2
        before = [m * a - b for m, (a, b) in enumerate(zip(gamma, mu, strict=True), 1)]
        size = len(values) - 2
        v = values[1:-1]
        gram = _matrix(size, g, start=0, mirror=lambda *place: place[-1])
        return Tables(
            precision=precision,
            taps=taps,
            line=Line(
                first=-size,
                rho=tuple(flint.arb(int(m == 0)) for m in range(-size, size + 1)),
                gamma=(*(-x for x in reversed(gamma)), flint.arb(0), *gamma),
                mu=(*reversed(before), half, *mu),
            ),
            values=values,
            dual_values=values,
            g=gram,
            d=_matrix(size, d, start=1, mirror=lambda i, j, x: -v[i] * v[j] - x),
            e=_matrix(size, e, start=1, mirror=lambda i, j, x: -gram[i, j] - x),
        )


def _matrix(size: int, upper: Sequence[Ball], *, start: int, mirror: Any) -> BallMatrix:
    """Fill a matrix from its upper triangle; the diagonal is its own mirror."""
    X, entries = flint.arb_mat(size, size), iter(upper)
    for i in range(size):
        for j in range(i + start, size):
            X[i, j] = next(entries)
            X[j, i] = mirror(i, j, X[i, j])
        if start == 1:
            X[i, i] = mirror(i, i, flint.arb(0)) / 2
    return X


def _text(ball: Ball, tables: Tables) -> str:
    """Midpoint and radius; the rounding of the decimals is in the radius."""
    return ball.str(tables.precision.digits + 4, more=True)


def write(folder: Path) -> None:
    """Write one file for each wavelet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        record = encode(name, derive(name, default_digits(int(name[2:]))))
        text = json.dumps(record, indent=0)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
