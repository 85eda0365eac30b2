from pathlib import Path

import numpy as np
import pytest
from toy_tasks import serve, task

from framestate.bench.errors import InvalidInputError
from framestate.bench.tasks import (
    denoising,
    image_memory,
    network,
    recognition,
    species,
)
from framestate.bench.tasks.sequences import Reading

RNG = np.random.default_rng
PLACE = network.Place(None, None, Path())


def by_metric(outcome, metric):
    return {r.species: r.value for r in outcome.records if r.metric == metric}


def waves(count, length, *, highest=8):
    """Clips of a few slow cosines, and the number of the strongest of the first two."""
    t = (np.arange(length) + 0.5) / length
    parts = RNG(1).normal(size=(count, highest))
    values = parts @ np.cos(np.pi * np.arange(1, highest + 1)[:, None] * t)
    return values[:, :, None].astype(np.float32), np.argmax(parts[:, :2], axis=1)


def test_pictures_are_rebuilt_as_well_as_the_span_allows(monkeypatch):
    values, labels = waves(12, 128)
    serve(monkeypatch, task(values, labels))
    settings = image_memory.ImageSettings(
        Reading("toy", 128, (12, 6)), order=16, species=("LegS", "LegT")
    )
    outcome = image_memory.run(settings, "signal/image-toy", PLACE)
    found, ideal = (by_metric(outcome, m) for m in ("PSNR", "PSNR of the ideal"))
    for name in settings.species:
        assert ideal[name] >= found[name] - 1e-9  # rounding of a projection
    # eight cosines in sixteen polynomials
    assert found["LegS"] > 40
    assert "over 6 pictures" in outcome.records[0].note
    assert {c.species for c in outcome.curves} == {"signal", "LegS", "LegT"}
    # range^2 over MSE, from the picture itself
    line = {c.species: np.array(c.y) for c in outcome.curves}
    assert np.ptp(line["signal"]) > 0


def test_noise_is_taken_away_and_more_of_it_where_there_is_more(monkeypatch):
    values, labels = waves(24, 256, highest=6)
    serve(monkeypatch, task(values, labels))
    settings = denoising.DenoiseSettings(
        Reading("toy", 256, (24, 12)),
        levels_db=(0.0, 20.0),
        order=6,
        lag=8,
        windows=(32, 64),
        levels=4,
        species=("LegT",),
    )
    outcome = denoising.run(settings, "signal/denoise-toy", PLACE)
    assert outcome == denoising.run(settings, "signal/denoise-toy", PLACE)
    loud, soft = (by_metric(outcome, f"SNR gain at {k} dB") for k in (0, 20))
    for name in ("LegT", denoising.SHRINKAGE):
        assert loud[name] > 5
        assert loud[name] > soft[name]
    assert "16 samples late" not in outcome.records[0].note
    assert any("8 samples late" in r.note for r in outcome.records)


def test_classes_that_lie_on_a_line_are_found():
    rng = RNG(0)
    features = rng.normal(size=(300, 4))
    labels = (features[:, 1] > 0).astype(np.int64)
    answer = recognition.classify(features[:200], labels[:200], features[200:])
    assert np.mean(answer == labels[200:]) > 0.9
    # a scale and an offset of a feature say nothing
    moved = 7 + features * np.array([1e3, 1e-3, 1, 1])
    assert np.array_equal(
        answer, recognition.classify(moved[:200], labels[:200], moved[200:])
    )


@pytest.mark.parametrize(
    ("features", "names"), [("state", ("LegS",)), ("power", ("LegT", "S4D-Lin"))]
)
def test_a_memory_is_better_than_the_most_frequent_class(monkeypatch, features, names):
    values, labels = waves(200, 64, highest=4)
    if features == "power":
        labels = (np.arange(200) % 2).astype(np.int64)
        values = RNG(0).normal(size=(200, 64, 1)).astype(np.float32)
        values[labels == 1, 32:] *= 0.1
    serve(monkeypatch, task(values, labels))
    settings = recognition.RecognitionSettings(
        Reading("toy", 64, (200, 200)), features, names, order=6, window=16
    )
    outcome = recognition.run(settings, "signal/toy", PLACE)
    right = by_metric(outcome, "accuracy")
    share = 100 * np.bincount(labels).max() / 200
    assert right[recognition.FREQUENT] == pytest.approx(share)
    for name in names:
        # a larger first part, or a softer end, is a linear thing of these features
        assert right[name] > right[recognition.FREQUENT] + 10
    balanced = by_metric(outcome, "balanced accuracy")
    assert balanced[recognition.FREQUENT] == pytest.approx(50.0)


def test_only_a_memory_with_functions_can_be_rebuilt():
    with pytest.raises(InvalidInputError, match="S4D-Lin"):
        species.frame_of("S4D-Lin", 8)
    with pytest.raises(InvalidInputError, match="no species"):
        species.measure_of("W4S4")


@pytest.mark.parametrize(
    ("order", "measure", "expected"),
    [
        (65, "scaled", (0, 3)),
        (65, "translated", (0, 2)),
        (128, "scaled", (-1, 2)),
        (32, "scaled", (1, 3)),
        (4, "translated", (4, 4)),
    ],
)
def test_a_larger_memory_has_finer_wavelets(order, measure, expected, monkeypatch):
    asked = []
    frame = species.frame_of("LegS", 2)

    def wavelet(*given):
        asked.append(given)
        return frame

    monkeypatch.setattr(species, "wavelet", wavelet)
    species.walrus(order, measure)
    assert asked == [(expected, None if order == 65 else order)]
