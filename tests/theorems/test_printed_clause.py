"""T-printed: Theorem 1 as printed is false, on the authors' own frames."""

import dataclasses

import numpy as np
import pytest

from framestate import frames, ssm

# theory: one real eigenvalue below 1; real part of a pair below 1 for s_min = -2
COUNTER_EXAMPLES = {
    (0, 3): [0.92722],
    (-1, 2): [0.90459],
    (-2, 2): [0.95056 - 0.23036j, 0.95056 + 0.23036j],
}


@pytest.mark.theorem("T-printed")
@pytest.mark.parametrize("scales", COUNTER_EXAMPLES)
def test_the_counter_example_stays(scales):
    frame = frames.wavelet_frame("db11", scales=scales, shift=0.01, rcond=0.01)
    lam = np.linalg.eigvals(frames.scaled(frame).reduced_A)
    below = np.sort_complex(lam[np.abs(lam) < 1.0])
    np.testing.assert_allclose(below, COUNTER_EXAMPLES[scales], rtol=0, atol=5e-5)


@pytest.mark.theorem("T-printed")
def test_the_counter_example_does_not_come_from_the_cut():
    frame = frames.wavelet_frame("db11", scales=(0, 3), shift=0.01)
    for rcond in (0.1, 0.03, 0.01, 1e-3):
        op = frames.scaled(dataclasses.replace(frame, rcond=rcond))
        assert np.abs(np.linalg.eigvals(op.reduced_A)).min() < 0.99


@pytest.mark.theorem("T-printed")
def test_dropping_the_modes_of_modulus_one_or_less_loses_the_running_mean():
    frame = frames.wavelet_frame("db11", scales=(0, 3))
    small = ssm.reduce(frames.scaled(frame))
    lam, V = np.linalg.eig(small.A)
    state = ssm.run(ssm.discretize(small, method="exact"), np.ones(50)).states[-1]
    # V misses the constants by 5e-4, so the state of 1 is 1 to that
    s = np.linspace(0.05, 0.95, 19)
    whole = state @ frame.basis(s)
    assert np.abs(whole - 1.0).max() <= 0.05
    kept = np.abs(lam) > 1.0
    part = (V[:, kept] @ np.linalg.solve(V, state.astype(complex))[kept]).real
    assert np.abs(part @ frame.basis(s) - 1.0).max() >= 0.5
