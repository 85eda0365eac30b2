"""An array that carries a gradient: what takes it says so, what lets go of it too."""

import array_api_compat.numpy as xp
import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.arrays import Place


class Tracked(np.ndarray):
    """An array that says of itself what a tensor with a graph says."""

    requires_grad = True

    def detach(self):
        return np.asarray(self)


def tracked(values):
    return np.asarray(values, dtype=float).view(Tracked)


def test_a_gradient_does_not_go_to_the_host():
    with pytest.raises(ssm.InvalidInputError, match="requires a gradient"):
        Place(xp, "cpu", single=False).fetch(tracked([1.0, 2.0]))


def test_a_stream_cuts_the_graph_of_its_samples():
    system = ssm.System(A=np.eye(1), B=np.ones(1), measure="scaled", lift=np.eye(1))
    step = ssm.discretize(system, dt=0.1, method="bilinear")
    stream, plain = ssm.Stream(step, C=[1.0]), ssm.Stream(step, C=[1.0])
    assert stream.push(tracked([1.0])) == plain.push([1.0])
    assert type(stream.state.x) is np.ndarray
