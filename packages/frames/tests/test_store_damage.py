"""A damaged or hostile file of a store is refused by name, and nothing is lost."""

import dataclasses
import errno
import hashlib
import io
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from framestate import frames
from framestate.frames.store.payload import Payload
from framestate.frames.store.record import MAX_BYTES, parse
from framestate.frames.versions import versions

INPUTS = {"family": "some", "size": 2}
VALUE = frames.FrameOperator(
    name="a frame",
    measure="scaled",
    A_r=np.array([[1.0, 2.0], [3.0, 4.0]]),
    b=np.array([5.0, 6.0]),
    T=csr_array(np.array([[1.0, 0.0], [0.0, 7.0]])),
    R=np.eye(2),
    error_bound=1e-16,
)
SCALARS = {"name": "a frame", "measure": "scaled", "error_bound": 1e-16, "mu": None}
ARRAYS = {"A_r": VALUE.A_r, "b": VALUE.b, "T": VALUE.T.toarray(), "R": VALUE.R}


@pytest.fixture
def store(tmp_path):
    store = frames.Store(tmp_path / "store")
    store.save(INPUTS, VALUE)
    store.save({"other": 1}, VALUE)
    return store


def files(store, inputs=INPUTS) -> tuple[Path, Path]:
    """The .json and the .npz file of a value."""
    (entry,) = (e for e in store.entries() if e.record and e.record.inputs == inputs)
    folder = Path(store.folder)
    return folder / f"{entry.key}.json", folder / entry.record.payload.file


def refuse(store, path, finding):
    """The value is refused by the name of its file, and what is there stays there."""
    before = {p.name: p.read_bytes() for p in Path(store.folder).iterdir()}
    called = []
    for use in (
        lambda: store.load(INPUTS),
        lambda: store.get_or_derive(INPUTS, lambda: called.append(None)),
    ):
        with pytest.raises(frames.DamagedStoreError, match=finding) as caught:
            use()
        assert str(path) in caught.value.request
        assert "Nothing was removed" in caught.value.remedy
    assert not called
    assert {p.name: p.read_bytes() for p in Path(store.folder).iterdir()} == before
    assert store.load({"other": 1}) is not None


# each byte of the record; of the arrays each seventh, so that every field is met
@pytest.mark.parametrize(("which", "step"), [(0, 1), (1, 7)])
def test_every_flipped_byte_is_found(store, which, step):
    path = files(store)[which]
    content = bytearray(path.read_bytes())
    for i in range(0, len(content), step):
        content[i] ^= 1 << (i % 8)
        path.write_bytes(content)
        with pytest.raises(frames.DamagedStoreError):
            store.load(INPUTS)
        content[i] ^= 1 << (i % 8)
    path.write_bytes(content)
    assert store.load(INPUTS) is not None


@pytest.mark.parametrize("which", [0, 1])
def test_every_truncation_is_found(store, which):
    path = files(store)[which]
    content = path.read_bytes()
    for size in [*range(0, len(content), 11), len(content) - 1]:
        path.write_bytes(content[:size])
        with pytest.raises(frames.DamagedStoreError):
            store.load(INPUTS)


@pytest.mark.parametrize("extra", [b"\n", b" ", b"\0", b"x" * (MAX_BYTES + 5)])
@pytest.mark.parametrize("which", [0, 1])
def test_more_than_was_written_is_found(store, which, extra):
    path = files(store)[which]
    path.write_bytes(path.read_bytes() + extra)
    with pytest.raises(frames.DamagedStoreError):
        store.load(INPUTS)


def test_a_damaged_array_file_is_named(store):
    record, payload = files(store)
    content = payload.read_bytes()
    payload.write_bytes(content[:-1])
    size = len(content)
    refuse(store, record, f"{payload.name} has {size - 1} bytes, and {size} were")
    payload.write_bytes(content[:-1] + b"x")
    refuse(store, record, f"{payload.name} was changed after it was written")
    payload.unlink()
    refuse(store, record, "its .npz file is missing")


