"""The kernels as operators of PyTorch: gradients, fake tensors, compilers, references."""

import numpy as np
import pytest
import torch

from framestate.deep.functional import kernels
from framestate.ssm.kernels import reference

SEED = 20260101


def arrays(name, rng, *, length=9):
    """Arguments of a kernel, in double precision."""

    def complex_(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    real = rng.standard_normal
    match name:
        case "vandermonde_rows":
            poles = -rng.uniform(0, 0.3, (2, 3)) + 1j * rng.uniform(0, 3, (2, 3))
            return complex_(2, 3), poles, length
        case "cauchy":
            poles = rng.uniform(0.5, 1, (1, 3)) + 1j * rng.uniform(0, 3, (1, 3))
            return complex_(2, 3), 1j * real((1, length)), poles
        case "scan":
            return complex_(3, 1) / 2, complex_(3, length), complex_(3)
        case "scan by gains":
            return real((3, length)) / 2, real((3, length)), real(3)
        case "convolve":
            return real((2, 3, length)), real((3, 4))
        case _:
            taps = real((2, 3, 2)) / 2
            return real((2, 3, length)), taps[0], taps[1], real((3, 5))


NAMES = ["vandermonde_rows", "cauchy", "scan", "scan by gains", "convolve", "multires"]


def operator(name):
    return getattr(kernels, name.split()[0])


def tensors(name, *, grad=False, length=9):
    found = arrays(name, np.random.default_rng(SEED), length=length)
    return tuple(
        x if isinstance(x, int) else torch.from_numpy(x).requires_grad_(grad)
        for x in found
    )


@pytest.mark.parametrize("length", [1, 2, 17, 257])
@pytest.mark.parametrize("name", NAMES)
def test_an_operator_is_its_definition(name, length):
    given = arrays(name, np.random.default_rng(length), length=length)
    wanted = getattr(reference, name.split()[0])(*given)
    inputs = (x if isinstance(x, int) else torch.from_numpy(x) for x in given)
    found = operator(name)(*inputs).numpy()
    eps = np.finfo(np.float64).eps
    assert found.dtype == wanted.dtype
    bound = 64 * eps * length * max(1.0, np.abs(wanted).max())
    assert np.abs(found - wanted).max() <= bound


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_those_of_finite_differences(name):
    assert torch.autograd.gradcheck(operator(name), tensors(name, grad=True))


@pytest.mark.parametrize("name", NAMES)
def test_an_operator_keeps_the_rules_of_pytorch(name):
    torch.library.opcheck(operator(name), tensors(name, grad=True))


@pytest.mark.parametrize("name", NAMES)
def test_an_operator_is_exported_as_one_node(name):
    given = tensors(name)
    lengths = [x for x in given if isinstance(x, int)]

    class Module(torch.nn.Module):
        def forward(self, *inputs):
            return operator(name)(*inputs, *lengths)

    inputs = tuple(x for x in given if not isinstance(x, int))
    program = torch.export.export(Module(), inputs)
    calls = [n for n in program.graph.nodes if "framestate" in str(n.target)]
    assert len(calls) == 1
    assert torch.equal(program.module()(*inputs), operator(name)(*given))


@pytest.mark.parametrize("name", NAMES)
def test_a_compiler_sees_no_more_than_one_graph(name):
    given = tensors(name, grad=True)
    compiled = torch.compile(operator(name), fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(*given), operator(name)(*given))


def test_lazy_conjugates_are_seen_by_the_kernels():
    a, x, start = tensors("scan")
    found = kernels.scan(a.conj(), x.conj(), start.conj())
    assert torch.equal(found, kernels.scan(a, x, start).conj().resolve_conj())


def test_views_that_are_not_contiguous_give_the_same():
    u, K = tensors("convolve")
    turned = u.transpose(0, 2).contiguous().transpose(0, 2)
    assert not turned.is_contiguous()
    assert torch.equal(kernels.convolve(turned, K), kernels.convolve(u, K))
