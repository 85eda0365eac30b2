"""What the kernels must satisfy, whatever computes them: pieces, gradients, limits."""

import importlib

import numpy as np
import pytest

from framestate.ssm.kernels import blocked, draws, reference

EPS = np.finfo(np.float64).eps
LENGTH = 12
RUNGS = pytest.mark.parametrize(
    "rung", [reference, blocked], ids=["reference", "blocked"]
)
# Family -> its arguments in the order of its gradients, from those of its backward.
FORWARD = {
    "vandermonde_rows": lambda c, log_z: (c, log_z.astype(c.dtype)),
    "cauchy": lambda v, s, lam: (v, s, lam),
    "convolve": lambda u, K: (u, K),
    "multires": lambda x, h0, h1, w: (x, h0, h1, w),
}


def inner(p, q):
    """The real inner product of all numbers, parts of complex ones apart."""
    return np.sum(np.real(np.conj(p) * q))


def direction(rng, like):
    d = rng.standard_normal(like.shape).astype(like.dtype)
    return d + 1j * rng.standard_normal(like.shape) if np.iscomplexobj(like) else d


def assert_gradients(rng, f, arguments, grad, bars):
    """A step h along d changes <grad, f> by h <bar, d>, up to h^2 and eps / h.

    The third derivative of a power z^l, of which f is made, is at most length^3.
    """
    h, length = EPS ** (1 / 3), grad.shape[-1]
    for i, (argument, bar) in enumerate(zip(arguments, bars, strict=True)):
        d = direction(rng, argument)
        ahead, behind = (
            f(*arguments[:i], argument + sign * h * d, *arguments[i + 1 :])
            for sign in (1, -1)
        )
        slope = inner(grad, ahead - behind) / (2 * h)
        size = np.linalg.norm(grad) * np.linalg.norm(np.abs(ahead) + np.abs(behind))
        scale = np.linalg.norm(bar) * np.linalg.norm(d) + size
        assert abs(slope - inner(bar, d)) <= length**3 * EPS ** (2 / 3) * scale


@pytest.mark.theorem("T-convolution-transposes")
@RUNGS
@pytest.mark.parametrize("family", FORWARD)
def test_a_backward_is_the_gradient_of_its_kernel(family, rung):
    rng = np.random.default_rng(0)
    drawn = getattr(draws, f"{family}_backward")(rng, np.float64, LENGTH)
    *arguments, grad = drawn
    forward = getattr(rung, family)
    call = (
        (lambda c, z: forward(c, z, LENGTH))
        if family == "vandermonde_rows"
        else forward
    )
    bars = getattr(rung, f"{family}_backward")(*drawn)
    assert_gradients(rng, call, arguments, grad, bars)


@RUNGS
@pytest.mark.parametrize("length", [1, LENGTH])
@pytest.mark.parametrize("varying", [False, True])
def test_the_backward_of_a_scan_is_its_gradient(rung, varying, length):
    rng = np.random.default_rng(0)
    a, x, start = draws.scan(rng, np.float64, length)
    if varying:
        a = a * np.exp(1j * np.arange(length))
    grad = direction(rng, x)
    bars = rung.scan_backward(a, rung.scan(a, x, start), start, grad)
    assert [bar.shape for bar in bars] == [a.shape, x.shape, start.shape]
    assert_gradients(rng, rung.scan, (a, x, start), grad, bars)


@RUNGS
@pytest.mark.parametrize("cut", [1, 63, 64, 299])
def test_scanning_in_two_pieces_is_scanning_once(rung, cut):
    a, x, start = draws.scan(np.random.default_rng(0), np.float64, 300)
    first = rung.scan(a, x[:, :cut], start)
    second = rung.scan(a, x[:, cut:], first[:, -1])
    whole = rung.scan(a, x, start)
    size = np.abs(whole).max()
    assert np.allclose(np.hstack((first, second)), whole, rtol=0, atol=300 * EPS * size)


@pytest.mark.theorem("T-scaled-chunk")
@RUNGS
@pytest.mark.parametrize("cut", [1, 2, 100])
def test_a_scaled_scan_resumes_at_its_count(rung, cut):
    rng = np.random.default_rng(0)
    lam, settled, u, start, _ = draws.scaled_scan(rng, np.float64, 300)
    first = rung.scaled_scan(lam, settled, u[:, :cut], start, 0)
    second = rung.scaled_scan(lam, settled, u[:, cut:], first[..., -1], cut)
    whole = rung.scaled_scan(lam, settled, u, start, 0)
    joined = np.concatenate((first, second), axis=-1)
    atol = 300 * EPS * np.abs(lam).max() * np.abs(whole).max()
    assert np.allclose(joined, whole, rtol=0, atol=atol)


