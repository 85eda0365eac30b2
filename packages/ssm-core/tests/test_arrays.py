"""Array type in, array type out: where arrays lie, what is refused."""

import warnings

import numpy as np
import pytest

from framestate import ssm
from framestate.ssm.arrays import (
    Array,
    Place,
    constant,
    host_constant,
    place_of,
    samples,
)

NAN = float("nan")


def take(value, shape="L ..."):
    return samples("a test", "u", value, shape=shape)


@pytest.mark.parametrize(
    ("dtype", "single"),
    [("float32", True), ("float64", False), ("int8", False), ("uint64", False)],
)
def test_samples_of_single_precision_stay_single_and_all_others_are_double(
    xp, dtype, single
):
    array, place = take(xp.ones((2, 3), dtype=getattr(xp, dtype, None)))
    assert place.single is single
    assert array.dtype == place.real == (xp.float32 if single else xp.float64)
    assert place.complex == (xp.complex64 if single else xp.complex128)
    assert place.on_host
    assert isinstance(array, Array)


def test_half_precision_is_computed_in_single():
    assert take(np.ones(2, np.float16))[1].single
    torch = pytest.importorskip("torch")
    array, place = take(torch.ones(2, dtype=torch.bfloat16))
    assert place.single
    assert array.dtype == torch.float32


def test_long_doubles_are_rounded_to_double():
    array, place = take(np.ones(2, np.longdouble))
    assert array.dtype == np.float64
    assert not place.single


def test_lists_become_numpy_arrays_and_integers_do_not_overflow():
    array, place = take([[1, 2], [3, 4]])
    assert isinstance(array, np.ndarray)
    assert array.dtype == np.float64
    assert place == place_of(np.zeros(1))
    bytes_ = np.array([-128, 127], dtype=np.int8)
    assert np.array_equal(take(bytes_)[0] ** 2, [16384.0, 16129.0])
    assert take(np.array([2**64 - 1], dtype=np.uint64))[0][0] == 2.0**64


def test_samples_of_the_right_dtype_are_not_copied(xp):
    u = xp.ones(3, dtype=xp.float32)
    assert take(u)[0] is u


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_the_place_of_complex_numbers_has_their_precision(xp, dtype):
    place = place_of(xp.ones(2, dtype=getattr(xp, dtype)))
    assert place.complex == getattr(xp, dtype)


def test_constants_are_copies_here_real_or_complex_as_they_are(xp):
    for dtype in (xp.float32, xp.float64):
        place = place_of(xp.zeros(1, dtype=dtype))
        numbers = np.arange(3.0)
        numbers.flags.writeable = False
        real = place.put(numbers)
        assert real.dtype == dtype
        assert place.put(numbers + 0j).dtype == place.complex
        real[0] = 7.0
        assert numbers[0] == 0.0
        assert place.holds(real)
        assert place.zeros((2, 1), modal=True).dtype == place.complex
        assert place.zeros((2, 1), modal=False).shape == (2, 1)
        assert int(place.index(np.array([4]))[0]) == 4


def test_what_is_fetched_is_a_numpy_array_of_double_precision(xp):
    place = place_of(xp.zeros(1, dtype=xp.float32))
    for modal, dtype in ((False, np.float64), (True, np.complex128)):
        host = place.fetch(place.zeros((2,), modal=modal))
        assert isinstance(host, np.ndarray)
        assert host.dtype == dtype


def test_constants_follow_the_samples(xp):
    _, place = take(xp.ones(2, dtype=xp.float32))
    for given in ([1, 2], np.array([1.0, 2.0]), xp.asarray([1.0, 2.0])):
        found = constant("a test", "K", given, place=place, shape="T")
        assert place.holds(found)
        assert found.dtype == xp.float32
    z = constant("a test", "x", [1j, 2], place=place, shape="n", modal=True)
    assert z.dtype == xp.complex64


def test_a_constant_of_the_host_may_come_from_any_library(xp):
    found = host_constant("a test", "C", xp.ones((1, 2), dtype=xp.float32), shape="p n")
    assert found.dtype == np.float64
    assert np.array_equal(found, np.ones((1, 2)))


