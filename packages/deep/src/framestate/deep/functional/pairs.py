"""Complex numbers as pairs of real tensors.

Compilers generate no code for complex dtypes and exchange formats have none, so what
a layer computes with complex numbers it computes with pairs. Every operation here is
the textbook one; a pair is differentiated as two real tensors.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor
from torch.utils import _pytree as pytree


@final
@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """real + i imag.

    Attributes
    ----------
    real, imag : Tensor
        Parts, of one shape and dtype.
    """

    real: Float[Tensor, "*shape"]
    imag: Float[Tensor, "*shape"]

    @property
    def shape(self) -> torch.Size:
        """Shape of each part."""
        return self.real.shape

    def map(self, function: Callable[[Tensor], Tensor]) -> "Pair":
        """Return the pair of what a real-linear function makes of both parts."""
        return Pair(function(self.real), function(self.imag))

    def complex(self) -> Complex[Tensor, "..."]:
        """Return the complex tensor."""
        return torch.complex(self.real, self.imag)

    def plus(self, real: Tensor | float) -> "Pair":
        """Return the sum with a real number or tensor."""
        return Pair(self.real + real, self.imag)

    def scaled(self, factor: Tensor | float) -> "Pair":
        """Return the product with a real number or tensor."""
        return Pair(self.real * factor, self.imag * factor)

    def real_of_product(self, other: "Pair") -> Float[Tensor, "..."]:
        """Return Re(self other)."""
        return torch.addcmul(self.real * other.real, self.imag, other.imag, value=-1.0)

    def __neg__(self) -> "Pair":
        return Pair(-self.real, -self.imag)

    def __add__(self, other: "Pair") -> "Pair":
        return Pair(self.real + other.real, self.imag + other.imag)

    def __sub__(self, other: "Pair") -> "Pair":
        return Pair(self.real - other.real, self.imag - other.imag)

    def __mul__(self, other: "Pair") -> "Pair":
        imag = torch.addcmul(self.real * other.imag, self.imag, other.real)
        return Pair(self.real_of_product(other), imag)

    def __truediv__(self, other: "Pair") -> "Pair":
        conjugate = Pair(other.real, -other.imag)
        return (self * conjugate).scaled(squared(other).reciprocal())


pytree.register_dataclass(Pair)


def pair(values: Complex[Tensor, "*shape"] | Float[Tensor, "*shape 2"]) -> Pair:
    """Return the pair of a complex tensor, or of a real one whose last axis has two."""
    if values.is_complex():
        return Pair(values.real, values.imag)
    real, imag = values.unbind(-1)
    return Pair(real, imag)


def squared(x: Pair) -> Float[Tensor, "..."]:
    """Return |x|^2."""
    return torch.addcmul(x.real * x.real, x.imag, x.imag)


def exp(x: Pair) -> Pair:
    """Return e^x."""
    size = x.real.exp()
    return Pair(size * x.imag.cos(), size * x.imag.sin())


def expm1(x: Pair) -> Pair:
    """Return e^x - 1, accurate near 0."""
    half = (x.imag / 2).sin()
    cosine = x.imag.cos()
    real = torch.addcmul(x.real.expm1() * cosine, half, half, value=-2.0)
    return Pair(real, x.real.exp() * x.imag.sin())


def log(x: Pair) -> Pair:
    """Return the principal logarithm."""
    square = squared(x)
    return Pair(square.log() / 2, _angle(x.scaled(square.rsqrt())))


def where(mask: Bool[Tensor, "*shape"], yes: Pair, no: Pair) -> Pair:
    """Return `yes` where the mask holds, else `no`."""
    return Pair(
        torch.where(mask, yes.real, no.real), torch.where(mask, yes.imag, no.imag)
    )


def exporting() -> bool:
    """Whether a program is being written for a runtime that is not PyTorch's own."""
    return torch.compiler.is_exporting() or torch.onnx.is_in_onnx_export()


def _angle(x: Pair) -> Float[Tensor, "..."]:
    """Return the phase of a pair of size 1.

    ONNX Runtime has no arc tangent in double precision: there the one in float32 is
    improved by the sine of what it lacks, whose cube (1e-22) is the error that stays.
    """
    if not exporting():
        return torch.atan2(x.imag, x.real)
    rough = torch.atan2(x.imag.float(), x.real.float()).to(x.real.dtype)
    return rough + torch.addcmul(x.imag * rough.cos(), x.real, rough.sin(), value=-1.0)
