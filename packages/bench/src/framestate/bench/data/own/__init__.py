"""Bring your own data: an .npz file, a CSV, or a folder of sounds becomes a `Task`.

**.npz**, arrays by name; objects are never read.

    inputs    (n, L) integers: tokens 0, 1, ..; (n, L) or (n, L, d) else: samples
    targets   (n,) integers: classes 0, 1, ..; (n,) or (n, k) else: numbers;
              (n, k) of 0 and 1 in integers: labels
    lengths   (n,), optional: true lengths of rows padded at the right
    offsets   (n + 1,), optional: inputs lie end to end, (total,) or (total, d), and
              sequence i is inputs[offsets[i] : offsets[i + 1]]
    split     (n,), optional: "train", "validation" or "test", or 0, 1 or 2

or the same already split, ``train_inputs``, ``train_targets``, ``validation_inputs``, ..
``test_targets`` (``.._lengths``, ``.._offsets``), or one long record to forecast:

    series    (T,) or (T, d)
    columns   (d,) names, optional

**CSV** (.csv, .tsv, .txt, each also .gz or .xz), comma, semicolon or tab. With a line of
names it is one long record to forecast: a column a channel, a row a moment; a first
column that is no number (a date) is left out. Without names a row is a sequence and its
last cell the label: a class if all are integers, a number, or else a name. ``header``
and ``kind`` say otherwise.

**A folder of sounds**: FOLDER/<class>/*.wav, or already split, FOLDER/train/<class>/..,
validation and test; any length and rate, resampled to one rate. Folders that begin with
a dot or an underscore are left out.

Where nothing is split, a permutation by ``seed`` is cut by ``shares`` (.7, .1, .2); a
record to forecast is cut by time. Tokens are counted up by one, since token 0 is
padding. Samples get mean 0 and standard deviation 1 of each channel, over the train
part. What does not fit is refused with the row that does not.

**By name** they are a data set like any other: "own:mine.npz", with options as in
"own:mine.csv?kind=regression&seed=3". So they are read once, kept in the cache and
memory-mapped from there; `open_own` holds all in memory.
"""

from pathlib import Path

from framestate.bench.data.own.named import data_set, is_own
from framestate.bench.data.own.options import Options
from framestate.bench.data.own.packing import contents, made
from framestate.bench.data.own.summary import summary
from framestate.bench.data.task import Task

__all__ = ["Options", "data_set", "is_own", "open_own", "summary"]


def open_own(path: Path, options: Options | None = None) -> Task:
    """A task from one's own file or folder, see `framestate.bench.data.own`.

    Parameters
    ----------
    path : pathlib.Path
        An .npz file, a CSV or a folder of sounds.
    options : Options, optional
        What the file does not say.

    Raises
    ------
    DataError
        If it is missing, damaged or does not fit the format.
    InvalidInputError
        If an option cannot be meant.
    """
    chosen = options or Options()
    return made(path, chosen, contents(path, chosen))
