"""A frozen complex array that no change of a module's precision can round.

``module.float()`` rounds every floating buffer, and a later ``module.double()``
would keep the rounded poles: with a memory of n samples that costs n eps. The
array is therefore kept as the 64-bit patterns of its double precision parts, in
an integer buffer: casts pass it by, device moves and state dicts carry it.
"""

from typing import final

import torch
from jaxtyping import Complex128
from numpy.typing import ArrayLike
from torch import Tensor, nn


@final
class ExactArray(nn.Module):
    """A frozen complex128 array.

    Parameters
    ----------
    values : ArrayLike
        Anything that becomes a complex array.
    """

    bits: Tensor

    def __init__(self, values: ArrayLike) -> None:
        super().__init__()
        array = torch.as_tensor(values, dtype=torch.complex128).detach().clone()
        self.register_buffer("bits", torch.view_as_real(array).view(torch.int64))

    def forward(self) -> Complex128[Tensor, "..."]:
        """Return the array, complex128, on the module's device."""
        return torch.view_as_complex(self.bits.view(torch.float64))
