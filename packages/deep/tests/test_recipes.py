"""A name becomes the layer of its operator, once, or one clear error."""

import numpy as np
import pytest
import torch

from framestate import frames, ssm
from framestate.deep import recipes
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import DiagonalSSM

# A frame of 80 atoms: db4, coarse shifts.
SMALL = {"wavelet": "db4", "shift": 0.05, "scales": (0, 3)}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def small(recipe=recipes.w4s4, order=12, **options) -> DiagonalSSM:
    return recipe(d_model=3, order=order, generator=seeded(), **SMALL, **options)


def eigenvalues(layer: DiagonalSSM) -> np.ndarray:
    lam, paired = layer.lam.numpy(), layer.paired.numpy()
    return np.sort_complex(np.concatenate((lam, lam[paired].conj())))


@pytest.mark.parametrize(
    ("recipe", "build"),
    [
        (recipes.w4s4, frames.scaled),
        (recipes.translated_walrus, frames.translated),
    ],
)
def test_a_wavelet_layer_has_the_eigenvalues_of_its_operator(recipe, build):
    frame = frames.wavelet_frame("db4", scales=(0, 3), shift=0.05, rank=12)
    expected = np.linalg.eigvals(build(frame).reduced_A)
    found = eigenvalues(small(recipe))
    assert len(found) == 12
    # cond(V) is below 1e4 for these frames.
    distance = np.abs(found[:, None] - expected).min(axis=0).max()
    assert distance <= 1e4 * 12 * np.finfo(np.float64).eps * np.abs(expected).max()


def test_the_first_kernel_is_a_real_readout_of_the_orthonormal_state():
    """Rows N(0, 1) on the state x: the kernel is C exp(-A t) b, drawn first."""
    layer = small().double()
    frame = frames.wavelet_frame("db4", scales=(0, 3), shift=0.05, rank=12)
    small_system = ssm.reduce(frames.scaled(frame))
    C = torch.randn(3, 12, generator=seeded(), dtype=torch.float64).numpy()
    dt = layer.log_dt[0].exp().item()
    step = ssm.discretize(small_system, dt=dt, method="zoh")
    expected = ssm.kernel(step, C[0], 50)
    K = layer.kernel(50)[0].detach().numpy()
    # C is held in float32; modes cancel by less than cond(V), 1e4.
    bound = 1e4 * np.finfo(np.float32).eps
    assert np.abs(K - expected).max() <= bound * np.abs(expected).max()


@pytest.mark.parametrize("build", [frames.scaled, frames.translated])
def test_a_name_is_the_operator_of_its_frame(build):
    frame = frames.wavelet_frame("db4", scales=(0, 3), shift=0.05, rank=12)
    named = small({frames.scaled: recipes.w4s4}.get(build, recipes.translated_walrus))
    made = recipes.from_operator(build(frame), d_model=3, generator=seeded())
    assert torch.equal(made.kernel(50), named.kernel(50))


@pytest.mark.parametrize(
    ("operator", "order"),
    [
        (lambda: frames.translated(frames.slepian(8, bandwidth=2.0)), 8),
        (lambda: frames.translated(frames.fourier(4)), 4),
        (lambda: ssm.reduce(frames.legs(6)), 6),
    ],
)
def test_a_layer_of_any_frame_starts_as_its_operator(operator, order):
    """Rows N(0, 1) on the orthonormal state, whose kernel is that of the system."""
    op = operator()
    layer = recipes.from_operator(op, d_model=2, generator=seeded()).double()
    system = ssm.reduce(op)
    assert len(eigenvalues(layer)) == system.size == order
    C = torch.randn(2, system.size, generator=seeded(), dtype=torch.float64).numpy()
    step = ssm.discretize(system, dt=layer.log_dt[1].exp().item(), method="zoh")
    expected = ssm.kernel(step, C[1], 50)
    K = layer.kernel(50)[1].detach().numpy()
    bound = 1e4 * np.finfo(np.float32).eps  # C in float32; modes cancel by cond(V)
    assert np.abs(K - expected).max() <= bound * np.abs(expected).max()


def test_an_operator_of_bad_eigenvectors_is_refused():
    with pytest.raises(ssm.IllConditionedError, match="cond"):
        recipes.from_operator(frames.legs(32), d_model=2)


def test_no_order_keeps_the_effective_rank():
    frame = frames.wavelet_frame("db4", scales=(0, 3), shift=0.05)
    assert len(eigenvalues(small(order=None))) == frame.rank


def test_a_large_order_takes_a_finer_frame():
    coarse = frames.wavelet_frame("db4", scales=(0, 3), shift=0.05).rank
    layer = recipes.w4s4("db4", d_model=1, order=coarse + 1, shift=0.05)
    assert len(eigenvalues(layer)) == coarse + 1


LADDER = [(6, 6), (5, 5), (4, 4), (3, 3), (2, 3), (1, 3), (0, 3), (-1, 3)]


@pytest.mark.parametrize("order", [1, 3, 4, 5, 9, 10, 14, 15, 22, 39, 40])
def test_an_order_takes_the_coarsest_frame_that_spans_it(order):
    spans = (
        scales
        for scales in LADDER
        if frames.wavelet_frame("db4", scales=scales, shift=0.05).rank >= order
    )
    options = {"d_model": 1, "order": order, "shift": 0.05}
    layer = recipes.w4s4("db4", **options)
    given = recipes.w4s4("db4", scales=next(spans), **options)
    assert torch.equal(layer.lam, given.lam)
    assert torch.equal(layer.inputs().complex(), given.inputs().complex())


