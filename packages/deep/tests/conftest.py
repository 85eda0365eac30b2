"""Small systems and inputs that several test files share."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from math import pi

import numpy as np
import pytest
import torch

from framestate.deep.convert import ModelFileError
from framestate.deep.layers import DiagonalSSM

# A warning that comes once a process would depend on the order of the tests.
torch.set_warn_always(True)


@dataclass(frozen=True, eq=False)
class Modes:
    """The least that a layer needs: eigenvalues, input vector, pairing."""

    lam: np.ndarray
    B: np.ndarray
    paired: np.ndarray


def _modes(pairs: int, real: int = 0) -> Modes:
    """Slow and fast pairs (S4D-Lin), and real modes of rates 1, 2, .."""
    paired = np.arange(pairs + real) < pairs
    lam = np.where(paired, 0.5 + 1j * pi * np.arange(1, pairs + real + 1), 0)
    lam[pairs:] = 1 + np.arange(real)
    B = np.linspace(0.5, 2, pairs + real) * np.where(paired, np.exp(1j), 1)
    return Modes(lam=lam, B=B, paired=paired)


@pytest.fixture
def make_modes() -> Callable[..., Modes]:
    return _modes


@pytest.fixture
def make_layer() -> Callable[..., DiagonalSSM]:
    """A seeded layer: make_layer(channels, pairs, real, **options)."""

    def make(
        channels: int = 4, pairs: int = 3, real: int = 1, seed: int = 0, **options
    ) -> DiagonalSSM:
        generator = torch.Generator().manual_seed(seed)
        modes = options.pop("modes", None) or _modes(pairs, real)
        return DiagonalSSM(modes, channels, generator=generator, **options)

    return make


@pytest.fixture
def normal() -> Callable[..., torch.Tensor]:
    """Seeded normal numbers: normal(2, 3, dtype=torch.float64)."""

    def draw(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 1):
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(*shape, dtype=dtype, generator=generator)

    return draw


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> dict[str, float]:
    """What the module's SCRIPT prints at last, in a process that checks no signatures."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", request.module.SCRIPT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


class CutError(Exception):
    """The end of a writer."""


@pytest.fixture(params=[CutError(), OSError(28, "No space left on device")], ids=repr)
def cut_short(request, monkeypatch) -> Callable[..., Iterator[None]]:
    """Save again and again, each time dying one fsync later, until it goes through.

    Every file that is written has one, and its folder another.
    """

    def attempts(save: Callable[[], object]) -> Iterator[None]:
        fsync = os.fsync
        for deaths in count():
            left = iter(range(deaths, -1, -1))

            def dying(handle: int, left: Iterator[int] = left) -> None:
                if next(left) == 0:
                    raise request.param
                fsync(handle)

            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", dying)
                try:
                    save()
                except (CutError, ModelFileError):
                    yield
                else:
                    return

    return attempts
