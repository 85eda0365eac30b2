import argparse
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from rich.console import Console

from framestate import ssm
from framestate.bench.advise import CANDIDATES, Question, advise, command
from framestate.bench.advise.measure import spectra, typical_lag
from framestate.bench.data import Signal, embedded
from framestate.bench.errors import InvalidInputError, OutputError


@pytest.fixture(scope="module")
def advice():
    return advise(embedded.load("ecg"), Question(lag=64, order=16))


def test_verdicts_come_best_first_and_none_beats_the_limit(advice):
    windows = [one.window for one in advice.verdicts]
    assert windows == sorted(windows)
    assert {one.name for one in advice.verdicts} == set(CANDIDATES)
    # the limit is of the mean over all lags, ours of 33 of them: within a hundredth
    assert 0 < advice.limit <= 1.01 * windows[0]


def test_errors_are_the_oracles(advice):
    best = advice.verdicts[0]
    system = CANDIDATES[best.name].system(16)
    step = ssm.discretize(system, dt=best.dt, method="bilinear")
    again = ssm.delay_error(step, advice.lags, spectrum=advice.spectrum)
    assert np.array_equal(again, best.errors)
    assert best.at_lag == best.errors[-1]


@pytest.mark.parametrize("name", CANDIDATES)
def test_the_code_builds_the_memory_that_was_judged(name):
    order, dt, length = 8, 0.05, 96
    found = {}
    exec(CANDIDATES[name].code.format(order=order, dt=dt), found)
    layer = found["layer"].double()
    impulse = np.zeros(length)
    impulse[0] = 1.0
    with torch.no_grad():
        response = layer(torch.from_numpy(impulse)[None, :, None])[0, :, 0].numpy()
    step = ssm.discretize(CANDIDATES[name].system(order), dt=dt, method="bilinear")
    states = np.asarray(ssm.run(step, impulse).states)
    basis = np.column_stack([states.real, states.imag, impulse])
    readout, *_ = np.linalg.lstsq(basis, response)
    # a readout of the judged states is the layer, up to its float32 log(dt): 2e-7 of dt
    # moves a response by about 2e-7 times |A| times the window
    assert np.abs(basis @ readout - response).max() <= 1e-5 * np.abs(response).max()


def test_the_lag_is_where_the_signal_becomes_unlike_itself():
    rng = np.random.default_rng(0)
    x = np.convolve(rng.normal(size=65536), np.ones(50))[:65536]
    # a moving mean of 50 samples is correlated over 50, by more than .2 over 40
    lag, why = typical_lag(Signal("x", x, "", ""))
    assert 35 <= lag <= 45
    assert "stays below 0.2" in why


def test_the_lag_of_a_signal_that_repeats_itself_is_its_period():
    rng = np.random.default_rng(0)
    n = np.arange(20000)
    # a day of 48 and a week of 336, the week as strong as in a load
    x = np.sin(2 * np.pi * n / 48) + 0.5 * np.sin(2 * np.pi * n / 336)
    lag, why = typical_lag(Signal("x", x + 0.3 * rng.normal(size=n.size), "", ""))
    assert lag in (48, 336)
    assert "repeats itself" in why


def test_the_lag_of_a_drift_is_an_eighth_of_the_record():
    drift = Signal("x", np.linspace(-1, 1, 8000), "", "")
    assert typical_lag(drift) == (
        1000,
        "an eighth of the record, and still like itself",
    )


def test_a_fast_tone_is_not_remembered_for_less_than_eight_samples():
    tone = Signal("x", np.tile([1.0, 0.0, -1.0, 0.0], 1000), "", "")
    assert typical_lag(tone)[0] >= 8


def test_the_exact_error_is_that_of_a_fit_on_the_record():
    rng = np.random.default_rng(1)
    x = np.convolve(rng.normal(size=60000), np.hanning(20), mode="same")
    signal = Signal("x", x, "", "")
    (whole, *_), lag = spectra(signal, 30), 30
    system = CANDIDATES["LegT"].system(8)
    step = ssm.discretize(system, dt=1 / 30, method="bilinear")
    exact = ssm.delay_error(step, np.array([lag]), spectrum=whole)[0]
    fitted = ssm.delay_error_on(step, x, (lag,))[0]
    # 60,000 samples correlated over 20: the variance is known to 1/sqrt(3000), 2 %; the
    # error itself, of a narrower band, to several times that
    assert abs(exact / fitted - 1) < 0.1


