"""What compilers and exporters make of a recurrent layer computes what the layer does.

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
from torch.utils import _pytree as pytree
from framestate import frames, ssm
from framestate.deep.layers.bidirectional import Bidirectional
from framestate.deep.layers.dense import DenseSSM
from framestate.deep.layers.dplr import DPLRSSM
from framestate.deep.layers.lmu import LMU
from framestate.deep.layers.lru import LRU
from framestate.deep.layers.mimo import S5
from framestate.deep.layers.scaled import ScaledSSM
from framestate.deep.layers.selective import SelectiveSSM

ALL = ("A", "B", "C", "D", "dt")
source = torch.Generator().manual_seed(0)
legs, legt = frames.legs(8), frames.legt(8)
block = ssm.inits.normal_part(ssm.reduce(legs))
s4 = [ssm.dplr(ssm.reduce(operator)) for operator in (legs, legt)]
lru = [LRU(4, 8, generator=source) for _ in range(3)]
LAYERS = {
    "S4-LegS": DPLRSSM(s4[0], 4, trainable=ALL, generator=source),
    "S4-LegT": DPLRSSM(s4[1], 4, generator=source),
    "S5": S5(block, 4, generator=source),
    "S5 both ways": S5(block, 4, bidirectional=True, generator=source),
    "LRU": lru[0],
    "LRU both ways": Bidirectional(lru[1], lru[2]),
    "LMU": LMU(legt, 4, theta=40.0, generator=source),
    "HiPPO": DenseSSM(legt, 4, generator=source),
    "clock": ScaledSSM(legs, 4, generator=source),
    "Mamba": SelectiveSSM(4, d_state=3, generator=source),
}
# Seconds each: the others are made of the same functions as these. Of the scaled clock
# there is none, as ONNX has neither a matrix exponential nor a solution of equations.
ONNX = {"forward of S4-LegT", "step of S4-LegT", "step of S5", "forward of Mamba"}
COMPILED_STEPS = {"S4-LegT", "S5"}
found = {}


class Step(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, u_t, state):
        return self.layer.step(u_t, state)


def leaves(x):
    return [leaf.detach() for leaf in pytree.tree_leaves(x)]


def apart(one, other):
    pairs = zip(leaves(one), leaves(other), strict=True)
    return max(float((p - q).abs().max() / q.abs().max()) for p, q in pairs)


def slopes(module, out):
    trained = [p for p in module.parameters() if p.requires_grad]
    total = sum(x.square().sum() for x in pytree.tree_leaves(out) if x.requires_grad)
    found = torch.autograd.grad(total, trained, allow_unused=True)
    return [slope for slope in found if slope is not None and slope.any()]


def by_onnx(program, given):
    model = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [entry.name for entry in session.get_inputs()]
    values = dict(zip(names, (v.numpy() for v in leaves(given)), strict=True))
    return [torch.from_numpy(v) for v in session.run(None, values)]


def strange(program):
    graphs = [m.graph for m in program.graph_module.modules() if hasattr(m, "graph")]
    nodes = [node for graph in graphs for node in graph.nodes]
    values = [node.meta.get("val") for node in nodes]
    numbers = sum(isinstance(v, torch.Tensor) and v.is_complex() for v in values)
    return numbers + sum("framestate" in str(node.target) for node in nodes)


batch = torch.export.Dim("batch")
for name, layer in LAYERS.items():
    u = torch.randn(2, 9, 4, generator=source)
    cases = {"forward": (layer, (u,), ({0: batch},))}
    if layer.causal:
        state = layer.prefill(u, layer.initial_state(2))[1].detach()
        sizes = [{0: batch} for _ in leaves(state)]
        cases["step"] = Step(layer), (u[:, 0], state), ({0: batch}, sizes)
    for part, (module, given, sizes) in cases.items():
        key, wanted = f"{part} of {name}", module(*given)
        if part == "forward" or name in COMPILED_STEPS:
            torch._dynamo.reset()
            out = torch.compile(module, fullgraph=True, backend="aot_eager")(*given)
            found[f"compiled {key}"] = apart(out, wanted)
            found[f"slopes {key}"] = apart(slopes(module, out), slopes(module, wanted))
        program = torch.export.export(module, given, dynamic_shapes=sizes)
        found[f"strange {key}"] = strange(program)
        more = pytree.tree_map(lambda x: torch.cat((x, x[:1])), given)
        found[f"exported {key}"] = apart(program.module()(*more), module(*more))
        if key in ONNX:
            found[f"onnx {key}"] = apart(by_onnx(program, more), module(*more))
print(json.dumps(found))
"""


@pytest.mark.parametrize(
    ("way", "count", "allowed"),
    [
        ("compiled", 12, 0),
        ("slopes", 12, 1e-6),
        ("exported", 18, 1e-6),
        ("onnx", 4, 1e-5),
    ],
)
def test_a_program_computes_what_the_layer_does(found, way, count, allowed):
    errors = [value for key, value in found.items() if key.startswith(way)]
    assert len(errors) == count
    assert max(errors) <= allowed


def test_neither_complex_numbers_nor_own_operators_are_exported(found):
    assert not any(value for key, value in found.items() if key.startswith("strange"))
