"""The kernel of normal plus low rank is C A_bar^l B_bar, by every algorithm."""

import numpy as np
import pytest
import torch
from torch import Tensor

from framestate import frames, ssm
from framestate.deep.errors import InvalidInputError
from framestate.deep.functional import powers
from framestate.deep.functional.circle import kernel_on_circle
from framestate.deep.functional.dplr import dplr_kernel
from framestate.deep.functional.dplr_system import DPLRSystem, divided
from framestate.deep.functional.pairs import pair
from framestate.deep.functional.powers import (
    absorbed,
    power_applied,
    power_kernel,
    squares,
)

EPS = torch.finfo(torch.float64).eps
LENGTHS = (1, 2, 3, 17, 255, 256, 257)
OPERATORS = {
    "legs": frames.legs(16),
    "legt": frames.legt(15),
    "fout": frames.fout(17, closure="strong"),
}
CHANNELS, MODES, RANK = 3, 4, 2


def drawn(seed: int = 0, modes: int = MODES, rank: int = RANK) -> tuple[Tensor, ...]:
    """Any accretive system: lam, P, B, C, dt, one row a channel."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.complex128)

    rates, turns = torch.rand(2, CHANNELS, modes, generator=generator).double()
    lam = torch.complex(rates, 8 * turns)
    dt = 0.05 + 0.4 * torch.rand(CHANNELS, generator=generator).double()
    rows = CHANNELS, modes
    return lam, normal(*rows, rank), normal(*rows), normal(*rows), dt


def dense(lam: Tensor, P: Tensor, B: Tensor, dt: Tensor, w: Tensor, alpha: float):
    """A_bar, B_bar on [Re z, Im z] by the definition: solves with the real matrix."""
    m = lam.shape[-1]
    first, second = torch.eye(m).double() + 0j, 1j * torch.eye(m).double()
    z = torch.cat((first, second), 1)  # the complex vectors of the real unit vectors
    y = torch.einsum("hmk,mn->hkn", P.conj() * w[:, None], z).real
    columns = lam[..., None] * z + P @ y.to(P.dtype)
    A = torch.cat((columns.real, columns.imag), 1)
    b = torch.cat((B.real, B.imag), 1)[..., None]
    h, eye = dt[:, None, None], torch.eye(2 * m).double()
    right = torch.cat((eye - (1 - alpha) * h * A, h * b), -1)
    solved = torch.linalg.solve(eye + alpha * h * A, right)
    return solved[..., :-1], solved[..., -1]


def direct(lam, P, B, C, dt, w, alpha, length) -> Tensor:  # noqa: PLR0913
    """C A_bar^l B_bar, one lag after the other."""
    A, x = dense(lam, P, B, dt, w, alpha)
    row = torch.cat(((C * w).real, -(C * w).imag), -1)
    K = []
    for _ in range(length):
        K.append((row * x).sum(-1))
        x = (A @ x[..., None])[..., 0]
    return torch.stack(K, -1)


def scale(C: Tensor, B: Tensor, dt: Tensor) -> float:
    """|C| |B_bar|, of which every lag is at most a part: A_bar is a contraction."""
    return float(2 * (C.norm(dim=-1) * B.norm(dim=-1) * dt).max())


# The circle's error for each precision, times what rounding of sums adds.
PROMISED = {"squaring": 64 * EPS, "circle": 32 * EPS**0.8}
WEIGHT = torch.tensor([2.0, 1.0, 2.0, 1.0]).double()


@pytest.mark.parametrize("alpha", [0.5, 0.75, 1.0])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("algorithm", PROMISED)
def test_the_kernel_is_its_definition(algorithm, length, alpha):
    lam, P, B, C, dt = drawn()
    found = dplr_kernel(
        lam, P, B, C, dt, length, weight=WEIGHT, alpha=alpha, algorithm=algorithm
    )
    wanted = direct(lam, P, B, C, dt, WEIGHT, alpha, length)
    allowed = PROMISED[algorithm] + 16 * length * EPS
    assert found.shape == (CHANNELS, length)
    assert float((found - wanted).abs().max()) <= allowed * scale(C, B, dt)


@pytest.mark.parametrize("length", [1, 17, 257, 4096])
@pytest.mark.parametrize("algorithm", PROMISED)
@pytest.mark.parametrize("name", OPERATORS)
def test_the_kernel_is_the_system_s_own(name, algorithm, length):
    """Undamped normal parts too: LegT and FouT have all their poles on the circle."""
    form = ssm.dplr(ssm.reduce(OPERATORS[name]))
    C = form.readout(np.random.default_rng(0).standard_normal((1, len(form.vectors))))
    parts = [torch.as_tensor(x)[None] for x in (form.lam, form.P, form.B)]
    w, dt = torch.as_tensor(form.weights), torch.tensor([0.01], dtype=torch.float64)
    found = dplr_kernel(
        *parts, torch.as_tensor(C), dt, length, weight=w, algorithm=algorithm
    )
    step = ssm.discretize(form, dt=0.01, method="bilinear")
    wanted = ssm.kernel(step, C, length)
    assert np.abs(found.numpy() - wanted).max() <= 1e-10 * np.abs(wanted).max()


def test_a_circle_of_fewer_points_is_less_accurate_as_promised():
    lam, P, B, C, dt = drawn()
    half = pair(C * WEIGHT)
    system = DPLRSystem(pair(lam), pair(P), pair(B), half, dt[:, None], WEIGHT, 0.5)
    wanted = direct(lam, P, B, C, dt, WEIGHT, 0.5, 64)
    errors = [
        float((kernel_on_circle(system, 64, periods=g) - wanted).abs().max())
        for g in (1, 2, 4)
    ]
    for g, error in zip((1, 2, 4), errors, strict=True):
        assert error <= 32 * EPS ** (g / (g + 1)) * scale(C, B, dt)
    assert errors[0] > 100 * errors[1] > 1000 * errors[2]


@pytest.mark.parametrize("algorithm", PROMISED)
def test_one_row_serves_all_channels_and_pairs_count_twice(algorithm):
    lam, P, B, C, dt = drawn()
    one = dplr_kernel(lam[:1], P[:1], B[:1], C, dt, 20, algorithm=algorithm)
    parts = (x[:1].expand(x.shape) for x in (lam, P, B))
    w = torch.full((MODES,), 2.0).double()
    wanted = direct(*parts, C, dt, w, 0.5, 20)
    assert float((one - wanted).abs().max()) <= 1e-11 * scale(C, B, dt)


def test_single_precision_coefficients_give_a_single_precision_kernel():
    lam, P, B, C, dt = drawn()
    low = C.to(torch.complex64)
    wanted = direct(lam, P, B, low.to(C.dtype), dt, WEIGHT, 0.5, 40)
    for algorithm in PROMISED:
        K = dplr_kernel(lam, P, B, low, dt, 40, weight=WEIGHT, algorithm=algorithm)
        assert K.dtype == torch.float32
        allowed = torch.finfo(torch.float32).eps * wanted.abs() + 1e-9 * wanted.norm()
        assert bool(((K - wanted).abs() <= allowed).all())


def test_the_faster_algorithm_is_taken():
    parts = drawn()
    n = 2 * MODES
    short, long = n * n // 4 - 1, n * n // 4
    for length, name in ((short, "circle"), (long, "squaring")):
        wanted = dplr_kernel(*parts, length, algorithm=name)
        assert torch.equal(dplr_kernel(*parts, length), wanted)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("algorithm", PROMISED)
def test_the_gradient_is_the_derivative(algorithm, rank):
    inputs = tuple(x.requires_grad_() for x in drawn(modes=3, rank=rank))

    def kernel(*parts: Tensor) -> Tensor:
        return dplr_kernel(*parts, 7, algorithm=algorithm)

    assert torch.autograd.gradcheck(kernel, inputs)


def test_the_loop_on_the_circle_keeps_the_rules_of_pytorch():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(2, 3, 3, 8, generator=generator, dtype=torch.float64)
    arguments = ((x / 8).requires_grad_(), 0.5, -0.1, 3)
    torch.library.opcheck(torch.ops.framestate.closed_loop, arguments)
    grad = torch.ones(2, 3).double()
    backward = torch.ops.framestate.closed_loop_backward
    torch.library.opcheck(backward, (x / 8, 0.5, -0.1, grad))


def test_powers_are_taken_a_block_of_rows_at_a_time(monkeypatch):
    parts = drawn()
    whole = dplr_kernel(*parts, 40, algorithm="squaring")
    monkeypatch.setattr(powers, "_BLOCK_ELEMENTS", 2 * (2 * MODES) ** 2)
    assert torch.equal(dplr_kernel(*parts, 40, algorithm="squaring"), whole)


def test_many_rows_are_computed_in_blocks():
    """4 sequences of 2^17 points and two blocks at least."""
    lam, P, B, C, dt = (x[:, :2] if x.ndim > 1 else x for x in drawn(rank=1))
    length = 1 << 15
    whole = dplr_kernel(lam, P, B, C, dt, length, algorithm="circle")
    alone = dplr_kernel(
        lam[2:], P[2:], B[2:], C[2:], dt[2:], length, algorithm="circle"
    )
    assert torch.equal(whole[2:], alone)


def test_a_pole_at_zero_has_a_kernel_of_one_sample():
    """lam dt = 2 without a low-rank part: nothing is left after one sample."""
    one = torch.ones(1, 1).to(torch.complex128)
    dt = torch.ones(1).double()
    K = dplr_kernel(2 * one, 0 * one[..., None], one, one, dt, 5, algorithm="circle")
    assert float((K - torch.tensor([[1.0, 0, 0, 0, 0]])).abs().max()) <= 1e-12


def test_division_is_by_the_matrix():
    generator = torch.Generator().manual_seed(0)
    G = torch.randn(5, 4, 4, generator=generator).double()
    K = torch.eye(4) + G @ G.mT + (G - G.mT)
    X = torch.randn(5, 2, 4, generator=generator).double()
    error = float((divided(X, K) @ K - X).abs().max())
    assert error <= 64 * EPS * float(torch.linalg.cond(K).max() * X.abs().max())


@pytest.mark.parametrize("rows", [(), (3,), (2, 3)])
@pytest.mark.parametrize("length", [*range(1, 18), 255, 256, 257])
def test_powers_by_squaring_are_powers(rows, length):
    generator = torch.Generator().manual_seed(length)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*rows, *shape, generator=generator, dtype=torch.float64)

    A = normal(4, 4)
    A = A / torch.linalg.matrix_norm(A, 2)[..., None, None]
    C, B, u = normal(2, 4), normal(4, 3), normal(5, length)
    shared, lag, K = squares(A, length), B, []
    x = torch.zeros_like(u[..., :1]).expand(*rows, 5, 4)
    for n in range(length):
        K.append(C @ lag)
        last, lag = lag, A @ lag
        x = x @ A.mT + B[..., None, :, 0] * u[..., n, None]
    allowed = 64 * length * EPS * float(C.norm() * B.norm())
    found = power_kernel(shared, C, B, length)
    assert float((found - torch.stack(K, -1)).abs().max()) <= allowed
    assert float((power_applied(shared, B, length - 1) - last).abs().max()) <= allowed
    error = (absorbed(shared, B[..., 0], u) - x).abs().max()
    assert float(error) <= 64 * length * EPS * float(B.norm() * u.norm())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"length": 0}, "length=0"),
        ({"algorithm": "circel"}, "Did you mean 'circle'"),
        ({"alpha": 0.4}, "alpha=0.4"),
        ({"alpha": 1.5}, "alpha=1.5"),
        ({"weight": torch.ones(2)}, r"expected a real tensor \(4,\)"),
        ({"weight": torch.ones(4) + 0j}, r"expected a real tensor \(4,\)"),
        ({"lam": torch.ones(2, 4) + 0j}, "one row per channel"),
        ({"lam": torch.ones(3, 4)}, "expected complex"),
        ({"P": torch.ones(3, 4) + 0j}, "expected complex"),
        ({"B": torch.ones(3, 5) + 0j}, "expected complex"),
        ({"C": torch.ones(0, 4) + 0j}, "expected complex"),
        ({"dt": torch.ones(4)}, "expected complex"),
        ({"dt": torch.ones(3) + 0j}, "expected complex"),
    ],
)
def test_what_does_not_fit_is_refused(change, words):
    names = ("lam", "P", "B", "C", "dt")
    arguments = dict(zip(names, drawn(), strict=True)) | {"length": 5}
    with pytest.raises(InvalidInputError, match=words):
        dplr_kernel(**(arguments | change))
