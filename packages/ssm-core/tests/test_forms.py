"""Any form is a real system, and the way there and back keeps lengths."""

import numpy as np
import pytest
from hypothesis import given

from framestate import ssm
from framestate.ssm.forms.real import from_real, to_real
from framestate.ssm.testing import core, cores

EPS = np.finfo(np.float64).eps


def moments(system, count=4):
    x, found = system.B, []
    for _ in range(count):
        found.append(system.lift @ x)
        x = system.A @ x
    return found


@pytest.mark.parametrize("make", [ssm.diagonalize, ssm.dplr])
@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_block_real_has_the_moments_of_the_system(make, measure):
    @given(system=cores(max_size=9, measure=measure))
    def law(system):
        form = make(system)
        block = ssm.block_real(form)
        assert block.size == system.size
        assert block.measure == measure
        scale = np.linalg.norm(system.B) * form.cond
        norm = np.linalg.norm(system.A) + 1
        for power, (found, wanted) in enumerate(
            zip(moments(block), moments(system), strict=True)
        ):
            bound = 256 * EPS * system.size * scale * norm**power
            assert np.abs(found - wanted).max() <= bound

    law()


def test_a_diagonal_form_is_block_diagonal():
    modes = ssm.diagonalize(core(np.random.default_rng(0), 9))
    A = ssm.block_real(modes).A
    real, p = int(np.sum(~modes.paired)), int(np.sum(modes.paired))
    order = np.r_[:real, np.ravel([[real + i, real + p + i] for i in range(p)])]
    A = A[np.ix_(order, order)]
    for k, lam in enumerate(modes.lam[modes.paired]):
        i = real + 2 * k
        block = [[lam.real, -lam.imag], [lam.imag, lam.real]]
        assert np.array_equal(A[i : i + 2, i : i + 2], block)
        A[i : i + 2, i : i + 2] = 0
    A[np.arange(real), np.arange(real)] -= modes.lam[~modes.paired].real
    assert not A.any()


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_real_coordinates_are_the_modes_again(size):
    form = ssm.dplr(core(np.random.default_rng(size), size))
    rng = np.random.default_rng(0)
    z = rng.standard_normal((len(form.lam), 3)) + 1j * form.paired[:, None]
    x = to_real(form, z)
    assert np.abs(from_real(form, x) - z).max() <= 4 * EPS * np.abs(z).max()
    lengths = form.weights @ np.abs(z) ** 2
    assert np.allclose(np.sum(x**2, axis=0), lengths, rtol=16 * EPS, atol=0)
