"""Files of an archive or a folder, one after the other, as streams."""

from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path

from framestate.bench.data import archives, streams
from framestate.bench.data.dataset import Progress


def files(
    source: Path, wanted: Callable[[str], bool], progress: Progress
) -> Iterator[tuple[str, BufferedReader]]:
    """Names and streams of the wanted files.

    Parameters
    ----------
    source : pathlib.Path
        An archive, or a folder, whose files come in the order of their paths.
    wanted : callable
        Name in the archive, or path -> whether to give it.
    progress : callable
        (bytes read, bytes of the archive), or (files given, files wanted).

    Yields
    ------
    name : str
    stream : io.BufferedReader
        To be read before the next is asked for.

    Raises
    ------
    DataError
        If the archive or a file is damaged or cannot be read.
    """
    if not source.is_dir():
        yield from archives.members(source, wanted, progress)
        return
    paths = sorted(path for path in source.rglob("*") if path.is_file())
    chosen = [path for path in paths if wanted(path.as_posix())]
    for done, path in enumerate(chosen):
        with streams.binary(path) as stream:
            yield path.as_posix(), stream
        progress(done + 1, len(chosen))
