"""Rows of padded sequences, as tensors that a network takes."""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


@final
@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Padded sequences in the network's scale, in the computer's memory.

    Attributes
    ----------
    values : Tensor
        (n, length, d_input).
    lengths : Tensor
        True lengths (n,).
    """

    values: Float[Tensor, "n length d_input"]
    lengths: Int[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.values)

    def batch(
        self, rows: Int[Tensor, " rows"], device: torch.device
    ) -> tuple[Tensor, Tensor | None]:
        """Return some rows, no longer than the longest of them, and their lengths.

        The lengths are None where no row is padded.
        """
        lengths = self.lengths[rows]
        longest = int(lengths.max())
        values = self.values[rows, :longest].to(device)
        ragged = bool((lengths < longest).any())
        return values, lengths.to(device) if ragged else None


@torch.no_grad()
def answers(model: nn.Module, inputs: Inputs, batch_size: int) -> np.ndarray:
    """Return the network's answers (n, ...) for all rows, in double precision."""
    model.eval()
    device = device_of_network(model)
    rows = torch.arange(len(inputs)).split(batch_size)
    parts = [model(u, lengths=n) for u, n in (inputs.batch(r, device) for r in rows)]
    return torch.cat(parts).double().cpu().numpy()


def device_of_network(model: nn.Module) -> torch.device:
    """Return where the parameters are."""
    return next(model.parameters()).device
