import dataclasses
from pathlib import Path

import numpy as np
import pytest

from framestate.bench import errors, plan, record
from framestate.bench.data import Signal, embedded, synthetic
from framestate.bench.tasks import (
    approximation,
    network,
    peaks,
    reconstruction,
    species,
    theorem,
    training,
)

RNG = np.random.default_rng


def by_metric(outcome: record.Outcome, metric: str) -> dict[str, float]:
    return {r.species: r.value for r in outcome.records if r.metric == metric}


# ---- theorem


@pytest.fixture(scope="module")
def certificate() -> record.Outcome:
    return theorem.run(theorem.TheoremSettings(), RNG(0))


def test_the_printed_clause_fails_on_the_papers_frame(certificate):
    verdicts = {
        r.metric: r.settings["verdict"] for r in certificate.records if r.settings
    }
    assert verdicts["clause printed i"] == "fails"
    assert verdicts["clause T-lyapunov"] == "holds"
    stranger = next(c for c in certificate.curves if c.name == "counter-example")
    # one real eigenvalue; its fourth digit depends on how the atoms are integrated
    assert len(stranger.x) == 1
    assert 0.92 < stranger.x[0] < 0.93
    assert abs(stranger.y[0]) < 1e-9


def test_the_effective_rank_is_the_papers(certificate):
    (rank,) = (r for r in certificate.records if r.metric == "effective rank r")
    assert (rank.value, rank.paper) == (65.0, 65.0)


def test_what_no_paper_prints_is_our_own(certificate):
    full = {r.metric for r in certificate.records if r.fidelity == "full"}
    assert full == {"effective rank r"}
    for r in certificate.records:
        assert (r.fidelity == "own") == (r.paper is None)


@pytest.mark.parametrize(
    ("scales", "paper"), [((-1, 2), 128.0), ((-2, 2), None), ((-3, 1), 501.0)]
)
def test_the_papers_rank_stands_only_where_a_paper_prints_it(
    scales, paper, monkeypatch
):
    frame = species.wavelet((0, 3))  # a finer one takes long
    monkeypatch.setattr(species, "wavelet", lambda _: frame)
    outcome = theorem.run_rank(theorem.RankSettings(scales=scales), RNG(0))
    (rank,) = (r for r in outcome.records if r.metric == "effective rank r")
    assert rank.paper == paper
    assert ("127 exact" in rank.note) == (scales == (-1, 2))


def test_the_lyapunov_residual_is_rounding(certificate):
    (residual,) = (r for r in certificate.records if r.metric == "Lyapunov residual")
    assert 0 < residual.value < 1e-12 * 65  # what the library promises, times r


def test_a_rank_needs_no_operator():
    outcome = theorem.run_rank(theorem.RankSettings(scales=(0, 3)), RNG(0))
    assert {r.metric for r in outcome.records} == {"atoms N", "effective rank r"}


# ---- approximation


def small(**changes) -> approximation.SyntheticSettings:
    base = approximation.SyntheticSettings(order=17, length=400, trials=4, jumps=4)
    return dataclasses.replace(base, **changes)


def test_errors_lie_between_the_ideal_and_one_and_shares_add_up():
    outcome = approximation.run_synthetic(small(), RNG(0))
    for kind in synthetic.CLASSES:
        chosen = record.Outcome(tuple(r for r in outcome.records if r.signal == kind))
        found = by_metric(chosen, "relative error")
        ideal = by_metric(chosen, "ideal error")
        for name in species.SCALED_SPECIES:
            # the projection is the best there is, up to rounding
            assert ideal[name] * (1 - 1e-9) <= found[name] < 1.0
        assert sum(by_metric(chosen, "share won").values()) == pytest.approx(100.0)


def test_errors_of_spikes_at_65_states_are_the_known_ones():
    settings = small(order=65, length=2000, trials=40, jumps=10, classes=("spikes",))
    found = by_metric(approximation.run_synthetic(settings, RNG(5)), "relative error")
    # means of an independent computation over 40 draws; the spread of one draw is
    # about .07, so that of a difference of two means is about .016
    for name, value in {"LegS": 0.452, "WaLRUS": 0.372, "FouS": 0.421}.items():
        assert abs(found[name] - value) < 4 * 0.016, name


def test_the_same_seed_gives_the_same_records():
    first = approximation.run_synthetic(small(trials=2), RNG(1))
    assert first == approximation.run_synthetic(small(trials=2), RNG(1))
    assert first != approximation.run_synthetic(small(trials=2), RNG(2))


