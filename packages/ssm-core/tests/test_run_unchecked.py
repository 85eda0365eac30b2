"""What callers of the run-time side meet without this suite's checker of signatures."""

import subprocess
import sys

import pytest

SETUP = """
import warnings
import numpy as np
from framestate import ssm
from framestate.ssm.runtime.chunked import outputs
from framestate.ssm.runtime.convolve import Convolution, convolve
from framestate.ssm.runtime.stream import Stream
warnings.simplefilter("error")
system = ssm.System(A=np.diag([1.0, 2.0]), B=np.ones(2), measure="scaled", lift=np.eye(2))
step = ssm.discretize(system, dt=0.1, method="bilinear")

def refused(call, finding):
    try:
        call()
    except ssm.InvalidInputError as error:
        assert finding in str(error), str(error)
    else:
        raise AssertionError("not refused: " + finding)
"""
SCRIPTS = {
    "lists and arrays": """
assert convolve([1, 2], [1, 0, 0]).tolist() == [1.0, 2.0, 0.0]
assert Convolution([1, 2], 3, "direct")([1, 0, 0]).tolist() == [1.0, 2.0, 0.0]
y, state = outputs(step, [1, 1], [1, 2, 3], D=2)
assert y.shape == (3,) and state.count == 3
stream = Stream(step, C=[1, 1], D=2, decoder=[[1, 0], [0, 1]])
assert stream.push(1).shape == () and stream.push([2, 3]).shape == (2,)
again = Stream(step, state=ssm.State([0, 1], 7))
again.push(1)
assert again.state.count == 8 and again.state.x.dtype == np.float64
refused(lambda: Convolution([[[1.0]]], 4), "(1, 1, 1), expected (T) or (H, T)")
refused(lambda: Convolution([[1.0], [1.0, 2.0]], 4), "not a rectangular array")
refused(lambda: Convolution(1.0, 4), "expected (..., T)")
refused(lambda: Stream(step, state=ssm.State([[1.0], [1.0, 2.0]], 0)), "rectangular")
refused(lambda: Stream(step, state=ssm.State(["a", "b"], 0)), "not a real number")
refused(lambda: Stream(step, batch=(2, 0)), "batch = 0 is not an")
refused(lambda: Stream(step).push([[1.0], [1.0, 2.0]]), "rectangular")
refused(lambda: outputs(step, [1.0, 1.0], [1.0], chunk=2.5), "chunk = 2.5")
""",
    "no step and no state": """
for wrong in (system, None, "step"):
    finding = f"of a {type(wrong).__name__}: it is not a discretized step"
    refused(lambda: outputs(wrong, [1.0, 1.0], [1.0]), finding)
    refused(lambda: Stream(wrong), finding)
for wrong in (np.zeros(2), "rest", {"x": 0}):
    refused(lambda: outputs(step, [1.0, 1.0], [1.0], state=wrong), "is not a State")
    refused(lambda: Stream(step, state=wrong), "is not a State")
    refused(lambda: Stream(step).reset(wrong), "is not a State")
late = ssm.State(np.ones((2, 3)), 0, np.ones(2))
refused(lambda: ssm.run(step, np.ones((4, 3)), state=late), "(2,), expected (3)")
""",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_without_a_checker(name):
    done = subprocess.run(
        [sys.executable, "-c", SETUP + SCRIPTS[name]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
