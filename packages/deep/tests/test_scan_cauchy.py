"""Scans and Cauchy sums are what their one-line definitions say, on any axes."""

import pytest
import torch
from torch import Tensor

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.cauchy import cauchy
from framestate.deep.functional.mode_scan import (
    _by_chunks,
    _by_rows,
    _doubled,
    mode_scan,
)
from framestate.deep.functional.scan import scan

EPS = torch.finfo(torch.float64).eps
LENGTHS = (1, 2, 3, 4, 5, 17, 255, 256, 257)
DTYPES = (torch.float32, torch.float64, torch.complex64, torch.complex128)


def normal(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=dtype)


def gains(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 1) -> Tensor:
    """Between 0.1 and 1 in size, of any phase or sign."""
    x = normal(*shape, dtype=dtype, seed=seed)
    size = 0.1 + 0.9 * torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    return x / x.abs().clamp(min=1e-3) * size.to(x.real.dtype)


def looped(a: Tensor, x: Tensor, start: Tensor) -> Tensor:
    """z_n = a_n z_{n-1} + x_n along the last axis."""
    a, z, states = a.expand(x.shape), start, []
    for n in range(x.shape[-1]):
        z = a[..., n] * z + x[..., n]
        states.append(z)
    return torch.stack(states, -1)


def reach(x: Tensor, start: Tensor) -> float:
    """What a state may be at most: gains are below 1."""
    return float((x.abs().sum(-1) + start.abs()).max())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lead", [(), (2, 3)])
@pytest.mark.parametrize("varying", [True, False])
def test_a_scan_is_its_definition_on_any_axes(lead, varying, dtype):
    for length in (1, 2, 17, 257):
        a = gains(*lead, length if varying else 1, dtype=dtype)
        x, start = (
            normal(*lead, length, dtype=dtype),
            normal(*lead, dtype=dtype, seed=2),
        )
        found = scan(a, x, start)
        exact = (
            y.to(torch.promote_types(y.dtype, torch.float64)) for y in (a, x, start)
        )
        wanted = looped(*exact)
        allowed = 8 * (length + 1) * torch.finfo(dtype).eps * reach(x, start)
        assert found.dtype == dtype
        assert found.shape == x.shape
        assert float((found - wanted).abs().max()) <= allowed


def test_a_scan_starts_from_rest_and_shares_gains():
    x, a = normal(2, 3, 20), gains(20)
    wanted = looped(a, x, torch.zeros(2, 3, dtype=x.dtype))
    assert float((scan(a, x) - wanted).abs().max()) <= 1e3 * EPS
    assert torch.equal(scan(a.expand(3, 20), x), scan(a, x))


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("shape", [(3,), (2, 1)])
def test_the_gradient_of_a_scan_is_the_derivative(shape, dtype):
    inputs = (
        gains(*shape, dtype=dtype),
        normal(2, 3, dtype=dtype),
        normal(2, dtype=dtype),
    )
    assert torch.autograd.gradcheck(scan, [x.requires_grad_() for x in inputs])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gains": torch.ones(4)}, "length or 1"),
        ({"gains": torch.ones(3, 5)}, "length or 1"),
        ({"gains": torch.ones(2, 2, 5)}, "length or 1"),
        ({"gains": torch.tensor(1.0)}, "length or 1"),
        ({"gains": torch.ones(5).double()}, "of one dtype"),
        ({"inputs": torch.ones(2, 0)}, "non-empty"),
        ({"inputs": torch.tensor(1.0), "start": torch.tensor(1.0)}, "length or 1"),
        ({"start": torch.ones(3)}, "length or 1"),
        (
            {"gains": torch.ones(5).half(), "inputs": torch.ones(2, 5).half()},
            "one dtype",
        ),
        ({"gains": torch.ones(5).int(), "inputs": torch.ones(2, 5).int()}, "one dtype"),
    ],
)
def test_a_scan_refuses_what_does_not_fit(change, words):
    given = {"gains": torch.ones(5), "inputs": torch.ones(2, 5), "start": None}
    with pytest.raises(InvalidInputError, match=words):
        scan(*(given | change).values())


def summed(v: Tensor, s: Tensor, lam: Tensor) -> Tensor:
    """sum_m v / (s + lam) + conj(v) / (s + conj(lam))."""
    v, lam, s = v[..., None], lam[..., None], s[..., None, :]
    return (v / (s + lam) + v.conj() / (s + lam.conj())).sum(-2)


def cauchy_inputs(lead=((2, 3), (1, 3), (3,)), dtype=torch.complex128):
    """Residues, points on the imaginary axis, poles with Re >= 1/2."""
    v, points, poles = (
        normal(*shape, 4, dtype=dtype, seed=i) for i, shape in enumerate(lead)
    )
    s = torch.complex(torch.zeros_like(points.real), points.real)
    return v, s, torch.complex(poles.real.abs() + 0.5, 3 * poles.imag)


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
@pytest.mark.parametrize(
    "lead",
    [((), (), ()), ((2,), (), (2,)), ((2, 3), (1, 3), (3,)), ((3,), (2, 1), ())],
)
def test_cauchy_sums_are_their_definition_on_any_axes(lead, dtype):
    inputs = cauchy_inputs(lead, dtype)
    wanted = summed(*(x.to(torch.complex128) for x in inputs))
    found = cauchy(*inputs)
    # Eight sums of numbers at most |v| / 0.5 each.
    allowed = 64 * torch.finfo(dtype).eps * 2 * float(inputs[0].abs().max())
    assert found.dtype == dtype
    assert found.shape == wanted.shape
    assert float((found - wanted).abs().max()) <= allowed


