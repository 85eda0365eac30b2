import contextlib
import gzip
import io
import lzma
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate.bench import errors
from framestate.bench.data import archives, extraction, streams

FILES = {
    "a.txt": b"first\n" * 5,
    "deep/er/b.bin": bytes(range(256)) * 700,
    "empty": b"",
}


def tar_bytes(files=FILES, *, mode="w", extra=()):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    return stream.getvalue()


def zip_bytes(files=FILES, *, packing=zipfile.ZIP_DEFLATED, attributes=0):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = attributes << 16
            info.compress_type = packing
            archive.writestr(info, content)
    return stream.getvalue()


MAKERS = {
    "zip": zip_bytes,
    "zip-lzma": lambda: zip_bytes(packing=zipfile.ZIP_LZMA),
    "tar": tar_bytes,
    "tar.gz": lambda: tar_bytes(mode="w:gz"),
    "tar.xz": lambda: tar_bytes(mode="w:xz"),
}


def written(folder, content, name="x.archive"):
    path = folder / name
    path.write_bytes(content)
    return path


def read(path, wanted=archives.everything):
    return {name: stream.read() for name, stream in archives.members(path, wanted)}


@pytest.mark.parametrize("kind", MAKERS)
def test_members_are_the_files_whatever_the_archive_is_called(tmp_path, kind):
    path = written(tmp_path, MAKERS[kind]())
    assert archives.is_archive(path)
    assert read(path) == FILES
    assert read(path, lambda name: name == "a.txt") == {"a.txt": FILES["a.txt"]}
    seen = []
    for _ in archives.members(path, progress=lambda *pair: seen.append(pair)):
        pass
    assert len(seen) == len(FILES)
    assert all(0 < done <= total == path.stat().st_size for done, total in seen)


@pytest.mark.parametrize("kind", MAKERS)
def test_extraction_gives_the_files_and_nothing_beside_them(tmp_path, kind):
    path = written(tmp_path, MAKERS[kind]())
    extraction.extract(path, tmp_path / "out")
    found = {
        file.relative_to(tmp_path / "out").as_posix(): file.read_bytes()
        for file in (tmp_path / "out").rglob("*")
        if file.is_file()
    }
    assert found == FILES
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "x.archive"]
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755
    with pytest.raises(errors.OutputError, match="is there already"):
        extraction.extract(path, tmp_path / "out")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_file_is_its_only_member_and_can_be_opened(tmp_path, pack):
    path = written(tmp_path, pack(b"1\n2\n"), "series.csv.gz")
    assert not archives.is_archive(path)
    assert read(path) == {"series.csv": b"1\n2\n"}
    with streams.opened(path) as stream:
        assert list(stream) == [b"1\n", b"2\n"]


def test_a_plain_file_opens_as_it_is_and_is_no_archive(tmp_path):
    path = written(tmp_path, b"1\n2\n")
    with streams.opened(path) as stream:
        assert stream.read() == b"1\n2\n"
    assert not archives.is_archive(path)
    with pytest.raises(errors.DataError, match="no zip, tar, gz or xz"):
        read(path)


def test_a_leading_dot_is_no_part_of_a_name_and_folders_are_no_members(tmp_path):
    folder = tarfile.TarInfo("./sub")
    folder.type = tarfile.DIRTYPE
    path = written(tmp_path, tar_bytes({"./a": b"1"}, extra=[folder]))
    assert read(path) == {"a": b"1"}
    assert read(written(tmp_path, zip_bytes({"sub/": b"", "sub/a": b"1"}))) == {
        "sub/a": b"1"
    }


BAD_NAMES = ("../evil", "/evil", "a/../../evil", "a//b", "a\\b", "c:evil", "a\nb", "..")


@pytest.mark.parametrize("make", [tar_bytes, zip_bytes])
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_left(
    tmp_path, name, make
):
    path = written(tmp_path, make({"good": b"1", name: b"evil"}))
    with pytest.raises(errors.DataError, match="not safe"):
        extraction.extract(path, tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["x.archive"]
    assert read(path, lambda name: name == "good") == {"good": b"1"}


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE],
)
def test_a_link_or_a_device_is_refused_and_passed_over_unless_wanted(tmp_path, kind):
    link = tarfile.TarInfo("link")
    link.type, link.linkname = kind, "a.txt"
    path = written(tmp_path, tar_bytes(extra=[link]))
    with pytest.raises(errors.DataError, match="'link' is a link or a device"):
        extraction.extract(path, tmp_path / "out")
    assert read(path, lambda name: name != "link") == FILES


def test_a_link_in_a_zip_is_refused(tmp_path):
    path = written(tmp_path, zip_bytes(attributes=stat.S_IFLNK | 0o777))
    with pytest.raises(errors.DataError, match="is a link or a device"):
        read(path)
    path = written(tmp_path, zip_bytes(attributes=stat.S_IFREG | 0o644))
    assert read(path) == FILES


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("a", b"2")
    with pytest.raises(errors.DataError, match="'a' comes twice"):
        read(written(tmp_path, stream.getvalue()))
    info = tarfile.TarInfo("a.txt")
    with pytest.raises(errors.DataError, match=r"'a\.txt' comes twice"):
        read(written(tmp_path, tar_bytes(extra=[info])))


