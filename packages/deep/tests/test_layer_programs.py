"""What compilers and exporters make of a diagonal layer computes what the layer does.

They cannot trace the shape checks that pytest puts on every signature, so that all of
this runs in a process of its own.
"""

import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

SCRIPT = r"""
import json
import tempfile
import onnxruntime
import torch
from torch import nn
from torch.utils import _pytree as pytree
from framestate import ssm
from framestate.deep.layers import DiagonalSSM
from framestate.deep.layers import irregular

irregular._STRETCH_ELEMENTS = 2 * 4 * 8 * 20  # stretches of twenty samples
ALL = ("A", "B", "C", "D", "dt")
LENGTH, BATCH = 33, 2
lin = ssm.inits.s4d_lin(16)


def layer(modes=lin, **options):
    source = torch.Generator().manual_seed(0)
    return DiagonalSSM(modes, 4, generator=source, **options).eval()


LAYERS = {
    "zoh": layer(),
    "trained": layer(trainable=ALL, n_ssm=2, real_transform="softplus"),
    "bilinear": layer(method="bilinear", trainable=("A", "C")),
    "foh": layer(method="foh"),
    "dfout": layer(ssm.inits.s4d_dfout(16, heads=4, damping=0.02), method="dfout"),
    "dss": layer(softmax_length=40, B_init="constant", feedthrough=False),
}
generator = torch.Generator().manual_seed(1)
u = torch.randn(BATCH, LENGTH, 4, generator=generator)
more = torch.randn(5, LENGTH, 4, generator=generator)
each = 0.5 + torch.rand(BATCH, generator=generator)
uneven = 0.5 + torch.rand(BATCH, LENGTH, generator=generator)
batch = torch.export.Dim("batch", min=1, max=64)
found = {}


def error(value, expected):
    difference = (value - expected).detach().abs().max()
    return float(difference / expected.detach().abs().max())


class Step(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, u_t, state):
        return self.layer.step(u_t, state)


class Uneven(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, u, interval):
        return self.layer(u, interval=interval)


def compiled(call):
    torch._dynamo.reset()
    return torch.compile(call, fullgraph=True, backend="aot_eager")


def gradients(layer, y):
    used = [p for p in layer.parameters() if p.requires_grad]
    return torch.autograd.grad(y.square().sum(), used)


def compile_forward(name, layer, *intervals):
    for interval in (None, *intervals):
        y, expected = (f(u, interval=interval) for f in (compiled(layer), layer))
        pairs = zip(gradients(layer, y), gradients(layer, expected), strict=True)
        kind = getattr(interval, "ndim", interval)
        worst = max(error(y, expected), *(error(*p) for p in pairs))
        found[f"{name} compiled, interval {kind}"] = worst


def compile_step(name, layer):
    run, rest = compiled(layer.step), layer.initial_state(BATCH)
    with torch.no_grad():
        _, state = run(u[:, 0], rest)
        y, _ = run(u[:, 1], state)
        expected, _ = layer.step(u[:, 1], layer.step(u[:, 0], rest)[1])
        # a state of the eager layer, with what it remembers, and one that is pinned
        mixed, _ = run(u[:, 1], layer.step(u[:, 0], rest)[1])
        pinned = rest.pinned(layer.recurrence())
        _, state = run(u[:, 0], pinned)
        again, after = run(u[:, 1], state)
    assert after.is_pinned
    found[f"{name} compiled step"] = max(
        error(value, expected) for value in (y, mixed, again)
    )


def compile_chunk(name, layer):
    run = compiled(layer.prefill)
    with torch.no_grad():
        y, _ = run(u, run(u, layer.initial_state(BATCH))[1])
        expected, _ = layer.prefill(u, layer.prefill(u, layer.initial_state(BATCH))[1])
    found[f"{name} compiled chunk"] = error(y, expected)


def plain(program):
    for node in program.graph.nodes:
        value = node.meta.get("val")
        values = value if isinstance(value, (tuple, list)) else (value,)
        assert not any(isinstance(v, torch.Tensor) and v.is_complex() for v in values)
        assert "framestate" not in str(node.target)


def export_all(name, layer):
    program = torch.export.export(layer, (u,), dynamic_shapes={"u": {0: batch}})
    plain(program)
    found[f"{name} exported"] = error(program.module()(more), layer(more))
    rest = layer.initial_state(BATCH)
    sizes = [{0: batch} for leaf in pytree.tree_leaves(rest) if leaf is not None]
    nones = [None] * (4 - len(sizes))
    sizes = ({0: batch}, [sizes[:2], *sizes[2:], *nones])
    program = torch.export.export(
        Step(layer), (u[:, 0], rest), dynamic_shapes=sizes
    )
    plain(program)
    rest = layer.initial_state(len(more))
    _, state = program.module()(more[:, 0], rest)
    y, _ = program.module()(more[:, 1], state)
    expected, _ = layer.step(more[:, 1], layer.step(more[:, 0], rest)[1])
    found[f"{name} exported step"] = error(y, expected)


def onnx(module, arguments, **options):
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        torch.onnx.export(module, arguments, dynamo=True, verbose=False, **options).save(
            file.name
        )
        session = onnxruntime.InferenceSession(file.name)
    names = [x.name for x in session.get_inputs()]

    def run(*values):
        feed = {n: v.numpy() for n, v in zip(names, values, strict=True)}
        return [torch.from_numpy(y) for y in session.run(None, feed)]

    return run


def onnx_all(name, layer):
    shapes = {"u": {0: batch}}
    (y,) = onnx(layer, (u,), dynamic_shapes=shapes)(more)
    found[f"{name} onnx"] = error(y, layer(more))
    rest = layer.initial_state(BATCH)
    run = onnx(Step(layer), (u[:, 0], rest))
    carried = [rest.z.real, rest.z.imag]
    carried += [] if rest.before is None else [rest.before]
    _, *carried = run(u[:, 0], *carried)
    y, *_ = run(u[:, 1], *carried)
    expected, _ = layer.step(u[:, 1], layer.step(u[:, 0], rest)[1])
    found[f"{name} onnx step"] = error(y, expected)


for name in ("zoh", "trained", "dfout"):
    compile_forward(name, LAYERS[name])
compile_forward("bilinear", LAYERS["bilinear"], 0.5, each, uneven)
compile_step("zoh", LAYERS["zoh"])
compile_step("foh", LAYERS["foh"])
compile_chunk("zoh", LAYERS["zoh"])
for name, one in LAYERS.items():
    export_all(name, one)
for name in ("zoh", "bilinear", "foh"):
    onnx_all(name, LAYERS[name])
sizes = ({0: batch}, {0: batch})
program = onnx(Uneven(LAYERS["zoh"]), (u, uneven), dynamic_shapes=sizes)
expected = LAYERS["zoh"](u, interval=uneven)
found["onnx of uneven samples"] = error(program(u, uneven)[0], expected)
print(json.dumps(found))
"""


@pytest.mark.timeout(600)
def test_a_compiled_layer_is_the_layer_bit_for_bit(found):
    errors = {name: e for name, e in found.items() if "compiled" in name}
    assert len(errors) == 10
    # The operations are the same; a compiler may contract a product and a sum.
    assert max(errors.values()) <= 1e-6, errors


@pytest.mark.timeout(600)
def test_an_exported_layer_is_the_layer(found):
    """It convolves by matrix products: float32 rounding of transforms of 66 samples."""
    errors = {name: e for name, e in found.items() if "exported" in name}
    assert len(errors) == 12
    assert max(errors.values()) <= 1e-6, errors


@pytest.mark.timeout(600)
def test_onnx_runtime_gives_what_the_layer_gives(found):
    errors = {name: e for name, e in found.items() if "onnx" in name}
    assert len(errors) == 7
    assert max(errors.values()) <= 1e-5, errors
