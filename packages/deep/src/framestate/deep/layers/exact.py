"""A frozen complex array that no change of a module's precision can round.

``module.float()`` casts every floating buffer, and a later ``module.double()`` would
keep the rounded poles: with a memory of n samples that costs n eps. The buffer of
this module follows it from device to device and stays in double precision.
"""

from collections.abc import Callable
from typing import final

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from framestate.deep.functional.pairs import Pair, pair


@final
class ExactArray(nn.Module):
    """A frozen complex array, a pair of float64 tensors.

    Parameters
    ----------
    values : ArrayLike
        Anything that becomes a complex array.
    """

    values: Tensor

    def __init__(self, values: ArrayLike) -> None:
        super().__init__()
        array = torch.as_tensor(values, dtype=torch.complex128).detach().clone()
        self.register_buffer("values", torch.view_as_real(array).clone())

    def forward(self) -> Pair:
        """Return the array on the module's device."""
        return pair(self.values)

    def _apply(
        self,
        fn: Callable[[Tensor], Tensor],
        recurse: bool = True,  # noqa: FBT001, FBT002 - as nn.Module has it
    ) -> "ExactArray":
        """Move the buffer as torch does, from the values that it had before."""
        keep_exact(self, lambda: super(ExactArray, self)._apply(fn, recurse))
        return self


def keep_exact(module: nn.Module, apply: Callable[[], object]) -> None:
    """Let torch move a module's own buffers, then put their values back where they are."""
    exact = dict(module.named_buffers(recurse=False))
    apply()
    for name, values in exact.items():
        device = getattr(module, name).device
        empty = values.is_meta  # values are to come, from a state dict
        kept = torch.empty_like(values, device=device) if empty else values.to(device)
        setattr(module, name, kept)
