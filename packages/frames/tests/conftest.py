"""The papers' frames, derived once a session."""

import functools
from collections.abc import Callable

import pytest

from framestate import frames


@functools.cache
def _derive(finest: int, coarsest: int) -> frames.Frame:
    return frames.wavelet_frame(
        "db11", scales=(finest, coarsest), shift=0.01, rcond=0.01
    )


@pytest.fixture(scope="session")
def papers_frame() -> Callable[[int, int], frames.Frame]:
    """Frame of the WaLRUS paper by its finest and coarsest scale."""
    return _derive