def test_the_input_enters_the_states_of_a_small_order():
    """LegS, which has norm(B) = order, is the scale to compare with."""
    norms = {
        scales: float(
            recipes.w4s4_dplr("db11", d_model=1, order=16, scales=scales)
            .system()
            .B.complex()
            .norm()
        )
        * 2**0.5  # half of each conjugate pair
        for scales in (None, (0, 3))
    }
    assert norms[None] > 8
    assert norms[0, 3] < 0.01


@pytest.mark.parametrize(
    ("recipe", "modes"),
    [
        (recipes.s4d_lin, lambda: ssm.inits.s4d_lin(16)),
        (recipes.s4d_inv, lambda: ssm.inits.s4d_inv(16)),
        (recipes.s4d_legs, lambda: ssm.inits.normal_part(frames.legs(16))),
        (recipes.s4d_rand, lambda: ssm.inits.s4d_rand(16, seed=0)),
    ],
)
def test_a_diagonal_recipe_has_the_poles_of_its_name(recipe, modes):
    layer, expected = recipe(d_model=3, order=16), modes()
    bound = 100 * np.finfo(np.float64).eps * np.abs(expected.lam).max()
    assert np.abs(layer.lam.numpy() - expected.lam).max() <= bound
    assert np.abs(layer.lam.numpy().real - 0.5).max() <= bound


def test_legs_itself_is_served_while_its_eigenvectors_can_be_trusted():
    layer = recipes.legs(d_model=2, order=6)
    # LegS has eigenvalues 1 .. N; cond(V) is below 1e4 at 6.
    error = np.abs(layer.lam.numpy() - np.arange(1, 7)).max()
    assert error <= 1e4 * 6 * np.finfo(np.float64).eps
    assert not layer.paired.any()


@pytest.mark.parametrize(
    ("dtype", "promised"), [(torch.float32, 1e-5), (torch.float64, 1e-10)]
)
def test_modes_that_cancel_cost_no_digit_of_the_output(normal, dtype, promised):
    """LegS at order 8 has cond(V) = 7.7e4: a kernel summed in float32 errs by 6e-4."""
    layer = recipes.legs(d_model=4, order=8, generator=seeded()).to(dtype)
    u = normal(1, 256, 4, dtype=dtype)
    state, outputs = layer.initial_state(1), []
    with torch.no_grad():
        for u_t in u.unbind(1):
            y_t, state = layer.step(u_t, state)
            outputs.append(y_t)
        expected = torch.stack(outputs, 1)
        error = (layer(u) - expected).abs().max() / expected.abs().max()
    assert error.item() <= promised


def test_legs_of_a_usual_order_is_refused_with_the_condition_number():
    with pytest.raises(ssm.IllConditionedError, match="cond"):
        recipes.legs(d_model=2, order=64)


def test_layers_of_one_name_share_one_derivation(monkeypatch):
    first = small()

    def refuse(*args, **kwargs):
        pytest.fail("derived again")

    monkeypatch.setattr(frames, "wavelet_frame", refuse)
    second = small()
    assert torch.equal(first.lam, second.lam)
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.parameters(), second.parameters(), strict=True)
    )


def test_options_reach_the_layer():
    layer = small(method="bilinear", trainable=("dt",), dt_min=0.01, dt_max=0.01)
    assert layer.method == "bilinear"
    assert layer.trainable == ("dt",)
    assert (layer.log_dt.exp() - 0.01).abs().max().item() <= 1e-8


def test_the_layer_of_the_paper_has_sixty_four_states_and_runs(normal):
    layer = recipes.w4s4("db11", d_model=4, order=64, generator=seeded())
    assert len(eigenvalues(layer)) == 64
    assert float(layer.lam.real.min()) >= 0.5 - 1e-10
    assert layer(normal(2, 100, 4)).shape == (2, 100, 4)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: recipes.w4s4("db1111", d_model=2), frames.FramesError, "db11"),
        (lambda: recipes.w4s4("haar", d_model=2), frames.FramesError, "haar"),
        (lambda: recipes.w4s4("db4", d_model=2, order=0), InvalidInputError, "order=0"),
        (lambda: recipes.w4s4("db4", d_model=0), InvalidInputError, "d_model=0"),
        (lambda: small(order=10**4), frames.FramesError, "10000"),
        (
            lambda: recipes.w4s4("db2", d_model=2, order=500, shift=0.5),
            InvalidInputError,
            "Lower order or shift",
        ),
        (lambda: recipes.s4d_lin(d_model=2, order=-2), InvalidInputError, "order=-2"),
        (lambda: recipes.s4d_lin(d_model=2, order=3), ssm.SsmError, "odd"),
        (lambda: recipes.s4d_inv(d_model=2, order=0), InvalidInputError, "order=0"),
        (lambda: recipes.s4d_legs(d_model=2, order=0), InvalidInputError, "order=0"),
        (lambda: recipes.legs(d_model=2, order=0), InvalidInputError, "order=0"),
    ],
)
def test_a_wrong_name_or_order_is_one_clear_error(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_misspelled_option_is_a_type_error():
    with pytest.raises(TypeError, match="trainble"):
        recipes.s4d_lin(d_model=2, order=4, trainble=("C",))