@pytest.mark.parametrize("size", [1e-12, 1e-3, 0.2, 0.25, 0.3, 5.0])
def test_a_small_loss_keeps_all_its_digits(size):
    """1 - exp(-x) from its series in extended precision, whatever way it is taken."""
    turns = np.exp(1j * np.linspace(-np.pi / 2, np.pi / 2, 99))
    x = size * turns.astype(np.clongdouble)
    wanted, term = np.zeros_like(x), x.copy()
    for k in range(2, 60):
        wanted, term = wanted + term, -term * x / k
    module = importlib.import_module("framestate.ssm.kernels.blocked.scaled_scan")
    losses = module._losses(np, (size * turns)[None], size)
    lost = np.abs(losses[0] - wanted) / np.abs(wanted)
    assert (lost <= 4 * EPS).all()


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_constants_of_a_scaled_scan_may_lie_on_the_host(library):
    xp = pytest.importorskip(library)
    parts = draws.scaled_scan(np.random.default_rng(0), np.float32, 99)
    wanted = blocked.scaled_scan(*parts)
    *_, count = parts
    u, start = (xp.asarray(p) for p in parts[2:4])
    found = blocked.scaled_scan(*parts[:2], u, start, count)
    assert type(found) is type(u)
    size = np.finfo(np.float32).eps * np.abs(wanted).max()
    assert np.abs(np.asarray(found) - wanted).max() <= size


@RUNGS
def test_the_first_sample_of_all_settles_a_scaled_mode(rung):
    rng = np.random.default_rng(0)
    lam, settled, u, start, _ = draws.scaled_scan(rng, np.float64, 2)
    states = rung.scaled_scan(lam, settled, u, start, 0)
    assert np.array_equal(states[..., 0], settled * u[:, :1])
    held = rung.scaled_scan(lam, settled, np.repeat(u[:, :1], 50, axis=1), start, 0)
    size = 50 * EPS * np.abs(held).max()
    assert np.allclose(held, states[..., :1], rtol=0, atol=size)


@pytest.mark.theorem("T-scaled-solution")
def test_a_scaled_state_does_not_drift_over_a_million_samples():
    """z_n = settled sum_j ((j+1)/n)^lam - (j/n)^lam u_j, in extended precision."""
    n, rng = 1_000_000, np.random.default_rng(0)
    lam, settled = np.array([0.5 + 0j, 2 + 30j, 300 + 0j]), np.ones(3, complex)
    u, z = rng.standard_normal(n), np.zeros(3, complex)
    for count in range(0, n, n // 4):
        piece = u[count : count + n // 4]
        z = blocked.scaled_scan(lam, settled, piece, z, count)[:, -1]
    ages = np.log(np.arange(1, n + 1, dtype=np.longdouble) / n)
    powers = np.exp(np.multiply.outer(lam.astype(np.clongdouble), ages))
    weights = np.diff(powers, axis=1, prepend=0)
    wanted = weights @ u.astype(np.longdouble)
    size = np.abs(weights) @ np.abs(u)
    # one rounding of each phase for a sample that still counts, of a share lam / n
    assert (np.abs(z - wanted) <= 4 * EPS * (1 + np.abs(lam)) * size).all()


@RUNGS
def test_a_scaled_scan_of_no_rate_keeps_its_state(rung):
    lam, settled = np.zeros(1, complex), np.ones(1, complex)
    states = rung.scaled_scan(lam, settled, np.arange(9.0), np.full(1, 7j), 3)
    assert np.array_equal(states, np.full((1, 9), 7j))


@RUNGS
def test_a_fast_mode_forgets_without_overflow(rung):
    lam, settled = np.array([1e6 + 0j]), np.ones(1, complex)
    u = np.arange(1.0, 100.0)
    states = rung.scaled_scan(lam, settled, u, np.full(1, 1e300 + 0j), 1)
    assert np.allclose(states[0, 1:], u[1:], rtol=EPS, atol=0)


@RUNGS
@pytest.mark.parametrize("depth", [0, 1, 4, 9])
@pytest.mark.parametrize("taps", [1, 2, 5])
def test_a_tree_is_the_convolution_with_its_impulse_response(rung, depth, taps):
    rng = np.random.default_rng(depth)
    x, impulse = rng.standard_normal((2, 3, 100)), np.zeros((1, 3, 100))
    impulse[..., 0] = 1
    filters = [rng.standard_normal((3, n)) for n in (taps, taps, depth + 2)]
    response = rung.multires(impulse, *filters)[0]
    wanted = reference.convolve(x, response)
    size = reference.multires(np.abs(x), *map(np.abs, filters))
    found = rung.multires(x, *filters)
    assert (np.abs(found - wanted) <= 100 * EPS * size.max()).all()


@RUNGS
def test_a_causal_convolution_with_an_impulse_is_a_delay(rung):
    u = np.random.default_rng(0).standard_normal((2, 3, 200))
    for lag in (0, 1, 63, 64, 65, 199, 200):
        K = np.zeros((3, lag + 1))
        K[:, lag] = 1
        wanted = np.concatenate((np.zeros((2, 3, lag)), u), axis=2)[:, :, :200]
        assert np.array_equal(rung.convolve(u, K), wanted)


@RUNGS
def test_pairs_make_real_values_at_real_points(rung):
    v, s, lam = draws.cauchy(np.random.default_rng(0), np.float64, 50)
    found = rung.cauchy(v, np.abs(s) + 0j, lam)
    assert np.abs(found.imag).max() <= EPS * np.abs(v).sum()
