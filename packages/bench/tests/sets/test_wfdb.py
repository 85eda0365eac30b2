from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate.bench import errors
from framestate.bench.data.sets import wfdb

PATH = Path("record")


def written_212(signals):
    """Twelve bits a sample, two samples in three bytes, by the definition."""
    flat = [int(x) % 4096 for x in signals.ravel()]
    flat += [0] * (len(flat) % 2)
    data = bytearray()
    for a, b in zip(flat[::2], flat[1::2], strict=True):
        data += bytes([a % 256, a // 256 + 16 * (b // 256), b % 256])
    return bytes(data)


def written_16(signals):
    return b"".join(int(x).to_bytes(2, "little", signed=True) for x in signals.ravel())


def written_header(signals, *, kind, scale="200/mV", zero=1024):
    lines = [f"100 {signals.shape[1]} 360 {len(signals)}", "# 69 M"]
    for lead in range(signals.shape[1]):
        total = int(signals[:, lead].sum()) % 65536
        first = int(signals[0, lead])
        lines.append(f"100.dat {kind} {scale} 11 {zero} {first} {total} 0 L{lead}")
    return "\n".join(lines).encode()


WRITERS = {"16": (written_16, 2**15), "212": (written_212, 2**11)}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (17, 2), (256, 12)])
def test_samples_come_back_as_they_were_written(kind, shape):
    write, limit = WRITERS[kind]
    signals = np.random.default_rng(0).integers(-limit, limit, shape, dtype=np.int16)
    signals[0, 0] = -limit
    head = wfdb.header(PATH, written_header(signals, kind=kind))
    assert np.array_equal(wfdb.samples(PATH, head, write(signals)), signals)


def test_an_odd_number_of_samples_in_format_212_takes_two_bytes_at_the_end():
    signals = np.array([[-2048], [2047], [-1]], dtype=np.int16)
    head = wfdb.header(PATH, written_header(signals, kind="212"))
    whole = written_212(signals)
    assert np.array_equal(wfdb.samples(PATH, head, whole[:5]), signals)


@pytest.mark.parametrize(
    ("scale", "zero", "gain", "baseline"),
    [
        ("200", 1024, 200.0, 1024),
        ("200/mV", 1024, 200.0, 1024),
        ("1000.0(0)/mV", 5, 1000.0, 0),
        ("1000.0(-12)/mV", 5, 1000.0, -12),
    ],
)
def test_a_header_is_read_by_the_letter(scale, zero, gain, baseline):
    signals = np.array([[3, 4], [-5, 6]], dtype=np.int16)
    text = written_header(signals, kind="16", scale=scale, zero=zero)
    head = wfdb.header(PATH, b"# a comment\n\n" + text)
    assert (head.name, head.rate, head.length) == ("100", 360.0, 2)
    assert [lead.name for lead in head.leads] == ["L0", "L1"]
    first = head.leads[0]
    assert (first.file, first.format) == ("100.dat", "16")
    assert (first.gain, first.baseline, first.first) == (gain, baseline, 3)
    assert first.checksum == 65534


def test_the_name_of_a_lead_may_have_blanks_and_the_rate_a_counter():
    text = b"r 1 360/1 2\nr.dat 16 200 11 0 1 3 0 lead II x\n"
    head = wfdb.header(PATH, text)
    assert head.rate == 360.0
    assert head.leads[0].name == "lead II x"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"# only a comment",
        b"100 2 360",
        b"100 2 360 5\nr.dat 16 200 11 0 1 3 0 I\n",
        b"100 0 360 5\n",
        b"100 -1 360 5\nr.dat 16 200 11 0 1 3 0 I\n",
        b"100 x 360 5\n",
        b"100 1 360 5\nr.dat 16 200 11 0\n",
        b"100 1 360 5\nr.dat 16 good 11 0 1 3 0 I\n",
        b"100 65 360 5\n" + b"r.dat 16 200 11 0 1 3 0 I\n" * 65,
        b"100/3 1 360 5\nr.dat 16 200 11 0 1 3.5 0 I\n",
    ],
)
def test_a_header_of_another_kind_is_refused(text):
    with pytest.raises(errors.DataError, match="reading"):
        wfdb.header(PATH, text)


