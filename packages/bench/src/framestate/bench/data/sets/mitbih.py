"""MIT-BIH Arrhythmia: 48 records of half an hour, two leads at 360 Hz.

`mitbih-aami`: the class of a beat (AAMI N S V F Q) between patients, after de Chazal
(2004): the records DS1 train, DS2 test, the four paced ones (102, 104, 107, 217) are
left out. Of DS1 the records 101, 118, 205 and 223 validate (a fifth of the beats, all
classes in both). Input: 1,024 samples of both leads, 768 before the beat's mark (2.1 s,
so that the intervals before it are seen) and 256 from it on; where the record ends, its
last sample is repeated. Records 201 (DS1) and 202 (DS2) are one man, as in the paper.

`mitbih-hr`: the rate in a window of 32 s, 60 (beats - 1)/(last - first beat), in beats a
minute; 4,000 samples at 125 Hz, in the shape of BIDMC. The three windows with fewer
than ten beats (ventricular flutter) are left out, 2,685 stay. Of the records in order,
every sixth validates (from the fifth on), every sixth tests (from the sixth on); 201
and 202 both train.

Leads are put so that the first is MLII where there is one (record 114 has it second).
Both are standardized with mean and std of each lead over the train records.
"""

from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Float32, Int16, Int64
from numpy.typing import NDArray

from framestate.bench.data.dataset import DataSet, Decoded, Layout, Remote
from framestate.bench.data.sets import files, mitbih_files, moments
from framestate.bench.data.sets.mitbih_files import DS1, DS2
from framestate.bench.data.splits import Rows
from framestate.bench.data.task import Batch, Task

CLASSES = ("N", "S", "V", "F", "Q")
_CODES = ((1, 2, 3, 34, 11), (8, 4, 7, 9), (5, 10), (6,), (12, 38, 13))
VALIDATION = ("101", "118", "205", "223")
BEFORE, AFTER = 768, 256
LeadScale: TypeAlias = tuple[Float32[np.ndarray, " 2"], Float32[np.ndarray, " 2"]]


@final
@dataclass(frozen=True, eq=False)
class Beats:
    """Windows around marks in records.

    Attributes
    ----------
    signals : (records, T, 2) int16
        All records.
    record, sample, target : (n,) int64
        Where each beat lies, and its class.
    scale : two of (2,) float32
        Mean and standard deviation of each lead.
    """

    signals: Int16[np.ndarray, "records T 2"]
    record: Int64[np.ndarray, " n"]
    sample: Int64[np.ndarray, " n"]
    target: Int64[np.ndarray, " n"]
    scale: LeadScale

    def __len__(self) -> int:
        """Number of beats."""
        return self.sample.size

    def batch(self, rows: Int64[np.ndarray, " B"]) -> Batch:
        """Windows of these beats."""
        places = self.sample[rows, None] + np.arange(-BEFORE, AFTER)
        places = np.clip(places, 0, self.signals.shape[1] - 1)
        windows = self.signals[self.record[rows, None], places]
        lengths = np.full(rows.shape, BEFORE + AFTER, dtype=np.int64)
        return Batch(_scaled(self.scale, windows), lengths, self.target[rows])


def _scaled(
    scale: LeadScale, values: NDArray[np.generic]
) -> Float32[np.ndarray, "B L 2"]:
    mean, std = scale
    return (values.astype(np.float32) - mean) / std


def _aami(decoded: Decoded) -> Task:
    name = "mitbih-aami"
    fit = tuple(record for record in DS1 if record not in VALIDATION)
    scale = _record_scale(decoded, fit)
    train, validation, test = (
        _beats(decoded, records, scale) for records in (fit, VALIDATION, DS2)
    )
    return Task(
        name=name,
        kind="classification",
        train=train,
        validation=validation,
        test=test,
        channels=2,
        vocabulary=None,
        outputs=len(CLASSES),
        max_length=BEFORE + AFTER,
        fidelity=decoded.layout.fidelity,
        note="nine beats of ten are N: every class counts the same",
        class_shares=_shares(train.target),
    )


def _shares(target: Int64[np.ndarray, " n"]) -> tuple[float, ...]:
    counts = np.maximum(np.bincount(target, minlength=len(CLASSES)), 1)
    return tuple(map(float, counts / counts.sum()))