def test_a_ranking_that_the_halves_share_has_no_rivals(advice):
    best, *others = advice.verdicts
    assert all(len(one.halves) == 2 for one in advice.verdicts)
    expected = [
        one.name
        for one in others
        if one.halves[0] < best.halves[0] or one.halves[1] < best.halves[1]
    ]
    assert list(advice.rivals) == expected


def test_a_memory_that_is_ahead_in_one_half_is_a_rival(advice):
    first, second, *rest = advice.verdicts
    close = replace(second, halves=(first.halves[0] / 2, 1.0))
    assert replace(advice, verdicts=(first, close, *rest)).rivals[0] == second.name
    alone = replace(first, halves=None)
    assert replace(advice, verdicts=(alone, second)).rivals == ()


def test_a_half_that_rests_and_a_half_that_is_too_short():
    rng = np.random.default_rng(0)
    x = np.concatenate([np.zeros(600), rng.normal(size=600)])
    assert len(spectra(Signal("x", x, "", ""), 50)) == 3
    assert len(spectra(Signal("x", x, "", ""), 200)) == 1


def test_a_mark_for_gaps_is_refused():
    x = np.sin(np.arange(1000.0))
    x[[5, 7]] = -9999.0
    with pytest.raises(InvalidInputError, match="2 of 1000 samples are -9999"):
        advise(Signal("x", x, "", ""), Question())
    with pytest.raises(InvalidInputError, match="2 of 1000 samples are 9999"):
        advise(Signal("x", -x, "", ""), Question())


@pytest.mark.parametrize(
    ("question", "finding"),
    [
        (Question(lag=0), "1 to 256"),
        (Question(lag=500), "1 to 256"),
        (Question(lag=64, order=7), "even"),
        (Question(lag=64, order=2), "even"),
        (Question(lag=20, order=22), "keep the samples"),
    ],
)
def test_a_question_without_an_answer_is_refused(question, finding):
    with pytest.raises(InvalidInputError, match=finding):
        advise(embedded.load("ecg"), question)


def test_a_short_record_is_refused():
    short = Signal("x", np.arange(200.0), "", "")
    with pytest.raises(InvalidInputError, match="200 samples"):
        advise(short, Question())


def _ask(path, *words):
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    console = Console(file=io.StringIO(), width=100)
    command.execute(console, parser.parse_args(["advise", str(path), *words]))
    return console.file.getvalue()


def test_the_command_prints_a_ranked_table_and_code_and_draws(tmp_path):
    path = tmp_path / "ecg.npy"
    np.save(path, embedded.load("ecg").values)
    out = tmp_path / "a.png"
    text = _ask(path, "--lag", "64", "--budget", "16", "--out", str(out))
    assert "a memory of its last 64 samples in 16 states (lag 64: as asked)" in text
    assert "ecg.npy: 1,024 samples" in text
    assert "in both halves" in text or "Call it a draw." in text
    assert "fidelity: own" in text
    assert "layer = recipes." in text or "layer = DPLRSSM" in text
    assert out.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError, match="drawing"):
        _ask(
            path,
            "--lag",
            "64",
            "--budget",
            "16",
            "--out",
            str(tmp_path / "no" / "a.png"),
        )


def test_a_record_too_short_for_halves_says_so(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.sin(np.arange(512.0) / 9) + np.arange(512.0) / 512)
    text = _ask(path, "--lag", "100", "--budget", "4", "--out", str(tmp_path / "a.svg"))
    assert "the order is not checked" in text
    assert "<svg" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_a_draw_is_called_one(advice):
    first, second, *rest = advice.verdicts
    close = replace(second, halves=(0.0, 1.0))
    drawn = command.standing(replace(advice, verdicts=(first, close, *rest)))
    assert f"Ahead of {first.name} in one half of the record: {second.name}" in drawn
