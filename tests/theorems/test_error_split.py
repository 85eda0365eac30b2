"""T-error-split: what V cannot hold and what the closure costs are orthogonal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framestate import frames, ssm
from framestate.frames.encoder import Encoder
from framestate.frames.families import Atoms
from framestate.frames.piecewise import piecewise_basis, piecewise_signal, union_rule
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.testing import random_frames

FRAMES = random_frames(max_rank=5) | random_frames(max_rank=5, complex_valued=True)
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def signals(draw):
    """Samples that are held, or piecewise polynomials with jumps; complex."""
    rng = np.random.default_rng(draw(SEEDS))
    cells, degree = draw(st.integers(1, 6)), draw(st.integers(0, 4))
    space = PiecewisePolynomials(cells, degree)
    x = rng.standard_normal((2, space.dimension))
    signal = Atoms("signal", space, x[:1] + 1j * x[1:])
    return signal if degree else signal.coordinates[0] * np.sqrt(cells)


def remembered(frame, signal):
    """Nodes, weights, f, its reconstruction z e from the exact state, and e."""
    op, basis, f = (
        frames.scaled(frame),
        piecewise_basis(frame),
        piecewise_signal(signal),
    )
    z = Encoder(op.reduced_A, op.reduced_B).against(f, f.mesh, degree=f.space.degree)
    s, weights = union_rule(basis, f)
    return s, weights, f(s)[0], z[:, 0] @ basis(s), basis(s)


@pytest.mark.theorem("T-error-split")
@settings(max_examples=25)
@given(frame=FRAMES, signal=signals())
def test_the_two_parts_are_orthogonal_and_make_the_error(frame, signal):
    _, weights, f, back, e = remembered(frame, signal)
    held = (e.conj() @ (weights * f)) @ e
    product = np.sum(weights * (f - held) * (held - back).conj())
    size = np.sum(weights * np.abs(f) ** 2)
    assert abs(product) <= 1e-12 * size
    total = np.sum(weights * np.abs(f - back) ** 2)
    error = frames.reconstruction_error(frame, signal)
    assert abs(error.total**2 - total) <= 1e-12 * size
    parts = (
        np.sum(weights * np.abs(f - held) ** 2),
        np.sum(weights * np.abs(held - back) ** 2),
    )
    assert abs(error.truncation**2 - parts[0]) <= 1e-12 * size
    assert abs(error.mixing**2 - parts[1]) <= 1e-12 * size


@pytest.mark.theorem("T-error-split")
@settings(max_examples=10)
@given(frame=FRAMES, signal=signals())
def test_the_mixing_part_is_below_twice_the_largest_leakage(frame, signal):
    error = frames.reconstruction_error(frame, signal)
    times = np.geomspace(1e-4, 1.0, 120)
    leaked = np.linalg.norm(frames.leakage(frame, signal, times), axis=0).max()
    _, weights, f, *_ = remembered(frame, signal)
    top = np.sqrt(np.sum(weights * np.abs(f) ** 2))
    # 1 %: the supremum lies between the times; rounding where nothing leaks
    assert error.mixing <= 2.02 * leaked + 1e-12 * top


@pytest.mark.theorem("T-error-split")
@settings(max_examples=20)
@given(frame=FRAMES, u=st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=6))
def test_the_mixing_part_is_below_twice_the_gap(frame, u):
    if not any(u):
        return
    error = frames.reconstruction_error(frame, u)
    assert error.mixing <= 2 * frames.mixing(frame).gap * np.abs(u).max() + 1e-12


@pytest.mark.theorem("T-error-split")
@settings(max_examples=20)
@given(frame=random_frames(max_rank=5), seed=SEEDS)
def test_the_exact_clock_makes_exactly_this_error(frame, seed):
    u = np.random.default_rng(seed).standard_normal(6)
    state = ssm.run(
        ssm.discretize(ssm.reduce(frames.scaled(frame)), method="exact"), u
    ).states[-1]
    _, weights, f, _, e = remembered(frame, u)
    total = np.sum(weights * np.abs(f - state @ e) ** 2)
    error = frames.reconstruction_error(frame, u)
    assert error.total**2 == pytest.approx(total, rel=1e-9, abs=1e-18)
