"""From a wavelet's name to the layer whose tree is its transform."""

import numpy as np
import pytest
import pywt
import torch

from framestate.deep import recipes
from framestate.deep.functional.causal_dwt import causal_dwt, causal_idwt
from framestate.frames import FramesError

NAMES = [n for f in ("db", "sym", "coif", "bior", "rbio") for n in pywt.wavelist(f)]


@pytest.mark.parametrize("name", [*NAMES, "haar"])
def test_taps_by_name_are_those_of_pywavelets(name):
    wavelet = pywt.Wavelet(name)
    for found, table in zip(
        (*recipes.wavelet_taps(name), *recipes.wavelet_taps(name, synthesis=True)),
        (wavelet.dec_lo[::-1], wavelet.dec_hi[::-1], wavelet.rec_lo, wavelet.rec_hi),
        strict=True,
    ):
        assert np.abs(found - table).max() <= 1e-9  # the digits of its table


@pytest.mark.parametrize("name", ["db3", "bior4.4"])
def test_the_layer_of_a_name_is_the_transform_and_can_be_undone(name):
    layer = recipes.multires(name, d_model=2, depth=2, trainable_filters=False)
    assert [key for key, _ in layer.named_parameters()] == ["w"]
    u = torch.randn(1, 300, 2, generator=torch.Generator().manual_seed(0))
    nodes = causal_dwt(u.transpose(1, 2), layer.h0, layer.h1, 2)
    with torch.no_grad():
        weighed = torch.einsum("bcnl,cn->blc", nodes, layer.w[:, :-1])
        wanted = weighed + layer.w[:, -1] * u
        bound = 200 * torch.finfo(torch.float32).eps * float(wanted.abs().max())
        assert bool(((layer(u) - wanted).abs() <= bound).all())
    pair = recipes.wavelet_taps(name, synthesis=True)
    synthesis = tuple(torch.tensor(h).float().expand(2, -1) for h in pair)
    back = causal_idwt(nodes, layer.h0, layer.h1, synthesis=synthesis)
    delay = 3 * (layer.kernel_size - 1)
    error = back[..., delay:] - u.transpose(1, 2)[..., :-delay]
    assert float(error.abs().max()) <= 200 * torch.finfo(torch.float32).eps * 4


def test_without_a_name_the_taps_are_drawn():
    generator = torch.Generator().manual_seed(5)
    layer = recipes.multires(d_model=4, kernel_size=3, length=17, generator=generator)
    again = recipes.multires(
        d_model=4, kernel_size=3, length=17, generator=generator.manual_seed(5)
    )
    assert layer.depth == 4
    assert torch.equal(layer.h0, again.h0)


def test_an_unknown_name_is_refused_with_the_near_ones():
    with pytest.raises(FramesError, match="db2"):
        recipes.multires("db222", d_model=2, depth=3)
