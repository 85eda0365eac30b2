"""Modal truncation: drop the modes that contribute least to an output.

The output of modes is y = sum_m w_m Re(C_m z_m), w = 2 for a conjugate pair. A mode
alone answers with at most |C_m| |B_m| e^(-Re(lam_m) t) to an impulse and has a gain
of at most |C_m| |B_m| / Re(lam_m), so that what was dropped is bounded by sums
(T-modal in docs/theorems.md). Large modes that cancel make these sums
useless: balanced truncation sees that, a ranking of modes does not.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, final

import numpy as np
from jaxtyping import Complex128, Float64, Int64

from framestate.ssm.checks import ArrayLike, numeric, real_array, refusal
from framestate.ssm.errors import UnstableError
from framestate.ssm.system import Diagonal
from framestate.ssm.truncate.orders import chosen


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class TruncatedModes:
    """Some of the modes, and what the others could have contributed.

    Parameters
    ----------
    modes : Diagonal
        What was kept, in its stored order; cond and residual are those of all.
    readout : (..., m) complex128
        Rows C on these modes.
    peaks : (d,) float64
        w |C| |B| of each dropped mode.
    rates : (d,) float64
        Re(lam) of each dropped mode.
    bound : float
        On the error from ||u||_2 to ||y - y_n||_2, relative to ||u||_2: the sum
        of peaks / rates.
    """

    modes: Diagonal
    readout: Complex128[np.ndarray, "*outputs m"]
    peaks: Float64[np.ndarray, " d"]
    rates: Float64[np.ndarray, " d"]
    bound: float

    @property
    def norm(self) -> Literal["H-infinity"]:
        """What the bound bounds."""
        return "H-infinity"

    def kernel_bound(self, t: ArrayLike) -> Float64[np.ndarray, "*times"]:
        """On the norm of the error of the impulse response C e^(-A t) B at times t >= 0.

        Raises
        ------
        InvalidInputError
            If t is not finite or negative.
        """
        times = real_array("kernel_bound", "t", t, shape="...")
        if times.min() < 0:
            finding = f"t reaches back to {times.min():g}, before the impulse"
            raise refusal("kernel_bound", finding, "Pass t >= 0")
        return np.asarray(np.exp(-times[..., None] * self.rates) @ self.peaks)


@final
@dataclass(frozen=True, eq=False)
class Ranking:
    """Every modal truncation of one system, modes by descending contribution.

    Parameters
    ----------
    source : Diagonal
        All modes.
    readout : (..., m) complex128
        Rows C on them.
    """

    source: Diagonal
    readout: Complex128[np.ndarray, "*outputs m"]

    @cached_property
    def peaks(self) -> Float64[np.ndarray, " m"]:
        """w |C| |B| of each mode."""
        rows = self.readout.reshape(-1, len(self.source.lam))
        gain = np.linalg.norm(rows, axis=0) * np.abs(self.source.B)
        return self.source.weights * gain

    @cached_property
    def ranks(self) -> Int64[np.ndarray, " m"]:
        """Modes by descending gain w |C| |B| / Re(lam)."""
        return np.argsort(-self.peaks / np.real(self.source.lam), kind="stable")

    @cached_property
    def orders(self) -> list[int]:
        """States up to each mode in that order; a conjugate pair is two."""
        return np.cumsum(np.where(self.source.paired, 2, 1)[self.ranks]).tolist()

    @cached_property
    def bounds(self) -> Float64[np.ndarray, " m"]:
        """Sum of the gains of all later modes."""
        gains = (self.peaks / np.real(self.source.lam))[self.ranks]
        return np.append(np.cumsum(gains[:0:-1])[::-1], 0.0)

    def cut(self, order: int) -> TruncatedModes:
        """The truncation at one of the orders."""
        count = self.orders.index(order) + 1
        kept, dropped = np.sort(self.ranks[:count]), self.ranks[count:]
        modes = replace(
            self.source,
            lam=self.source.lam[kept],
            B=self.source.B[kept],
            paired=self.source.paired[kept],
            vectors=self.source.vectors[:, kept],
            lift=self.source.lift[:, kept],
        )
        return TruncatedModes(
            modes=modes,
            readout=self.readout[..., kept],
            peaks=self.peaks[dropped],
            rates=np.real(self.source.lam)[dropped],
            bound=float(self.bounds[count - 1]),
        )


def modal(
    modes: Diagonal,
    *,
    order: int | None = None,
    tolerance: float | int | None = None,
    C: ArrayLike | None = None,
) -> TruncatedModes:
    """The modes of largest gain, with bounds on the gain and the kernel of the rest.

    Parameters
    ----------
    modes : Diagonal
        Every one with Re(lam) > 0.
    order : int, optional
        States to keep, a conjugate pair being two; half a pair is refused.
    tolerance : float, optional
        The smallest order whose bound is within it. With neither, all are kept.
    C : (..., m) array_like, optional
        Rows on the modes, as `Diagonal.readout` gives. Left out, the output is
        the whole state of the original operator.

    Raises
    ------
    InvalidInputError
        If an argument is malformed or the order would cut a pair.
    UnstableError
        If a mode does not decay; the message names it.
    """
    ranking = rank("modal", modes, C)
    picked = chosen(
        "modal",
        ranking.orders,
        ranking.bounds,
        order=order,
        tolerance=tolerance,
        rule="modes are dropped by their gain, conjugate pairs whole",
    )
    return ranking.cut(picked)


def rank(request: str, modes: object, C: ArrayLike | None) -> Ranking:
    """All modal truncations of a system.

    Raises
    ------
    UnstableError, InvalidInputError
        As `modal`.
    """
    if not isinstance(modes, Diagonal):
        raise refusal(
            f"{request} of a {type(modes).__name__}",
            "it has no modes",
            "Call diagonalize first, or use balanced",
        )
    slow = modes.lam[np.real(modes.lam) <= 0]
    if slow.size:
        raise UnstableError(
            request=request,
            finding=f"{slow.size} modes do not decay, the first {slow[0]:.6g}",
            remedy="Pass modes with Re(lam) > 0",
        )
    if C is None:
        return Ranking(modes, modes.lift)
    shape = f"... {len(modes.lam)}"
    rows = numeric(request, "C", C, kinds="iufc", shape=shape)
    return Ranking(modes, rows.astype(np.complex128))