@pytest.mark.parametrize("lead", [((), (), ()), ((2, 3), (1, 3), (3,))])
def test_the_gradient_of_cauchy_sums_is_the_derivative(lead):
    inputs = [x.requires_grad_() for x in cauchy_inputs(lead)]
    assert torch.autograd.gradcheck(cauchy, inputs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"v": torch.ones(2, 3) + 0j}, "as many residues"),
        ({"v": torch.ones(2, 4)}, "one complex dtype"),
        ({"lam": torch.ones(2, 4).double() + 0j}, "one complex dtype"),
        ({"s": torch.ones(0) + 0j}, "not empty"),
        ({"s": torch.tensor(1j)}, "not empty"),
        ({"s": torch.ones(3, 5) + 0j}, "do not broadcast"),
    ],
)
def test_cauchy_sums_refuse_what_does_not_fit(change, words):
    given = {name: torch.ones(2, 4) + 0j for name in ("v", "s", "lam")}
    with pytest.raises(InvalidInputError, match=words):
        cauchy(*(given | change).values())


def halves(z: Tensor) -> Tensor:
    return torch.cat((z.real, z.imag), -1) if z.is_complex() else z


def mode_inputs(length: int, shape: tuple[int, int], parts: int, modes: int = 3):
    """Gains, inputs and start for a batch of 2; the complex numbers beside them."""
    dtype = torch.complex128 if parts == 2 else torch.float64
    a = gains(*shape, modes, dtype=dtype)
    x, start = (
        normal(2, length, modes, dtype=dtype),
        normal(2, modes, dtype=dtype, seed=2),
    )
    wanted = looped(*(y.transpose(-1, -2) for y in (a, x)), start).transpose(-1, -2)
    allowed = 16 * (length + 1) * EPS * reach(x.transpose(1, 2), start)
    return [halves(y) for y in (a, x, start)], halves(wanted), allowed


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("varying", [True, False])
def test_a_scan_of_modes_is_its_definition_in_every_form(varying, batch, parts):
    """In chunks, by the kernel for rows (of a GPU), and as it is exported."""
    for length in LENGTHS:
        shape = batch, length if varying else 1
        given, wanted, allowed = mode_inputs(length, shape, parts)
        forms = (
            mode_scan(*given, parts=parts),
            _by_rows(*given, parts, 1),
            _doubled(*given, parts),
            # Backwards over what is reversed, which is how gradients are taken.
            *(
                form(given[0].flip(1), given[1].flip(1), given[2], parts, -1).flip(1)
                for form in (_by_chunks, _by_rows)
            ),
        )
        for found in forms:
            assert found.shape == wanted.shape
            assert float((found - wanted).abs().max()) <= allowed


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 1), (2, 7)])
def test_the_gradient_of_a_scan_of_modes_is_the_derivative(shape, parts):
    given, _, _ = mode_inputs(7, shape, parts, modes=1)
    inputs = [x.requires_grad_() for x in given]
    assert torch.autograd.gradcheck(lambda *x: mode_scan(*x, parts=parts), inputs)


def test_a_scan_of_modes_keeps_the_rules_of_pytorch():
    given, wanted, _ = mode_inputs(7, (2, 7), 2)
    leaves = tuple(x.requires_grad_() for x in given)
    torch.library.opcheck(torch.ops.framestate.mode_scan, (*leaves, 2))
    a, _, start = (x.detach() for x in given)
    backward = torch.ops.framestate.mode_scan_backward
    torch.library.opcheck(backward, (a, wanted, start, torch.ones_like(wanted), 2))


def test_a_scan_of_modes_leaves_its_inputs_as_they_are():
    given, _, _ = mode_inputs(30, (1, 1), 2)
    before = [x.clone() for x in given]
    mode_scan(*given, parts=2)
    assert all(torch.equal(x, y) for x, y in zip(given, before, strict=True))


@pytest.mark.gpu
@pytest.mark.parametrize("varying", [True, False])
@pytest.mark.parametrize("parts", [1, 2])
def test_a_gpu_scans_as_the_processor_does(parts, varying):
    given, wanted, allowed = mode_inputs(257, (2, 257 if varying else 1), parts)
    there = [x.cuda().requires_grad_() for x in given]
    here = [x.clone().requires_grad_() for x in given]
    found = mode_scan(*there, parts=parts)
    assert float((found.cpu() - wanted).abs().max()) <= allowed
    slopes = torch.autograd.grad(found.square().sum(), there)
    expected = torch.autograd.grad(mode_scan(*here, parts=parts).square().sum(), here)
    for slope, other in zip(slopes, expected, strict=True):
        error = float((slope.cpu() - other).abs().max())
        assert error <= 257 * allowed * max(1.0, float(other.abs().max()))
