"""Models of the papers' sizes have the papers' numbers of parameters."""

from math import ceil, log2

import torch
from torch import nn

from framestate.deep.models import (
    DensityHead,
    PooledHead,
    SequenceModel,
    TokenEncoder,
)


class MultiresParameters(nn.Module):
    """The parameters of a MultiresLayer, by the paper's rule for its depth."""

    causal = True

    def __init__(self, d_model, kernel_size, length):
        super().__init__()
        self.d_model = d_model
        depth = ceil(log2((length - 1) / (kernel_size - 1) + 1))
        self.h0 = nn.Parameter(torch.empty(d_model, 1, kernel_size))
        self.h1 = nn.Parameter(torch.empty(d_model, 1, kernel_size))
        self.w = nn.Parameter(torch.empty(d_model, depth + 2))

    def forward(self, u, *, interval=None, lengths=None):
        return u

    def initial_state(self, batch_size, *, device=None):
        return ()

    def step(self, u_t, state, *, interval=None):
        return u_t, state

    def prefill(self, u, state, *, interval=None):
        return u, state


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def multiresnet(encoder, head, *, width, layers, kernel, length, **options):
    with torch.device("meta"):
        stack = [MultiresParameters(width, kernel, length) for _ in range(layers)]
        return SequenceModel(encoder, head, stack, norm="post", **options)


def test_multiresnet_for_sequential_cifar_has_1_365_514_parameters():
    model = multiresnet(
        3, 10, pooling="mean", width=256, layers=10, kernel=2, length=1024
    )
    assert count(model) == 1_365_514


def test_multiresnet_for_the_density_of_cifar_has_38_39_million():
    with torch.device("meta"):
        head = DensityHead(512)
    sizes = {"width": 512, "layers": 48, "kernel": 4, "length": 1024}
    model = multiresnet(3, head, mixing="glu_linear", **sizes)
    assert count(model) == 38_391_908


def test_multiresnet_for_listops_has_its_parameters():
    """10 blocks of width 128, K = 4, depth 10: 2 (4) + 12 + 2 (128 + 1) + 2 a channel."""
    with torch.device("meta"):
        encoder, head = TokenEncoder(18, 128), PooledHead(128, 10)
    model = multiresnet(
        encoder, head, norm_kind="batch", width=128, layers=10, kernel=4, length=2048
    )
    assert count(model) == 10 * 128 * (8 + 12 + 258 + 2) + 18 * 128 + 129 * 10


def test_w4s4_for_text_has_215_thousand_at_width_128_and_order_256(make_layer):
    """A frozen, B frozen: C (two numbers a mode), D and dt per channel are trained."""
    layers = [make_layer(128, pairs=128, real=0, seed=i) for i in range(3)]
    encoder, head = TokenEncoder(135, 128), PooledHead(128, 2)
    model = SequenceModel(encoder, head, layers, norm="pre", norm_kind="batch")
    block = 128 * 256 + 2 * 128 + 256 * 129 + 2 * 128
    total = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert total == 3 * block + 135 * 128 + 2 * 128 + 2 * 129 == 216_706
