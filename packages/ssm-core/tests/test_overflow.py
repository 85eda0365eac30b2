"""What overflows is refused, and the pole that grows is named."""

import numpy as np
import pytest

from framestate import ssm

SYSTEM = ssm.System(
    A=np.diag([-0.5, 1.0, 40.0]), B=np.ones(3), measure="translated", lift=np.eye(3)
)
MODES, FORM = ssm.diagonalize(SYSTEM), ssm.dplr(SYSTEM)
SCALED = ssm.System(
    A=np.array([[-8.0]]), B=np.ones(1), measure="scaled", lift=np.eye(1)
)
STIFF = "the largest pole is -399+0j with modulus 399"  # Euler, 1 - 40 dt
SLOW = "the slowest rate is lam = -0.5+0j"
STEPS = {
    "dense": (ssm.discretize(SYSTEM, dt=10.0, method="euler"), STIFF),
    "modes": (ssm.discretize(MODES, dt=10.0, method="euler"), STIFF),
    "channels": (ssm.discretize(MODES, dt=[0.01, 10.0], method="euler"), STIFF),
    "low rank": (ssm.discretize(FORM, dt=10.0, method="euler"), STIFF),
    "growing": (
        ssm.discretize(MODES, dt=10.0, method="zoh"),
        "the largest pole is 148.413-0j with modulus 148.413",
    ),
}
DT = np.full(200, 20.0)
LATER = {
    "irregular modes": (ssm.irregular(MODES, dt=DT, method="zoh"), SLOW),
    "irregular": (ssm.irregular(SYSTEM, dt=DT, method="zoh"), SLOW),
    "irregular low rank": (ssm.irregular(FORM, dt=DT, method="euler"), SLOW),
}
LAM = "the slowest rate is lam = -8"
CLOCKS = {
    "clock": (ssm.discretize(SCALED, method="exact"), LAM),
    "clock of modes": (ssm.discretize(ssm.diagonalize(SCALED), method="exact"), LAM),
    "low-rank clock": (ssm.discretize(ssm.dplr(SCALED), method="exact"), LAM),
}


def refused(call, request, pole):
    with np.errstate(all="ignore"), pytest.raises(ssm.UnstableError) as caught:
        call()
    message = str(caught.value)
    assert message.startswith(request)
    assert f"it overflows within 200 samples; {pole}" in message


@pytest.mark.parametrize("name", STEPS | LATER)
def test_a_run_that_overflows_is_refused(name):
    step, pole = (STEPS | LATER)[name]
    u = np.ones((200, 2))
    kind, n = type(step).__name__, step.lift.shape[1]
    C = np.ones((2, n) if name == "channels" else n)
    method = f"of a {kind} ({step.method})"
    refused(lambda: ssm.run(step, u), f"run {method}", pole)
    refused(lambda: ssm.final_state(step, u), f"final_state {method}", pole)
    refused(lambda: ssm.outputs(step, C, u), f"outputs {method}", pole)
    stream = ssm.Stream(step, decoder=np.eye(3), batch=(2,))
    with np.errstate(all="ignore"):
        stream.push(u)
    refused(lambda: stream.state, f"Stream.state {method}", pole)
    refused(stream.reconstruct, f"reconstruct {method}", pole)


@pytest.mark.parametrize("name", STEPS)
def test_a_kernel_that_overflows_is_refused(name):
    step, pole = STEPS[name]
    C = np.ones(step.B_bar.shape)
    refused(lambda: ssm.kernel(step, C, 200), "kernel of a ", pole)
    assert np.isfinite(ssm.kernel(step, C, 20)).all()


@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_that_overflows_is_refused(name):
    step, rate = CLOCKS[name]
    x = np.full(step.lift.shape[1], 1e300, step.settled.dtype)
    start = ssm.State(x, 1)
    refused(lambda: ssm.run(step, np.ones(200), state=start), "run of a ", rate)
