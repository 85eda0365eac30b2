"""Arrays in an .npz file that ``numpy.load`` reads too, read with suspicion.

Members are stored, never compressed, so that no small file becomes large in memory;
headers are matched, never evaluated; nothing is allocated beyond the size of the
file; only the types that we write are read, so no object is ever made (no pickle).
"""

import errno
import math
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

MAGIC = b"\x93NUMPY\x01\x00"
HEADER = re.compile(
    rb"\{'descr': '(<f8|<c16|<i4|<i8)', 'fortran_order': (True|False), "
    rb"'shape': \(((?:[0-9]{1,15}, ?)*[0-9]{0,15})\), \} *\n"
)
MEMBER = re.compile(r"(\w+(?:\.\w+)?)\.npy", re.ASCII)
CHUNK = 2**20


def write_arrays(stream: BinaryIO, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name; the same arrays give the same bytes."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, x in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, like every other
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, x, version=(1, 0), allow_pickle=False)


def read_arrays(stream: BinaryIO) -> dict[str, np.ndarray]:
    """Read what ``write_arrays`` wrote, and nothing else.

    Raises
    ------
    ValueError
        With the finding, for every other file.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_members(archive, os.fstat(stream.fileno()).st_size)
            return {
                info.filename.removesuffix(".npy"): _read_member(archive, info)
                for info in archive.infolist()
            }
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        EOFError,
        OverflowError,
        RuntimeError,
        struct.error,
    ) as error:
        raise ValueError(f"it is no archive of arrays ({error})") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise ValueError("it points to a place before its beginning") from error


def _check_members(archive: zipfile.ZipFile, size: int) -> None:
    infos = archive.infolist()
    for info in infos:
        if not MEMBER.fullmatch(info.filename):
            raise ValueError(f"its member {info.filename!r:.80} is not named like ours")
        if info.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"its member {info.filename} is compressed")
    if len({info.filename for info in infos}) < len(infos):
        raise ValueError("two of its members have one name")
    if sum(info.file_size for info in infos) > size:
        raise ValueError("its members claim more bytes than the file has")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as member:
        start = member.read(len(MAGIC) + 2)
        length = int.from_bytes(start[len(MAGIC) :], "little")
        match = HEADER.fullmatch(member.read(length))
        if start[: len(MAGIC)] != MAGIC or match is None:
            raise ValueError(f"its member {info.filename} has a header unlike ours")
        dtype = np.dtype(match[1].decode())
        shape = tuple(int(n) for n in match[3].split(b",") if n.strip())
        bytes_left = info.file_size - len(start) - length
        if math.prod(shape) * dtype.itemsize != bytes_left:
            raise ValueError(
                f"its member {info.filename} claims the shape {shape} and has "
                f"{bytes_left} bytes"
            )
        data = np.empty(bytes_left, dtype=np.uint8)
        for i in range(0, bytes_left, CHUNK):
            data[i : i + CHUNK] = np.frombuffer(member.read(CHUNK), dtype=np.uint8)
    flat = data.view(dtype)
    return flat.reshape(shape[::-1]).T if match[2] == b"True" else flat.reshape(shape)
