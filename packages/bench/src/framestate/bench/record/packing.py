"""Many numbers as one word: float32, compressed, base64."""

import base64
import binascii
import zlib
from collections.abc import Sequence

import numpy as np

_LARGEST = 2**28  # bytes that a word may unpack to


def pack(values: Sequence[float]) -> str:
    """Numbers, rounded to float32, as a word; equal numbers give equal words."""
    content = np.asarray(values, "<f4").tobytes()
    return base64.b64encode(zlib.compress(content, 9)).decode()


def unpack(word: str) -> tuple[float, ...]:
    """The numbers of a word.

    Raises
    ------
    ValueError
        If it is damaged, or unpacks to more than 256 MiB.
    """
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(base64.b64decode(word, validate=True), _LARGEST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"packed numbers are damaged ({error})") from error
    if not unpacker.eof or len(content) % 4:
        raise ValueError("packed numbers are cut off, or too many")
    return tuple(map(float, np.frombuffer(content, "<f4")))
