import contextlib
import errno
import hashlib
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from framestate.bench import errors
from framestate.bench.data import download, fetch
from framestate.bench.data.dataset import Remote

CONTENT = bytes(range(256)) * 4000  # what the site gives, see conftest.py
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
QUICK = download.Patience(attempts=3, wait=0.0, timeout=5.0)


def remote(site, checksum=SHA256):
    return Remote("x/x.bin", site.url, checksum, len(CONTENT))


def get(site, folder, checksum=SHA256, **options):
    return fetch.fetch(remote(site, checksum), folder, patience=QUICK, **options)


def get_fails(site, folder, checksum, match):
    with pytest.raises(errors.DataError, match=match):
        get(site, folder, checksum)
    return True


def visible(folder):
    return sorted(p.name for p in (folder / "x").iterdir() if p.name[0] != ".")


def test_a_file_is_fetched_once_and_then_only_checked(site, tmp_path):
    shown = []
    done = get(site, tmp_path, progress=lambda *pair: shown.append(pair))
    assert done == fetch.Fetched(tmp_path / "x/x.bin", downloaded=True)
    assert done.path.read_bytes() == CONTENT
    assert shown[-1] == (len(CONTENT), len(CONTENT))
    assert visible(tmp_path) == ["x.bin"]
    assert get(site, tmp_path) == replace(done, downloaded=False)
    assert len(site.asked) == 1


@pytest.mark.parametrize("checksum", [SHA256, ""])
def test_cut_connections_are_resumed_and_nothing_is_sent_twice(
    site, tmp_path, checksum
):
    site.cut_after = [300_000, 300_000]
    assert get(site, tmp_path, checksum).path.read_bytes() == CONTENT
    assert site.asked == [
        ("", ""),
        ("bytes=300000-", site.tag),
        ("bytes=600000-", site.tag),
    ]


def test_another_process_goes_on_where_the_first_one_was_cut(site, tmp_path):
    site.cut_after = [400_000, 0, 0, 0]
    assert get_fails(site, tmp_path, SHA256, "400,000 bytes are kept")
    assert visible(tmp_path) == ["x.bin.part", "x.bin.part.version"]
    assert get(site, tmp_path).path.read_bytes() == CONTENT
    assert site.asked[-1] == ("bytes=400000-", '"v1"')
    assert visible(tmp_path) == ["x.bin"]


def test_many_cuts_are_no_reason_to_give_up_while_each_attempt_brings_some(
    site, tmp_path
):
    site.cut_after = [100_000] * 9
    assert get(site, tmp_path).path.read_bytes() == CONTENT
    assert len(site.asked) == 10


def test_two_versions_are_never_sewn_together(site, tmp_path):
    site.cut_after = [400_000, 0, 0, 0]
    assert get_fails(site, tmp_path, "", "brought nothing")
    site.tag, site.content = '"v2"', CONTENT[::-1]
    assert get(site, tmp_path, "").path.read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("tag", ["", 'W/"weak"'])
def test_without_a_version_only_a_checksum_allows_going_on(site, tmp_path, tag):
    site.tag = tag
    for checksum, wanted in ((SHA256, "bytes=5000-"), ("", "")):
        site.cut_after = [5000]
        done = get(site, tmp_path, checksum)
        assert done.path.read_bytes() == CONTENT
        assert site.asked[-1] == (wanted, "")
        done.path.unlink()


def test_a_date_is_a_version_too(site, tmp_path):
    site.tag, site.modified = "", "Wed, 21 Oct 2015 07:28:00 GMT"
    site.cut_after = [5000]
    get(site, tmp_path, "")
    assert site.asked[-1] == ("bytes=5000-", site.modified)


