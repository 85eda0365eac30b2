"""A saved model comes back as it was, or not at all and with one clear error."""

import hashlib
import json

import numpy as np
import pytest
import torch
from torch import nn

from framestate.deep import recipes
from framestate.deep.convert import (
    ModelFileError,
    from_pretrained,
    load_weights,
    save_pretrained,
)
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers import Bidirectional
from framestate.deep.layers.baselines import (
    AttentionLayer,
    RecurrentLayer,
    WaveNetLayer,
)
from framestate.deep.models import (
    DensityHead,
    LearnedPositions,
    PatchEncoder,
    PooledHead,
    SequenceModel,
    SinusoidalPositions,
    StepHead,
    TokenEncoder,
    WindowHead,
)
from framestate.deep.spec import Spec, differences, recorded, spec_of

CARD = "card.json"


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make_model(width=8, **options) -> SequenceModel:
    layers = [RecurrentLayer(width, "gru", generator=seeded(i)) for i in range(2)]
    options = {"dropout": 0.1, "norm": "post", "pooling": "mean", **options}
    return SequenceModel(3, 2, layers, generator=seeded(), **options).eval()


def wavelet_layer(seed: int) -> nn.Module:
    """W4S4 of a small frame, with what a file has to keep: tuples, a trained A."""
    frame = {"order": 12, "scales": (0, 3), "shift": 0.05}
    options = {"trainable": ("A", "C"), "generator": seeded(seed)}
    return recipes.w4s4("db4", d_model=8, **frame, **options)