def test_a_record_without_its_half_is_an_entry_with_a_finding(store):
    record, payload = files(store)
    content = payload.read_bytes()
    payload.write_bytes(content[:-1])
    found = {entry.key: entry.finding for entry in store.entries()}
    wanted = f"its .npz file has {len(content) - 1} bytes, not {len(content)}"
    assert found.pop(record.stem) == wanted
    assert list(found.values()) == [""]
    payload.unlink()
    found = {entry.key: entry.finding for entry in store.entries()}
    assert found[record.stem] == "its .npz file is missing"
    record.write_text("{}")
    entry = next(e for e in store.entries() if e.key == record.stem)
    assert entry.record is None
    assert entry.finding == "it is not the record of an entry"
    assert entry.bytes == 2


def test_arrays_without_a_record_are_no_entry(store):
    record, payload = files(store)
    record.unlink()
    assert store.load(INPUTS) is None
    assert payload.exists()
    assert len(store) == 1


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("way_out", ["save", "discard", "clear"])
def test_each_way_out_of_a_damage_leads_out(store, which, way_out):
    path = files(store)[which]
    path.write_bytes(b"damaged")
    match way_out:
        case "save":
            store.save(INPUTS, VALUE)
            assert np.array_equal(store.load(INPUTS).A, VALUE.A)
        case "discard":
            assert store.discard(INPUTS)
            assert store.load(INPUTS) is None
        case _:
            assert store.clear() == 2
            assert len(store) == 0


def test_a_value_whose_arrays_are_gone_can_be_saved_or_discarded(store):
    for inputs, way_out in (
        (INPUTS, lambda: store.save(INPUTS, VALUE)),
        ({"other": 1}, lambda: store.discard({"other": 1})),
    ):
        files(store, inputs)[1].unlink()
        way_out()
    assert store.load(INPUTS) is not None
    assert len(store) == 1


def test_a_damaged_record_does_not_cost_the_arrays(store):
    record, payload = files(store)
    text = record.read_bytes()
    record.write_bytes(text.replace(b"some", b"same"))
    for path in (record, payload):
        os.utime(path, (1.0, 1.0))  # long ago
    store.save({"third": 1}, VALUE)
    record.write_bytes(text)
    assert np.array_equal(store.load(INPUTS).A, VALUE.A)


def sealed(value: dict) -> bytes:
    """Text of a record that says its own hash, whatever it says."""
    body = {name: x for name, x in value.items() if name != "sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    seal = hashlib.sha256(text.encode()).hexdigest()
    return (
        json.dumps({**body, "sha256": seal}, indent=1, sort_keys=True) + "\n"
    ).encode()


def changed(store, **changes):
    """Forge the record: other values under a right hash."""
    path = files(store)[0]
    value = json.loads(path.read_text())
    path.write_bytes(sealed({**value, **changes}))
    return path


def test_a_sealed_record_is_what_is_written(store):
    path = files(store)[0]
    assert sealed(json.loads(path.read_text())) == path.read_bytes()


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"format": 2}, "it has the format 2, this version reads 1"),
        ({"format": 0}, "it has the format 0, this version reads 1"),
        ({"format": "1"}, "its text was changed"),
        ({"kind": "dict"}, "it holds a 'dict', which nobody knows"),
        ({"kind": "Span"}, "it belongs to other inputs"),
        ({"kind": 1}, "it is not the record of an entry"),
        ({"inputs": {"family": "other", "size": 2}}, "it belongs to other inputs"),
        ({"inputs": []}, "it is not the record of an entry"),
        ({"digits": 50}, "its text was changed"),
        ({"error_bound": 0.0}, "its text was changed"),
        ({"surplus": 0}, "its text was changed"),
        ({"versions": {**versions(), "framestate": "0.0"}}, "it belongs to other"),
        ({"versions": {}}, "it is not the record of an entry"),
        ({"value": {}, "error_bound": None}, "are not the scalars of its class"),
        ({"value": {**SCALARS, "more": "x"}}, "are not the scalars of its class"),
        ({"value": {**SCALARS, "name": 1.0}}, "{'name': 1.0} is not what"),
        ({"value": {**SCALARS, "measure": "x"}}, "{'measure': 'x'} is not what"),
        ({"value": {**SCALARS, "measure": ["scaled"]}}, "is not what its class"),
        ({"value": {**SCALARS, "mu": True}}, "{'mu': True} is not what"),
        ({"value": {**SCALARS, "mu": 10**400}}, "is not what its class promises"),
        ({"value": [1]}, "it is not the record of an entry"),
    ],
)
def test_a_forged_record_is_refused(store, changes, finding):
    refuse(store, changed(store, **changes), finding)


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "../{key}.0123456789abcdef.npz",
        "{other}",
        "{key}.npz",
        "{key}.0123456789ABCDEF.npz",
        "",
    ],
)
def test_a_record_names_only_its_own_file(store, file):
    record, payload = files(store)
    name = file.format(key=record.stem, other=files(store, {"other": 1})[1].name)
    forged = {"file": name, "bytes": payload.stat().st_size, "sha256": "0" * 64}
    refuse(store, changed(store, payload=forged), "names a file that is not its own")


