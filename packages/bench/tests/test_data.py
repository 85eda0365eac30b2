import os
import zipfile

import numpy as np
import pytest

from framestate.bench import errors
from framestate.bench.data import (
    Signal,
    catalog,
    embedded,
    folder,
    stretch,
    synthetic,
    windows,
)


@pytest.mark.parametrize("name", embedded.NAMES)
def test_an_embedded_signal_is_finite_and_says_where_it_comes_from(name):
    signal = embedded.load(name)
    assert signal.name == name
    assert signal.values.dtype == np.float64
    assert signal.values.size >= 264
    assert signal.source
    assert signal.sampling


def test_an_unknown_embedded_signal_is_refused():
    with pytest.raises(errors.InvalidInputError, match="ecg"):
        embedded.load("eeg")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_signal_with_a_value_that_is_no_number_is_refused(bad):
    with pytest.raises(errors.InvalidInputError, match="sample 1"):
        Signal("x", np.array([0.0, bad, 1.0]), "", "")


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0]])
def test_a_signal_that_does_not_vary_is_refused(values):
    with pytest.raises(errors.InvalidInputError):
        Signal("x", np.array(values, dtype=np.float64), "", "")


def test_windows_reach_from_the_first_to_the_last_sample():
    signal = Signal("x", np.arange(10.0), "", "")
    cut = windows(signal, length=4, count=3)
    assert cut.shape == (4, 3)
    assert cut[0, 0] == 0.0
    assert cut[-1, -1] == 9.0
    with pytest.raises(errors.InvalidInputError, match="only 10"):
        windows(signal, length=11, count=1)


def test_stretching_keeps_a_slow_cosine():
    # cos(pi (n + 1/2)/L) is even about both ends: the mirrored record is periodic
    # and band-limited, so Fourier resampling is exact up to a shift of the grid
    x = np.cos(np.pi * (np.arange(50) + 0.5) / 50)
    y = stretch(x, length=200)
    places = np.arange(200) / 200 + 0.5 / 50
    assert np.abs(y - np.cos(np.pi * places)).max() < 200 * np.finfo(float).eps * 50


@pytest.mark.parametrize("kind", synthetic.CLASSES)
def test_a_random_class_has_norm_one_and_depends_on_the_generator_alone(kind):
    first = synthetic.draw(kind, np.random.default_rng(3), length=500)
    again = synthetic.draw(kind, np.random.default_rng(3), length=500)
    other = synthetic.draw(kind, np.random.default_rng(4), length=500)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert abs(np.linalg.norm(first) - 1.0) < 500 * np.finfo(float).eps


def test_blocks_change_only_at_the_jumps():
    x = synthetic.draw("blocks", np.random.default_rng(0), length=2000, jumps=7)
    assert np.count_nonzero(np.abs(np.diff(x)) > 0) <= 7


@pytest.mark.parametrize(
    "change",
    [{"length": 3}, {"jumps": 0}, {"width": 0.0}, {"width": 2.0}, {"kind": "saws"}],
)
def test_a_signal_that_cannot_be_drawn_is_refused(change):
    request = {"kind": "spikes", "length": 100} | change
    kind = request.pop("kind")
    with pytest.raises(errors.InvalidInputError):
        synthetic.draw(kind, np.random.default_rng(0), **request)


def test_spikes_too_narrow_for_the_grid_end_in_an_error_not_a_loop():
    with pytest.raises(errors.InvalidInputError, match="missed every sample"):
        synthetic.draw("spikes", np.random.default_rng(0), length=16, width=1e-12)


@pytest.mark.parametrize("kind", ["bumps", "spikes"])
def test_peaks_stand_apart_and_are_where_they_say(kind):
    drawn = synthetic.peaks(kind, np.random.default_rng(1), length=5000, count=8)
    gaps = np.diff(drawn.positions) / 5000
    # the smallest gap of bumps is .75 (.02 + .02); an index is a rounded place
    assert gaps.min() > 0.03 - 2 / 5000
    assert np.all(drawn.clean[drawn.positions] > 0.5 * drawn.clean.max() / 3)
    assert 0 < np.std(drawn.noisy - drawn.clean) < 2e-3


def test_too_many_peaks_are_refused():
    with pytest.raises(errors.InvalidInputError, match="1 to 12"):
        synthetic.peaks("spikes", np.random.default_rng(0), length=1000, count=40)


# ---- the data folder, on tiny made files


def zigzag(pcm: np.ndarray) -> np.ndarray:
    steps = np.diff(pcm.astype(np.int32), prepend=0)
    wrapped = ((steps + 2**15) % 2**16 - 2**15).astype(np.int32)
    return np.where(wrapped >= 0, 2 * wrapped, -2 * wrapped - 1).astype(np.uint16)


PCM = np.array([[0, 1, -1, 32767, -32768, 5], [7, 7, -9, 0, 2, 1]], dtype=np.int16)


@pytest.fixture
def tiny(tmp_path):
    for name in ("m4", "mitbih", "speech_commands"):
        (tmp_path / name).mkdir()
    rng = np.random.default_rng(0)
    values = rng.standard_normal(30)
    np.savez(
        tmp_path / folder.FILES["m4-hourly"],
        values=values,
        offsets=np.array([0, 10, 30]),
        ids=np.array(["H1", "H2"]),
    )
    np.savez(tmp_path / folder.FILES["m4-monthly"], values=rng.standard_normal((3, 12)))
    units = rng.integers(900, 1200, size=(2, 40)).astype(np.int16)
    np.savez(tmp_path / folder.FILES["mitbih"], sig_100=units)
    coded = zigzag(PCM)
    np.savez(
        tmp_path / folder.FILES["speech"],
        lo=(coded & 255).astype(np.uint8),
        hi=(coded >> 8).astype(np.uint8),
    )
    return tmp_path