def test_finiteness_is_not_asked_of_a_device():
    strict = pytest.importorskip("array_api_strict")
    u = strict.asarray([1.0, NAN], device=strict.Device("device1"))
    array, place = take(u)
    assert array is u
    assert not place.on_host
    assert place.finite(u)
    assert not place_of(np.zeros(1)).finite(np.array([1.0, NAN]))
    assert place_of(np.zeros(1)).finite(np.full(9, 1e300))


def test_a_place_asks_for_the_device_of_its_arrays():
    strict = pytest.importorskip("array_api_strict")
    here = place_of(strict.zeros(1))
    there = strict.zeros(1, device=strict.Device("device1"))
    assert not here.holds(there)
    assert place_of(there).holds(place_of(there).put(np.ones(2)))
    assert not here.holds(np.zeros(1))
    assert len({here, place_of(strict.ones(2))}) == 1
    assert isinstance(here, Place)


def mixed(u, K):
    return constant("a test", "K", K, place=take(u)[1], shape="T")


def strict_on(device):
    strict = pytest.importorskip("array_api_strict")
    return strict.asarray([1.0, 2.0], device=strict.Device(device))


def tensor(**options):
    return pytest.importorskip("torch").ones(2, **options)


REFUSED = {
    "NaN": (lambda: take([1.0, NAN, NAN]), "u[1] = nan; 2 of 3 entries"),
    "inf": (lambda: take([[1.0], [-np.inf]]), "u[1, 0] = -inf; 1 of 2"),
    "complex NaN": (
        lambda: host_constant("a test", "C", [1j, NAN], shape="n", modal=True),
        "C[1] = (nan+0j)",
    ),
    "NaN of torch": (lambda: take(NAN * tensor()), "u[0] = nan; 2 of 2"),
    "NaN of strict": (lambda: take(NAN * strict_on("CPU_DEVICE")), "2 of 2"),
    "empty": (lambda: take([]), "u is empty (shape (0,))"),
    "scalar": (lambda: take(1.0), "u has shape (), expected (L, ...)"),
    "a number too many": (lambda: take([1.0, 2.0], shape="1"), "expected (1)"),
    "one axis too many": (lambda: take(np.ones((2, 2)), shape="L"), "expected (L)"),
    "last axis": (lambda: take(np.ones((4, 3)), shape="L ... 2"), "(L, ..., 2)"),
    "no last axis": (lambda: take(np.ones(2), shape="L ... 2"), "(L, ..., 2)"),
    "first axis": (lambda: take(np.ones((4, 3)), shape="3 ..."), "(3, ...)"),
    "ragged": (lambda: take([[1.0], [1.0, 2.0]]), "not a rectangular array"),
    "text": (lambda: take(["a"]), "not a real number"),
    "bool": (lambda: take([True]), "dtype bool"),
    "bool of torch": (lambda: take(tensor() > 0), "torch.bool"),
    "integers too large": (lambda: take([2**70]), "dtype object"),
    "complex": (lambda: take([1j]), "dtype complex128, not a real number"),
    "complex text": (
        lambda: host_constant("a test", "C", ["a"], shape="n", modal=True),
        "not a real or complex number",
    ),
    "two libraries": (
        lambda: mixed(np.ones(2), tensor()),
        "K is a torch array on cpu but the samples are on numpy, cpu",
    ),
    "two more": (lambda: mixed(tensor(), strict_on("CPU_DEVICE")), "array_api_strict"),
    "two devices": (
        lambda: mixed(strict_on("CPU_DEVICE"), strict_on("device1")),
        "device1",
    ),
    "a gradient on the host": (
        lambda: host_constant("a test", "C", tensor(requires_grad=True), shape="n"),
        "requires a gradient",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_arrays_are_refused_with_their_value(name):
    call, fragment = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ssm.InvalidInputError) as caught:
            call()
    assert fragment in str(caught.value)
    assert caught.value.remedy
