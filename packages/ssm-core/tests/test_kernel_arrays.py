"""Kernels of rows of any library."""

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.testing import core

SYSTEM = core(np.random.default_rng(0), 6)
STEPS = {
    "dense": (SYSTEM, "zoh", 0.1),
    "dense foh of channels": (SYSTEM, "foh", [0.1, 0.02]),
    "diagonal": (ssm.diagonalize(SYSTEM), "zoh", 0.1),
    "diagonal foh": (ssm.diagonalize(SYSTEM), "foh", 0.1),
    "diagonal of channels": (ssm.diagonalize(SYSTEM), "bilinear", [0.1, 0.02]),
    "low rank": (ssm.dplr(SYSTEM), "bilinear", 0.1),
    "low rank of channels": (ssm.dplr(SYSTEM), "bilinear", [0.1, 0.02]),
}


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("name", STEPS)
def test_rows_of_any_library_give_a_kernel_of_that_library(name, single, xp):
    source, method, dt = STEPS[name]
    step = ssm.discretize(source, dt=dt, method=method)
    shape = (3, 2, SYSTEM.size) if "channels" in name else (3, SYSTEM.size)
    rows = np.random.default_rng(5).standard_normal(shape)
    rows = rows if source is SYSTEM else source.readout(rows)
    narrow = {"f": np.float32, "c": np.complex64}[rows.dtype.kind]
    rows = rows.astype(narrow) if single else rows
    wanted = ssm.kernel(step, rows, 50, algorithm="reference")
    K = ssm.kernel(step, xp.asarray(rows), 50)
    assert type(K) is type(xp.asarray(wanted))
    assert np.asarray(K).dtype == wanted.dtype
    bound = 64 * np.finfo(wanted.dtype).eps * SYSTEM.size * np.abs(rows).sum()
    assert np.abs(np.asarray(K) - wanted).max() <= bound


@pytest.mark.parametrize("algorithm", ["reference", "cauchy"])
def test_definitions_are_for_the_host(algorithm):
    strict = pytest.importorskip("array_api_strict")
    step = ssm.discretize(ssm.dplr(SYSTEM), dt=0.1, method="bilinear")
    rows = strict.asarray(np.ones(step.lift.shape[1], complex))
    with pytest.raises(ssm.InvalidInputError, match="NumPy arrays"):
        ssm.kernel(step, rows, 8, algorithm=algorithm)