def test_m4_series_are_cut_at_their_offsets(tiny):
    series = folder.m4_series(tiny, "hourly", count=5)
    assert [s.size for s in series] == [10, 20]
    assert len(folder.m4_series(tiny, "hourly", count=1)) == 1
    assert [s.size for s in folder.m4_series(tiny, "monthly", count=2)] == [12, 12]


def test_mitbih_is_read_in_millivolts(tiny):
    raw = np.load(tiny / folder.FILES["mitbih"])["sig_100"]
    signal = folder.mitbih(tiny, length=30)
    assert np.array_equal(signal.values, (raw[0, :30] - 1024.0) / 200.0)


@pytest.mark.parametrize("clip", [0, 1])
def test_speech_is_decoded_bit_by_bit(tiny, clip):
    signal = folder.speech(tiny, clip=clip)
    assert np.array_equal(signal.values * 2**15, PCM[clip].astype(np.float64))


@pytest.mark.parametrize("clip", [-1, 2])
def test_a_clip_that_is_not_there_is_one_error(tiny, clip):
    with pytest.raises(errors.DataError, match=f"no clip {clip} in arrays"):
        folder.speech(tiny, clip=clip)


def test_a_signal_that_needs_no_folder_is_the_embedded_one():
    (signal,) = catalog.load("ecg", None)
    assert np.array_equal(signal.values, embedded.load("ecg").values)


def test_the_catalog_knows_every_folder_signal(tiny):
    for name in catalog.FOLDER_NAMES:
        assert catalog.load(name, tiny)
        with pytest.raises(errors.InvalidInputError, match="FRAMESTATE_DATA"):
            catalog.load(name, None)


@pytest.mark.parametrize("name", catalog.FOLDER_NAMES)
def test_a_missing_file_is_one_error_that_names_it(tmp_path, name):
    with pytest.raises(errors.DataError, match="is missing"):
        catalog.load(name, tmp_path)


@pytest.mark.parametrize("name", catalog.FOLDER_NAMES)
@pytest.mark.parametrize("damage", ["cut", "text", "empty", "other"])
def test_a_damaged_file_is_one_error_that_names_it(tiny, name, damage):
    path = tiny / folder.FILES[name]
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "text":
        path.write_text("not an archive")
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        np.savez(path, something=np.zeros(3))
    with pytest.raises(errors.DataError, match="damaged"):
        catalog.load(name, tiny)


ARRAYS = {
    "m4-hourly": "values",
    "m4-monthly": "values",
    "mitbih": "sig_100",
    "speech": "lo",
}
ODD = {
    "0-d": lambda a: a.ravel()[0],
    "rank": lambda a: a[None],
    "text": lambda a: a.astype(str),
    "complex": lambda a: a.astype(complex),
    "empty": lambda a: a[:0],
    "constant": np.zeros_like,
}


@pytest.mark.parametrize("name", catalog.FOLDER_NAMES)
@pytest.mark.parametrize("odd", ODD)
def test_an_array_laid_out_otherwise_is_one_error_that_names_the_file(tiny, name, odd):
    path = tiny / folder.FILES[name]
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays[ARRAYS[name]] = ODD[odd](arrays[ARRAYS[name]])
    if name == "speech":
        arrays["hi"] = ODD[odd](arrays["hi"])
    np.savez(path, **arrays)
    with pytest.raises(errors.DataError, match=f"{path.name}.*damaged"):
        catalog.load(name, tiny)


def test_a_flipped_byte_in_an_archive_is_one_error(tiny):
    path = tiny / folder.FILES["mitbih"]
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        middle = archive.infolist()[0].header_offset + 200
    content[middle] ^= 255
    path.write_bytes(bytes(content))
    with pytest.raises(errors.DataError):
        catalog.load("mitbih", tiny)


@pytest.mark.parametrize("offsets", [[0, 50], [5, 3], [-1, 4], [0]])
def test_offsets_that_do_not_fit_are_one_error(tiny, offsets):
    path = tiny / folder.FILES["m4-hourly"]
    np.savez(path, values=np.arange(30.0), offsets=np.array(offsets))
    with pytest.raises(errors.DataError, match="offsets"):
        catalog.load("m4-hourly", tiny)


def test_objects_are_never_unpickled(tiny):
    path = tiny / folder.FILES["m4-monthly"]
    np.savez(path, values=np.array([{"a": 1}], dtype=object))
    with pytest.raises(errors.DataError):
        catalog.load("m4-monthly", tiny)


def test_nan_in_a_series_is_one_error(tiny):
    path = tiny / folder.FILES["m4-monthly"]
    np.savez(path, values=np.array([[1.0, np.nan, 2.0]]))
    with pytest.raises(errors.DataError, match="not finite"):
        catalog.load("m4-monthly", tiny)


def test_the_folder_is_the_argument_then_the_variable_then_none(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    variable = {folder.VARIABLE: str(tmp_path)}
    assert folder.find(None, {}) is None
    assert folder.find(None, variable) == tmp_path
    assert folder.find(str(other), variable) == other
    with pytest.raises(errors.DataError, match="--data"):
        folder.find(str(tmp_path / "no"), variable)
    with pytest.raises(errors.DataError, match=folder.VARIABLE):
        folder.find(None, {folder.VARIABLE: str(tmp_path / "no")})


def test_the_real_folder_holds_every_signal():
    if not os.environ.get(folder.VARIABLE):
        pytest.skip(f"{folder.VARIABLE} is not set")
    path = folder.find(None, os.environ)
    for name in catalog.FOLDER_NAMES:
        assert all(np.isfinite(s.values).all() for s in catalog.load(name, path))
