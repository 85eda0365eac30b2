"""What compilers and exporters make of the tree computes what the tree computes.

They cannot trace the shape checks that pytest puts on every signature, so that all of
this runs in a process of its own.
"""

import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

SCRIPT = """
import json
import onnxruntime
import torch
from torch import nn
from framestate.deep.functional.causal_dwt import causal_dwt, causal_idwt
from framestate.deep.layers.multires import MultiresLayer

torch.manual_seed(0)
TREES = {
    "fading": {"length": 300, "kernel_size": 6},
    "uniform": {"depth": 6, "tree_select": "uniform", "memory_size": 30},
}
found = {}


class Step(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, u_t, lows, highs):
        y, state = self.layer.step(u_t, (lows, highs))
        return y, *state


class Prefill(Step):
    def forward(self, u, lows, highs):
        y, state = self.layer.prefill(u, (lows, highs))
        return y, *state


def apart(one, other):
    pairs = zip(one, other, strict=True)
    return max(float((p - q).abs().max()) for p, q in pairs if p.numel())


def complex_numbers(program):
    graphs = [m.graph for m in program.graph_module.modules() if hasattr(m, "graph")]
    values = [node.meta.get("val") for graph in graphs for node in graph.nodes]
    return sum(isinstance(v, torch.Tensor) and v.is_complex() for v in values)


def by_onnx(program, given):
    model = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [entry.name for entry in session.get_inputs()]
    values = dict(zip(names, (v.numpy() for v in given), strict=True))
    return [torch.from_numpy(v) for v in session.run(None, values)]


for name, options in TREES.items():
    layer = MultiresLayer(48, **options).eval()
    u, batch, length = torch.randn(2, 300, 48), torch.export.Dim("b"), torch.export.Dim("n")
    state = layer.prefill(u[:, :100], layer.initial_state(2))[1]
    state = tuple(part.detach() for part in state)
    parts = {
        "forward": (layer, (u,)),
        "step": (Step(layer), (u[:, 0], *state)),
        "prefill": (Prefill(layer), (u, *state)),
    }
    for part, (module, given) in parts.items():
        with torch.no_grad():
            wanted = module(*given)
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        key = f"{part} of {name}"
        with torch.no_grad():
            compiled = torch.compile(module, fullgraph=True, backend="aot_eager")(*given)
        compiled = compiled if isinstance(compiled, tuple) else (compiled,)
        found[f"compiled {key}"] = apart(compiled, wanted)
        program = torch.export.export(module, given)
        exported = program.module()(*given)
        exported = exported if isinstance(exported, tuple) else (exported,)
        found[f"exported {key}"] = apart([v.detach() for v in exported], wanted)
        found[f"complex {key}"] = complex_numbers(program)
        if part != "prefill":
            found[f"onnx {key}"] = apart(by_onnx(program, given), wanted)
    program = torch.export.export(layer, (u,), dynamic_shapes=({0: batch, 1: length},))
    other = torch.randn(5, 77, 48)
    found[f"any length of {name}"] = apart([program.module()(other)], [layer(other)])
    slopes = []
    for call in (layer, torch.compile(layer, fullgraph=True, backend="aot_eager")):
        total = call(u).square().mean()
        slopes.append(torch.autograd.grad(total, list(layer.parameters())))
    found[f"slopes of {name}"] = apart(*slopes)

taps = torch.tensor([[0.5, 0.5]]).double().sqrt()
filters = taps, taps * torch.tensor([1.0, -1.0])
x = torch.randn(1, 1, 40).double()
back = lambda x: causal_idwt(causal_dwt(x, *filters, 3), *filters)
compiled = torch.compile(back, fullgraph=True, backend="aot_eager")
found["compiled transform"] = apart([compiled(x)], [back(x)])
print(json.dumps(found))
"""


def test_a_compiler_sees_one_graph_that_computes_the_same(found):
    compiled = [value for key, value in found.items() if key.startswith("compiled")]
    assert len(compiled) == 7
    assert max(compiled) == 0


def test_compiled_gradients_are_the_same(found):
    slopes = [value for key, value in found.items() if key.startswith("slopes")]
    assert len(slopes) == 2
    assert max(slopes) <= 1e-6


def test_no_complex_number_is_exported(found):
    assert not any(value for key, value in found.items() if key.startswith("complex"))


@pytest.mark.parametrize(
    ("way", "count"), [("exported", 6), ("onnx", 4), ("any length", 2)]
)
def test_what_is_exported_computes_the_same(found, way, count):
    errors = [value for key, value in found.items() if key.startswith(way)]
    assert len(errors) == count
    assert max(errors) <= 1e-5
