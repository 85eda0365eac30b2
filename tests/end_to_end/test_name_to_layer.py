"""From a wavelet's name to a layer: every reduction on the way keeps the kernel."""

import math

import numpy as np
import torch

from framestate import frames, ssm
from framestate.deep import recipes
from framestate.deep.recipes import operators

DT, LENGTH = 1e-3, 200


def test_the_layer_of_a_name_has_the_kernel_of_the_whole_redundant_frame():
    frame = frames.wavelet_frame("db11", scales=(0, 3), shift=0.01, rcond=0.01)
    op = frames.scaled(frame)
    rng = np.random.default_rng(11)
    C = rng.standard_normal(frame.size)  # reads all 416 coefficients
    whole = ssm.discretize(ssm.as_system(op), dt=DT, method="zoh")
    expected = ssm.kernel(whole, C, LENGTH)

    small = ssm.reduce(op)
    modes = operators.unit_states(ssm.diagonalize(small))
    layer = recipes.w4s4("db11", d_model=1, order=None, scales=(0, 3)).double()
    readout = torch.from_numpy(modes.readout(C @ small.lift))
    with torch.no_grad():
        layer.C.copy_(torch.view_as_real(readout)[None])
        layer.log_dt.fill_(math.log(DT))
    found = layer.kernel(LENGTH)[0].detach().numpy()

    # Eigenvectors lose cond(V), sums over the frame lose its size.
    bound = modes.cond * frame.size * np.finfo(np.float64).eps
    scale = np.linalg.norm(C) * np.linalg.norm(op.B) * DT
    assert np.abs(found - expected).max() <= bound * scale


def test_the_layer_hears_what_the_recurrence_of_the_frame_hears():
    frame = frames.wavelet_frame("db4", scales=(0, 3), shift=0.05, rank=12)
    modes = operators.unit_states(ssm.diagonalize(ssm.reduce(frames.scaled(frame))))
    generator = torch.Generator().manual_seed(4)
    layer = recipes.w4s4(
        "db4", d_model=2, order=12, shift=0.05, scales=(0, 3), generator=generator
    ).double()
    u = np.random.default_rng(4).standard_normal(100)
    heard = layer(torch.from_numpy(u)[None, :, None].expand(1, -1, 2))[0].detach()

    for channel in range(2):
        dt = layer.log_dt[channel].exp().item()
        states = ssm.run(ssm.discretize(modes, dt=dt, method="zoh"), u).states
        C = torch.view_as_complex(layer.C.detach())[channel].numpy()
        D = layer.D[channel].item()
        said = (states * C * modes.weights).real.sum(axis=1) + D * u
        # Every output sums fewer than 100 samples over 12 modes.
        size = np.abs(states).max() * np.abs(C).sum() * 2 + np.abs(D * u).max()
        bound = 100 * 12 * np.finfo(np.float64).eps * size
        assert np.abs(heard[:, channel].numpy() - said).max() <= bound
