"""Complex frames: the real equation of a complex operator, and closed spans."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from scipy.linalg import expm

from framestate import frames
from framestate.frames.testing import random_frames

EPS = np.finfo(np.float64).eps
FRAMES = {
    "fourier": lambda: frames.fourier(5, field="complex"),
    "fourier, even": lambda: frames.fourier(4, field="complex"),
    "gabor": lambda: frames.gabor(time_step=0.4, frequency_step=1.5, modulations=1),
    "morlet": lambda: frames.morlet(scales=(3, 4), voices=1, omega=4.0, rank=6),
    "random": lambda: frames.random_frame(
        7, np.random.default_rng(3), rank=4, field="complex"
    ),
}
complex_frames = pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
measures = pytest.mark.parametrize("derive", [frames.scaled, frames.translated])


def split(c):
    return np.concatenate([c.real, c.imag])


@complex_frames
@measures
def test_the_real_equation_moves_the_two_parts_as_the_complex_one_does(make, derive):
    op = derive(make())
    real = op.as_real()
    rng = np.random.default_rng(0)
    c = rng.standard_normal(op.size) + 1j * rng.standard_normal(op.size)
    bound = 100 * op.size * EPS * np.abs(op.A).max()
    np.testing.assert_allclose(real.A @ split(c), split(op.A @ c), rtol=0, atol=bound)
    np.testing.assert_allclose(real.B, split(op.B), rtol=0, atol=bound)
    assert (real.size, real.rank) == (2 * op.size, 2 * op.rank)
    assert real.redundant_eigenvalue == op.redundant_eigenvalue


@complex_frames
def test_every_factor_of_the_real_equation_is_real_and_fits(make):
    op = frames.scaled(make())
    real = op.as_real()
    factors = (real.reduced_A, real.reduced_B, real.analysis, real.synthesis)
    assert all(x.dtype == np.float64 for x in (*factors, real.A, real.B))
    A_r, b, T, R = factors
    bound = 100 * op.size * EPS * np.abs(R).max() * np.abs(T).max()
    np.testing.assert_allclose(R @ T, np.eye(real.rank), rtol=0, atol=bound)
    np.testing.assert_allclose(T @ b, real.B, rtol=0, atol=bound)
    np.testing.assert_allclose(
        real.A @ T, T @ A_r, rtol=0, atol=bound * np.abs(A_r).max() * op.size
    )


@given(frame=random_frames(complex_valued=True))
def test_the_real_equation_is_normal_plus_the_input_and_its_rotation(frame):
    op = frames.scaled(frame)
    real = op.as_real()
    A, b = real.reduced_A, real.reduced_B
    turned = split(1j * op.b)
    gap = A + A.T - np.eye(real.rank) - np.outer(b, b) - np.outer(turned, turned)
    assert np.abs(gap).max() <= 1e-12 * real.rank


def test_a_readout_is_real_with_a_minus_before_its_imaginary_part():
    op = frames.translated(frames.fourier(5, field="complex"))
    rng = np.random.default_rng(1)
    C = rng.standard_normal(5) + 1j * rng.standard_normal(5)
    real = op.as_real()
    t = 0.2
    expected = (C @ expm(-t * op.A) @ op.B).real
    found = np.concatenate([C.real, -C.imag]) @ expm(-t * real.A) @ real.B
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_real_operator_is_its_own_real_equation():
    for op in (frames.legs(3), frames.scaled(frames.bernstein(4))):
        assert op.as_real() is op


def test_flow_and_gain_are_turned_too():
    rng = np.random.default_rng(2)
    op = frames.scaled(frames.fourier(3, field="complex"))
    flow, gain = rng.standard_normal((2, 3, 3)) + 1j * rng.standard_normal((2, 3, 3))
    real = replace(op, flow=flow, gain=gain).as_real()
    c = rng.standard_normal(3) + 1j * rng.standard_normal(3)
    np.testing.assert_allclose(real.flow @ split(c), split(flow @ c), atol=1e-14)
    np.testing.assert_allclose(real.gain @ split(c), split(gain @ c), atol=1e-14)
    np.testing.assert_allclose(real.A, real.flow + np.eye(6), atol=1e-14)


@pytest.mark.parametrize("name", ["fourier", "gabor", "morlet"])
def test_a_span_with_both_signs_of_the_frequency_holds_real_signals(name):
    frame = FRAMES[name]()
    e = frame.basis_coordinates
    if name == "fourier":
        e = e[:, [0, 2, 1, 4, 3]]  # conjugation swaps the orders n and -n
    cosines = np.linalg.svd(e.conj() @ frame.basis_coordinates.conj().T)[1]
    np.testing.assert_allclose(cosines, 1.0, rtol=0, atol=1e-10)
