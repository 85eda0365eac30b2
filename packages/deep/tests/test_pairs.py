"""Pairs of real tensors compute what complex tensors do."""

import numpy as np
import pytest
import torch
from torch.utils import _pytree as pytree

from framestate.deep.functional import pairs
from framestate.deep.functional.pairs import Pair, pair

EPS = np.finfo(np.float64).eps


def complex_normal(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.complex128, generator=generator)


X, Y = complex_normal(50), complex_normal(50, seed=1)
R = Y.real

OPERATIONS = {
    "sum": (pair(X) + pair(Y), X + Y),
    "difference": (pair(X) - pair(Y), X - Y),
    "negative": (-pair(X), -X),
    "product": (pair(X) * pair(Y), X * Y),
    "quotient": (pair(X) / pair(Y), X / Y),
    "broadcast": (pair(X[:, None]) * pair(Y), X[:, None] * Y),
    "scaled": (pair(X).scaled(R), X * R),
    "scaled by a number": (pair(X).scaled(-2.5), X * -2.5),
    "plus": (pair(X).plus(R), X + R),
    "plus a number": (pair(X).plus(0.5), X + 0.5),
    "exp": (pairs.exp(pair(X)), torch.exp(X)),
    "expm1": (pairs.expm1(pair(X)), torch.expm1(X)),
    "log": (pairs.log(pair(X)), torch.log(X)),
    "where": (
        pairs.where(R > 0, pair(X), pair(Y)),
        torch.where(R > 0, X, Y),
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_that_of_complex_numbers(name):
    found, expected = OPERATIONS[name]
    assert found.shape == expected.shape
    error = (found.complex() - expected).abs()
    assert bool((error <= 8 * EPS * (1 + expected.abs())).all())


def test_sizes_and_real_parts_are_those_of_complex_numbers():
    error = (pairs.squared(pair(X)) - X.abs().square()).abs()
    assert bool((error <= 4 * EPS * X.abs().square()).all())
    error = (pair(X).real_of_product(pair(Y)) - (X * Y).real).abs()
    assert bool((error <= 4 * EPS * (X * Y).abs()).all())


def test_small_arguments_keep_their_digits():
    tiny = torch.tensor([1e-9 + 2e-9j, 1e-12j, -1e-15 + 0j], dtype=torch.complex128)
    found = pairs.expm1(pair(tiny)).complex()
    expected = tiny * (1 + tiny / 2)  # the next term is below eps
    assert bool(((found - expected).abs() <= 4 * EPS * tiny.abs()).all())


def test_a_phase_is_improved_where_there_is_no_arc_tangent(monkeypatch):
    """From float32 to double, in every quadrant and on the axes."""
    axes = torch.tensor([1, 1j, -1, -1j, 1e-150], dtype=torch.complex128)
    x = torch.cat((X, axes))
    expected = torch.log(x)
    monkeypatch.setattr(pairs, "exporting", lambda: True)
    found = pairs.log(pair(x)).complex()
    turned = torch.remainder((found - expected).imag + 1, 2 * np.pi) - 1
    assert float(turned.abs().max()) <= 4 * EPS
    assert float((found - expected).real.abs().max()) <= 512 * EPS


def test_a_pair_is_made_of_a_complex_tensor_or_of_its_parts():
    assert torch.equal(pair(X).complex(), X)
    assert torch.equal(pair(torch.view_as_real(X)).complex(), X)
    assert torch.equal(pair(X).map(lambda part: part[:3]).complex(), X[:3])


def test_a_pair_is_a_tree_of_two_tensors():
    leaves, tree = pytree.tree_flatten(pair(X))
    assert len(leaves) == 2
    assert isinstance(tree.unflatten(leaves), Pair)


def test_pairs_are_differentiated_as_their_parts():
    def compute(real, imag):
        x = Pair(real, imag)
        y = pairs.log(pairs.expm1(x) / pairs.exp(x * x)).plus(1.0)
        return y.real, y.imag

    parts = [part.clone().requires_grad_() for part in (X[:5].real, X[:5].imag)]
    assert torch.autograd.gradcheck(compute, parts)