@pytest.mark.parametrize("sha256", ["0" * 63, "x" * 64, "", "A" * 64])
def test_a_record_names_a_hash(store, sha256):
    payload = files(store)[1]
    forged = {"file": payload.name, "bytes": payload.stat().st_size, "sha256": sha256}
    refuse(store, changed(store, payload=forged), "names a file that is not its own")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (b"", "it is not JSON in ASCII"),
        (b"\xff", "it is not JSON in ASCII"),
        (b"null", "it is not the record of an entry"),
        (b"[" * 100_000, "it is nested like no record"),
        (b'{"format": NaN}', "NaN is no number of JSON"),
        (b'{"format": -Infinity}', "-Infinity is no number of JSON"),
        (b'{"format": ' + b"9" * 5000 + b"}", "it is not JSON in ASCII"),
        (b" " * (MAX_BYTES + 1), f"it has {MAX_BYTES + 1} bytes or more"),
    ],
)
def test_a_record_that_is_no_json_is_refused(store, text, finding):
    path = files(store)[0]
    path.write_bytes(text)
    refuse(store, path, finding)


def test_the_longest_record_is_read():
    with pytest.raises(ValueError, match="not JSON"):
        parse(b" " * MAX_BYTES, "")


def test_a_number_beyond_float64_is_refused(store):
    path = files(store)[0]
    text = path.read_text().replace('"size": 2', '"size": 1e999')
    path.write_text(text)
    with pytest.raises(frames.DamagedStoreError, match="not JSON compliant"):
        store.load(INPUTS)


def forge(store, content: bytes) -> Path:
    """Put other arrays in place, under a record with the right length and hash."""
    record, payload = files(store)
    payload.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    changed(store, payload=vars(Payload(payload.name, len(content), sha256)))
    return record


