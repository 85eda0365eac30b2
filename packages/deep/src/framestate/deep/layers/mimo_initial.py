"""First values of S5: modes of equal blocks, B and C drawn in real coordinates."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Complex128, Float64
from numpy.typing import ArrayLike
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.initial import first_readout
from framestate.deep.layers.modes import ModesLike, stacked

READOUTS = ("trunc_standard_normal", "complex_normal")
# Standard deviation of a standard normal number that lies within (-2, 2).
_DEVIATION = 0.87962566103423978


@runtime_checkable
class BasisLike(ModesLike, Protocol):
    """Modes that know their real coordinates: what `framestate.ssm` calls Diagonal."""

    @property
    def vectors(self) -> ArrayLike:
        """Unit eigenvectors as columns, (states, modes)."""
        ...


def basis(
    block: BasisLike, blocks: int
) -> tuple[Complex128[Tensor, " modes"], Complex128[Tensor, "states modes"]]:
    """Eigenvalues and eigenvectors of all blocks, half of each pair."""
    lam, _, paired = stacked([block])
    V = torch.as_tensor(block.vectors).to(torch.complex128)
    size = len(paired)
    if V.shape != (2 * size, size) or not bool(paired.all()):
        raise InvalidInputError(
            request=f"a block of {size} modes with vectors {tuple(V.shape)}",
            finding=f"{int((~paired).sum())} of the modes are real, or vectors are not "
            f"({2 * size}, {size})",
            remedy="Give a block of even order, as framestate.ssm.inits.normal_part.",
        )
    return lam[0].repeat(blocks), torch.block_diag(*[V] * blocks)


def logarithm(rates: Tensor) -> Tensor:
    """The parameters of decay rates, which must be positive."""
    if bool((rates <= 0).any()):
        raise InvalidInputError(
            request='trainable "A"',
            finding=f"min Re(lam) = {rates.min():.1e} has no logarithm",
            remedy="Leave A frozen, or give modes that decay.",
        )
    return rates.log()


def truncated(
    rows: int, columns: int, generator: torch.Generator | None
) -> Float64[Tensor, "rows columns"]:
    """A normal matrix cut at two deviations, of variance 1 / rows (LeCun)."""
    x = torch.empty(rows, columns, dtype=torch.float64)
    nn.init.trunc_normal_(x, generator=generator, a=-2, b=2)
    return x / (_DEVIATION * rows**0.5)


def outputs(
    name: str,
    d_model: int,
    V: Complex128[Tensor, "states modes"],
    generator: torch.Generator | None,
) -> Complex128[Tensor, "channels modes"]:
    """The first C, by name."""
    if name == "complex_normal":
        return first_readout(None, d_model, V.shape[1], generator)
    real, imag = (truncated(len(V), d_model, generator).T for _ in range(2))
    return torch.complex(real, imag) @ V
