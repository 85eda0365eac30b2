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


@pytest.mark.parametrize("make", [ssm.inits.s4d_lin, ssm.inits.s4d_inv])
def test_half_of_the_states_is_stored_as_paired_unit_modes(make):
    modes = make(64)
    assert modes.vectors.shape == (64, 32)
    assert (modes.cond, modes.residual) == (1.0, 0.0)
    assert modes.paired.all()
    assert np.array_equal(modes.B, np.ones(32))
    assert np.allclose(np.linalg.norm(modes.vectors, axis=0), 1, rtol=4 * EPS)
    assert np.all(np.diff(modes.lam.imag) > 0)


@pytest.mark.parametrize("make", [ssm.inits.s4d_lin, ssm.inits.s4d_inv])
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
