"""Hypothesis strategies and laws for tests of systems, shipped for other packages.

Strategies draw a seed and build the rest from NumPy, so that an example shrinks
to a small size. Imports hypothesis, which only tests need.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import hypothesis.strategies as st
import numpy as np
from jaxtyping import Float64

from framestate.ssm.system import Measure, System


@final
@dataclass(frozen=True, eq=False)
class RedundantOperator:
    """A `FactoredOperatorLike` of N states around a core of r (T-reduction).

    A = mu I + analysis (reduced_A - mu I) synthesis, B = analysis reduced_B.
    """

    A: Float64[np.ndarray, "N N"]
    B: Float64[np.ndarray, " N"]
    measure: Measure
    reduced_A: Float64[np.ndarray, "r r"]
    reduced_B: Float64[np.ndarray, " r"]
    analysis: Float64[np.ndarray, "N r"]
    synthesis: Float64[np.ndarray, "r N"]


def core(rng: np.random.Generator, size: int, *, measure: Measure = "scaled") -> System:
    """A random system with the structure of a frame operator (T-lyapunov).

    A + A^T = I + b b^T (scaled), or b b^T + k k^T with a second random vector k
    (translated); the skew rest is random, so that rates spread like sqrt(size).

    Parameters
    ----------
    rng : numpy Generator
        Source of randomness.
    size : int
        Order n >= 1.
    measure : "scaled" or "translated"
        Which structure.
    """
    skew = rng.standard_normal((size, size))
    b = rng.standard_normal(size)
    k = rng.standard_normal(size)
    damping = np.eye(size) if measure == "scaled" else np.outer(k, k)
    A = (damping + np.outer(b, b)) / 2 + (skew - skew.T)
    return System(A=A, B=b, measure=measure, lift=np.eye(size))


def lifted(
    rng: np.random.Generator, small: System, *, redundant: int
) -> RedundantOperator:
    """The core seen through a random injective analysis and some left inverse.

    Parameters
    ----------
    rng : numpy Generator
        Source of randomness.
    small : System
        Core of order r.
    redundant : int
        Number N - r >= 0 of redundant states.
    """
    r, N = small.size, small.size + redundant
    mu = 1.0 if small.measure == "scaled" else 0.0
    # Singular values in [1, 2], so that tolerances need not know T.
    U, _ = np.linalg.qr(rng.standard_normal((N, r)))
    W, _ = np.linalg.qr(rng.standard_normal((r, r)))
    sigma = rng.uniform(1.0, 2.0, r)
    T = (U * sigma) @ W.T
    across = rng.standard_normal((r, N)) / np.sqrt(N)
    R = (W / sigma) @ U.T + across @ (np.eye(N) - U @ U.T)
    return RedundantOperator(
        A=mu * np.eye(N) + T @ (small.A - mu * np.eye(r)) @ R,
        B=T @ small.B,
        measure=small.measure,
        reduced_A=small.A,
        reduced_B=small.B,
        analysis=T,
        synthesis=R,
    )


def legs(size: int) -> System:
    """LegS in closed form: the scaled operator of the first Legendre polynomials.

    Lower triangular with eigenvalues 1 .. size; its state under any input is the
    list of Legendre coefficients of the past, and cond(V) explodes with size.

    Parameters
    ----------
    size : int
        Order n >= 1.
    """
    b = np.sqrt(2.0 * np.arange(size) + 1)
    A = np.tril(np.outer(b, b), -1) + np.diag(np.arange(1.0, size + 1))
    return System(A=A, B=b, measure="scaled", lift=np.eye(size))


@st.composite
def cores(draw: Any, *, max_size: int = 12, measure: Measure = "scaled") -> System:
    """Strategy of `core` systems of order 1 .. max_size."""
    size = draw(st.integers(1, max_size))
    return core(_generator(draw), size, measure=measure)


@st.composite
def redundant_operators(
    draw: Any,
    *,
    max_size: int = 8,
    max_redundant: int = 8,
    measure: Measure = "scaled",
) -> RedundantOperator:
    """Strategy of `lifted` cores, with 0 .. max_redundant redundant states."""
    size = draw(st.integers(1, max_size))
    redundant = draw(st.integers(0, max_redundant))
    rng = _generator(draw)
    return lifted(rng, core(rng, size, measure=measure), redundant=redundant)


def observed_order(error: Callable[[int], float], *, steps: Sequence[int]) -> float:
    """Order p of a method whose error falls like steps^-p (least-squares slope).

    Parameters
    ----------
    error : callable
        Error of the method with that many steps, > 0.
    steps : sequence of int
        At least two step counts.
    """
    errors = [error(n) for n in steps]
    return -float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def _generator(draw: Any) -> np.random.Generator:
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
