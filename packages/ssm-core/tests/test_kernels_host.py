"""The CUDA sources, run on the host, equal the definitions on every launch there is."""

import shutil
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from framestate.ssm.errors import InvalidInputError
from framestate.ssm.kernels import device, reference
from framestate.ssm.kernels.device.scan import scan
from framestate.ssm.kernels.host import Build, Host
from framestate.ssm.kernels.machine import Launch
from framestate.ssm.kernels.spec import KERNELS, rows

LENGTHS = (1, 2, 3, 17, 255, 256, 257)
FAMILIES = [row.family for row in KERNELS if row.name.endswith("/cuda")]
TREES = [f"{t}, 32, 8, {k}" for t in ("float", "double") for k in (1, 2, 4)]
TREES += ["float, 128, 8, 2", "double, 128, 8, 2", "float16, 128, 8, 2"]
TREES += ["bfloat16, 32, 8, 2"]


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    if shutil.which("g++") is None:
        pytest.skip("there is no C++ compiler")
    trees = {s: [f"{s}<{t}>" for t in TREES] for s in ("multires", "multires_backward")}
    names = device.names(side=4) | trees
    return Host(build=Build(names=names, folder=tmp_path_factory.mktemp("host")))


def row_on(host, family):
    functions = {name: partial(getattr(device, name), host) for name in FAMILIES}
    table = rows("host", SimpleNamespace(**functions))
    return next(row for row in table if row.family == family)


def assert_equal(row, arguments):
    assert row.distance(row.implementation(*arguments), arguments) <= 1


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_source_equals_its_reference(host, family, dtype, length):
    row = row_on(host, family)
    assert_equal(row, row.draw(np.random.default_rng(length), dtype, length))


@pytest.mark.theorem("T-scan-segments")
@pytest.mark.parametrize("kind", "fdFD")
@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("direction", ["scan", "scan_backward"])
def test_a_row_in_segments_is_scanned_as_one(host, direction, varying, kind):
    rng, length = np.random.default_rng(1), 3000
    shape = (2, length if varying else 1)
    angle = np.exp(1j * rng.uniform(-np.pi, np.pi, shape))
    parts = [rng.standard_normal((2, length)) * (1 + 1j) for _ in range(2)]
    gains, x, g, start = (
        (np.real(p) if kind in "fd" else p).astype(kind)
        for p in (0.999 * angle, *parts, parts[0][:, 0])
    )
    arguments = (gains, x, start) if direction == "scan" else (gains, x, start, g)
    busy = replace(host, blocks=64)
    assert_equal(row_on(busy, direction), arguments)


def test_rows_are_cut_only_where_they_are_too_few(host, monkeypatch):
    grids = []
    watch = lambda _, launch, *__: grids.append((launch.name, launch.grid))
    monkeypatch.setattr(Host, "launch", watch)
    for rows_, blocks in ((3, 3), (3, 4), (1, 1000)):
        x = np.zeros((rows_, 4096), np.float32)
        scan(replace(host, blocks=blocks), x[:, :1], x, x[:, 0])
    names, sizes = zip(*grids, strict=True)
    assert names[:3] == (
        "scan<float, false>",
        "ends<float, false>",
        "scan<float, true>",
    )
    assert [x for x, _ in sizes] == [3, 6, 3, 6, 8, 1, 8]


@pytest.mark.parametrize("taps", [1, 2, 4])
@pytest.mark.parametrize("depth", [0, 1, 5, 12, 20])
@pytest.mark.parametrize("memory", [1 << 16, 1 << 14])
def test_a_tree_of_any_depth_runs_with_its_lows_on_chip_or_not(
    host, taps, depth, memory
):
    rng = np.random.default_rng(depth)
    x, g = rng.standard_normal((2, 2, 3, 200))
    h0, h1 = rng.standard_normal((2, 3, taps)) / taps
    arguments = x, h0, h1, rng.standard_normal((3, depth + 2))
    small = replace(host, shared=memory)
    assert_equal(row_on(small, "multires"), arguments)
    assert_equal(row_on(small, "multires_backward"), (*arguments, g))


@pytest.mark.parametrize("family", [f for f in FAMILIES if "conv" in f or "multi" in f])
def test_half_precision_is_rounded_only_where_it_is_stored(host, family):
    row = row_on(host, family)
    x, *rest = row.draw(np.random.default_rng(0), np.float32, 300)
    keep = np.float16 if "conv" in family else np.float32
    filters = [array.astype(keep) for array in rest]
    if family.endswith("backward"):
        filters[-1] = rest[-1].astype(np.float16)
    assert_equal(row, (x.astype(np.float16), *filters))


def test_every_half_number_survives_loading_and_storing(host):
    bits = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    u = np.where(np.isnan(bits), 0, bits)[:, None, None]
    assert np.array_equal(device.convolve(host, u, np.ones((1, 1), np.float16)), u)


