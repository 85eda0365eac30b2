"""Every name gives its layer, with the sizes asked for, and says how it was made."""

import pytest
import torch

from framestate.deep import convert, models, recipes
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import (
    DPLRSSM,
    LMU,
    LRU,
    S5,
    DenseSSM,
    DiagonalSSM,
    MultiresLayer,
    ScaledSSM,
    SelectiveSSM,
)

WAVELET = {"wavelet": "db4", "shift": 0.05, "scales": (0, 3), "order": 12}
CASES = {
    "w4s4": (DiagonalSSM, WAVELET),
    "translated_walrus": (DiagonalSSM, WAVELET),
    "w4s4_dplr": (DPLRSSM, WAVELET),
    "legs": (DiagonalSSM, {"order": 6}),
    "s4d_legs": (DiagonalSSM, {"order": 8}),
    "s4d_lin": (DiagonalSSM, {"order": 8}),
    "s4d_inv": (DiagonalSSM, {"order": 8}),
    "s4d_fout": (DiagonalSSM, {"order": 8}),
    "s4d_real": (DiagonalSSM, {"order": 8}),
    "s4d_quad": (DiagonalSSM, {"order": 8}),
    "s4d_rand": (DiagonalSSM, {"order": 8, "seed": 3}),
    "s4d_dfout": (DiagonalSSM, {"order": 8, "heads": 2}),
    "dss": (DiagonalSSM, {"order": 8, "softmax_length": 20}),
    "s4": (DPLRSSM, {"order": 8, "init": "fout"}),
    "s5": (S5, {"order": 8, "blocks": 2}),
    "lru": (LRU, {"d_state": 5}),
    "lmu": (LMU, {"order": 5, "theta": 20.0}),
    "hippo": (DenseSSM, {"order": 7, "init": "legt"}),
    "hippo_clock": (ScaledSSM, {"order": 5}),
    "selective": (SelectiveSSM, {"d_state": 3}),
    "multires": (MultiresLayer, {"wavelet": "db2", "length": 30}),
}


def test_no_recipe_is_left_out():
    others = {"LayerOptions", "from_operator", "multiresnet", "wavelet_taps"}
    assert set(CASES) == set(recipes.__all__) - others


@pytest.mark.parametrize("name", CASES)
def test_a_name_gives_its_layer_and_the_layer_is_built_again_from_its_spec(name):
    kind, arguments = CASES[name]
    generator = torch.Generator().manual_seed(0)
    layer = getattr(recipes, name)(d_model=4, **arguments, generator=generator)
    assert type(layer) is kind
    assert layer.d_model == 4
    again = convert.build(layer.spec)
    again.load_state_dict(layer.state_dict())
    u = torch.randn(2, 30, 4, generator=generator)
    assert torch.equal(again(u), layer(u))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: recipes.s4(d_model=2, order=8, init="leg"), "Did you mean"),
        (lambda: recipes.s4(d_model=2, order=0), "order=0"),
        (lambda: recipes.s5(d_model=2, order=10, blocks=2), "multiple of 4"),
        (lambda: recipes.hippo(d_model=2, order=8, init="x"), "init 'x'"),
        (lambda: recipes.s4d_dfout(d_model=2, order=8, heads=0), "heads=0"),
        (lambda: recipes.multiresnet(d_input=1, d_output=1, n_layers=0), "n_layers=0"),
    ],
)
def test_what_has_no_layer_is_refused(call, match):
    with pytest.raises(InvalidInputError, match=match):
        call()


def test_multiresnet_is_the_paper_s():
    model = recipes.multiresnet(d_input=3, d_output=10)
    assert isinstance(model, models.SequenceModel)
    assert sum(p.numel() for p in model.parameters()) == 1_365_514


def test_multiresnet_takes_a_wavelet_s_filters_and_their_length():
    model = recipes.multiresnet(
        d_input=1,
        d_output=2,
        d_model=4,
        n_layers=2,
        length=50,
        wavelet="db3",
        trainable_filters=False,
    )
    layer = model.blocks[0].layer
    assert layer.kernel_size == 6
    assert "h0" not in dict(layer.named_parameters())
