"""What the data sets of Long Range Arena share: one archive, and how it is unpacked."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from framestate.bench.data.dataset import Arrays, Layout, Progress, Remote

LICENCE = "Apache-2.0 (code of Long Range Arena); terms of the texts are their owners'"
CITATION = "Tay et al., Long Range Arena, ICLR 2021 (arXiv 2011.04006)"
HOME = "https://github.com/google-research/long-range-arena"
REMOTE = Remote(
    "lra/lra_release.gz",
    "https://storage.googleapis.com/long-range-arena/lra_release.gz",
    "",  # none is published
)
Decode: TypeAlias = Callable[[Path, Progress], Arrays]


def layouts(
    decode: Decode, *, released: str, folder: str, files: tuple[str, ...] = ()
) -> tuple[Layout, ...]:
    """The archive, the archive unpacked as it is, and unpacked as S4 wants it.

    Parameters
    ----------
    decode : callable
        (archive or folder, progress) -> arrays.
    released : str
        The folder inside ``lra_release``.
    folder : str
        The folder of S4, below the data folder.
    files : tuple of str
        What must be in it; the folder alone is asked for if not given.
    """
    extracted = f"lra_release/lra_release/{released}"
    unpacked = tuple(f"{folder}/{name}" for name in files) or (folder,)
    return (
        Layout("official", (REMOTE.path,), "full", partial(_from, REMOTE.path, decode)),
        Layout("extracted", (extracted,), "full", partial(_from, extracted, decode)),
        Layout("unpacked", unpacked, "full", partial(_from, folder, decode)),
    )


def _from(place: str, decode: Decode, folder: Path, progress: Progress) -> Arrays:
    return decode(folder / place, progress)
