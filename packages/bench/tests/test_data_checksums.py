import pytest

from framestate.bench import errors
from framestate.bench.data import checksums

CASES = {
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "md5": "900150983cd24fb0d6963f7d28e17f72",
    "git": "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f",
}


@pytest.mark.parametrize("kind", CASES)
def test_checksums_are_those_of_the_standards_for_abc(tmp_path, kind):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    shown = []
    assert checksums.digest(path, kind) == CASES[kind]
    checksums.verify(path, f"{kind}:{CASES[kind].upper()}", lambda *p: shown.append(p))
    assert shown == [(3, 3)]
    path.write_bytes(b"abd")
    with pytest.raises(errors.DataError, match=f"{kind} is .*, not {CASES[kind]}"):
        checksums.verify(path, f"{kind}:{CASES[kind]}")


@pytest.mark.parametrize("bad", ["", "sha256", "md5:12", f"sha1:{40 * 'a'}", "git:g"])
def test_a_checksum_written_otherwise_is_refused(tmp_path, bad):
    with pytest.raises(errors.InvalidInputError, match="Write sha256"):
        checksums.verify(tmp_path, bad)
    with pytest.raises(errors.InvalidInputError, match="Write sha256"):
        checksums.digest(tmp_path, "crc32")


def test_a_missing_file_has_no_checksum(tmp_path):
    with pytest.raises(errors.DataError, match="No such file"):
        checksums.digest(tmp_path / "none")
