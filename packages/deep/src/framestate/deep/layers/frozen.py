"""A frozen dense recurrence: step matrices that no change of precision can round.

``module.float()`` casts every floating buffer, and a later ``module.double()`` would
keep the rounded matrices. These follow the module from device to device and stay in
double precision.
"""

from collections.abc import Callable
from typing import final

import torch
from jaxtyping import Float64
from numpy.typing import ArrayLike
from torch import Tensor, nn

from framestate.deep.functional.powers import Squares, power_kernel, squares
from framestate.deep.layers.exact import keep_exact
from framestate.deep.layers.memo import Memo


@final
class FrozenSystem(nn.Module):
    """x_n = A x_{n-1} + B u_n with given A (.., n, n) and B (.., n).

    Parameters
    ----------
    A, B : ArrayLike
        The discretized system, or several on a leading axis.
    """

    A: Tensor
    B: Tensor

    def __init__(self, A: ArrayLike, B: ArrayLike) -> None:
        super().__init__()
        for name, values in (("A", A), ("B", B)):
            exact = torch.as_tensor(values, dtype=torch.float64)
            self.register_buffer(name, exact.detach().clone())
        self._responses: Memo[Tensor] = Memo(frozen=True)

    def forward(self, length: int) -> Float64[Tensor, "n {length}"]:
        """Return the response A^l B of a single system, computed once a length."""
        return self._responses(self, length, lambda: self._response(length))

    def powers(self, length: int) -> Squares:
        """Return what `framestate.deep.functional.powers` asks for."""
        return squares(self.A, length)

    def _response(self, length: int) -> Float64[Tensor, "n {length}"]:
        identity = torch.eye(len(self.B), dtype=self.B.dtype, device=self.B.device)
        return power_kernel(self.powers(length), identity, self.B[:, None], length)[
            :, 0
        ]

    def _apply(
        self,
        fn: Callable[[Tensor], Tensor],
        recurse: bool = True,  # noqa: FBT001, FBT002 - as torch has it
    ) -> "FrozenSystem":
        """Move the buffers as torch does, from the values that they had before."""
        keep_exact(self, lambda: super(FrozenSystem, self)._apply(fn, recurse))
        return self