def test_damaged_samples_are_refused_and_the_finding_is_said():
    signals = np.arange(40, dtype=np.int16).reshape(20, 2)
    text = written_header(signals, kind="212")
    head, data = wfdb.header(PATH, text), written_212(signals)
    with pytest.raises(errors.DataError, match=r"59 bytes, not 60"):
        wfdb.samples(PATH, head, data[:-1])
    with pytest.raises(errors.DataError, match=r"61 bytes, not 60"):
        wfdb.samples(PATH, head, data + b"\0")
    with pytest.raises(errors.DataError, match="L0 starts at 1"):
        wfdb.samples(PATH, head, b"\1" + data[1:])
    with pytest.raises(errors.DataError, match="checksum of L1"):
        wfdb.samples(PATH, head, data[:-1] + bytes([data[-1] + 1]))


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (b"r 1 360 2\nr.dat 80 200 11 0 1 3 0 I\n", "format 80"),
        (b"r 1 360 0\nr.dat 16 200 11 0 1 3 0 I\n", "0 samples"),
        (b"r 1 360 -2\nr.dat 16 200 11 0 1 3 0 I\n", "-2 samples"),
        (
            b"r 2 360 2\nr.dat 16 200 11 0 1 3 0 I\nr.dat 212 200 11 0 1 3 0 II\n",
            "leads of several formats",
        ),
    ],
)
def test_samples_of_an_unknown_format_are_refused(text, finding):
    with pytest.raises(errors.DataError, match=finding):
        wfdb.samples(PATH, wfdb.header(PATH, text), bytes(4))


def word(code, step):
    return (1024 * code + step).to_bytes(2, "little")


def test_annotations_are_read_with_long_steps_texts_and_marks():
    data = (
        word(28, 18)  # a change of rhythm at 18
        + word(63, 3)  # with a text of three bytes, filled up to four
        + b"(N\0\0"
        + word(1, 59)  # a normal beat at 77
        + word(60, 1)  # marks of number, subtype and channel: no annotations
        + word(61, 2)
        + word(62, 1)
        + word(59, 0)  # a step of 65,536 + 7
        + (1).to_bytes(2, "little")
        + (7).to_bytes(2, "little")
        + word(5, 0)
        + word(59, 0)  # a step back by 3
        + (0xFFFF).to_bytes(2, "little")
        + (0xFFFD).to_bytes(2, "little")
        + word(8, 1)
        + bytes(2)
        + b"what follows the end is not read"
    )
    found = wfdb.annotations(PATH, data)
    assert found.sample.tolist() == [18, 77, 77 + 65543, 77 + 65543 - 2]
    assert found.code.tolist() == [28, 1, 5, 8]
    assert wfdb.annotations(PATH, bytes(2)).sample.size == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", word(1, 5), word(59, 0), word(63, 5) + b"ab", word(59, 0) + bytes(2)],
)
def test_annotations_without_their_end_are_refused(data):
    with pytest.raises(errors.DataError, match="record"):
        wfdb.annotations(PATH, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_annotations_or_one_error(data):
    try:
        found = wfdb.annotations(PATH, data)
    except errors.DataError:
        return
    assert found.sample.shape == found.code.shape


TEXTS = st.binary(max_size=100) | st.from_regex(
    rb"r (1|2|9) 360 \d{1,3}\n(r\.dat (16|212|8) \S{1,6} 1 -?\d+ -?\d+ \d+ 0 I\n){1,2}",
    fullmatch=True,
)


@given(TEXTS, st.binary(max_size=60))
def test_any_header_and_any_samples_are_a_record_or_one_error(text, data):
    try:
        head = wfdb.header(PATH, text)
        signals = wfdb.samples(PATH, head, data)
    except errors.DataError:
        return
    assert signals.shape == (head.length, len(head.leads))
