"""The mixture of logistics is a distribution over 8-bit pixels, and is drawn from."""

from itertools import product
from math import log

import pytest
import torch

from framestate.deep.errors import InvalidInputError
from framestate.deep.layers.baselines import RecurrentLayer
from framestate.deep.models import (
    DensityHead,
    SequenceModel,
    bits_per_dimension,
    density_input,
    generate,
)
from framestate.deep.models.logistics import (
    draw,
    log_probability,
    parameter_count,
    scaled,
)

EPS = torch.finfo(torch.float64).eps


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def parameters(*shape, channels=3, mixtures=4, spread=1.0, seed=1):
    count = parameter_count(channels, mixtures)
    values = torch.randn(*shape, count, dtype=torch.float64, generator=seeded(seed))
    return values * spread


def by_definition(given, pixel, mixtures=4):
    """Return P of one pixel, as PixelCNN++ writes it, in plain differences."""
    channels = len(pixel)
    rows = given.view(-1, mixtures)
    weights = rows[0].softmax(0)
    means, logs = rows[1 : 1 + channels], rows[1 + channels : 1 + 2 * channels]
    couplings = rows[1 + 2 * channels :].tanh()
    x = [2 * value / 255 - 1 for value in pixel]
    total = 0.0
    for k in range(mixtures):
        shifts = [0.0] * channels
        if channels == 3:
            shifts[1] = couplings[0, k] * x[0]
            shifts[2] = couplings[1, k] * x[0] + couplings[2, k] * x[1]
        inside = weights[k]
        for c in range(channels):
            mean, scale = means[c, k] + shifts[c], logs[c, k].clamp(min=-7).exp()
            above = torch.sigmoid((x[c] + 1 / 255 - mean) / scale)
            below = torch.sigmoid((x[c] - 1 / 255 - mean) / scale)
            high = above if pixel[c] < 255 else 1.0
            low = below if pixel[c] > 0 else 0.0
            inside = inside * (high - low)
        total = total + inside
    return total


@pytest.mark.parametrize("channels", [1, 3])
def test_a_probability_is_that_of_the_paper(channels):
    given = parameters(channels=channels)
    for pixel in product([0, 1, 127, 254, 255], repeat=channels):
        found = log_probability(given, torch.tensor(pixel, dtype=torch.uint8)).exp()
        expected = by_definition(given, pixel)
        # the definition subtracts sigmoids of size 1
        assert abs(float(found - expected)) <= 4 * channels * 4 * EPS


@pytest.mark.parametrize("spread", [0.1, 1.0, 8.0])
def test_the_probabilities_of_all_values_sum_to_one(spread):
    values = torch.arange(256, dtype=torch.uint8)[:, None]
    given = parameters(channels=1, spread=spread)
    total = log_probability(given.expand(256, -1), values).exp().sum()
    assert abs(float(total) - 1) <= 256 * 4 * EPS


def test_a_channel_s_conditional_sums_to_one():
    """Over blue, given red and green, whatever they are."""
    given, values = parameters(mixtures=1), torch.arange(256, dtype=torch.uint8)
    red_green = torch.tensor([3, 200], dtype=torch.uint8).expand(256, 2)
    pixels = torch.cat((red_green, values[:, None]), 1)
    with_blue = log_probability(given.expand(256, -1), pixels).exp().sum()
    flat = given.clone().view(10, 1)
    only = torch.cat((flat[:3], flat[4:6], flat[7:8]))  # a two-channel mixture
    alone = log_probability(only.view(-1), pixels[0, :2]).exp()
    assert abs(float(with_blue - alone)) <= 256 * 4 * EPS


def test_far_out_in_a_tail_the_logarithm_stays_exact():
    """-log P = distance / s there, where a difference of sigmoids is 0."""
    given = torch.tensor([0.0, 0.0, -6.0], dtype=torch.float32)  # mean 0, s = e^-6
    pixel = torch.tensor([100], dtype=torch.uint8)
    x, scale = 2 * 100 / 255 - 1, torch.exp(torch.tensor(-6.0, dtype=torch.float64))
    wide = 2 / 255 / scale
    expected = (x + 1 / 255) / scale + torch.log(-torch.expm1(-wide))
    found = float(log_probability(given, pixel))
    assert found < -80
    assert abs(found / float(expected) - 1) <= 16 * torch.finfo(torch.float32).eps


@pytest.mark.parametrize("channels", [1, 3])
def test_slopes_are_those_of_finite_differences(channels):
    given = parameters(3, channels=channels, mixtures=2).requires_grad_()
    pixels = torch.tensor([[0], [77], [255]], dtype=torch.uint8).expand(3, channels)
    assert torch.autograd.gradcheck(lambda p: log_probability(p, pixels), given)


