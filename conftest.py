"""What every test run of the workspace shares: shapes checked, hypothesis settled."""

import importlib.util
import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

PACKAGES = [f"framestate.{name}" for name in ("frames", "ssm", "deep", "bench")]
# A borrowed GPU machine may lack the test tools: the gpu tests run there all the same.
CHECKED = importlib.util.find_spec("beartype") is not None
if CHECKED:  # before any test module imports a package
    install_import_hook(PACKAGES, "beartype.beartype")

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
if importlib.util.find_spec("hypothesis") is not None:
    from hypothesis import settings

    settings.register_profile(
        "ci", derandomize=True, deadline=None, max_examples=50, database=None
    )
    settings.register_profile("nightly", deadline=None, max_examples=1000)
    settings.load_profile(PROFILE)


def pytest_report_header() -> list[str]:
    """Say which profile runs, and whether shapes in signatures are checked."""
    checked = "checked by beartype" if CHECKED else "NOT checked (no beartype)"
    return [f"hypothesis profile: {PROFILE}", f"shapes in signatures: {checked}"]


def _device_missing() -> str | None:
    """Why there is no CUDA device here, or None where a library sees one."""
    if importlib.util.find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            return None
    if importlib.util.find_spec("cupy") is not None:
        import cupy  # noqa: TID251 - only asked whether there is a device

        if cupy.is_available():
            return None
    return "neither PyTorch nor CuPy sees a CUDA device"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m gpu`` leave out what has no such test: its imports may be missing."""
    if config.getoption("markexpr") != "gpu":
        return None
    folder = collection_path.is_dir()
    files = collection_path.rglob("test_*.py") if folder else [collection_path]
    texts = (file.read_bytes() for file in files)
    return None if any(b"pytest.mark.gpu" in text for text in texts) else True


def pytest_itemcollected(item: pytest.Item) -> None:
    """On a device warnings of whatever libraries it has are no failures."""
    if item.get_closest_marker("gpu"):
        item.add_marker(pytest.mark.filterwarnings("default"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what this run cannot do, and fail where a device was promised."""
    if item.get_closest_marker("slow") and PROFILE != "nightly":
        pytest.skip("slow: set HYPOTHESIS_PROFILE=nightly to run it")
    if item.get_closest_marker("gpu") and (reason := _device_missing()):
        if os.environ.get("REQUIRE_GPU") == "1":
            pytest.fail(f"REQUIRE_GPU=1, but {reason}")
        pytest.skip(reason)
