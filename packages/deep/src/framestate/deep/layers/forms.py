"""What an S4 layer is made of: a normal part, a low-rank part, an input vector."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Complex128
from numpy.typing import ArrayLike
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.discretize import rule_of
from framestate.ssm import Rule


@runtime_checkable
class DPLRLike(Protocol):
    """A system diag(lam) + P diag(signs) P^H, B: what `framestate.ssm.dplr` returns."""

    @property
    def lam(self) -> ArrayLike:
        """Eigenvalues (modes,) of the normal part, Re >= 0."""
        ...

    @property
    def P(self) -> ArrayLike:
        """Low-rank factor (modes, rank)."""
        ...

    @property
    def signs(self) -> ArrayLike:
        """Signs (rank,) of the low-rank part, all 1."""
        ...

    @property
    def B(self) -> ArrayLike:
        """Input vector (modes,) in the same coordinates."""
        ...

    @property
    def paired(self) -> ArrayLike:
        """Whether a mode also stands for its conjugate, (modes,)."""
        ...


class Forms(NamedTuple):
    """Forms of one shape as tensors, a row each."""

    lam: Complex128[Tensor, "given modes"]
    P: Complex128[Tensor, "given modes rank"]
    B: Complex128[Tensor, "given modes"]
    paired: Bool[Tensor, " modes"]


def stacked(forms: Sequence[DPLRLike]) -> Forms:
    """Return forms of one size that are finite and accretive.

    Raises
    ------
    InvalidInputError
        If sizes differ, a value is not finite, or A + A^H has a negative direction.
    """
    found = [_validated(form) for form in forms]
    kinds = {(P.shape, *paired.tolist()) for _, P, _, paired in found}
    if len(kinds) != 1:
        raise InvalidInputError(
            request=f"{len(found)} forms of normal plus low rank",
            finding="copies have as many modes, paired alike, and one rank",
            remedy="Give one form, or several of one family and size.",
        )
    lam, P, B, paired = zip(*found, strict=True)
    return Forms(torch.stack(lam), torch.stack(P), torch.stack(B), paired[0])


def _validated(form: DPLRLike) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return lam, P, B and paired as tensors that fit together."""
    lam, P, B = (
        torch.as_tensor(x).to(torch.complex128) for x in (form.lam, form.P, form.B)
    )
    paired = torch.as_tensor(form.paired).to(torch.bool)
    signs = torch.as_tensor(form.signs)
    request = f"a form with lam {tuple(lam.shape)}, P {tuple(P.shape)}"
    vectors = {lam.shape, B.shape, paired.shape}
    if lam.ndim != 1 or len(vectors) > 1 or P.shape != (*lam.shape, *signs.shape):
        raise InvalidInputError(
            request=request,
            finding=f"B {tuple(B.shape)}, paired {tuple(paired.shape)} and signs "
            f"{tuple(signs.shape)} do not fit",
            remedy="Give lam, B, paired (m,), P (m, k) and signs (k,).",
        )
    if not P.numel() or not all(bool(x.isfinite().all()) for x in (lam, P, B)):
        raise InvalidInputError(
            request=request,
            finding="nothing, NaN or infinity among the values",
            remedy="Check the operator; one without a low-rank part is diagonal.",
        )
    if bool((lam.real < 0).any()) or bool((signs != 1).any()):
        raise InvalidInputError(
            request=request,
            finding=f"min Re(lam) = {lam.real.min():.1e}, signs {signs.tolist()}: "
            "A + A^H has a negative direction, and a step may grow",
            remedy="Give a frame operator, or ssm.dplr(.., coordinates='input-normal').",
        )
    return lam, P, B, paired


def damped_rule(method: str | Rule) -> tuple[str, float]:
    """Return name and weight of a rule that keeps the form and lets no mode grow.

    Raises
    ------
    InvalidInputError
        If the rule is unknown, exact, or its steps may grow.
    """
    rule = rule_of(method)
    if rule.alpha is not None and rule.alpha >= 0.5:
        return rule.name, rule.alpha
    finding = "a step of it may grow"
    if rule.alpha is None:
        finding = "the exponential of normal plus low rank is not of that form"
    raise InvalidInputError(
        request=f"method {rule.name!r} of a layer of normal plus low rank",
        finding=finding,
        remedy='Take "bilinear" (as S4 does), "backward_euler" or "gbt(alpha)".',
    )
