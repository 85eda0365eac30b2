"""An exported program or file says what the model says, for any batch and length."""

import importlib.util
import types

import jaxtyping
import numpy as np
import pytest
import torch

from framestate.deep import convert
from framestate.deep.convert import onnx_file
from framestate.deep.convert.leaves import leaves, rebuilt
from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.baselines import (
    AttentionLayer,
    RecurrentLayer,
    WaveNetLayer,
)
from framestate.deep.models import (
    PatchEncoder,
    PooledHead,
    SequenceModel,
    SinusoidalPositions,
    TokenEncoder,
    WindowHead,
)

MISSING = [
    name
    for name in ("onnx", "onnxscript", "onnxruntime")
    if importlib.util.find_spec(name) is None
]
needs_onnx = pytest.mark.skipif(bool(MISSING), reason=f"{MISSING} not installed")


@pytest.fixture(autouse=True)
def _unchecked():
    """A size that may vary is no int to the checks of shapes in signatures."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


LAYERS = {
    "wavenet": lambda: WaveNetLayer(8, 2, generator=seeded()),
    "gru": lambda: RecurrentLayer(8, "gru", generator=seeded()),
    "lstm": lambda: RecurrentLayer(8, "lstm", generator=seeded()),
    "attention": lambda: AttentionLayer(8, 2, causal=True, generator=seeded()),
}


def make_model(kind="wavenet", **options) -> SequenceModel:
    return SequenceModel(3, 2, [LAYERS[kind]()], generator=seeded(), **options).eval()


def stream(run, model, samples):
    """Run a step through a stream, its state as a list of tensors from zero."""
    start = model.initial_state(samples.shape[0])
    state = [torch.zeros_like(tensor) for tensor in leaves(start, start)]
    for u_t in samples.unbind(1):
        y, *state = run(u_t, *state)
    return y


@pytest.mark.parametrize(
    ("kind", "pooling"),
    [("wavenet", None), ("wavenet", "max"), ("attention", "mean"), ("gru", "last")],
)
def test_a_program_is_the_model(normal, kind, pooling):
    model, fixed = make_model(kind, pooling=pooling, norm_kind="batch"), kind == "gru"
    program = convert.export(model, normal(1, 8, 3), fixed_length=fixed)
    u = normal(5, 8 if fixed else 33, 3)
    assert torch.allclose(program.module()(u), model(u), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "pooling"),
    [("wavenet", None), ("wavenet", "max"), ("lstm", "mean"), ("gru", "last")],
)
def test_a_program_of_the_step_streams(normal, kind, pooling):
    model = make_model(kind, pooling=pooling).requires_grad_(False)
    program = convert.export(model, normal(1, 3), streaming=True)
    u = normal(4, 12, 3)
    y, whole = stream(program.module(), model, u), model(u)
    assert torch.allclose(y, whole if pooling else whole[:, -1], atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_complex_number_is_in_a_graph(normal, dtype):
    model = make_model().to(dtype)
    for program in (
        convert.export(model, normal(2, 8, 3, dtype=dtype)),
        convert.export(model, normal(2, 3, dtype=dtype), streaming=True),
    ):
        values = [node.meta.get("val") for node in program.graph.nodes]
        tensors = [v for v in values if isinstance(v, torch.Tensor)]
        assert tensors
        assert not any(v.is_complex() for v in tensors)


def session_of(path):
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


@needs_onnx
@pytest.mark.parametrize("kind", ["wavenet", "gru", "attention"])
def test_a_file_is_the_model_to_1e_5(tmp_path, normal, kind):
    model, fixed = make_model(kind, pooling="mean"), kind == "gru"
    example = normal(2, 8, 3)
    path = tmp_path / "model.onnx"
    written = convert.onnx(model, path, example, fixed_length=fixed)
    assert (written.path, written.inputs, written.outputs) == (path, ("u",), ("y",))
    u = normal(5, 8 if fixed else 33, 3, seed=3)
    (found,) = session_of(path).run(["y"], {"u": u.numpy()})
    expected = model(u).detach().numpy()
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()
    assert written.error <= 1e-5


@needs_onnx
def test_a_graph_that_onnxruntime_cannot_run_is_not_kept(tmp_path, normal):
    """It has no error function in double precision, for one."""
    path = tmp_path / "model.onnx"
    with pytest.raises(convert.ExportError, match=r"model\.float\(\)"):
        convert.onnx(make_model().double(), path, normal(2, 8, 3).double())
    assert not path.exists()


@needs_onnx
@pytest.mark.parametrize(("kind", "pooling"), [("wavenet", "mean"), ("gru", None)])
def test_a_file_of_the_step_streams_to_1e_5(tmp_path, normal, kind, pooling):
    model = make_model(kind, pooling=pooling).requires_grad_(False)
    path = tmp_path / "step.onnx"
    written = convert.onnx(model, path, normal(1, 3), streaming=True)
    session = session_of(path)
    assert [i.name for i in session.get_inputs()] == list(written.inputs)
    assert [o.name for o in session.get_outputs()] == list(written.outputs)
    assert written.inputs[1] == "state_0"
    assert written.outputs[1] == "next_0"

    def run(*tensors):
        arrays = (tensor.numpy() for tensor in tensors)
        found = session.run(None, dict(zip(written.inputs, arrays, strict=True)))
        return [torch.from_numpy(array) for array in found]

    u = normal(3, 30, 3)
    y, whole = stream(run, model, u), model(u)
    expected = whole if pooling else whole[:, -1]
    assert float((y - expected).abs().max()) <= 1e-5 * float(expected.abs().max())


@needs_onnx
def test_a_state_space_model_is_written_whole_and_as_its_step(
    tmp_path, make_layer, normal
):
    layers = [make_layer(8)]
    model = SequenceModel(3, 2, layers, pooling="mean", generator=seeded()).eval()
    whole, step, u = tmp_path / "a.onnx", tmp_path / "b.onnx", normal(2, 50, 3)
    assert convert.onnx(model, whole, u, fixed_length=True).error <= 1e-5
    written = convert.onnx(model, step, u[:, 0], streaming=True)
    expected = model(u).detach().numpy()
    session, bound = session_of(step), 1e-5 * np.abs(expected).max()
    states = [np.zeros_like(x) for x in states_of(model)]
    for u_t in u.unbind(1):
        given = dict(zip(written.inputs, [u_t.numpy(), *states], strict=True))
        y, *states = session.run(None, given)
    assert np.abs(y - expected).max() <= bound


def states_of(model):
    rest = model.initial_state(2)
    return [tensor.numpy() for tensor in leaves(rest, rest)]


@needs_onnx
def test_tokens_positions_pairs_and_windows_are_written_too(tmp_path, normal):
    tokens = torch.randint(0, 9, (2, 8), generator=seeded())
    encoder, positions = TokenEncoder(9, 8, generator=seeded()), SinusoidalPositions(8)
    pairs = PooledHead(8, (2, 3), pairs=True, pooling="last", generator=seeded())
    layers = [LAYERS["wavenet"]()]
    text = SequenceModel(encoder, pairs, layers, positions=positions).eval()
    convert.onnx(text, tmp_path / "a.onnx", tokens)
    patches, window = PatchEncoder(3, 8, 4), WindowHead(8, 2, 3, generator=seeded())
    model = SequenceModel(patches, window, [LAYERS["wavenet"]()]).eval()
    convert.onnx(model, tmp_path / "b.onnx", normal(2, 4, 3), streaming=True)


@needs_onnx
@pytest.mark.parametrize(
    ("dtype", "error", "kept"),
    [
        (torch.float32, 0.99e-5, True),
        (torch.float32, 1.01e-5, False),
        (torch.float64, 1.01e-10, False),
        (torch.float32, float("nan"), False),
    ],
)
def test_a_file_is_kept_if_it_says_what_the_model_says(
    tmp_path, normal, monkeypatch, dtype, error, kept
):
    file = types.SimpleNamespace(SerializeToString=lambda: b"graph")
    program = types.SimpleNamespace(model_proto=file)
    monkeypatch.setattr(onnx_file, "export", lambda *args, **options: None)
    monkeypatch.setattr(torch.onnx, "export", lambda *args, **options: program)
    monkeypatch.setattr(onnx_file, "_difference", lambda *args: error)
    model, path = make_model().to(dtype), tmp_path / "new" / "model.onnx"
    example = normal(2, 8, 3, dtype=dtype)
    if kept:
        assert convert.onnx(model, path, example).error == error
        assert path.read_bytes() == b"graph"
        return
    with pytest.raises(convert.ExportError, match=f"model by {error:.1e} of"):
        convert.onnx(model, path, example)
    assert not path.exists()


@needs_onnx
def test_an_operator_that_onnx_lacks_is_named(tmp_path, normal):
    model, path = make_model(), tmp_path / "model.onnx"
    model.blocks[0].activation = Bessel()
    with pytest.raises(convert.ExportError, match="operator that ONNX lacks") as caught:
        convert.onnx(model, path, normal(2, 8, 3), fixed_length=True)
    assert "bessel_j0" in caught.value.finding
    assert not path.exists()


class Bessel(torch.nn.Module):
    """Something that no ONNX operator does."""

    def forward(self, x):
        return torch.special.bessel_j0(x)


def test_a_missing_extra_is_named(tmp_path, normal, monkeypatch):
    monkeypatch.setattr(onnx_file, "find_spec", lambda name: None)
    with pytest.raises(InvalidInputError, match=r"framestate-deep\[export\]"):
        convert.onnx(make_model(), tmp_path / "x.onnx", normal(2, 8, 3))


def test_what_cannot_be_exported_is_refused(normal):
    with pytest.raises(InvalidInputError, match=r"model\.eval\(\)"):
        convert.export(make_model().train(), normal(2, 8, 3))
    with pytest.raises(InvalidInputError, match="fixed_length=True"):
        convert.export(make_model("gru"), normal(2, 8, 3))
    with pytest.raises(InvalidInputError, match="its state grows"):
        convert.export(make_model("attention"), normal(2, 3), streaming=True)
    both_ways = SequenceModel(3, 1, [AttentionLayer(8)]).eval()
    with pytest.raises(InvalidInputError, match="not causal"):
        convert.export(both_ways, normal(2, 3), streaming=True)


def test_a_state_is_its_tensors_and_comes_back_from_them(normal):
    model = make_model(pooling="max")
    rest = model.initial_state(2)
    _, state = model.prefill(normal(2, 5, 3), rest)
    tensors = leaves(rest, state)
    assert len(tensors) == 1 + 2 + 2
    again = leaves(rest, rebuilt(rest, iter(tensors)))
    assert all(a is b for a, b in zip(tensors, again, strict=True))
    assert leaves(None, 3) == []
    assert rebuilt(None, iter(())) is None
