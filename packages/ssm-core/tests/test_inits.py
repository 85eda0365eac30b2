"""Diagonal systems by name."""

import numpy as np
import pytest
from hypothesis import given

from framestate import ssm
from framestate.ssm.testing import cores, legs

EPS = np.finfo(np.float64).eps


def test_s4d_lin_and_s4d_inv_have_their_published_frequencies():
    lin, inv = ssm.inits.s4d_lin(4), ssm.inits.s4d_inv(4)
    assert np.allclose(lin.lam, [0.5, 0.5 + 1j * np.pi], rtol=4 * EPS)
    ratio = 4 / np.pi
    wanted = [0.5 + 1j * ratio * (4 / 3 - 1), 0.5 + 1j * ratio * 3]
    assert np.allclose(inv.lam, wanted, rtol=8 * EPS)


def rand(N):
    return ssm.inits.s4d_rand(N, seed=1)


def test_the_other_inits_have_their_published_eigenvalues():
    assert np.allclose(
        ssm.inits.s4d_quad(6).lam, 0.5 + 1j * np.array([1, 9, 25]) / np.pi, rtol=4 * EPS
    )
    draws = np.random.default_rng(1).standard_normal(32)
    assert np.allclose(rand(64).lam, 0.5 + 1j * np.exp(np.sort(draws)), rtol=4 * EPS)


def test_s4d_real_has_the_eigenvalues_of_legs_each_by_itself():
    modes = ssm.inits.s4d_real(5)
    assert np.array_equal(modes.lam, np.sort(legs(5).lam.real))
    assert modes.lam.dtype == np.complex128
    assert not modes.paired.any()
    z = np.arange(5.0)
    assert np.array_equal(np.real((modes.lift * modes.weights) @ z), z)
    assert np.array_equal(modes.B, np.ones(5))


def test_dfout_places_discrete_poles_evenly_on_a_circle():
    """With their conjugates the poles of two channels are 2 N points, evenly apart."""
    N, xi = 6, 0.2
    channels = ssm.inits.s4d_dfout(N, heads=2, damping=xi)
    n = np.arange(N // 2)
    for h, modes in enumerate(channels):
        wanted = np.exp(-xi / 2 + 1j * (2 * np.pi * n / N + 2 * np.pi * h / (N * 2)))
        assert np.allclose(np.exp(-modes.lam).conj(), wanted, rtol=16 * EPS)
        assert modes.paired.all()
    angles = np.sort(np.concatenate([modes.lam.imag for modes in channels]))
    assert np.allclose(angles, np.pi / N * np.arange(N), rtol=16 * EPS)
    assert np.array_equal(channels[0].lam.real, np.full(3, 0.1))


NAMED = [
    ssm.inits.s4d_lin,
    ssm.inits.s4d_inv,
    ssm.inits.s4d_quad,
    rand,
]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ssm.inits.s4d_quad(5), "Use N = 4 or N = 6"),
        (lambda: rand(3), "Use N = 2 or N = 4"),
        (lambda: ssm.inits.s4d_real(0), "N = 0"),
        (lambda: ssm.inits.s4d_rand(4, seed=-1), "seed = -1"),
        (lambda: ssm.inits.s4d_dfout(7, heads=1, damping=1), "Use N = 6 or N = 8"),
        (lambda: ssm.inits.s4d_dfout(4, heads=0, damping=1), "heads = 0"),
        (lambda: ssm.inits.s4d_dfout(4, heads=1, damping=0.0), "damping = 0"),
    ],
)
def test_a_size_that_a_name_does_not_have_is_refused(make, words):
    with pytest.raises(ssm.InvalidInputError, match=words):
        make()


@pytest.mark.parametrize("make", NAMED)
def test_half_of_the_states_is_stored_as_paired_unit_modes(make):
    modes = make(64)
    assert modes.vectors.shape == (64, 32)
    assert (modes.cond, modes.residual) == (1.0, 0.0)
    assert modes.paired.all()
    assert np.array_equal(modes.B, np.ones(32))
    assert np.allclose(np.linalg.norm(modes.vectors, axis=0), 1, rtol=4 * EPS)
    assert np.all(np.diff(modes.lam.imag) > 0)


