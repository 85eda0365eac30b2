"""Images as sequences of pixels: reading them, and what a model is given."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float32, Int64, UInt8
from numpy.typing import NDArray

from framestate.bench.data import streams
from framestate.bench.data.dataset import Decoded
from framestate.bench.data.splits import Rows, Transform
from framestate.bench.data.task import Task

# red, green and blue in 1/65536, the weights of Pillow's mode "L"
_LUMA = (19595, 38470, 7471)


def decoded(
    data: bytes, *, side: int, mode: str, path: Path
) -> UInt8[np.ndarray, "..."]:
    """Pixels of a JPEG or PNG of a known size.

    Parameters
    ----------
    data : bytes
        The file.
    side : int
        Width and height.
    mode : {"RGB", "L"}
        Colors (side, side, 3) or gray values (side, side).
    path : pathlib.Path
        Named in the error.

    Raises
    ------
    DataError
        If it is no image, or has another size.
    """
    from PIL import Image  # matplotlib brings it; not needed to list what there is

    # a damaged PNG is a SyntaxError to Pillow
    damage = (*streams.DAMAGE, SyntaxError, Image.DecompressionBombError)
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if image.size != (side, side):
                raise streams.damaged(path, f"an image has {image.size} pixels")
            return np.asarray(image.convert(mode), dtype=np.uint8)
    except damage as error:
        raise streams.broken(path, error) from error


@final
@dataclass(frozen=True)
class Pixels:
    """(value / 255 - mean) / std of each channel, in a given order of the pixels.

    Attributes
    ----------
    mean, std : tuple of float
        One for each channel.
    order : tuple of int, optional
        Sample t of the sequence is pixel order[t]; raster order if not given.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    order: tuple[int, ...] | None = None

    def __call__(self, values: NDArray[Any]) -> Float32[np.ndarray, "B L d"]:
        """Samples of pixels (B, L, d) uint8."""
        mean = np.array(self.mean, dtype=np.float32)
        std = np.array(self.std, dtype=np.float32)
        scaled = (values.astype(np.float32) / np.float32(255.0) - mean) / std
        return scaled if self.order is None else scaled[:, list(self.order)]


@final
@dataclass(frozen=True)
class Gray:
    """Colors to gray values as Pillow's mode "L" has them, then as `Pixels`."""

    pixels: Pixels

    def __call__(self, values: NDArray[Any]) -> Float32[np.ndarray, "B L 1"]:
        """Samples of colors (B, L, 3) uint8."""
        gray = (values.astype(np.uint32) @ np.array(_LUMA, np.uint32) + 0x8000) >> 16
        return self.pixels(gray.astype(np.uint8)[..., None])


@final
@dataclass(frozen=True)
class Earlier:
    """Values from -1 to 1, each pixel in the place of the next; the first is zero."""

    def __call__(self, values: NDArray[Any]) -> Float32[np.ndarray, "B L d"]:
        """What an autoregressive model may see of pixels (B, L, d) uint8."""
        inputs = np.zeros(values.shape, dtype=np.float32)
        inputs[:, 1:] = values[:, :-1] * np.float32(2.0 / 255.0) - np.float32(1.0)
        return inputs


def classes(
    decoded: Decoded,
    name: str,
    rows: Iterable[Int64[np.ndarray, "_"]],
    transform: Transform,
    outputs: int,
) -> Task:
    """The task that asks for the class of an image, a pixel a sample.

    Parameters
    ----------
    decoded : Decoded
        With "images" (n, pixels, channels) and "labels" (n,).
    name : str
        Of the task.
    rows : three of (m,) int64
        Which images train, validate and test.
    transform : callable
        What a model is given of the pixels.
    outputs : int
        Classes.
    """
    images, labels = decoded.arrays["images"], decoded.arrays["labels"]
    train, validation, test = (Rows(images, labels, part, transform) for part in rows)
    return Task(
        name=name,
        kind="classification",
        train=train,
        validation=validation,
        test=test,
        channels=1 if isinstance(transform, Gray) else images.shape[2],
        vocabulary=None,
        outputs=outputs,
        max_length=images.shape[1],
        fidelity=decoded.layout.fidelity,
        note=decoded.layout.note,
    )
