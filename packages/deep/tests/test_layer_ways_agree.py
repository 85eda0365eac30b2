"""Convolution, single steps and chunks are one and the same system."""

from math import log2

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from framestate import ssm
from framestate.deep.layers import DiagonalSSM

LENGTH, CHANNELS, BATCH = 1024, 16, 2


def stepped(layer: DiagonalSSM, u: Tensor) -> Tensor:
    state, outputs = layer.initial_state(len(u)), []
    for u_t in u.unbind(1):
        y_t, state = layer.step(u_t, state)
        outputs.append(y_t)
    return torch.stack(outputs, 1)


def relative(found: Tensor, expected: Tensor) -> float:
    """The larger of the two-norm's and the largest sample's relative error."""
    found, expected = found.detach(), expected.detach()
    error = found - expected
    peak = float(error.abs().max() / expected.abs().max())
    return max(peak, float(error.norm() / expected.norm()))


def tolerance(layer: DiagonalSSM, length: int) -> float:
    """Relative error of three transforms, and of a recurrence in double.

    A transform of size n errs by log2(n) eps of the norm. The recurrence rounds
    its state at each of `length` steps by the double's eps; the modes cancel from
    sum |C z| to |y|, by less than 100 for all systems of these tests.
    """
    eps = torch.finfo(layer.C.dtype).eps
    recurrence = 100 * length * torch.finfo(torch.float64).eps
    return 2 * eps * log2(2 * length) + recurrence


@pytest.mark.parametrize("method", ["zoh", "bilinear"])
@pytest.mark.parametrize(
    ("dtype", "promised"), [(torch.float32, 1e-5), (torch.float64, 1e-10)]
)
@pytest.mark.parametrize("size", [(32, 0), (30, 4), (0, 8)], ids=str)
def test_the_convolution_is_the_recurrence(
    make_layer, normal, method, dtype, promised, size
):
    layer = make_layer(CHANNELS, *size, method=method).to(dtype)
    u = normal(BATCH, LENGTH, CHANNELS, dtype=dtype)
    with torch.no_grad():
        error = relative(layer(u), stepped(layer, u))
    assert error <= min(promised, tolerance(layer, LENGTH))


def test_a_memory_of_ten_thousand_samples_is_still_one_system(make_layer, normal):
    """dt = 1e-4: rounding the pole to float32 would cost 1e-4 here."""
    layer = make_layer(2, 8, 0, dt_min=1e-4, dt_max=1e-4)
    u = normal(1, 4096, 2)
    with torch.no_grad():
        error = relative(layer(u), stepped(layer, u))
    assert error <= min(1e-5, tolerance(layer, 4096))


@given(cut=st.integers(1, 59), dtype=st.sampled_from((torch.float32, torch.float64)))
def test_two_chunks_are_the_whole(cut, dtype):
    generator = torch.Generator().manual_seed(cut)
    layer = DiagonalSSM(ssm.inits.s4d_lin(8), 3, generator=generator).to(dtype)
    u = torch.randn(2, 60, 3, generator=generator, dtype=dtype)
    with torch.no_grad():
        first, state = layer.prefill(u[:, :cut], layer.initial_state(2))
        second, state = layer.prefill(u[:, cut:], state)
        whole, final = layer.prefill(u, layer.initial_state(2))
        expected = layer(u)
    chunks = torch.cat((first, second), 1)
    assert relative(chunks, expected) <= 2 * tolerance(layer, 60)
    assert relative(whole, expected) <= tolerance(layer, 60)
    assert relative(state.z.complex(), final.z.complex()) <= tolerance(
        layer.double(), 60
    )


def test_a_chunk_ends_where_its_steps_end(make_layer, normal):
    layer, u = make_layer(), normal(2, 50, 4)
    state = layer.initial_state(2)
    for u_t in u.unbind(1):
        _, state = layer.step(u_t, state)
    _, final = layer.prefill(u, layer.initial_state(2))
    assert relative(final.z.complex(), state.z.complex()) <= tolerance(
        layer.double(), 50
    )


