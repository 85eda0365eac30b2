from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from set_files import packed, pixels

from framestate.bench.data.sets import images, shuffled
from framestate.bench.errors import DataError
from framestate.deep.models.density import density_input

EPS = np.finfo(np.float32).eps


@pytest.mark.parametrize("sizes", [(1,), (2, 3), (80, 10, 10), (45_000, 5_000)])
def test_parts_are_those_of_random_split(sizes):
    generator = torch.Generator().manual_seed(42)
    whole = range(sum(sizes))
    wanted = torch.utils.data.random_split(whole, sizes, generator=generator)
    for part, subset in zip(shuffled.parts(sizes), wanted, strict=True):
        assert part.tolist() == list(subset.indices)


def test_a_share_is_held_out_as_in_s4():
    train, validation = shuffled.held_out(50_000, 0.1)
    assert (train.size, validation.size) == (45_000, 5_000)
    assert shuffled.held_out(50_000, 0.04)[0].size == 48_000
    assert not np.array_equal(train, shuffled.held_out(50_000, 0.1, seed=1)[0])


def test_gray_values_are_those_of_pillow():
    colors = pixels(20)
    gray = images.Gray(images.Pixels((0.0,), (1.0,)))
    found = gray(colors.reshape(20, 1024, 3)) * 255
    wanted = [np.asarray(Image.fromarray(image).convert("L")) for image in colors]
    assert np.array_equal(np.rint(found), np.reshape(wanted, (20, 1024, 1)))


def test_earlier_pixels_are_the_input_of_a_density():
    colors = pixels().reshape(6, 1024, 3)
    wanted = density_input(torch.from_numpy(colors)).numpy()
    assert np.abs(images.Earlier()(colors) - wanted).max() <= 2 * EPS
    assert not images.Earlier()(colors)[:, 0].any()


def test_pixels_are_standardized_and_reordered():
    values = np.array([[[0, 255], [51, 102], [255, 0]]], dtype=np.uint8)
    found = images.Pixels((0.5, 0.2), (0.25, 0.4), (2, 0, 1))(values)
    wanted = [[[2.0, -0.5], [-2.0, 2.0], [-1.2, 0.5]]]
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() < 8 * EPS


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", "Error"),
        (b"not an image", "cannot identify"),
        (packed(pixels(1, 16)[0]), r"\(16, 16\)"),
        (packed(pixels(1)[0])[:60], "Error"),
        (packed(pixels(1)[0]).replace(b"IDAT", b"iDAT"), "Error"),
        (packed(pixels(1)[0], "BMP"), "cannot identify"),
    ],
)
def test_what_is_no_image_of_this_size_is_refused(data, finding):
    with pytest.raises(DataError, match=finding):
        images.decoded(data, side=32, mode="RGB", path=Path("x"))
