"""Chunks that run side by side are one recurrence, whatever moves them."""

import numpy as np
import pytest
from array_api_compat import array_namespace
from hypothesis import given
from hypothesis import strategies as st

from framestate.ssm.kernels.blocked import affine

H, N, B = 2, 3, 2


def contractions(rng, *lead):
    """Matrices (*lead, N, N) of norm 1 at most."""
    A = rng.standard_normal((*lead, N, N))
    return A / np.linalg.norm(A, 2, axis=(-2, -1), keepdims=True)


def case(kind, S, T, seed):
    """Gains and their products, inputs, a start, and the gain of each sample dense."""
    rng = np.random.default_rng(seed)
    shape = (T, H, N, S, B)
    z = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    start = rng.standard_normal((H, N, B)) + 0j
    if kind == "matrices":
        A = contractions(rng, H) + 0j
        whole = np.linalg.matrix_power(A, T)
        return A, whole, z, start, np.broadcast_to(A, (S * T, H, N, N))
    sizes = (1, H, N, 1, 1) if kind == "constants" else (T, H, N, S, 1)
    gains = np.exp(-rng.uniform(0, 2, sizes) + 1j * rng.uniform(-3, 3, sizes))
    full = np.broadcast_to(gains, (T, H, N, S, 1))
    each = full[..., 0].transpose(3, 0, 1, 2).reshape(S * T, H, N)
    whole = full[..., : sizes[3], :].prod(axis=0)
    return gains, whole, z, start, each[..., None] * np.eye(N)


def definition(each, z, start):
    """z_t = F_t z_{t-1} + v_t, sample after sample, chunk after chunk."""
    v, found, x = z.transpose(3, 0, 1, 2, 4).reshape(-1, H, N, B), [], start
    for F, added in zip(each, v, strict=True):
        x = F @ x + added
        found.append(x)
    return np.array(found)


@pytest.mark.theorem("T-stretches")
@pytest.mark.parametrize("kind", ["constants", "factors", "matrices"])
def test_chunks_side_by_side_are_one_recurrence(kind, xp):
    @given(S=st.integers(1, 7), T=st.integers(1, 9), seed=st.integers(0, 99))
    def law(S, T, seed):
        gains, whole, z, start, each = case(kind, S, T, seed)
        wanted = definition(each, z, start)
        *constants, begun = (xp.asarray(a) for a in (gains, whole, start))
        states, used = xp.asarray(z.copy()), xp.asarray(z.copy())
        library = array_namespace(states)
        affine.states(library, *constants, states, begun)
        last = affine.last(library, *constants, used, begun)
        found = np.asarray(states).transpose(3, 0, 1, 2, 4).reshape(wanted.shape)
        # T-stretches: 8 n L eps max|states| at most; products of gains are bounded.
        bound = 8 * N * S * T * np.finfo(float).eps * np.abs(wanted).max()
        assert np.abs(found - wanted).max() <= bound
        assert np.abs(np.asarray(last) - wanted[-1]).max() <= bound

    law()


def test_what_is_carried_is_what_the_next_chunk_finds():
    ends = np.arange(6.0).reshape(1, 1, 6, 1)
    found = affine.carried(lambda s, x: s * x, ends, np.full((1, 1, 1), 10.0))
    wanted = [10.0]
    for s in range(6):
        wanted.append(s * wanted[-1] + s)
    assert np.array_equal(np.ravel(found), wanted)


def test_a_copy_in_order_lies_in_memory_as_its_axes_say(xp):
    x = xp.asarray(np.arange(24.0).reshape(2, 3, 4))
    turned = array_namespace(x).permute_dims(x, (2, 0, 1))
    copy = affine.in_order(turned)
    assert np.array_equal(np.asarray(copy), np.asarray(turned))
    copy[0, 0, 0] = 7.0
    assert float(x[0, 0, 0]) == 0.0
    if xp is np:
        assert copy.flags.c_contiguous
