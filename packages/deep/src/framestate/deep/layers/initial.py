"""First values of a layer's parameters, and which channel takes which of them."""

from math import log

import torch
from jaxtyping import Complex, Complex128, Float
from numpy.typing import ArrayLike
from torch import Tensor

from framestate.deep.errors import (
    InvalidInputError,
    require_count,
    require_name,
    require_positive,
)
from framestate.deep.functional.pairs import Pair
from framestate.deep.layers.transforms import REAL_TRANSFORMS

TRAINABLE = ("A", "B", "C", "D", "dt")
DRAWN = ("normal", "constant")
SPACINGS = ("random", "geometric")


def copies(n_ssm: int | None, given: int, d_model: int, *, trained: bool) -> int:
    """Return the number of copies of (A, B): one a channel if trained and unasked."""
    if n_ssm is None:
        n_ssm = d_model if trained else given
    require_count("n_ssm", n_ssm)
    if d_model % n_ssm or n_ssm % given:
        raise InvalidInputError(
            request=f"n_ssm={n_ssm} for d_model={d_model}, {given} given",
            finding="copies are shared by equal numbers of channels",
            remedy=f"Give n_ssm as a divisor of {d_model} and a multiple of {given}.",
        )
    return n_ssm


def spread(rows: Pair, channels: int) -> Pair:
    """Give channel h the row h mod copies."""
    times = channels // rows.shape[0]
    return rows.map(lambda x: x.repeat(times, *[1] * (x.ndim - 1)))


def complex_vectors(
    name: str, rows: int, modes: int, generator: torch.Generator | None
) -> Complex128[Tensor, "rows modes"]:
    """Draw a complex normal matrix of variance 1 ("normal"), or ones ("constant")."""
    if name == "constant":
        return torch.ones(rows, modes, dtype=torch.complex128)
    parts = torch.empty(rows, modes, 2, dtype=torch.float64)
    return torch.view_as_complex(parts.normal_(0, 0.5**0.5, generator=generator))


def free_rates(rates: Float[Tensor, "*shape"], name: str) -> Float[Tensor, "*shape"]:
    """Return the parameters whose transform are these decay rates, Re(lam)."""
    transform = REAL_TRANSFORMS[name]
    if not transform.reaches_zero and bool((rates <= 0).any()):
        raise InvalidInputError(
            request=f'trainable "A" by real_transform {name!r}',
            finding=f"min Re(lam) = {rates.min():.1e} has no logarithm",
            remedy='Leave A frozen, give modes that decay, or take "relu".',
        )
    return transform.inverse(rates)


def first_inputs(
    B: Complex128[Tensor, "given modes"],
    name: str,
    n_ssm: int,
    generator: torch.Generator | None,
) -> Complex128[Tensor, "copies modes"]:
    """Return B as it is given ("modes"), or one by name for each copy."""
    require_name("B_init", name, ("modes", *DRAWN))
    if name == "modes":
        return B
    return complex_vectors(name, n_ssm, B.shape[1], generator)


def first_readout(
    readout: ArrayLike | None,
    d_model: int,
    modes: int,
    generator: torch.Generator | None,
) -> Complex[Tensor, "channels modes"]:
    """Return the given C, or one by name; "normal" if there is none."""
    if readout is None or isinstance(readout, str):
        name = readout or DRAWN[0]
        require_name("readout", name, DRAWN)
        return complex_vectors(name, d_model, modes, generator)
    C = torch.as_tensor(readout).to(torch.complex128)
    if C.shape != (d_model, modes) or not bool(C.isfinite().all()):
        raise InvalidInputError(
            request=f"readout of shape {tuple(C.shape)}",
            finding=f"expected finite values ({d_model}, {modes})",
            remedy="Give one row per channel, one column per stored mode.",
        )
    return C


def log_uniform(
    count: int,
    low: float,
    high: float,
    generator: torch.Generator | None,
    *,
    spacing: str = "random",
) -> Float[Tensor, " count"]:
    """Return logarithms of dt between two positive bounds, drawn or evenly spaced."""
    require_positive("dt_min", low)
    require_positive("dt_max", high)
    require_name("dt_init", spacing, SPACINGS)
    if low > high:
        raise InvalidInputError(
            request=f"dt_min={low}, dt_max={high}",
            finding="the range of dt is empty",
            remedy="Give dt_min <= dt_max, each a sample interval over the window.",
        )
    if spacing == "geometric":
        return torch.linspace(log(low), log(high), count, dtype=torch.float64)
    draws = torch.rand(count, dtype=torch.float64, generator=generator)
    return log(low) + draws * log(high / low)