@pytest.mark.parametrize("make", NAMED)
def test_the_real_state_of_named_modes_is_their_real_and_imaginary_parts(make):
    modes = make(6)
    z = np.array([1.0 + 2.0j, -3.0 + 0.5j, 0.25 - 4.0j])
    x = np.real((modes.lift * modes.weights) @ z)
    wanted = np.sqrt(2) * np.concatenate((z.real, z.imag))
    assert np.allclose(x, wanted, rtol=8 * EPS)


@given(system=cores(max_size=11))
def test_the_normal_part_rebuilds_its_matrix_on_unitary_vectors(system):
    modes = ssm.inits.normal_part(system)
    normal = system.A - np.outer(system.B, system.B) / 2
    V = modes.vectors
    rebuilt = np.real((V * modes.lam * modes.weights) @ V.conj().T)
    bound = 64 * EPS * system.size * np.linalg.norm(system.A)
    assert np.abs(rebuilt - normal).max() <= bound
    assert np.abs(np.real((V * modes.weights) @ modes.B) - system.B).max() <= bound
    assert np.all(modes.lam.real == 0.5)
    assert modes.residual <= 64 * EPS * system.size


def test_a_pair_of_frequency_zero_stands_for_two_real_directions():
    still = ssm.System(
        A=(np.eye(4) + np.outer([1.0, 0, 0, 0], [1.0, 0, 0, 0])) / 2,
        B=np.array([1.0, 0, 0, 0]),
        measure="scaled",
        lift=np.eye(4),
    )
    modes = ssm.inits.normal_part(still)
    assert np.array_equal(modes.lam, np.full(2, 0.5))
    assert modes.paired.all()
    V = modes.vectors
    assert np.allclose(2 * np.real(V @ V.conj().T), np.eye(4), atol=8 * EPS)


def test_the_normal_part_of_legs_is_s4d_legs():
    # S4D-LegS: eigenvalues of A + P P^T with P_n = sqrt(n + 1/2) and S4's sign.
    legs_64 = legs(64)
    wanted = np.linalg.eigvals(legs_64.A - np.outer(legs_64.B, legs_64.B) / 2)
    frequencies = np.sort(wanted.imag[wanted.imag > 0])
    found = ssm.inits.normal_part(legs_64).lam.imag
    bound = 64 * EPS * np.linalg.norm(legs_64.A)
    assert np.abs(found - frequencies).max() <= bound


def test_the_other_names_of_s4d_have_their_poles():
    n = np.arange(4)
    quad = 0.5 + 1j / np.pi * (1 + 2 * n) ** 2
    assert np.allclose(ssm.inits.s4d_quad(8).lam, quad, rtol=4 * EPS)
    real = ssm.inits.s4d_real(4)
    assert np.array_equal(real.lam, n + 1.0)
    assert not real.paired.any()
    assert np.array_equal(real.readout(np.eye(4)), np.eye(4))
    rand = ssm.inits.s4d_rand(8, seed=3).lam
    assert np.array_equal(rand, ssm.inits.s4d_rand(8, seed=3).lam)
    assert np.all(rand.real == 0.5)
    assert np.all(np.diff(rand.imag) > 0)
    assert not np.array_equal(rand, ssm.inits.s4d_rand(8, seed=4).lam)


def test_the_poles_of_dfout_go_once_round_the_circle():
    heads = ssm.inits.s4d_dfout(8, heads=3, damping=0.2)
    upper = np.concatenate([np.exp(-modes.lam) for modes in heads])
    circle = np.concatenate((upper, upper.conj()))
    turns = np.sort(np.angle(circle) % (2 * np.pi)) * 24 / (2 * np.pi)
    assert np.allclose(np.abs(circle), np.exp(-0.1), rtol=8 * EPS)
    # 0 and what stands for it twice; else every multiple of a 24th once
    assert np.allclose(np.unique(np.round(turns, 6)), np.arange(24)[np.r_[0:12, 13:24]])


@pytest.mark.parametrize("bad", [{"heads": 0}, {"damping": 0.0}])
def test_a_circle_without_heads_or_damping_is_refused(bad):
    with pytest.raises(ssm.InvalidInputError):
        ssm.inits.s4d_dfout(8, **({"heads": 1, "damping": 0.1} | bad))
