"""State equations as values: dense or diagonal, always with a minus before A.

    c' = -(1/tau) A c + (1/tau) B u       tau = t (scaled), theta (translated)

Eigenvalues ``lam`` are those of A, so that modes decay like exp(-lam t):
Re(lam) >= 1/2 for a scaled frame operator, >= 0 for a translated one
(T-lyapunov in docs/theorems.md).
"""

from abc import ABC
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, cast, final, get_args, runtime_checkable

import numpy as np
from jaxtyping import Bool, Complex128, Float64

from framestate.ssm.checks import ArrayLike, known, real_array, refusal

Measure = Literal["scaled", "translated"]
MEASURES = " ".join(get_args(Measure))


@runtime_checkable
class OperatorLike(Protocol):
    """Anything with a state matrix, an input vector and a measure."""

    @property
    def A(self) -> Float64[np.ndarray, "N N"]:
        """State matrix (N, N)."""
        ...

    @property
    def B(self) -> Float64[np.ndarray, " N"]:
        """Input vector (N,)."""
        ...

    @property
    def measure(self) -> Measure:
        """Clock of the equation, "scaled" or "translated"."""
        ...


@runtime_checkable
class FactoredOperatorLike(OperatorLike, Protocol):
    """An operator that knows its own exact reduction: state c = analysis @ z.

    analysis T (N, r), synthesis R (r, N), R T = I, A T = T A_r and B = T B_r.
    """

    @property
    def reduced_A(self) -> Float64[np.ndarray, "r r"]:
        """A_r, the operator in coordinates of its span."""
        ...

    @property
    def reduced_B(self) -> Float64[np.ndarray, " r"]:
        """B_r, the input vector in the same coordinates."""
        ...

    @property
    def analysis(self) -> Float64[np.ndarray, "N r"]:
        """T, from coordinates of the span to the redundant state."""
        ...

    @property
    def synthesis(self) -> Float64[np.ndarray, "r N"]:
        """R, a left inverse of T."""
        ...


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class System:
    """A dense state equation; the state of the original operator is lift @ x.

    Lists and other real dtypes are converted to float64 arrays.

    Parameters
    ----------
    A : (n, n) float64
        State matrix (T-scaled-operator in docs/theorems.md).
    B : (n,) float64
        Input vector.
    measure : "scaled" or "translated"
        Whether the clock is the time t itself or a window theta.
    lift : (N, n) float64
        From this state to the state of the operator it was made from.

    Raises
    ------
    InvalidInputError
        If shapes disagree, an entry is not finite or the measure is unknown.
    """

    A: Float64[np.ndarray, "n n"]
    B: Float64[np.ndarray, " n"]
    measure: Measure
    lift: Float64[np.ndarray, "N n"]

    def __post_init__(self) -> None:
        request = "a system (A, B)"
        size = np.shape(self.B)[0] if np.ndim(self.B) == 1 else "n"
        shapes = {"A": f"{size} {size}", "B": "n", "lift": f"N {size}"}
        for name, shape in shapes.items():
            array = real_array(request, name, getattr(self, name), shape=shape)
            object.__setattr__(self, name, array)
        known(request, "measure", self.measure, MEASURES)

    @property
    def size(self) -> int:
        """Length n of the state."""
        return len(self.B)

    @cached_property
    def lam(self) -> Complex128[np.ndarray, " n"]:
        """Eigenvalues of A (n,), conjugate pairs exact; exact if A is triangular.

        LAPACK balances first, and balancing permutes a triangular matrix of
        either kind to an upper one, whose diagonal is then read off.
        """
        return np.asarray(np.linalg.eigvals(self.A), dtype=np.complex128)


@dataclass(frozen=True, eq=False, kw_only=True)
class Modes(ABC):
    """What every form in modes has: half of each conjugate pair of a real system.

    The one with Im(lam) >= 0 is stored. The real state is
    x = sum_m w_m Re(vectors[:, m] z_m) with w = 2 where paired, else 1.
    """

    lam: Complex128[np.ndarray, " m"]
    B: Complex128[np.ndarray, " m"]
    paired: Bool[np.ndarray, " m"]
    vectors: Complex128[np.ndarray, "n m"]
    lift: Complex128[np.ndarray, "N m"]
    cond: float
    residual: float
    measure: Measure

    @property
    def weights(self) -> Float64[np.ndarray, " m"]:
        """How often each mode counts in a real sum: 2 where paired, else 1."""
        return np.where(self.paired, 2.0, 1.0)

    def readout(self, C: ArrayLike) -> Complex128[np.ndarray, "... m"]:
        """Rows on the real state (..., n) as rows on the modes (..., m).

        ``C @ x = sum_m w_m Re(readout(C)[m] z_m)``.

        Raises
        ------
        InvalidInputError
            If C is not real, not finite or does not end in an axis of length n.
        """
        rows = real_array("readout", "C", C, shape=f"... {len(self.vectors)}")
        return rows @ self.vectors


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Diagonal(Modes):
    """Independent modes z' = -lam z + B u of a real system.

    Half of each conjugate pair is stored, as `Modes` has it.

    Parameters
    ----------
    lam : (m,) complex128
        Eigenvalues of A, sorted by imaginary, then real part.
    B : (m,) complex128
        Input vector in modal coordinates.
    paired : (m,) bool
        True where a mode stands for itself and its conjugate.
    vectors : (n, m) complex128
        Eigenvectors as unit columns.
    lift : (N, m) complex128
        From modes to the state of the original operator, by the same sum.
    cond : float
        Condition number of the full matrix of eigenvectors.
    residual : float
        ||A V - V diag(lam)|| / ||A|| in the Frobenius norm.
    measure : "scaled" or "translated"
        Clock of the equation.
    """


def as_system(operator: OperatorLike) -> System:
    """The operator as a `System` of its full size; nothing is reduced.

    Parameters
    ----------
    operator : OperatorLike
        Anything with real A (N, N), B (N,) and a measure.

    Raises
    ------
    InvalidInputError
        If it lacks one of them, or they are not finite or do not fit together.
    """
    if isinstance(operator, System):
        return operator
    request = f"a system from {type(operator).__name__}"
    missing = [k for k in ("A", "B", "measure") if not hasattr(operator, k)]
    if missing:
        raise refusal(
            request,
            f"it has no {', '.join(missing)}",
            "Pass an operator with A (N, N), B (N,) and measure",
        )
    B = real_array(request, "B", operator.B, shape="N")
    A = real_array(request, "A", operator.A, shape=f"{len(B)} {len(B)}")
    measure = known(request, "measure", operator.measure, MEASURES)
    return System(A=A, B=B, measure=cast("Measure", measure), lift=np.eye(len(B)))