def archive(members, *, compression=zipfile.ZIP_STORED) -> bytes:
    """Content of a zip file by the names and contents of its members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return stream.getvalue()


def npy(x, **options) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, x, **options)
    return stream.getvalue()


def header(text: str, data: bytes = b"", magic: bytes = b"\x93NUMPY\x01\x00") -> bytes:
    line = text.encode().ljust(117) + b"\n"
    return magic + len(line).to_bytes(2, "little") + line + data


def described(descr: str, shape: str, data: bytes = b"") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    return header(text, data)


MEMBERS = [(f"{name}.npy", npy(x)) for name, x in ARRAYS.items()]
SOUND = archive(MEMBERS)


def replaced(name: str, content: bytes) -> bytes:
    return archive([(n, content if n == name else x) for n, x in MEMBERS])


def test_what_is_forged_rightly_is_read(store):
    forge(store, SOUND)
    assert np.array_equal(store.load(INPUTS).A, VALUE.A)
    assert np.array_equal(VALUE.A, np.eye(2) + ARRAYS["T"] @ (VALUE.A_r - np.eye(2)))


HOSTILE = {
    "no zip": (b"no zip at all", "it is no archive of arrays"),
    "empty": (b"", "it is no archive of arrays"),
    "no members": (archive([]), "A_r is missing"),
    "one missing": (archive(MEMBERS[:-1]), "R is missing"),
    "one too many": (archive([*MEMBERS, ("x.npy", npy(np.ones(1)))]), "x has no place"),
    "path upwards": (archive([("../A_r.npy", b"")]), "'../A_r.npy' is not named like"),
    "absolute path": (archive([("/tmp/A_r.npy", b"")]), "is not named like ours"),
    "backslash": (archive([("..\\A_r.npy", b"")]), "is not named like ours"),
    "folder": (archive([("A_r.npy/", b"")]), "is not named like ours"),
    "other suffix": (archive([("A_r.pkl", b"")]), "is not named like ours"),
    "no name": (archive([(".npy", b"")]), "is not named like ours"),
    "compressed": (
        archive(MEMBERS, compression=zipfile.ZIP_DEFLATED),
        "A_r.npy is compressed",
    ),
    "objects": (
        replaced("b.npy", npy(np.array([VALUE, VALUE]), allow_pickle=True)),
        "b.npy has a header unlike ours",
    ),
    "huge shape": (
        replaced("b.npy", described("<f8", "(999999999999, 999999999999)")),
        r"b.npy claims the shape \(999999999999, 999999999999\) and has 0 bytes",
    ),
    "product that wraps to the size": (
        replaced("b.npy", described("<f8", "(4294967296, 536870912)")),
        "b.npy claims the shape",
    ),
    "negative shape": (
        replaced("b.npy", described("<f8", "(-1, -2)", bytes(16))),
        "header unlike ours",
    ),
    "expression": (
        replaced("b.npy", described("<f8", "(1+1,)", bytes(16))),
        "header unlike ours",
    ),
    "true for a size": (
        replaced("b.npy", described("<f8", "(True,)", bytes(8))),
        "header unlike ours",
    ),
    "too few bytes": (replaced("b.npy", npy(VALUE.b)[:-1]), "b.npy claims the shape"),
    "too many bytes": (replaced("b.npy", npy(VALUE.b) + b"x"), "b.npy claims the"),
    "short header": (replaced("b.npy", npy(VALUE.b)[:20]), "header unlike ours"),
    "no header": (replaced("b.npy", b""), "header unlike ours"),
    "other magic": (
        replaced("b.npy", npy(VALUE.b, version=(2, 0))),
        "header unlike ours",
    ),
    "single precision": (
        replaced("b.npy", npy(VALUE.b.astype(np.float32))),
        "header unlike ours",
    ),
    "whole numbers": (replaced("b.npy", npy(np.array([5, 6]))), "b has the type int64"),
    "other order of bytes": (
        replaced("b.npy", npy(VALUE.b.astype(">f8"))),
        "header unlike ours",
    ),
    "text": (replaced("b.npy", npy(np.array(["a", "b"]))), "header unlike ours"),
    "no axis": (replaced("b.npy", npy(np.array(1.0))), "b has 0 axes, not 1"),
    "two axes": (replaced("b.npy", npy(np.ones((2, 1)))), "b has 2 axes, not 1"),
    "other size": (replaced("b.npy", npy(np.ones(3))), "b has the shape"),
    "NaN": (replaced("b.npy", npy(np.array([np.nan, 0.0]))), "b holds NaN"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused(store, case):
    content, finding = HOSTILE[case]
    refuse(store, forge(store, content), finding)
    assert not Path("/tmp/A_r.npy").exists()


def test_two_members_of_one_name_are_refused(store):
    content = archive([*MEMBERS, ("X_r.npy", npy(VALUE.A_r))]).replace(b"X_r.", b"A_r.")
    refuse(store, forge(store, content), "two of its members have one name")


def test_members_that_share_their_bytes_are_refused(store):
    # a directory that lists one member many times, under many names
    content = archive([("a00.npy", npy(np.ones(200)))])
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[start:end]
    many = b"".join(entry.replace(b"a00", f"a{i:02}".encode()) for i in range(50))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 50, 50, len(many), start, 0)
    forged = forge(store, content[:start] + many + tail)
    refuse(store, forged, "its members claim more bytes than the file has")


def test_a_member_before_the_beginning_is_refused(store):
    content = bytearray(SOUND)
    offset = content.index(b"PK\x05\x06") + 16  # where the directory is said to be
    content[offset : offset + 4] = struct.pack("<L", 2**31)
    refuse(store, forge(store, bytes(content)), "a place before its beginning|archive")


def test_a_disk_that_fails_is_not_called_damaged(store, monkeypatch):
    def failing(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(zipfile.ZipFile, "infolist", failing)
    with pytest.raises(frames.OutputError, match=os.strerror(errno.EIO)):
        store.load(INPUTS)


def test_an_encrypted_member_is_refused(store):
    content = bytearray(SOUND)
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(sign) + offset] |= 1
    refuse(store, forge(store, bytes(content)), "it is no archive of arrays .*encrypt")


def test_a_member_that_fails_its_own_checksum_is_refused(store):
    content = SOUND.replace(VALUE.b.tobytes(), VALUE.b[::-1].tobytes())
    refuse(store, forge(store, content), "it is no archive of arrays .*CRC")


def sparse(**changes) -> bytes:
    parts = {
        "T.data": VALUE.T.data,
        "T.indices": VALUE.T.indices,
        "T.indptr": VALUE.T.indptr,
        "T.shape": np.array([2, 2]),
    }
    arrays = {name: x for name, x in ARRAYS.items() if name != "T"} | parts | changes
    return archive([(f"{name}.npy", npy(x)) for name, x in arrays.items()])


def test_a_sparse_matrix_forged_rightly_is_read(store):
    forge(store, sparse())
    assert np.array_equal(store.load(INPUTS).A, VALUE.A)


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"T.indices": np.array([0, 2])}, "T is not a sparse matrix"),
        ({"T.indices": np.array([0, -1])}, "T is not a sparse matrix"),
        ({"T.indptr": np.array([0, 1, 99])}, "T is not a sparse matrix"),
        ({"T.indptr": np.array([0, 2, 1])}, "T is not a sparse matrix"),
        ({"T.indptr": np.array([1, 1, 2])}, "T is not a sparse matrix"),
        ({"T.indptr": np.array([0, 2])}, "T is not a sparse matrix"),
        ({"T.indices": np.array([0.0, 1.0])}, "T has the type float64"),
        ({"T.shape": np.array([2])}, "T is not a sparse matrix"),
        ({"T.shape": np.array([2.0, 2.0])}, "T has the type float64"),
        ({"T.shape": np.array([-2, -2])}, "T is not a sparse matrix"),
        ({"T.shape": np.array([2**62, 2])}, "T is not a sparse matrix"),
        ({"T.shape": np.array([2, 3])}, r"T has the shape \(2, 3\)"),
        ({"T.data": np.ones((2, 1))}, "T is not a sparse matrix"),
        ({"T.data": np.array([1, 2])}, "T has the type int64"),
        ({"T.data": np.array([1.0, np.nan])}, "T holds NaN"),
        ({"T": np.eye(2)}, "T.data, T.indices, T.indptr, T.shape has no place"),
        ({"b.data": np.ones(1)}, "b.data has no place"),
    ],
)
def test_a_sparse_matrix_that_is_none_is_refused(store, changes, finding):
    refuse(store, forge(store, sparse(**changes)), finding)


@given(
    places=st.lists(
        st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1
    ),
    cut=st.integers(0, len(SOUND)),
)
def test_no_archive_does_more_than_be_read_or_refused(tmp_path_factory, places, cut):
    store = frames.Store(tmp_path_factory.mktemp("store"))
    store.save(INPUTS, VALUE)
    content = bytearray(SOUND)
    for place, byte in places:
        content[place] = byte
    forge(store, bytes(content[: max(cut, 1)]))
    try:
        found = store.load(INPUTS)
    except frames.DamagedStoreError:
        return
    # dates and flags of the archive may differ; the shapes cannot
    assert [f.name for f in dataclasses.fields(found)]
    assert found.T.shape == (2, 2)


def test_a_file_that_cannot_be_read_is_not_called_damaged(store):
    record, payload = files(store)
    payload.unlink()
    payload.mkdir()
    with pytest.raises(frames.OutputError, match="reading"):
        store.load(INPUTS)
    record.unlink()
    record.mkdir()
    with pytest.raises(frames.OutputError, match="reading"):
        store.load(INPUTS)