def test_a_stream_goes_on_after_a_chunk(make_layer, normal):
    layer, u = make_layer(), normal(2, 50, 4)
    _, state = layer.prefill(u[:, :49], layer.initial_state(2))
    y, _ = layer.step(u[:, 49], state)
    assert relative(y, layer(u)[:, 49]) <= 4 * tolerance(layer, 50)


def test_the_output_has_absorbed_its_own_sample_and_no_later_one(make_layer, normal):
    layer, u = make_layer().double(), normal(1, 40, 4, dtype=torch.float64)
    later = u.clone()
    later[:, 20] += 1
    before = layer(u).detach()
    change = layer(later).detach() - before
    bound = tolerance(layer, 40) * float(before.norm())
    assert float(change[:, :20].abs().max()) <= bound
    assert float(change[:, 20].abs().min()) > 1e3 * bound


@pytest.mark.parametrize("method", ["zoh", "bilinear"])
@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_the_kernel_is_the_system_s_own(make_layer, measure, method):
    """Per channel the same kernel as framestate.ssm gives for the same numbers."""
    rng = np.random.default_rng(3)
    G = rng.standard_normal((9, 9))
    b = rng.standard_normal(9)
    A = (np.eye(9) + np.outer(b, b) + G - G.T) / 2
    system = ssm.System(A=A, B=b, measure=measure, lift=np.eye(9))
    modes = ssm.diagonalize(system)
    C = modes.readout(rng.standard_normal((5, 9)))
    layer = make_layer(5, modes=modes, readout=C, method=method).double()
    # C passed through the layer's float32 parameters: compare with what it holds.
    held = torch.view_as_complex(layer.C.detach()).numpy()
    K = layer.kernel(300).detach().numpy()
    for row, dt in enumerate(layer.log_dt.detach().exp().tolist()):
        step = ssm.discretize(modes, dt=dt, method=method)
        expected = ssm.kernel(step, held[row], 300, algorithm="reference")
        assert np.abs(K[row] - expected).max() <= 1e-10 * np.abs(expected).max()


def test_a_real_mode_counts_once_and_a_pair_twice(make_layer, make_modes):
    modes = make_modes(1, 1)
    layer = make_layer(1, modes=modes, readout=np.ones((1, 2)), method="zoh").double()
    z = np.exp(-modes.lam * layer.log_dt.exp().item())
    b = modes.B * (1 - z) / modes.lam
    expected = [(2 * b[0] * z[0] ** n + b[1] * z[1] ** n).real for n in range(5)]
    error = layer.kernel(5)[0].detach().numpy() - np.array(expected)
    assert np.abs(error).max() <= 1e-14 * np.abs(expected).max()


def test_a_constant_input_reaches_the_static_gain(make_layer, make_modes):
    """zoh is exact for it: y -> sum w Re(C B / lam) + D."""
    modes = make_modes(2, 1)
    layer = make_layer(2, modes=modes, dt_min=0.1, dt_max=0.1).double()
    y = layer(torch.ones(1, 600, 2, dtype=torch.float64))[0, -1]
    C = torch.view_as_complex(layer.C)
    static = torch.as_tensor(modes.B / modes.lam)
    expected = (C * layer.weight * static).real.sum(1) + layer.D
    # The slowest mode has decayed to exp(-0.5 * 60) = 1e-13 by then.
    assert relative(y, expected) <= 1e-11


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_gpu_gives_what_the_processor_gives(make_layer, normal, dtype):
    layer = make_layer(CHANNELS, 30, 4).to(dtype)
    u = normal(BATCH, LENGTH, CHANNELS, dtype=dtype)
    with torch.no_grad():
        expected = layer(u)
        state = layer.initial_state(BATCH)
        _, carried = layer.prefill(u, state)
        layer.cuda()
        found = layer(u.cuda()).cpu()
        _, there = layer.prefill(u.cuda(), layer.initial_state(BATCH))
        y_t, _ = layer.step(u[:, 0].cuda(), layer.initial_state(BATCH))
    bound = 2 * tolerance(layer, LENGTH)
    assert relative(found, expected) <= bound
    assert relative(there.z.complex().cpu(), carried.z.complex()) <= bound
    assert relative(y_t.cpu(), expected[:, 0]) <= 4 * bound
