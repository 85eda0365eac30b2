"""T-weighted-lyapunov: the identities of a measure w ds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.testing import random_frames

FRAMES = random_frames() | random_frames(complex_valued=True)
RATES = st.floats(0.0, 5.0)


def product(weighted, by):
    """<e_l, by(s) e_k>_w as (k, l), by a rule finer than the frame's own."""
    cells = weighted.space.cells
    local, weights = np.polynomial.legendre.leggauss(60)
    s = ((np.arange(cells)[:, None] + (local + 1) / 2) / cells).ravel()
    weights = np.tile(weights / (2 * cells), cells) * weighted.weight(s) * by(s)
    e = weighted.basis(s)
    return (e.conj() * weights) @ e.T


def check(op, right):
    gap = op.reduced_A + op.reduced_A.conj().T - right
    assert np.abs(gap).max() <= 4 * op.error_bound
    # the bound is no excuse: it stays far below the matrix
    assert op.error_bound <= 1e-7 * (1 + np.abs(op.reduced_A).max())


@pytest.mark.theorem("T-weighted-lyapunov")
@settings(max_examples=25)
@given(frame=FRAMES, rate=RATES)
def test_a_scaled_exponential_adds_its_logarithmic_slope(frame, rate):
    weighted = frames.WeightedFrame(frame, frames.exponential_weight(rate))
    op = frames.scaled(weighted)
    b = op.reduced_B  # w(1) = 1
    drift = product(weighted, lambda s: rate * s)
    check(op, np.eye(op.rank) + np.outer(b, b.conj()) + drift)


@pytest.mark.theorem("T-weighted-lyapunov")
@settings(max_examples=25)
@given(frame=FRAMES, rate=RATES)
def test_a_translated_exponential_sees_both_ends(frame, rate):
    weighted = frames.WeightedFrame(frame, frames.exponential_weight(rate))
    op = frames.translated(weighted)
    far, near = weighted.basis([0.0, 1.0]).conj().T
    ends = np.outer(near, near.conj()) + math.exp(-rate) * np.outer(far, far.conj())
    check(op, ends + product(weighted, lambda s: np.full_like(s, rate)))


@pytest.mark.theorem("T-weighted-lyapunov")
@given(frame=FRAMES, exponent=st.integers(0, 3))
def test_a_power_adds_its_exponent(frame, exponent):
    weighted = frames.WeightedFrame(frame, frames.power_weight(exponent))
    op = frames.scaled(weighted)
    b = op.reduced_B
    right = (1 + exponent) * np.eye(op.rank) + np.outer(b, b.conj())
    gap = op.reduced_A + op.reduced_A.conj().T - right
    assert np.abs(gap).max() <= 4 * op.error_bound


@pytest.mark.theorem("T-weighted-lyapunov")
@pytest.mark.parametrize("top", [0.5, 2.0])
def test_the_weight_at_now_divides_the_input(top):
    weight = frames.Weight("line", lambda s: 1.0 + (top - 1.0) * s)
    weighted = frames.WeightedFrame(frames.legendre(4), weight)
    op = frames.scaled(weighted)
    b = op.reduced_B
    drift = product(weighted, lambda s: (top - 1) * s / (1 + (top - 1) * s))
    check(op, np.eye(4) + np.outer(b, b) / top + drift)


@pytest.mark.theorem("T-weighted-lyapunov")
@settings(max_examples=25)
@given(frame=FRAMES, rate=RATES)
def test_a_weight_that_grows_towards_now_keeps_the_half_plane(frame, rate):
    op = frames.scaled(frames.WeightedFrame(frame, frames.exponential_weight(rate)))
    symmetric = np.linalg.eigvalsh((op.reduced_A + op.reduced_A.conj().T) / 2)
    assert symmetric.min() >= 0.5 - op.rank * op.error_bound


@pytest.mark.theorem("T-weighted-lyapunov")
def test_a_weight_that_falls_towards_now_may_leave_it():
    weight = frames.Weight("falling", lambda s: np.exp(-5.0 * s))
    x = np.array([[1.0, -1 / np.sqrt(3.0)]])  # 2 (1 - s): it does not hear the input
    space = frames.legendre(2).atoms.space
    frame = frames.Frame(frames.families.Atoms("falling line", space, x))
    op = frames.scaled(frames.WeightedFrame(frame, weight))
    # 1/2 - 5/2 of the mean of s, which is below 1
    assert -2.0 < op.A[0, 0] < 0.5
