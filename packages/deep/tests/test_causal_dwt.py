"""The causal transform is PyWavelets', shifted as stated, and can be undone."""

import numpy as np
import pytest
import pywt
import torch

from framestate.deep.errors import InvalidInputError
from framestate.deep.functional.causal_dwt import causal_dwt, causal_idwt
from framestate.frames import filters

ORTHOGONAL = [f"{w}" for f in ("db", "sym", "coif") for w in pywt.wavelist(f)]
BIORTHOGONAL = [f"{w}" for f in ("bior", "rbio") for w in pywt.wavelist(f)]
LENGTH = 512


def depth_of(taps: int) -> int:
    """The depth, up to 5, whose deepest level is whole in most of the record."""
    return next(j for j in (5, 4, 3, 2, 1) if (taps - 1) * (2**j - 1) <= 320)


def rows(*taps: np.ndarray, dtype=torch.float64) -> tuple[torch.Tensor, ...]:
    return tuple(torch.as_tensor(np.array(h), dtype=dtype)[None] for h in taps)


def record(length=LENGTH, *, batch=1, dtype=torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(length)
    shape = (batch, 1, length)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


def rounding(x, h0, h1, depth) -> torch.Tensor:
    """What two ways of taking the sums may differ by, from sums of magnitudes."""
    each = (h0.shape[1] + 2) * torch.finfo(x.dtype).eps
    size = causal_dwt(x.abs(), h0.abs(), h1.abs(), depth)
    return 2 * max(1, depth) * each * size


def place(node: int, depth: int) -> int:
    """The level i of a node in the order low_depth, high_depth, .., high_1."""
    return depth if node == 0 else depth + 1 - node


def test_the_wavelets_are_all_that_pywavelets_has():
    assert len(ORTHOGONAL) == 38 + 19 + 17


@pytest.mark.theorem("T-causal-dwt")
@pytest.mark.parametrize("name", ORTHOGONAL)
def test_a_level_is_the_stationary_transform_shifted_round_the_circle(name):
    wavelet = pywt.Wavelet(name)
    h0, h1 = rows(wavelet.rec_lo, wavelet.rec_hi)
    taps, x = wavelet.dec_len, record()
    depth = depth_of(taps)
    found = causal_dwt(x, h0, h1, depth)[0, 0]
    bound = rounding(x, h0, h1, depth)[0, 0]
    wanted = pywt.swt(x[0, 0].numpy(), name, level=depth, trim_approx=True)
    for node, levels in enumerate(wanted):
        reach = 2 ** place(node, depth) - 1
        shifted = torch.from_numpy(np.roll(levels, taps // 2 * reach))
        whole = slice((taps - 1) * reach, None)
        assert LENGTH - whole.start > 150
        error = (found[node] - shifted).abs()
        assert bool((error <= bound[node])[whole].all())


@pytest.mark.theorem("T-causal-dwt")
@pytest.mark.parametrize("name", ORTHOGONAL + BIORTHOGONAL)
def test_every_second_sample_a_level_is_the_subsampled_transform(name):
    wavelet = pywt.Wavelet(name)
    h0, h1 = rows(wavelet.dec_lo[::-1], wavelet.dec_hi[::-1])
    x, depth = record(501), depth_of(wavelet.dec_len)
    found = causal_dwt(x, h0, h1, depth)[0, 0]
    bound = rounding(x, h0, h1, depth)[0, 0]
    wanted = pywt.wavedec(x[0, 0].numpy(), name, "zero", level=depth)
    for node, levels in enumerate(wanted):
        every = 2 ** place(node, depth)
        seen = slice(every - 1, None, every)
        places = found[node, seen]
        error = (places - torch.from_numpy(levels[: len(places)])).abs()
        assert bool((error <= bound[node, seen]).all())


def gain(h: torch.Tensor, g: torch.Tensor) -> float:
    """How much a level and its inverse may enlarge a number."""
    return float((h.abs().sum(-1) * g.abs().sum(-1)).sum()) / 2


@pytest.mark.theorem("T-causal-inverse")
@pytest.mark.parametrize("name", ORTHOGONAL)
def test_all_coefficients_give_back_all_samples(name):
    """With taps of `framestate.frames`; `delay` zeros after the record bring its end."""
    wavelet = filters.load(name)
    h0, h1 = rows(wavelet.lowpass, wavelet.highpass)
    taps = h0.shape[1]
    depth = depth_of(taps)
    delay, x = (taps - 1) * (2**depth - 1), record()
    padded = torch.nn.functional.pad(x, (0, delay))
    found = causal_idwt(causal_dwt(padded, h0, h1, depth), h0, h1)
    each = (taps + 2) * torch.finfo(torch.float64).eps
    each += taps * max(wavelet.residuals().values())
    each *= gain(torch.cat((h0, h1)), torch.cat((h0, h1))) ** depth
    bound = 2 * depth * each * float(x.abs().max())
    assert bool((found[..., :delay].abs() <= bound).all())
    assert bool(((found[..., delay:] - x).abs() <= bound).all())


@pytest.mark.parametrize("name", ["bior2.2", "bior4.4", "rbio3.5"])
def test_a_dual_wavelet_gives_back_all_samples(name):
    wavelet, depth, x = pywt.Wavelet(name), 3, record()
    analysis = rows(wavelet.dec_lo[::-1], wavelet.dec_hi[::-1])
    synthesis = rows(wavelet.rec_lo, wavelet.rec_hi)
    delay = (wavelet.dec_len - 1) * (2**depth - 1)
    coefficients = causal_dwt(x, *analysis, depth)
    found = causal_idwt(coefficients, *analysis, synthesis=synthesis)
    growth = gain(torch.cat(analysis), torch.cat(synthesis)) ** depth
    bound = 2 * depth * (wavelet.dec_len * 1e-11) * growth * float(x.abs().max())
    error = found[..., delay:] - x[..., : LENGTH - delay]
    assert bool((error.abs() <= bound).all())
    with pytest.raises(InvalidInputError, match="miss perfect reconstruction"):
        causal_idwt(coefficients, *analysis)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 255, 256, 257])
def test_a_record_shorter_than_the_delay_comes_back_as_far_as_it_is_known(length):
    h0, h1 = rows(*(filters.load("db3").lowpass, filters.load("db3").highpass))
    depth, delay, x = 4, 5 * 15, record(length)
    found = causal_idwt(causal_dwt(x, h0, h1, depth), h0, h1)
    known = max(0, length - delay)
    assert found.shape == x.shape
    bound = 1e3 * torch.finfo(torch.float64).eps
    assert bool((found[..., : min(delay, length)].abs() <= bound).all())
    assert bool(((found[..., delay:] - x[..., :known]).abs() <= bound).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("taps", [2, 3, 6])
@pytest.mark.parametrize("length", [1, 2, 17, 257])
def test_a_level_is_its_sum(taps, length, dtype):
    """Learned filters, one pair a channel: sums over k, sample by sample."""
    depth, rng = 4, np.random.default_rng(taps * length)
    x, h0, h1 = (
        rng.standard_normal((3, 2, length)),
        *rng.standard_normal((2, 2, taps)),
    )
    given = [torch.tensor(v, dtype=dtype) for v in (x, h0, h1)]
    low, nodes = given[0].double().numpy(), []
    g0, g1 = (v.double().numpy() for v in given[1:])
    for i in range(1, depth + 1):
        d, high, next_low = 2 ** (i - 1), np.zeros(x.shape), np.zeros(x.shape)
        for t in range(length):
            for k in range(taps):
                there = t - (taps - 1 - k) * d
                if there >= 0:
                    high[..., t] += g1[:, k] * low[..., there]
                    next_low[..., t] += g0[:, k] * low[..., there]
        low = next_low
        nodes.insert(0, high)
    found = causal_dwt(*given, depth)
    wanted = torch.from_numpy(np.stack([low, *nodes], axis=2))
    bound = rounding(*given, depth)
    assert found.dtype == dtype
    assert bool(((found - wanted).abs() <= bound).all())


def test_no_level_is_the_record_itself():
    h0, h1 = rows([1.0, 1.0], [1.0, -1.0])
    x = record(5)
    assert torch.equal(causal_dwt(x, h0, h1, 0)[:, :, 0], x)


def test_gradients_are_those_of_finite_differences():
    taps = filters.load("db2")
    h0, h1 = rows(taps.lowpass, taps.highpass)
    x = record(9, batch=2).requires_grad_()

    def there(x, h0, h1):
        return causal_dwt(x, h0, h1, 2)

    def back(c):
        return causal_idwt(c, h0, h1)

    varied = (x, h0.requires_grad_(), h1.requires_grad_())
    assert torch.autograd.gradcheck(there, varied)
    h0, h1 = h0.detach(), h1.detach()
    coefficients = there(x, h0, h1).detach().requires_grad_()
    assert torch.autograd.gradcheck(back, (coefficients,))


HALF = torch.ones(1, 2, dtype=torch.float64) / 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((torch.ones(3, 4), HALF, HALF, 1), r"\(batch, channels, length\)"),
        ((torch.ones(1, 1, 0), HALF, HALF, 1), "non-empty"),
        (
            (torch.ones(1, 1, 4, dtype=torch.int64), HALF, HALF, 1),
            "float32 and float64",
        ),
        ((record(4), HALF[0], HALF, 1), r"\(channels, taps\)"),
        ((record(4), HALF.half(), HALF, 1), "float32 and float64"),
        ((record(4), HALF.float(), HALF, 1), "h0 .* in the dtype of x"),
        ((record(4), HALF, HALF.float(), 1), "h1 .* in the dtype of x"),
        ((record(4), HALF, torch.ones(1, 3).double(), 1), "h1 .* as many taps"),
        ((record(4), HALF.expand(2, 2), HALF, 1), r"expected \(1 channels"),
        ((record(4), HALF[:, :1], HALF[:, :1], 1), "filters of 1 tap"),
        ((record(4), HALF, HALF, -1), "depth=-1: it is not a count of levels"),
        ((record(4), HALF, HALF, True), "depth=True"),
        ((record(4), HALF, HALF, 25), r"2\^25 samples back. Give 0 <= depth <= 24"),
    ],
)
def test_no_transform_is_taken_of(arguments, words):
    with pytest.raises(InvalidInputError, match=words):
        causal_dwt(*arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((torch.ones(1, 1, 4), HALF, HALF), r"\(batch, channels, levels, length\)"),
        ((torch.ones(1, 1, 2, 4).double(), HALF, HALF), "by 1.0e[+]00 > 1.5e-08"),
        ((torch.ones(1, 1, 2, 4), HALF.float(), HALF.float()), "> 3.5e-04"),
        ((torch.ones(1, 1, 2, 4).double(), HALF * np.nan, HALF), "by nan"),
        ((torch.ones(1, 1, 30, 4).double(), *rows([1, 1], [1, -1])), "miss|depth=29"),
    ],
)
def test_no_inverse_is_taken_of(arguments, words):
    with pytest.raises(InvalidInputError, match=words):
        causal_idwt(*arguments)


def test_a_compiler_does_not_look_at_the_filters(monkeypatch):
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    found = causal_idwt(torch.ones(1, 1, 2, 4).double(), HALF, HALF)
    assert found.shape == (1, 1, 4)


def test_a_dual_of_another_kind_is_refused():
    h0, h1 = rows(*(filters.load("db1").lowpass, filters.load("db1").highpass))
    long = rows(*(filters.load("db2").lowpass, filters.load("db2").highpass))
    for synthesis in (long, (h0.float(), h1.float())):
        with pytest.raises(InvalidInputError, match="one number of channels and taps"):
            causal_idwt(torch.ones(1, 1, 2, 4).double(), h0, h1, synthesis=synthesis)


def test_the_meyer_filter_is_too_rough_for_double_precision():
    wavelet = filters.load("dmey")
    taps = rows(wavelet.lowpass, wavelet.highpass)
    with pytest.raises(InvalidInputError, match="learned filters have no such inverse"):
        causal_idwt(torch.ones(1, 1, 2, 4).double(), *taps)