def test_real_signals_are_cut_and_collections_taken_whole():
    ecg = embedded.load("ecg")
    series = tuple(
        Signal("m4-monthly", np.cumsum(RNG(i).standard_normal(80)), "", "")
        for i in range(3)
    )
    settings = approximation.RealSettings(
        signals=("ecg", "m4-monthly"), order=9, length=300, window=128, count=4
    )
    signals = {"ecg": (ecg,), "m4-monthly": series}
    outcome = approximation.run_real(settings, RNG(0), signals=signals)
    notes = {r.signal: r.note for r in outcome.records}
    assert notes == {"ecg": "4 windows of 128 samples", "m4-monthly": "3 series"}
    papers = {r.paper for r in outcome.records if r.signal == "m4-monthly"}
    assert 0.0426 in papers


def test_windows_that_overlap_are_called_so():
    settings = approximation.RealSettings(
        signals=("ecg",), order=5, length=100, window=512, count=4, species=("LegS",)
    )
    signals = {"ecg": (embedded.load("ecg"),)}
    outcome = approximation.run_real(settings, RNG(0), signals=signals)
    assert {r.note for r in outcome.records} == {"4 overlapping windows of 512 samples"}


def test_a_polynomial_is_rebuilt_by_legs_up_to_the_clock():
    # a parabola lies in the span: only the bilinear clock errs, of second order
    gaps: list[float] = []
    for length in (200, 400, 800):
        t = (np.arange(length) + 0.5) / length
        wave = (t**2)[:, None]
        gaps.append(float(reconstruction.reconstruct("LegS", wave, order=5).error[0]))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-2


# ---- peaks


def test_the_finder_finds_the_peaks_of_a_clean_signal():
    drawn = synthetic.peaks("bumps", RNG(2), length=10_000)
    found = peaks.find(drawn.clean, window=100)
    assert found.size == drawn.positions.size
    assert np.abs(found - drawn.positions).max() <= 100


def test_peak_scores_are_percentages_and_sane():
    settings = peaks.PeakSettings(length=2000, trials=3, peaks=5)
    outcome = peaks.run(settings, RNG(0))
    assert {r.signal for r in outcome.records} == {"peaks: spikes", "peaks: bumps"}
    for r in outcome.records:
        assert r.fidelity == "scaled-down"
        assert r.paper is not None
        assert 0 <= r.value <= 200


def test_a_displacement_compares_with_the_papers_ten_thousand_samples():
    score = {
        length: peaks.run(
            peaks.PeakSettings(
                length=length, trials=10, species=("WaLRUS",), kinds=("bumps",)
            ),
            RNG(0),
        )
        for length in (2500, 10_000)
    }
    moved = {n: by_metric(o, "displacement")["WaLRUS"] for n, o in score.items()}
    # unscaled, the shorter one would be a quarter
    assert moved[2500] > 0.5 * moved[10_000]
    assert all("10 trials of 1000, 2500 samples" in r.note for r in score[2500].records)
    assert all("scaled" not in r.note for r in score[10_000].records)


def test_no_peak_at_all_leaves_out_what_cannot_be_measured():
    settings = peaks.PeakSettings(
        length=1000, trials=1, peaks=1, order=1, species=("LegS",), kinds=("spikes",)
    )
    outcome = peaks.run(settings, RNG(0))
    metrics = {r.metric for r in outcome.records}
    assert {"missed peaks", "false peaks"} <= metrics


# ---- training

TINY = training.TrainingSettings(
    order=8, channels=2, lag=8, window=64, batch=2, steps=6, evaluate=3, seeds=(0, 1)
)


def test_a_training_run_repeats_to_the_bit():
    signal = embedded.load("ecg")
    first = training.run(TINY, RNG(0), signal=signal)
    assert first == training.run(TINY, RNG(1), signal=signal)
    assert {r.species for r in first.records} == {
        "W4S4",
        training.S4D_LEGS,
        training.BASELINE,
    }
    tests = [c for c in first.curves if c.name.startswith("test")]
    assert [c.x for c in tests] == [(3.0, 6.0)] * 4


def test_training_lowers_the_error():
    signal = embedded.load("ecg")
    settings = dataclasses.replace(TINY, steps=80, evaluate=80, seeds=(0,))
    outcome = training.run(settings, RNG(0), signal=signal)
    for curve in outcome.curves:
        if curve.name.startswith("training"):
            assert min(curve.y) < curve.y[0]


@pytest.mark.parametrize("change", [{"lag": 64}, {"window": 400}])
def test_a_window_that_does_not_fit_is_refused(change):
    with pytest.raises(errors.InvalidInputError):
        training.run(
            dataclasses.replace(TINY, **change), RNG(0), signal=embedded.load("ecg")
        )


# ---- what all have in common


def test_a_refusal_of_a_package_names_the_experiment():
    experiment = plan.Experiment(
        name="theorem/odd",
        about="",
        settings=theorem.TheoremSettings(scales=(3, 0)),
    )
    with pytest.raises(errors.ExperimentError, match="theorem/odd"):
        plan.execute(experiment, {}, RNG(0), network.Place(None, None, Path()))
