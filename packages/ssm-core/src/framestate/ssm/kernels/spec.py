"""The table of kernels: a row here is an equality test that is written nowhere else."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from framestate.ssm.kernels import blocked, cuda, draws, reference, rounding


@final
@dataclass(frozen=True)
class Kernel:
    """One implementation and the definition that it must equal.

    Parameters
    ----------
    name : str
        Family and rung, "scan/cuda"; the family is the name of the definition.
    reference, implementation : callable
        The same arguments, the same results.
    draw : callable
        Random arguments, from (rng, dtype, length).
    rounding : callable
        What one rounding is worth in every result, from eps and the arguments.
    ulps : int
        Allowed difference in those units.
    """

    name: str
    reference: Callable[..., Any]
    implementation: Callable[..., Any]
    draw: Callable[..., draws.Arguments]
    rounding: Callable[..., rounding.Sizes]
    ulps: int

    @property
    def family(self) -> str:
        """The part of the name before the rung."""
        return self.name.partition("/")[0]

    def distance(self, found: Any, arguments: draws.Arguments) -> float:
        """Largest difference from the definition over what is allowed.

        Equal is at most 1. Another number of results, dtype or shape, and what is not
        a number, is infinitely far.
        """
        wanted, have = _several(self.reference(*arguments)), _several(found)
        kinds = [
            [(array.dtype, array.shape) for array in all_] for all_ in (wanted, have)
        ]
        if kinds[0] != kinds[1]:
            return math.inf
        eps = max(float(np.finfo(array.dtype).eps) for array in wanted)
        least = max(float(np.finfo(a.dtype).smallest_subnormal) for a in wanted)
        units = self.rounding(eps, *arguments)
        far = [
            np.max(np.abs(h - w) / (self.ulps * unit + least))
            for h, w, unit in zip(have, wanted, units, strict=True)
        ]
        return float(np.nan_to_num(np.max(far), nan=math.inf))


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


# Units in which every rung of a family may differ from its definition.
_ULPS = {
    "vandermonde_rows": 8,
    "vandermonde_rows_backward": 8,
    "cauchy": 8,
    "cauchy_backward": 16,
    "scan": 4,
    "scan_backward": 4,
    "scaled_scan": 4,
    "convolve": 8,
    "convolve_backward": 8,
    "multires": 4,
    "multires_backward": 4,
}


def row(
    family: str, rung: str, implementation: Callable[..., Any], ulps: int
) -> Kernel:
    """The row of an implementation of a family."""
    return Kernel(
        name=f"{family}/{rung}",
        reference=getattr(reference, family),
        implementation=implementation,
        draw=getattr(draws, family),
        rounding=getattr(rounding, family),
        ulps=ulps,
    )


def rows(rung: str, of: Any) -> tuple[Kernel, ...]:
    """A row for every family that a device has, implemented by functions of ``of``."""
    return tuple(
        row(family, rung, getattr(of, family), ulps) for family, ulps in _ULPS.items()
    )


KERNELS = (
    row("vandermonde", "blocked", blocked.vandermonde, 16),
    row("powers", "blocked", blocked.powers, 64),
    *rows("blocked", blocked),
    *rows("cuda", cuda),
)