@pytest.mark.parametrize("fault", [{"ranges": False}, {"shift": 1}])
def test_a_server_that_sends_another_part_sends_it_all_in_the_end(
    site, tmp_path, fault
):
    vars(site).update(fault, cut_after=[400_000])
    assert get(site, tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize(("part", "requests"), [(CONTENT, 1), (CONTENT + b"more", 2)])
def test_a_part_is_kept_where_complete_and_not_where_too_long(
    site, tmp_path, part, requests
):
    (tmp_path / "x").mkdir()
    (tmp_path / "x/x.bin.part").write_bytes(part)
    assert get(site, tmp_path).path.read_bytes() == CONTENT
    assert len(site.asked) == requests


def test_a_connection_that_falls_silent_counts_as_cut(site, tmp_path):
    site.silent_after = 400_000
    patience = download.Patience(attempts=2, wait=0.0, timeout=0.2)
    assert fetch.fetch(remote(site), tmp_path, patience=patience).downloaded
    assert site.asked[-1] == ("bytes=400000-", '"v1"')


def test_a_server_that_does_not_say_the_length_is_believed(site, tmp_path):
    site.length = False
    shown = []
    get(site, tmp_path, progress=lambda *pair: shown.append(pair))
    assert shown[-1] == (len(CONTENT), len(CONTENT))  # the size that is published


def test_wrong_bytes_leave_nothing_and_both_checksums_are_named(site, tmp_path):
    site.content = b"an error page"
    found = hashlib.sha256(site.content).hexdigest()
    assert get_fails(site, tmp_path, SHA256, f"is {found}, not {SHA256[7:]}")
    assert visible(tmp_path) == []


def test_a_file_without_a_published_checksum_is_recorded_and_compared(site, tmp_path):
    done = get(site, tmp_path, "")
    assert done.recorded == SHA256[7:]
    note = tmp_path / "x/x.bin.sha256"
    assert note.read_text() == f"{SHA256[7:]}  x.bin\n"
    assert get(site, tmp_path, "") == replace(done, downloaded=False)
    done.path.write_bytes(b"other")
    assert get_fails(site, tmp_path, "", "damaged, or another file")
    done.path.unlink()
    site.content = b"the source changed it"
    assert get_fails(site, tmp_path, "", "Nothing was kept")
    assert visible(tmp_path) == ["x.bin.sha256"]
    note.write_text("nonsense")
    assert get_fails(site, tmp_path, "", "does not begin with a sha256")


def test_a_file_that_lies_there_is_never_overwritten(site, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x/x.bin").write_bytes(b"mine")
    assert get_fails(site, tmp_path, SHA256, "damaged, or another file")
    assert (tmp_path / "x/x.bin").read_bytes() == b"mine"
    assert site.asked == []


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_refusal_is_final(site, tmp_path, code):
    site.answers = [code]
    assert get_fails(site, tmp_path, SHA256, f"answered {code}")
    assert len(site.asked) == 1


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_server_is_asked_again(site, tmp_path, code):
    site.answers = [code, code]
    assert get(site, tmp_path).downloaded
    site.answers = [code] * 3
    (tmp_path / "x/x.bin").unlink()
    assert get_fails(site, tmp_path, SHA256, f"3 attempts .* answered {code}")


def test_a_server_that_is_not_there_is_one_data_error(tmp_path):
    gone = Remote("x/x.bin", "http://127.0.0.1:9/x.bin", SHA256)
    with pytest.raises(errors.DataError, match="refused"):
        fetch.fetch(gone, tmp_path, patience=QUICK)


def test_waiting_doubles_and_ends(monkeypatch, tmp_path):
    slept = []
    monkeypatch.setattr(download.time, "sleep", slept.append)
    patience = download.Patience(attempts=4, wait=0.5)
    with pytest.raises(errors.DataError, match="4 attempts"):
        fetch.fetch(
            Remote("x", "http://127.0.0.1:9/x", SHA256), tmp_path, patience=patience
        )
    assert slept == [0.5, 1.0, 2.0]


def test_only_web_addresses_are_opened(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("1")
    with pytest.raises(errors.InvalidInputError, match="no http or https"):
        fetch.fetch(Remote("x", secret.as_uri(), ""), tmp_path)


def test_offline_opens_no_socket(site, tmp_path, monkeypatch):
    get(site, tmp_path)

    def forbidden(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "create_connection", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    assert not get(site, tmp_path, offline=True).downloaded
    (tmp_path / "x/x.bin").unlink()
    with pytest.raises(errors.DataError, match="offline nothing is fetched"):
        get(site, tmp_path, offline=True)


def test_a_full_disk_is_known_before_and_said_during(site, tmp_path, monkeypatch):
    usage = download.shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(
            download.shutil, "disk_usage", lambda _: usage._replace(free=1000)
        )
        with pytest.raises(errors.OutputError, match="1,000 are free"):
            get(site, tmp_path)
    usage = usage._replace(free=1000)
    with monkeypatch.context() as patch:
        patch.setattr(download.shutil, "disk_usage", lambda _: usage)
        download._require_room(tmp_path / "x", 1000)  # just enough
        with pytest.raises(OSError, match="1,001 bytes are needed"):
            download._require_room(tmp_path / "x", 1001)

    def full(*_):
        raise OSError(errno.ENOSPC, "ignored")

    with pytest.raises(errors.OutputError, match="No space left on device"):
        get(site, tmp_path, progress=full)


def test_a_folder_that_cannot_be_written_is_one_output_error(site, tmp_path):
    (tmp_path / "x").write_text("a file where the folder should be")
    with pytest.raises(errors.OutputError, match="File exists"):
        get(site, tmp_path)


def test_what_another_process_fetched_meanwhile_is_only_checked(
    site, tmp_path, monkeypatch
):
    @contextlib.contextmanager
    def late(target):
        target.write_bytes(CONTENT)
        yield

    monkeypatch.setattr(fetch, "locked", late)
    assert not get(site, tmp_path).downloaded
    assert site.asked == []


def test_two_processes_download_once(site, tmp_path):
    code = f"""if True:
        from pathlib import Path
        from framestate.bench.data.dataset import Remote
        from framestate.bench.data.fetch import fetch
        fetch(Remote("x/x.bin", {site.url!r}, {SHA256!r}), Path({str(tmp_path)!r}))
    """
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(site.asked) == 1
