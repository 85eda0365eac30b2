"""Causal convolution: one result from every method, library and way to cut a record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.runtime.convolve import Convolution, convolve

LENGTHS = (1, 2, 3, 17, 255, 256, 257, 4096)
METHODS = ("direct", "fft", "chunked")


def definition(K, u):
    """sum_k K[k] u[n - k] for one kernel, or for one of each last axis of u."""
    y = np.zeros(u.shape)
    for k in range(min(K.shape[-1], len(u))):
        y[k:] += K[..., k] * u[: len(u) - k]
    return y


def tolerance(K, u, eps):
    """The bounds that the module states, for samples before as well as in u."""
    size = 2 * len(u) + 4 * K.shape[-1] + 512
    direct = (K.shape[-1] + 64) * np.abs(K).sum(axis=-1).max() * np.abs(u).max()
    norm = np.linalg.norm(K, axis=-1).max() * np.linalg.norm(u, axis=0).max()
    return eps * (direct + 8 * np.log2(size) * norm)


def records(rng, length, channels, dtype=np.float64):
    shape = (length,) if channels is None else (length, 2, channels)
    return rng.standard_normal(shape).astype(dtype)


def taps(rng, count, channels, dtype=np.float64):
    shape = (count,) if channels is None else (channels, count)
    return rng.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("method", [*METHODS, "auto"])
@given(
    length=st.integers(1, 400),
    count=st.integers(1, 400),
    channels=st.sampled_from([None, 1, 3]),
    single=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_method_is_the_definition(method, length, count, channels, single, seed):
    rng, dtype = np.random.default_rng(seed), np.float32 if single else np.float64
    K, u = taps(rng, count, channels, dtype), records(rng, length, channels, dtype)
    y = convolve(K, u, method=method)
    assert y.dtype == dtype
    assert y.shape == u.shape
    wanted = definition(K.astype(float), u.astype(float))
    assert np.abs(y - wanted).max() <= tolerance(K, u, np.finfo(dtype).eps)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("length", LENGTHS)
def test_lengths_of_kernel_and_record_on_every_library(method, length, xp):
    rng = np.random.default_rng(length)
    for count in (1, 3, 256, length):
        K, u = rng.standard_normal(count), rng.standard_normal((length, 2))
        y = convolve(K, xp.asarray(u), method=method)
        assert type(y) is type(xp.asarray(u))
        error = np.abs(np.asarray(y) - definition(K, u)).max()
        assert error <= tolerance(K, u, np.finfo(float).eps)


@pytest.mark.parametrize("method", METHODS)
@given(
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=6),
    count=st.integers(1, 90),
    channels=st.sampled_from([None, 3]),
    seed=st.integers(0, 99),
)
def test_a_record_in_pieces_is_one_record(method, cuts, count, channels, seed):
    rng = np.random.default_rng(seed)
    K, u = taps(rng, count, channels), records(rng, sum(cuts), channels)
    plan, past, pieces = Convolution(K, 17, method), None, []
    for piece in np.split(u, np.cumsum(cuts)[:-1]):
        y, past = plan.resume(piece, past)
        pieces.append(y)
    bound = tolerance(K, u, np.finfo(float).eps)
    assert np.abs(np.concatenate(pieces) - definition(K, u)).max() <= bound
    padded = np.concatenate((np.zeros((count - 1, *u.shape[1:])), u))
    assert np.array_equal(past, padded[len(u) :])


@pytest.mark.parametrize("method", METHODS)
def test_a_plan_keeps_what_it_made_of_its_kernel(method, xp):
    rng = np.random.default_rng(0)
    K, u = rng.standard_normal((3, 40)), rng.standard_normal((500, 3))
    plan = Convolution(xp.asarray(K), 500, method)
    first, second = plan(xp.asarray(u)), plan(xp.asarray(u))
    assert np.array_equal(first, second)
    assert ("_spectrum" in vars(plan)) is (method != "direct")
    assert method == "direct" or vars(plan)["_spectrum"] is plan._spectrum
    bound = tolerance(K, u, np.finfo(float).eps)
    assert np.abs(np.asarray(first) - definition(K, u)).max() <= bound


def test_a_record_longer_than_planned_is_cut():
    rng = np.random.default_rng(1)
    K, u = rng.standard_normal(9), rng.standard_normal(40_000)
    for method in METHODS:
        y = Convolution(K, 100, method)(u)
        bound = tolerance(K, u, np.finfo(float).eps)
        assert np.abs(y - definition(K, u)).max() <= bound


def test_blocks_keep_a_loud_passage_from_a_quiet_one():
    u = np.zeros(20_000)
    u[0], u[-100:] = 1e12, 1e-6
    K = np.random.default_rng(2).standard_normal(30)
    wanted = definition(K, u)[-50:]
    near = {m: np.abs(convolve(K, u, method=m)[-50:] - wanted).max() for m in METHODS}
    assert near["direct"] <= 1e-18
    assert near["chunked"] <= 1e-18
    assert near["fft"] > 1e-10


def test_the_past_of_a_single_tap_is_empty(xp):
    plan = Convolution(xp.asarray([2.0]), 4)
    y, past = plan.resume(xp.asarray([1.0, 3.0]))
    assert tuple(past.shape) == (0,)
    again, _ = plan.resume(xp.asarray([1.0]), past)
    assert np.allclose(np.asarray(y), [2, 6], rtol=1e-14, atol=0)
    assert np.allclose(np.asarray(again), [2], rtol=1e-14, atol=0)


def test_gradients_flow_to_samples_and_kernel():
    torch = pytest.importorskip("torch")
    torch_like = {"dtype": torch.float64, "requires_grad": True}
    rng = np.random.default_rng(3)
    K = torch.tensor(rng.standard_normal((2, 5)), **torch_like)
    u = torch.tensor(rng.standard_normal((9, 2)), **torch_like)
    for method in METHODS:
        assert torch.autograd.gradcheck(
            lambda K, u, method=method: convolve(K, u, method=method), (K, u)
        )


U = np.ones((4, 3))
REFUSED = {
    "K empty": (lambda: convolve([], U), "K is empty"),
    "K a scalar": (lambda: convolve(1.0, U), "K has shape (), expected (..., T)"),
    "K ragged": (lambda: convolve([[1.0], [1.0, 2.0]], U), "rectangular"),
    "K complex": (lambda: convolve([1j], U), "K has dtype complex128"),
    "NaN in K": (lambda: convolve([1.0, np.nan], U), "K[1] = nan"),
    "NaN in u": (lambda: convolve([1.0], [np.nan]), "u[0] = nan"),
    "u a scalar": (lambda: convolve([1.0], 1.0), "expected (L, ...)"),
    "u empty": (lambda: convolve([1.0], []), "u is empty"),
    "channels": (lambda: convolve(np.ones((2, 5)), U), "K has shape (2, 5) and u (4,"),
    "no channels": (lambda: convolve(np.ones((1, 5)), [1.0]), "(1, 5) and u (1,)"),
    "three axes": (lambda: convolve(np.ones((1, 3, 5)), U), "K (T,), or K (H, T)"),
    "method": (lambda: convolve([1.0], U, method="ftt"), "Did you mean 'fft'"),
    "plan method": (lambda: Convolution(U[0], 4, "auto"), "unknown method 'auto'"),
    "plan length": (lambda: Convolution(U[0], 0), "length = 0"),
    "plan K": (lambda: Convolution(np.inf * U, 4), "K[0, 0] = inf"),
    "plan of three axes": (lambda: Convolution(U[None], 4), "expected (T) or (H, T)"),
    "plan channels": (
        lambda: Convolution(np.ones((2, 5)), 4)(U),
        "u has shape (4, 3), expected (L, ..., 2)",
    ),
    "past": (
        lambda: Convolution(np.ones(3), 4).resume(U, np.ones((3, 3))),
        "past has shape (3, 3), expected (2, 3)",
    ),
    "past not finite": (
        lambda: Convolution(np.ones(3), 4).resume(U, np.full((2, 3), np.inf)),
        "past[0, 0] = inf",
    ),
    "batch": (
        lambda: Convolution.measure(np.ones((2, 5)), 4, batch=(3,)),
        "batch = (3,)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused(name):
    call, fragment = REFUSED[name]
    with pytest.raises(ssm.InvalidInputError) as caught:
        call()
    assert fragment in str(caught.value)


def test_mixed_libraries_and_devices_are_refused():
    strict = pytest.importorskip("array_api_strict")
    there = strict.ones(3, device=strict.Device("device1"))
    here = strict.ones(3)
    for call in (
        lambda: convolve(here, U),
        lambda: convolve(here, there),
        lambda: Convolution(np.ones(3), 4)(here),
        lambda: Convolution(here, 4).resume(here, there[:2]),
    ):
        with pytest.raises(ssm.InvalidInputError, match=r"array on .* but the samples"):
            call()
