"""Every row of the kernel table equals its definition."""

import numpy as np
import pytest

from framestate.ssm.kernels.spec import KERNELS

EPS = np.finfo(np.float64).eps
LENGTHS = (1, 2, 3, 17, 255, 256, 257, 4096)


def disk(rng, size):
    """Points of the closed unit disk, among them 0, -1 and 1."""
    z = np.sqrt(rng.uniform(size=size)) * np.exp(2j * np.pi * rng.uniform(size=size))
    z[:3] = 0, -1, 1
    return z


def vandermonde_inputs(rng, dtype):
    C = (rng.standard_normal((2, 3, 9)) + 1j * rng.standard_normal((2, 3, 9))).astype(
        np.complex64 if dtype == np.float32 else np.complex128
    )
    B = rng.standard_normal(9) + 1j * rng.standard_normal(9)
    return (C, disk(rng, 9), B), (np.abs(C) @ np.abs(B)).max()


def power_inputs(rng, dtype):
    C = rng.standard_normal((2, 3, 9)).astype(dtype)
    rotation, _ = np.linalg.qr(rng.standard_normal((9, 9)))
    B = rng.standard_normal(9)
    size = np.linalg.norm(C, axis=-1).max() * np.linalg.norm(B)
    return (C, rotation, B), size


INPUTS = {"vandermonde": vandermonde_inputs, "powers": power_inputs}


@pytest.mark.theorem("T-two-level")
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row", KERNELS, ids=lambda row: row.name)
def test_an_implementation_equals_its_reference(row, dtype, length):
    draw = INPUTS[row.name.split("/")[0]]
    arguments, size = draw(np.random.default_rng(length), dtype)
    wanted = row.reference(*arguments, length)
    found = row.implementation(*arguments, length)
    assert wanted.dtype == found.dtype == dtype
    assert wanted.shape == found.shape == (2, 3, length)
    tolerance = row.ulps * (np.finfo(dtype).eps + length * EPS) * size
    assert np.abs(found.astype(np.float64) - wanted).max() <= tolerance


@pytest.mark.parametrize("row", KERNELS, ids=lambda row: row.name)
def test_the_table_would_notice_a_kernel_that_is_off_by_one_sample(row):
    draw = INPUTS[row.name.split("/")[0]]
    arguments, size = draw(np.random.default_rng(0), np.float64)
    wanted = row.reference(*arguments, 256)
    late = row.implementation(*arguments, 257)[..., 1:]
    tolerance = row.ulps * 257 * EPS * size
    assert np.abs(late - wanted).max() > tolerance