MODELS = {
    "plain": make_model,
    "batch norm": lambda: make_model(norm_kind="batch", norm="pre", drop_path=0.5),
    "tokens": lambda: SequenceModel(
        TokenEncoder(9, 8, padding_index=0),
        PooledHead(8, (2, 3), pooling="cls", pairs=True),
        [AttentionLayer(8, 2), WaveNetLayer(8, 2)],
        positions=LearnedPositions(8, 30),
    ),
    "images": lambda: SequenceModel(
        PatchEncoder(3, 8, (2, 2)), StepHead(8, 4), [RecurrentLayer(8)], mixing="ff"
    ),
    "state space": lambda: SequenceModel(
        3, 2, [wavelet_layer(i) for i in range(2)], pooling="last"
    ),
    "both ways": lambda: SequenceModel(
        3, 2, [Bidirectional(wavelet_layer(0), RecurrentLayer(8))], pooling="cls"
    ),
    "forecast": lambda: SequenceModel(
        PatchEncoder(3, 8, 2), WindowHead(8, 1, 3), [RecurrentLayer(8)]
    ),
    "density": lambda: SequenceModel(
        3,
        DensityHead(8, mixtures=2),
        [WaveNetLayer(8, 2)],
        mixing="glu_linear",
        positions=SinusoidalPositions(8),
    ),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_saved_model_comes_back_to_the_bit(tmp_path, name, dtype):
    model = MODELS[name]().to(dtype)
    for tensor in model.buffers():
        tensor.logical_not_() if tensor.dtype == torch.bool else tensor.add_(1)
    folder = save_pretrained(model, tmp_path / "new" / "folder")
    again = from_pretrained(folder)
    assert not again.training
    ours, theirs = model.state_dict(), again.state_dict()
    assert list(ours) == list(theirs)
    for key, tensor in ours.items():
        assert theirs[key].dtype == tensor.dtype
        assert torch.equal(theirs[key], tensor)
    assert again.spec == from_pretrained(str(folder), device="cpu").spec
    assert again.spec.to_json() == model.spec.to_json()


def test_a_model_that_came_back_says_the_same(tmp_path, normal):
    model = make_model()
    again = from_pretrained(save_pretrained(model, tmp_path))
    u = normal(2, 9, 3)
    assert torch.equal(again(u), model(u))


def test_loading_leaves_the_global_source_alone(tmp_path):
    save_pretrained(make_model(), tmp_path)
    before = torch.get_rng_state()
    from_pretrained(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


def test_two_files_stand_in_the_folder_and_neither_is_code(tmp_path):
    save_pretrained(make_model(), tmp_path)
    card = json.loads((tmp_path / CARD).read_text())
    assert {p.name for p in tmp_path.iterdir()} == {CARD, card["weights"]}
    payload = (tmp_path / card["weights"]).read_bytes()
    assert card["sha256"] == hashlib.sha256(payload).hexdigest()
    assert card["weights"] == f"weights-{card['sha256'][:16]}.safetensors"
    assert (card["format"], card["version"]) == ("framestate-model", 1)
    assert card["model"]["recipe"] == "SequenceModel"
    assert card["framestate"] == "0.1.0"


def test_a_second_model_replaces_the_first(tmp_path):
    save_pretrained(make_model(), tmp_path)
    second = make_model(width=6)
    for _ in range(2):
        save_pretrained(second, tmp_path)
        assert len(list(tmp_path.iterdir())) == 2
    assert from_pretrained(tmp_path).encoder.d_model == 6


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_crash_leaves_the_old_or_the_new_whole(tmp_path, cut_short):
    save_pretrained(make_model(), tmp_path)
    second, widths = make_model(width=6), []
    for _ in cut_short(lambda: save_pretrained(second, tmp_path)):
        widths.append(from_pretrained(tmp_path).encoder.d_model)
        card = json.loads((tmp_path / CARD).read_text())
        assert names(tmp_path) == {CARD, card["weights"]}
    assert widths == [8, 8, 8, 6]  # weights and card, each with its folder
    assert from_pretrained(tmp_path).encoder.d_model == 6


def test_a_crash_of_the_first_save_leaves_nothing(tmp_path, cut_short):
    found = [
        names(tmp_path)
        for _ in cut_short(lambda: save_pretrained(make_model(), tmp_path))
    ]
    assert found[:3] == [set()] * 3
    assert len(found[3]) == 2


def test_a_crash_while_saving_the_same_again_leaves_it(tmp_path, cut_short):
    save_pretrained(make_model(), tmp_path)
    for _ in cut_short(lambda: save_pretrained(make_model(), tmp_path)):
        assert len(names(tmp_path)) == 2
        from_pretrained(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError, match=r"file.*has room"):
        save_pretrained(make_model(), tmp_path / "file")


@pytest.fixture
def folder(tmp_path):
    return save_pretrained(make_model(), tmp_path)


def test_weights_go_into_a_model_of_the_same_configuration(folder, normal):
    saved = make_model()
    other = make_model().double()
    nn.init.zeros_(other.head.linear.weight)
    load_weights(other, folder)
    assert other.head.linear.weight.dtype == torch.float64
    u = normal(1, 5, 3)
    assert torch.allclose(other(u.double()).float(), saved(u), atol=1e-5)


def test_weights_of_another_configuration_name_the_fields(folder):
    other = make_model(width=6, dropout=0.5, pooling="last")
    before = other.head.linear.weight.clone()
    with pytest.raises(InvalidInputError) as caught:
        load_weights(other, folder)
    for words in (
        "encoder.arguments.d_model: 6 here, 8 there",
        "head.arguments.pooling: 'last' here, 'mean' there",
        "layers[1].arguments.dropout: 0.5 here, 0.1 there",
    ):
        assert words in caught.value.finding
    assert torch.equal(other.head.linear.weight, before)


def test_differences_name_lengths_types_and_missing_fields():
    assert differences({"a": [1, 2]}, {"a": [1, 2]}) == []
    assert differences({"a": [1]}, {"a": [1, 2]}) == ["a: 1 here, 2 there"]
    assert differences({"a": 1}, {"a": 1.0}) == ["a: 1 here, 1.0 there"]
    assert differences({}, {"b": 2}) == ["b: None here, 2 there"]


def test_a_layer_by_hand_is_not_saved(tmp_path):
    class Own(nn.Module):
        d_model, causal = 8, True

        def forward(self, u, *, interval=None, lengths=None):
            return u

        initial_state = step = prefill = forward

    model = SequenceModel(3, 1, [Own()])
    with pytest.raises(InvalidInputError, match="recipe of a Own"):
        save_pretrained(model, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_what_a_file_cannot_hold_is_not_saved(tmp_path):
    for value in (np.ones(2), float("nan"), object()):
        layer = RecurrentLayer(8)
        layer.spec = Spec("s4d_lin", {"readout": value})
        with pytest.raises(InvalidInputError, match="'readout' of 's4d_lin'"):
            save_pretrained(SequenceModel(3, 1, [layer]), tmp_path)
    model = make_model()
    model.register_buffer("z", torch.zeros(2, dtype=torch.complex128))
    with pytest.raises(InvalidInputError, match=r"'z' of dtype torch\.complex128"):
        save_pretrained(model, tmp_path)
    for other in (make_model().bfloat16(), make_model()):
        other.blocks[0].double()
        with pytest.raises(InvalidInputError, match="one precision"):
            save_pretrained(other, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_recorded_recipe_writes_down_what_it_was_asked_for():
    @recorded
    def wide(cell, *, d_model=4, scales=(1, 2), **options):
        return RecurrentLayer(d_model, cell, **options)

    module = wide("gru", d_model=3, generator=seeded())
    assert wide.__name__ == "wide"
    assert spec_of(module).to_json() == {
        "recipe": "wide",
        "arguments": {"cell": "gru", "d_model": 3, "scales": [1, 2]},
    }