def _beats(decoded: Decoded, records: tuple[str, ...], scale: LeadScale) -> Beats:
    name = "mitbih-aami"
    names = files.decoded_array(decoded, "records", name)
    record = files.decoded_array(decoded, "beat_record", name).astype(np.int64)
    target = _classes()[files.decoded_array(decoded, "beat_code", name)]
    rows = np.isin(names[record], records) & (target >= 0)
    return Beats(
        files.decoded_array(decoded, "signals", name),
        record[rows],
        files.decoded_array(decoded, "beat_sample", name)[rows].astype(np.int64),
        target[rows],
        scale,
    )


def _classes() -> Int64[np.ndarray, " codes"]:
    """Class of each annotation code, -1 for none."""
    table = np.full(64, -1, dtype=np.int64)
    for index, codes in enumerate(_CODES):
        table[list(codes)] = index
    return table


def _record_scale(decoded: Decoded, records: tuple[str, ...]) -> LeadScale:
    """Mean and standard deviation of each lead over records, from their sums."""
    name = "mitbih-aami"
    chosen = np.isin(files.decoded_array(decoded, "records", name), records)
    sums, squares = (
        files.decoded_array(decoded, kept, name)[chosen] for kept in ("sums", "squares")
    )
    count = len(sums) * files.decoded_array(decoded, "signals", name).shape[1]
    scales = [
        moments.mean_std(sums[:, lead], squares[:, lead], count, ddof=0)
        for lead in (0, 1)
    ]
    mean, std = np.array(scales, dtype=np.float32).T
    return mean, std


def _lead_scale(values: NDArray[np.generic]) -> LeadScale:
    """Mean and standard deviation of each column."""
    mean = values.mean(axis=0, dtype=np.float64)
    std = values.std(axis=0, dtype=np.float64)
    return mean.astype(np.float32), std.astype(np.float32)


def _rate(decoded: Decoded) -> Task:
    name = "mitbih-hr"
    inputs = files.decoded_array(decoded, "hr_inputs", name)
    targets = files.decoded_array(decoded, "hr", name)
    turn = files.decoded_array(decoded, "hr_record", name) % 6
    rows = [
        np.flatnonzero(turn < 4),
        np.flatnonzero(turn == 4),
        np.flatnonzero(turn == 5),
    ]
    scale = _lead_scale(inputs[rows[0]].reshape(-1, 2))
    train, validation, test = (
        Rows(inputs, targets[:, None], part, partial(_scaled, scale)) for part in rows
    )
    return Task(
        name=name,
        kind="regression",
        train=train,
        validation=validation,
        test=test,
        channels=2,
        vocabulary=None,
        outputs=1,
        max_length=inputs.shape[1],
        fidelity="own",
        note="RMSE in beats a minute; stands in for BIDMC, no record in two parts",
    )


_URL = "https://physionet.org/static/published-projects/mitdb/"
_ZIP = "mit-bih-arrhythmia-database-1.0.0.zip"

DATA_SET = DataSet(
    name="mitbih",
    title="MIT-BIH Arrhythmia Database 1.0.0",
    licence="ODC-BY 1.0",
    citation="Moody & Mark, IEEE Eng. Med. Biol. 20 (2001); Goldberger et al., "
    "PhysioNet, Circulation 101 (2000); classes of de Chazal et al., IEEE TBME 51 (2004)",
    home="https://physionet.org/content/mitdb/1.0.0/",
    remotes=(Remote(f"mitbih/{_ZIP}", _URL + _ZIP, ""),),
    layouts=(
        Layout(
            "official",
            (f"mitbih/{_ZIP}",),
            "full",
            partial(mitbih_files.records, f"mitbih/{_ZIP}"),
            version=2,
        ),
        Layout(
            "unpacked",
            tuple(
                f"mitbih/{name}.{kind}"
                for name in mitbih_files.RECORDS
                for kind in mitbih_files.KINDS
            ),
            "full",
            partial(mitbih_files.records, "mitbih"),
            version=2,
        ),
        Layout(
            "prepared",
            mitbih_files.PREPARED,
            "full",
            mitbih_files.prepared,
            version=2,
        ),
    ),
    tasks={"mitbih-aami": _aami, "mitbih-hr": _rate},
)