def test_halves_round_to_nearest_with_ties_to_even(host):
    rng = np.random.default_rng(0)
    u = (rng.standard_normal(4096) * 10.0 ** rng.integers(-6, 5, 4096)).astype(
        np.float16
    )
    K = np.full((1, 1), 1 + 2**-10, np.float16)
    with np.errstate(over="ignore"):
        wanted = (u.astype(np.float32) * np.float32(K[0, 0])).astype(np.float16)
    assert np.array_equal(device.convolve(host, u[None, None], K)[0, 0], wanted)


def bfloat16(x):
    """The nearest bfloat16 of float32 numbers, ties to even, as bits."""
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def as_float32(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def test_bfloat16_is_loaded_and_stored_as_the_upper_half_of_a_float(host):
    rng = np.random.default_rng(0)
    x = bfloat16(rng.standard_normal((1, 1, 200)).astype(np.float32))
    h0, h1, w = (rng.standard_normal((1, n)).astype(np.float32) for n in (2, 2, 7))
    name, y = "multires<bfloat16, 32, 8, 2>", np.zeros_like(x)
    launch = Launch(source="multires", name=name, grid=(1, 1), block=32, shared=2048)
    host.launch(launch, x, h0, h1, w, y, 1, 200, 5)
    wanted = reference.multires(as_float32(x), h0, h1, w)
    unit = 2.0**-8 * np.abs(wanted) + 2.0**-20
    assert (np.abs(as_float32(y) - wanted) <= unit).all()
    nan = np.full_like(x, 0x7F81)  # the only digit of a NaN that rounding could lose
    host.launch(launch, nan, h0, h1, w, y, 1, 200, 5)
    assert np.isnan(as_float32(y)).all()


def test_arrays_may_have_any_strides_and_places(host):
    row = row_on(host, "vandermonde_rows_backward")
    c, log_z, grad = row.draw(np.random.default_rng(0), np.float32, 64)
    for spread in (np.repeat(grad, 2, axis=1)[:, ::2], grad.T.copy().T):
        assert_equal(row, (c[::-1], log_z, spread))
    line = np.zeros(grad.size + 1, np.float32)
    for first in (0, 1):
        moved = line[first : first + grad.size].reshape(grad.shape)
        moved[...] = grad
        assert_equal(row, (c, log_z, moved))
        assert host.take(moved).ctypes.data % 16 == 0


def test_a_kernel_that_was_not_built_is_named(host):
    launch = Launch(source="scan", name="scan<int, false>", grid=(1, 1), block=1)
    with pytest.raises(LookupError, match="scan<int, false>"):
        host.launch(launch)


F, C = np.zeros((2, 8), np.float32), np.zeros((2, 8), np.complex64)
T = np.zeros((1, 2, 20000), np.float32)
REFUSED = {
    "dtype": (device.scan, (F, C, C[:, 0]), "a has dtype float32, not complex64"),
    "integers": (
        device.convolve,
        (F[None].astype(int), F),
        "dtype int64, not float16 or",
    ),
    "rank": (device.convolve, (F, F), r"u has shape \(2, 8\), expected \(b, h, l\)"),
    "rows": (device.scan, (F[:1], F, F[:, 0]), "expected .r, #l. with r = 2, l = 8"),
    "gains": (device.scan, (F[:, :3], F, F[:, 0]), r"a has shape \(2, 3\)"),
    "empty": (device.scan, (F, F[:, :0], F[:, 0]), r"x has shape \(2, 0\)"),
    "length": (device.vandermonde_rows, (C, C, 0), "length = 0"),
    "gradient": (device.vandermonde_rows_backward, (C, C, F[:1]), "grad has shape"),
    "count": (device.scaled_scan, (C[0], C[0], F[0], C[0], -1), "count = -1"),
    "levels": (device.multires, (F[None], F, F, F[:, :1]), "has -1 levels"),
    "deep": (device.multires, (F[None], F, F, F.repeat(4, 1)), "has 30 levels"),
    "far": (
        device.multires,
        (F[None], *2 * (np.zeros((2, 10), np.float32),), F.repeat(4, 1)[:, :30]),
        "28 levels of 10 taps",
    ),
    "long row": (device.multires, (T, F, F, F), "20000 samples does not fit"),
    "memory": (device.multires, (T[..., :9000], F, F, F), "79872 bytes .* 65536"),
    "memory too": (device.convolve, (T, F), "170032 bytes .* has 65536"),
    "backward": (device.multires_backward, (F[None], F, F, F, F), "grad has shape"),
}


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_what_does_not_fit_is_refused_before_a_launch(host, case):
    function, arguments, message = REFUSED[case]
    with pytest.raises(InvalidInputError, match=message):
        function(host, *arguments)