def test_draws_have_the_probabilities_of_the_mixture():
    """A chi-squared test over the values that are likely enough, fixed seed."""
    given = parameters(channels=1, spread=0.5)
    count = 40_000
    drawn = draw(given.expand(count, -1), 1, seeded(3))
    seen = torch.bincount(drawn.long().flatten(), minlength=256).double()
    values = torch.arange(256, dtype=torch.uint8)[:, None]
    wanted = count * log_probability(given.expand(256, -1), values).exp()
    assert float(wanted.min()) > 5
    statistic = float(((seen - wanted).square() / wanted).sum())
    assert abs(statistic - 255) <= 4 * (2 * 255) ** 0.5


def test_later_channels_are_drawn_given_the_earlier_ones():
    """One narrow logistic: green is tanh(alpha) times red, blue likewise."""
    rows = torch.zeros(10, 1, dtype=torch.float64)
    rows[1], rows[4:7] = 0.2, -7.0
    rows[5, 0] = rows[6, 0] = -7.0
    rows[4] = -1.5  # red varies
    rows[7], rows[8], rows[9] = 0.5, -0.3, 0.4
    pixels = draw(rows.view(-1).expand(500, -1), 3, seeded(4))
    red, green, blue = scaled(pixels, torch.float64).unbind(-1)
    alpha, beta, gamma = rows[7:].tanh().flatten()
    assert float(red.std()) > 0.1
    # a few scales of 1/1097, and the rounding of 1/255
    assert float((green - alpha * red).abs().max()) <= 10 / 1097 + 1 / 255
    assert float((blue - beta * red - gamma * green).abs().max()) <= 10 / 1097 + 1 / 255


def test_a_uniform_density_costs_eight_bits():
    """One very wide logistic is flat inside; its edges hold the tails."""
    head = DensityHead(4, channels=1, mixtures=1, generator=seeded())
    given = torch.tensor([0.0, 0.0, 3.0]).expand(2, 256, 3)
    images = torch.arange(1, 255, dtype=torch.uint8)[None, :, None]
    nats = -log_probability(given[:1, :254], images).mean()
    bits = bits_per_dimension(given[:1, :254], images)
    assert abs(float(bits) - float(nats) / log(2)) <= 1e-5
    # slope of the sigmoid at 0 is 1/4: P = 2/255 / (4 e^3)
    expected = log(4 * 255 / 2) / log(2) + 3 / log(2)
    assert abs(float(bits) - expected) <= 1e-2
    assert head.steps.linear.out_features == 3


def test_the_parameters_are_those_of_pixelcnn():
    assert DensityHead(4).steps.linear.out_features == 100
    assert DensityHead(4, channels=1).steps.linear.out_features == 30
    assert parameter_count(3, 5) == 50


def test_bits_are_per_channel_and_in_float32_at_least():
    images = torch.randint(0, 256, (2, 5, 3), dtype=torch.uint8, generator=seeded())
    given = parameters(2, 5).float()
    whole = -log_probability(given, images).sum() / (2 * 5 * 3 * log(2))
    assert abs(float(bits_per_dimension(given, images) / whole) - 1) <= 1e-5
    half = bits_per_dimension(given.bfloat16(), images)
    assert half.dtype == torch.float32
    assert bits_per_dimension(given.double(), images).dtype == torch.float64


def make_model(channels=3) -> SequenceModel:
    generator = seeded()
    head = DensityHead(8, channels=channels, mixtures=3, generator=generator)
    layer = RecurrentLayer(8, "gru", generator=generator)
    return SequenceModel(channels, head, [layer], generator=generator).eval()


def test_what_is_said_of_a_pixel_has_seen_those_before_alone():
    model = make_model()
    images = torch.randint(0, 256, (1, 9, 3), dtype=torch.uint8, generator=seeded())
    u = density_input(images)
    assert u.dtype == torch.float32
    assert not u[:, 0].any()
    assert torch.equal(u[:, 1:], scaled(images[:, :-1], torch.float32))
    other = images.clone()
    other[:, 4] = 255 - other[:, 4]
    changed = (model(density_input(other)) != model(u)).any(-1)[0]
    assert changed.tolist() == [False] * 5 + [True] * 4


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_drawn_pixel_by_pixel(channels):
    model = make_model(channels)
    images = generate(model, 2, 6, generator=seeded(1))
    assert images.shape == (2, 6, channels)
    assert images.dtype == torch.uint8
    assert torch.equal(images, generate(model, 2, 6, generator=seeded(1)))
    assert not torch.equal(images, generate(model, 2, 6, generator=seeded(2)))
    # the same draws from the parameters of the whole image
    said = model(density_input(images)).detach()
    generator = seeded(1)
    for n in range(6):
        assert torch.equal(draw(said[:, n], channels, generator), images[:, n])


def test_a_model_without_a_density_draws_no_images():
    model = SequenceModel(3, 2, [RecurrentLayer(8)])
    with pytest.raises(InvalidInputError, match="its head is a StepHead"):
        generate(model, 1, 4)
    with pytest.raises(InvalidInputError, match="length=0"):
        generate(make_model(), 1, 0)
    with pytest.raises(InvalidInputError, match="channels=2"):
        DensityHead(4, channels=2)
    with pytest.raises(InvalidInputError, match="mixtures=0"):
        DensityHead(4, mixtures=0)
