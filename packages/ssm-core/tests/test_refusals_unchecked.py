"""What callers meet without this suite's checker of signatures, in a fresh process."""

import subprocess
import sys

import pytest

SETUP = """
import warnings
import numpy as np
from types import SimpleNamespace
from framestate import ssm
import framestate.ssm.testing
warnings.simplefilter("error")
system = ssm.System(A=np.diag([1.0, 2.0]), B=np.ones(2), measure="scaled", lift=np.eye(2))
modes = ssm.diagonalize(system)
step = ssm.discretize(system, dt=0.1, method="bilinear")
"""
REFUSED = """
def refused(call, finding):
    try:
        call()
    except ssm.InvalidInputError as error:
        assert finding in str(error), str(error)
    else:
        raise AssertionError("not refused: " + finding)
"""
SCRIPTS = {
    "no step": """
for wrong in (system, modes, None):
    for call in (
        lambda: ssm.run(wrong, [1.0]),
        lambda: ssm.final_state(wrong, [1.0]),
        lambda: ssm.kernel(wrong, [1.0, 1.0], 4),
        lambda: ssm.transfer(wrong, [1.0, 1.0], [0.0]),
        lambda: ssm.delay_error(wrong, 3),
        lambda: ssm.delay_error_on(wrong, [1.0, 2.0, 4.0, 1.0], 1),
    ):
        refused(call, f"of a {type(wrong).__name__}: it is not a discretized step")
""",
    "no operator": """
refused(lambda: ssm.reduce(SimpleNamespace(A=np.eye(2))), "it has no B, measure")
""",
    "overflow": """
spread = ssm.testing.core(np.random.default_rng(0), 5)
for source in (system, modes, spread, ssm.diagonalize(spread)):
    for method in ("euler", "backward_euler", "bilinear", "zoh"):
        for dt in (1e300, 1e308):
            try:
                found = ssm.discretize(source, dt=dt, method=method)
            except ssm.InvalidInputError as error:
                assert "not finite" in str(error) or "singular" in str(error)
            else:
                first = found.A_bar if hasattr(found, "A_bar") else found.lam_bar
                assert np.isfinite(first).all() and np.isfinite(found.B_bar).all()
refused(lambda: ssm.discretize(spread, dt=1e300, method="zoh"), "dt = 1e+300")
refused(lambda: ssm.discretize(modes, dt=1e308, method="euler"), "are not finite")
""",
    "lists and float32": """
listed = ssm.System(A=[[1, 0], [0, 2]], B=[1, 1], measure="scaled", lift=[[1, 0], [0, 1]])
single = ssm.System(
    A=np.diag([1, 2]).astype(np.float32), B=np.ones(2, np.float32),
    measure="scaled", lift=np.eye(2, dtype=np.float32),
)
for other in (listed, single):
    for name in ("A", "B", "lift"):
        array = getattr(other, name)
        assert array.dtype == np.float64 and np.array_equal(array, getattr(system, name))
    assert np.array_equal(other.lam, system.lam)
    again = ssm.discretize(other, dt=0.1, method="bilinear")
    assert ssm.delay_error(again, 5) == ssm.delay_error(step, 5)
    assert ssm.reduce(other).size == 2 and len(ssm.diagonalize(other).lam) == 2
""",
    "rcond beside factors": """
core = ssm.testing.core(np.random.default_rng(0), 3)
factored = ssm.testing.lifted(np.random.default_rng(1), core, redundant=2)
assert ssm.reduce(factored, rcond=0.5).size == 3
for wrong in (0.0, 2, float("nan"), "small"):
    refused(lambda: ssm.reduce(factored, rcond=wrong), f"rcond = {wrong!r}")
""",
    "zero matrix": """
zero = ssm.System(A=np.zeros((2, 2)), B=np.ones(2), measure="translated", lift=np.eye(2))
found = ssm.diagonalize(zero)
assert found.residual == 0.0 and found.cond == 1.0 and not found.lam.any()
""",
    "no state": """
for wrong in (np.zeros(2), [0, 0], "rest"):
    for call in (ssm.run, ssm.final_state):
        refused(lambda: call(step, [1.0], state=wrong), "is not a State")
""",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_without_a_checker(name):
    script = SETUP + REFUSED + SCRIPTS[name]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
