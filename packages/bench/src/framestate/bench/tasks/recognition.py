"""What a memory tells a linear classifier: heart beats and spoken words, nothing trained.

Features are the last state of a memory that has seen a beat ("state"), or the logarithm of
the power of each state in equal parts of a word ("power"). The classifier is ridge
regression on the classes; a fifth of the training examples chooses its penalty. Beside the
memories stand the samples themselves, and the most frequent class.
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
import scipy.linalg
from jaxtyping import Float64, Int64

from framestate.bench.record import Outcome, Record
from framestate.bench.tasks import readout
from framestate.bench.tasks.network import Place
from framestate.bench.tasks.reconstruction import final_states
from framestate.bench.tasks.sequences import Reading, Sequences, read

SUITE = "signal"
SAMPLES, FREQUENT = "the samples themselves", "most frequent class"
_PENALTIES = np.geomspace(1e-4, 1e2, 7)
_PARTS = 8  # of a word
_BLOCK = 64  # sequences whose states are kept at once
_FLOOR = 1e-8  # of a power, below which is silence

Features = Float64[np.ndarray, "examples features"]
Labels = Int64[np.ndarray, " examples"]


@final
@dataclass(frozen=True)
class RecognitionSettings:
    """Examples of a task, and what is taken of their states.

    Attributes
    ----------
    reading : Reading
        Which examples.
    features : {"state", "power"}
        The last state, or powers of the states over the sequence.
    order : int
        States of each memory.
    window : int
        Window of a memory for powers, samples.
    species : tuple of str
        Which memories.
    """

    reading: Reading
    features: Literal["state", "power"]
    species: tuple[str, ...]
    order: int = 32
    window: int = 512

    @property
    def data(self) -> str:
        """Task of the data library."""
        return self.reading.data


def run(settings: RecognitionSettings, experiment: str, place: Place) -> Outcome:
    """Accuracy of the classifier on every memory.

    Raises
    ------
    DataError, InvalidInputError
        If the data are not there, or too short.
    """
    found = read(settings.reading, place)
    common = np.bincount(found.train_labels).argmax()
    answers = {FREQUENT: np.full_like(found.test_labels, common)}
    for name in (SAMPLES, *settings.species):
        train, test = (
            _features(settings, name, np.asarray(rows.T, dtype=np.float64))
            for rows in (found.train, found.test)
        )
        answers[name] = classify(train, found.train_labels, test)
    return Outcome(
        tuple(
            record
            for name, answer in answers.items()
            for record in _records(settings, experiment, found, name, answer)
        )
    )


def _features(
    settings: RecognitionSettings,
    name: str,
    batch: Float64[np.ndarray, "length trials"],
) -> Features:
    if settings.features == "state":
        if name == SAMPLES:
            return np.ascontiguousarray(batch.T)
        return np.ascontiguousarray(final_states(name, batch, order=settings.order).T)
    blocks = (
        batch[:, begin : begin + _BLOCK] for begin in range(0, batch.shape[1], _BLOCK)
    )
    return np.concatenate([_powers(settings, name, block) for block in blocks])


def _powers(
    settings: RecognitionSettings,
    name: str,
    batch: Float64[np.ndarray, "length trials"],
) -> Features:
    """Log of the mean square of each state in each part, (trials, parts x states)."""
    if name == SAMPLES:
        found = batch[:, :, None]
    else:
        found = readout.states(
            name, batch, order=settings.order, dt=1 / settings.window
        )
    parts = np.array_split(found**2, _PARTS)
    powers = np.stack([part.mean(axis=0) for part in parts], axis=1)
    return np.log(powers + _FLOOR).reshape(len(powers), -1)


def classify(
    train: Features,
    labels: Labels,
    test: Float64[np.ndarray, "others features"],
) -> Int64[np.ndarray, " others"]:
    """Classes of the test examples, by ridge regression on standardized features."""
    mean, scale = train.mean(axis=0), train.std(axis=0) + 1e-12
    train, test = (train - mean) / scale, (test - mean) / scale
    held = np.arange(len(train)) % 5 == 0
    right = [
        np.mean(_ridge(train[~held], labels[~held], train[held], p) == labels[held])
        for p in _PENALTIES
    ]
    return _ridge(train, labels, test, float(_PENALTIES[int(np.argmax(right))]))


def _ridge(
    train: Float64[np.ndarray, "fitted features"],
    labels: Int64[np.ndarray, " fitted"],
    test: Float64[np.ndarray, "others features"],
    penalty: float,
) -> Int64[np.ndarray, " others"]:
    wanted = np.eye(int(labels.max()) + 1)[labels]
    level = wanted.mean(axis=0)
    gram = train.T @ train
    gram[np.diag_indices_from(gram)] += penalty * len(train)
    weights = scipy.linalg.solve(gram, train.T @ (wanted - level), assume_a="pos")
    return np.argmax(test @ weights + level, axis=1).astype(np.int64)


def _records(
    settings: RecognitionSettings,
    experiment: str,
    found: Sequences,
    name: str,
    answer: Labels,
) -> list[Record]:
    truth = found.test_labels
    each = [np.mean(answer[truth == k] == k) for k in np.unique(truth)]
    values = {"accuracy": np.mean(answer == truth), "balanced accuracy": np.mean(each)}
    plain = name in (FREQUENT, SAMPLES)
    states = "" if plain else f"{settings.order} states, features: {settings.features}"
    return [
        Record(
            suite=SUITE,
            experiment=experiment,
            species=name,
            signal=settings.data,
            metric=metric,
            value=100 * float(value),
            unit="%",
            fidelity="own",
            note="; ".join(filter(None, (states, "linear classifier", found.note))),
        )
        for metric, value in values.items()
    ]