@pytest.mark.parametrize("kind", MAKERS)
def test_every_cut_of_an_archive_is_refused(tmp_path, kind):
    whole = MAKERS[kind]()
    for share in (0.01, 0.3, 0.6, 0.9, 0.97):
        cut = whole[: max(7, int(share * (len(whole) if kind != "tar" else 181000)))]
        with pytest.raises(errors.DataError, match=r"reading .*x\.archive"):
            extraction.extract(written(tmp_path, cut), tmp_path / "out")
        assert [p.name for p in tmp_path.iterdir()] == ["x.archive"]


def test_a_damaged_header_inside_a_tar_is_not_taken_for_its_end(tmp_path):
    content = bytearray(tar_bytes())
    content[1024 + 150] ^= 0xFF  # the checksum of the second header
    with pytest.raises(errors.DataError, match="header in it is damaged"):
        read(written(tmp_path, bytes(content)))


def test_a_tar_without_its_last_blocks_is_refused(tmp_path):
    with pytest.raises(errors.DataError, match="breaks off"):
        read(written(tmp_path, tar_bytes({"a": b"1" * 512})[:1024]))


@pytest.mark.parametrize("cut", [0, 4])
def test_what_fills_a_packed_tar_up_is_read_to_its_checksum(tmp_path, cut):
    filled = gzip.compress(tar_bytes() + bytes(2**18))
    path = written(tmp_path, filled[: len(filled) - cut])
    if not cut:
        assert read(path) == FILES
        return
    with pytest.raises(errors.DataError, match="EOFError"):
        read(path)


def test_a_gz_without_its_checksum_is_refused(tmp_path):
    path = written(tmp_path, tar_bytes(mode="w:gz")[:-4])
    with pytest.raises(errors.DataError, match="EOFError"):
        read(path)


@pytest.mark.parametrize("make", [tar_bytes, zip_bytes])
def test_an_archive_that_swells_too_much_is_refused(tmp_path, monkeypatch, make):
    monkeypatch.setattr(streams, "FREE", 10_000)
    monkeypatch.setattr(streams, "RATIO", 2)
    content = make({"zeros": bytes(10**6)})
    packed = content if make is zip_bytes else gzip.compress(content)
    with pytest.raises(errors.DataError, match="more than its size may hold"):
        read(written(tmp_path, packed))


def test_a_sparse_member_counts_with_its_full_size(tmp_path):
    info = tarfile.TarInfo("huge")
    info.size = 10**12
    with pytest.raises(errors.DataError, match="more than its size may hold"):
        read(written(tmp_path, info.tobuf() + bytes(2048)))


def test_a_damaged_extended_header_is_refused(tmp_path):
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.XHDTYPE, 512
    with pytest.raises(errors.DataError, match="ReadError"):
        read(written(tmp_path, info.tobuf() + b"x" * 512 + bytes(2048)))


def test_a_single_packed_file_that_swells_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "FREE", 10_000)
    path = written(tmp_path, gzip.compress(bytes(10**7)))
    with (
        pytest.raises(errors.DataError, match="more than its size"),
        streams.opened(path) as s,
    ):
        s.read()


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")])
def test_members_whose_names_collide_are_refused(tmp_path, names):
    path = written(tmp_path, tar_bytes(dict.fromkeys(names, b"1")))
    with pytest.raises(errors.DataError, match=f"'{names[1]}' collides"):
        extraction.extract(path, tmp_path / "out")


def test_an_encrypted_member_is_refused(tmp_path):
    content = bytearray(zip_bytes({"a": b"1"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(errors.DataError, match="encrypted"):
        read(written(tmp_path, bytes(content)))


def test_a_missing_archive_is_refused(tmp_path):
    with pytest.raises(errors.DataError, match="No such file"):
        read(tmp_path / "none")
    with pytest.raises(errors.DataError, match="No such file"):
        streams.budget(tmp_path / "none")


def test_a_folder_that_cannot_be_made_is_one_output_error(tmp_path):
    path = written(tmp_path, zip_bytes())
    with pytest.raises(errors.OutputError, match="Not a directory"):
        extraction.extract(path, path / "below" / "out")


def test_sweeping_takes_only_what_a_killed_process_left(tmp_path):
    for name in (".out.abc.tmp", "out", ".other.abc.tmp"):
        (tmp_path / name).mkdir()
    extraction.sweep(tmp_path, "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".other.abc.tmp", "out"]


@pytest.mark.parametrize("kind", MAKERS)
@given(data=st.data())
def test_changed_bytes_give_the_files_or_one_data_error(tmp_path_factory, kind, data):
    content = bytearray(MAKERS[kind]())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path = written(tmp_path_factory.mktemp("fuzz"), bytes(content))
    with contextlib.suppress(errors.DataError):
        read(path)


@given(
    head=st.sampled_from([b"PK\x03\x04", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b""]),
    tail=st.binary(max_size=2000),
)
def test_any_bytes_at_all_give_files_or_one_data_error(tmp_path_factory, head, tail):
    path = written(tmp_path_factory.mktemp("fuzz"), head + tail)
    archives.is_archive(path)
    for action in (read, lambda path: extraction.extract(path, path.parent / "out")):
        with contextlib.suppress(errors.DataError):
            action(path)
