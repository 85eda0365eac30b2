"""The CUDA sources, watched by sanitizers: no race, no stray address, and one is seen."""

import shutil
import subprocess
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from framestate.ssm.kernels import device
from framestate.ssm.kernels.host import SOURCES, Build, Host
from framestate.ssm.kernels.spec import rows

# One kernel of each kind: what varies with the type is arithmetic, not access.
NAMES = {
    "vandermonde": ["vandermonde<float, 4, 4>", "vandermonde<float, 4, 8>"],
    "vandermonde_backward": [
        "vandermonde_backward<float, 4, 4>",
        "vandermonde_backward<float, 4, 8>",
    ],
    "cauchy": ["cauchy<float>"],
    "cauchy_backward": ["cauchy_modes<float>", "cauchy_points<float>"],
    "scan": [
        "scan<complex<float>, false>",
        "ends<complex<float>, false>",
        "scan<complex<float>, true>",
        "scan<float, true>",
    ],
    "scan_backward": [
        "scan_backward<float, true>",
        "scan_backward<complex<float>, false>",
        "ends_backward<complex<float>, false>",
    ],
    "scaled_scan": [
        "scaled_ends<float>",
        "scaled_found<float>",
        "scaled_states<float>",
    ],
    "convolve": ["convolve<float, float>"],
    "multires": ["multires<float, 32, 8, 2>"],
    "multires_backward": ["multires_backward<float, 32, 8, 2>"],
}
FAMILIES = [name for name in device.__all__ if name != "names"]
FLAGS = {
    "thread": ("-O1", "-fsanitize=thread"),
    "address": ("-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
}


@pytest.fixture(scope="module", params=FLAGS)
def watched(request, tmp_path_factory):
    if shutil.which("g++") is None:
        pytest.skip("there is no C++ compiler")
    folder = tmp_path_factory.mktemp(request.param)
    build = Build(names=NAMES, folder=folder, flags=FLAGS[request.param])
    return Host(build=build, apart=True, blocks=16)


@pytest.mark.parametrize("length", [2, 100, 250])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_source_is_free_of_races_and_stray_addresses(watched, family, length):
    functions = {name: partial(getattr(device, name), watched) for name in FAMILIES}
    table = rows("watched", SimpleNamespace(**functions))
    row = next(row for row in table if row.family == family)
    arguments = row.draw(np.random.default_rng(length), np.float32, length)
    assert row.distance(row.implementation(*arguments), arguments) <= 1


def test_long_rows_are_scanned_in_segments_without_races(watched):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 1500)).astype(np.complex64)
    a = np.full((1, 1), 0.5j, np.complex64)
    z = device.scan(watched, a, x, x[:, 0])
    assert np.allclose(z[:, 1:], a * z[:, :-1] + x[:, 1:], rtol=0, atol=1e-5)
    _, h, _ = device.scan_backward(watched, a, z, x[:, 0], x)
    assert np.allclose(h[:, :-1], np.conj(a) * h[:, 1:] + x[:, :-1], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("file", "source", "which"),
    [
        ("vandermonde.cu", "vandermonde", 0),
        ("scan.cuh", "scan", 2),
        ("multires.cu", "multires", 1),
    ],
)
def test_a_missing_barrier_is_reported_as_a_race(file, source, which, tmp_path):
    broken = tmp_path / "sources"
    shutil.copytree(SOURCES, broken)
    parts = (broken / file).read_text().split("__syncthreads();")
    assert len(parts) > which + 1
    kept = ["__syncthreads();"] * (len(parts) - 1)
    kept[which] = ""
    text = "".join(
        part + barrier for part, barrier in zip(parts, [*kept, ""], strict=True)
    )
    (broken / file).write_text(text)
    names = {source: NAMES[source]}
    build = Build(names=names, folder=tmp_path, flags=FLAGS["thread"], sources=broken)
    host = Host(build=build, apart=True)
    row = next(row for row in rows("broken", device) if row.family.startswith(source))
    arguments = row.draw(np.random.default_rng(0), np.float32, 200)
    with pytest.raises(subprocess.CalledProcessError) as report:
        getattr(device, row.family)(host, *arguments)
    assert "data race" in report.value.stderr
