"""What the tests of data sets share: layouts by name, small files, and the real ones."""

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framestate.bench.data.dataset import Decoded


def silent(done, total):
    """Progress that nobody watches."""


def layouts(module, name):
    """All layouts of that name."""
    return [one for one in module.DATA_SET.layouts if one.name == name]


def layout(module, name):
    """The layout of that name."""
    (one,) = layouts(module, name)
    return one


def decoded(folder, module, name):
    """What a layout gives of a folder that has all it needs."""
    one = layout(module, name)
    for place in one.needs:
        assert (folder / place).exists(), place
    return Decoded(one, one.decode(folder, silent))


def real(module, name):
    """What a layout gives of the user's own data folder, or a skipped test."""
    folder = Path(os.environ.get("FRAMESTATE_DATA", "/nowhere"))
    one = layout(module, name)
    if not all((folder / place).is_file() for place in one.needs):
        pytest.skip(f"FRAMESTATE_DATA holds no {one.needs[0]}")
    return decoded(folder, module, name)


def write(path, content):
    """A file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def tar(path, members):
    """A compressed archive of {name: content}, in that order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def packed(image, kind="PNG"):
    """An array as the bytes of a picture."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind)
    return stream.getvalue()


def pixels(count=6, side=32):
    """Random pictures in color."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, size=(count, side, side, 3), dtype=np.uint8)
