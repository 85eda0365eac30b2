"""Our own reader of WFDB files: .hea headers, .dat samples, .atr annotations.

Header: a record line "name signals rate length", then a line a signal,
"file format gain(baseline)/unit bits zero first checksum block lead". Samples, one of
each lead in turn:

    16    two bytes, little endian
    212   three bytes b0 b1 b2 for two samples of 12 bits:
          x0 = b0 + 256 (b1 mod 16),  x1 = b2 + 256 (b1 div 16),  less 4096 if >= 2048

Annotations: words of 16 bits, little endian: code = word div 1024, time step =
word mod 1024; codes above 58 are marks (59: a step of 32 bits follows, 60 to 62: a
number, 63: that many bytes of text). The word 0 ends the file.

Source: WFDB Applications Guide, header(5), signal(5), annot(5), physionet.org.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Int16, Int64, UInt8

from framestate.bench.data import streams
from framestate.bench.data.sets import files

_BYTES_OF_TWO = {"16": 4, "212": 3}  # bytes for two samples
_SKIP, _TEXT = 59, 63
_MAX_SIGNALS = 64


@final
@dataclass(frozen=True)
class Lead:
    """A signal of a record; millivolts = (sample - baseline)/gain if so the unit."""

    name: str
    file: str
    format: str
    gain: float
    baseline: int
    first: int
    checksum: int


@final
@dataclass(frozen=True)
class Header:
    """A record: samples a second, samples of a lead, leads."""

    name: str
    rate: float
    length: int
    leads: tuple[Lead, ...]


@final
@dataclass(frozen=True, eq=False)
class Annotations:
    """Sample and code of each annotation, in time order."""

    sample: Int64[np.ndarray, " n"]
    code: UInt8[np.ndarray, " n"]


def header(path: Path, text: bytes) -> Header:
    """Header of a record of one segment.

    Raises
    ------
    DataError
        If it is not one, or of a kind this reader does not know.
    """
    with files.reading(path):
        lines = [
            line.split()
            for line in text.decode("latin-1").splitlines()
            if line.strip() and not line.startswith("#")
        ]
        name, count, rate, length = lines[0][:4]
        signals = lines[1 : 1 + int(count)]
        if not 1 <= int(count) <= _MAX_SIGNALS or len(signals) != int(count):
            raise streams.damaged(path, f"{len(signals)} signal lines of {count}")
        leads = tuple(_lead(fields) for fields in signals)
        return Header(name, float(rate.split("/")[0]), int(length), leads)


def _lead(fields: list[str]) -> Lead:
    file, kind, scale, _, zero, first, checksum, _ = fields[:8]
    gain, _, rest = scale.split("/")[0].partition("(")
    return Lead(
        name=" ".join(fields[8:]),
        file=file,
        format=kind,
        gain=float(gain),
        baseline=int(rest.rstrip(")") or zero),
        first=int(first),
        checksum=int(checksum),
    )


def samples(path: Path, head: Header, data: bytes) -> Int16[np.ndarray, "length leads"]:
    """Samples of all leads, checked against the header's first values and checksums.

    Raises
    ------
    DataError
        If there are fewer or more bytes than the header says, or other values.
    """
    kinds = {lead.format for lead in head.leads}
    if len(kinds) != 1:
        raise streams.damaged(path, "leads of several formats")
    kind = kinds.pop()
    if kind not in _BYTES_OF_TWO or head.length < 1:
        raise streams.damaged(path, f"format {kind}, {head.length} samples")
    total = head.length * len(head.leads)
    size = (total * _BYTES_OF_TWO[kind] + 1) // 2
    if len(data) != size:
        raise streams.damaged(path, f"{len(data)} bytes, not {size}")
    flat = _format16(data) if kind == "16" else _format212(data)[:total]
    signals = flat.reshape(head.length, len(head.leads))
    _check(path, head, signals)
    return signals


def _format16(data: bytes) -> Int16[np.ndarray, " n"]:
    return np.frombuffer(data, dtype="<i2").astype(np.int16)


def _format212(data: bytes) -> Int16[np.ndarray, " n"]:
    raw = np.frombuffer(data + bytes(-len(data) % 3), dtype=np.uint8)
    low, middle, high = raw.reshape(-1, 3).astype(np.int16).T
    pairs = np.stack([low + 256 * (middle % 16), high + 256 * (middle // 16)], axis=1)
    return np.where(pairs >= 2048, pairs - 4096, pairs).astype(np.int16).ravel()


def _check(
    path: Path, head: Header, signals: Int16[np.ndarray, "length leads"]
) -> None:
    sums = signals.sum(axis=0, dtype=np.int64)
    for lead, first, total in zip(head.leads, signals[0], sums, strict=True):
        if int(first) != lead.first:
            raise streams.damaged(path, f"{lead.name} starts at {first}")
        if (int(total) - lead.checksum) % 2**16:
            raise streams.damaged(path, f"checksum of {lead.name} is not that of .hea")


def annotations(path: Path, data: bytes) -> Annotations:
    """Annotations of a .atr file.

    Raises
    ------
    DataError
        If it ends before its end mark.
    """
    with files.reading(path):
        words = np.frombuffer(data, dtype="<u2").tolist()
        sample, times, codes, place = 0, list[int](), list[int](), 0
        while words[place]:
            code, step = divmod(words[place], 1024)
            place += 1
            if code == _SKIP:
                sample += _signed(words[place], words[place + 1])
                place += 2
            elif code == _TEXT:
                place += (step + 1) // 2
            elif code < _SKIP:
                sample += step
                times.append(sample)
                codes.append(code)
        return Annotations(
            np.array(times, dtype=np.int64), np.array(codes, dtype=np.uint8)
        )


def _signed(high: int, low: int) -> int:
    """A signed integer of 32 bits, its high word first."""
    value = high * 65536 + low
    return value - 2**32 if value >= 2**31 else value
