"""What a diagonal layer is made of: eigenvalues, input vector, pairing."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Complex128
from numpy.typing import ArrayLike
from torch import Tensor

from framestate.deep.errors import InvalidInputError


@runtime_checkable
class ModesLike(Protocol):
    """A diagonal system: what `framestate.ssm.forms.diagonalize` returns, or its like."""

    @property
    def lam(self) -> ArrayLike:
        """Eigenvalues (modes,) of A, Re >= 0."""
        ...

    @property
    def B(self) -> ArrayLike:
        """Input vector (modes,) in the eigenvectors' coordinates."""
        ...

    @property
    def paired(self) -> ArrayLike:
        """Whether a mode also stands for its conjugate, (modes,)."""
        ...


def stacked(
    systems: Sequence[ModesLike],
) -> tuple[
    Complex128[Tensor, "copies modes"],
    Complex128[Tensor, "copies modes"],
    Bool[Tensor, " modes"],
]:
    """Return lam, B (one row a system) and the pairing that all of them share."""
    found = [_validated(modes) for modes in systems]
    if not found or any(not torch.equal(paired, found[0][2]) for _, _, paired in found):
        raise InvalidInputError(
            request=f"{len(found)} systems of modes",
            finding="copies have as many modes, paired alike",
            remedy="Give one system, or several of one family and size.",
        )
    lam, B, paired = zip(*found, strict=True)
    return torch.stack(lam), torch.stack(B), paired[0]


def _validated(
    modes: ModesLike,
) -> tuple[
    Complex128[Tensor, " modes"], Complex128[Tensor, " modes"], Bool[Tensor, " modes"]
]:
    """Return lam, B and paired as tensors, finite, of one length, and stable."""
    lam = torch.as_tensor(modes.lam).to(torch.complex128)
    B = torch.as_tensor(modes.B).to(torch.complex128)
    paired = torch.as_tensor(modes.paired).to(torch.bool)
    request = f"modes with lam {tuple(lam.shape)} and B {tuple(B.shape)}"
    if lam.ndim != 1 or not lam.numel() or {B.shape, paired.shape} != {lam.shape}:
        raise InvalidInputError(
            request=request,
            finding=f"lam, B and paired {tuple(paired.shape)} do not fit",
            remedy="Give three vectors of one length, at least 1.",
        )
    if not bool((lam.isfinite() & B.isfinite()).all()):
        raise InvalidInputError(
            request=request,
            finding="NaN or infinity among the values",
            remedy="Check the operator and its diagonalization.",
        )
    # Rounding may leave an undamped mode this far on the wrong side.
    if float(lam.real.min()) < -1e-10 * float(lam.abs().max()):
        raise InvalidInputError(
            request=request,
            finding=f"min Re(lam) = {lam.real.min():.1e} < 0 grows without bound",
            remedy="The convention is c' = -lam c: give eigenvalues with Re >= 0.",
        )
    return lam, B, paired
