"""S4 by name is the operator that S4's own code has, up to its time scale."""

import numpy as np
import pytest
import torch

from framestate.deep import recipes
from framestate.deep.errors import InvalidInputError


def closed_form(init: str, N: int):
    """A, B of S4's code (minus sign ours), whose LegT and FouT are in half windows."""
    n, k = np.indices((N, N))
    root = np.sqrt((2 * n + 1) * (2 * k + 1))
    if init == "legs":
        return np.where(n > k, root, 0) + np.diag(np.arange(1.0, N + 1)), root[:, 0]
    if init == "legt":
        A = root * np.where(k < n, 1.0, (-1.0) ** (n - k))
        return A / 2, root[:, 0] / 2
    freqs = np.stack([np.zeros(N // 2), np.arange(N // 2)], -1).reshape(-1)[1:]
    B = np.zeros(N)
    B[0::2], B[0] = np.sqrt(2), 1
    A = np.pi * (np.diag(freqs, 1) - np.diag(freqs, -1)) + np.outer(B, B)
    return A, B


@pytest.mark.parametrize("init", ["legs", "legt", "fout"])
def test_the_first_system_is_the_papers(init):
    """The same kernel: B^T A^k B agree, whatever the coordinates."""
    A, B = closed_form(init, 16)
    scale = 1 if init == "legs" else 2
    layer = recipes.s4(d_model=1, order=16, init=init, trainable=())
    system = layer.system()
    lam, P = system.lam.complex()[0].numpy(), system.P.complex()[0].numpy()
    w, z = layer.weight.numpy(), system.B.complex()[0].numpy()
    assert layer.state_size == 8
    row = z.conj() * w
    for _ in range(6):
        found, wanted = np.real(row @ z), B @ B * scale**2
        assert abs(found - wanted) <= 1e-11 * abs(wanted)
        B_next = A @ B * scale
        z_next = lam * z + P @ np.real((P.conj() * w[:, None]).T @ z)
        row, z = z_next.conj() * w, z_next
        B = B_next


def test_the_rank_is_that_of_the_structure_theorem():
    ranks = {
        init: recipes.s4(d_model=1, order=16, init=init).system().P.shape[-1]
        for init in ("legs", "legt", "fout")
    }
    assert ranks == {"legs": 1, "legt": 2, "fout": 1}


def test_an_odd_fout_keeps_its_order():
    assert recipes.s4(d_model=1, order=15, init="fout").state_size == 8
    with pytest.raises(InvalidInputError, match="order=0"):
        recipes.s4(d_model=1, order=0, init="fout")


def test_w4s4_by_either_form_is_one_system():
    """The diagonal and the low-rank form: the same poles, the same kernel."""
    options = {"d_model": 2, "order": 12, "dt_min": 0.01, "dt_max": 0.01}
    low = recipes.w4s4_dplr("db4", **options).double()
    modes = recipes.w4s4("db4", method="bilinear", **options).double()
    step = low.system().step().matrix()[0]
    poles = modes.recurrence().z_bar.complex()[0]
    pairs = poles[modes.paired].conj()
    wanted = torch.cat((poles, pairs)).detach().numpy()
    found = torch.linalg.eigvals(step.detach()).numpy()
    gap = np.abs(found[:, None] - wanted).min(0)
    assert len(found) == len(wanted)
    assert gap.max() <= 1e-8
