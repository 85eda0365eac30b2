import os
import re
from pathlib import Path

import numpy as np
import pytest
from set_files import silent
from sklearn.model_selection import train_test_split

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded
from framestate.bench.data.sets import bidmc_hr, bidmc_rr, bidmc_spo2, bidmc_tser

FOLDER = os.environ.get("FRAMESTATE_DATA")
COUNTS = (12, 8)


@pytest.fixture(autouse=True)
def short(monkeypatch, request):
    if "real" not in request.node.name:
        monkeypatch.setattr(bidmc_tser, "LENGTH", 6)


def value():
    return bidmc_tser.data_set("HR", 1, COUNTS)


def cases(count, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((count, 6, 2)).astype(np.float32)
    return inputs, rng.uniform(40, 90, count).astype(np.float32)


def written(path, inputs, targets):
    lines = ["@problemName x", "@data"]
    for one, target in zip(inputs, targets, strict=True):
        channels = [",".join(repr(float(x)) for x in channel) for channel in one.T]
        lines.append(":".join([*channels, repr(float(target))]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


def test_cases_are_put_together_and_drawn_as_s4_draws_them(tmp_path):
    layout = value().layouts[0]
    first, second = cases(12, 0), cases(8, 1)
    for need, pair in zip(layout.needs, (first, second), strict=True):
        written(tmp_path / need, *pair)
    made = value().tasks["bidmc-hr"](Decoded(layout, layout.decode(tmp_path, silent)))
    inputs, targets = (np.concatenate(both) for both in zip(first, second, strict=True))
    x, rest, y, others = train_test_split(
        inputs, targets, test_size=0.3, random_state=0
    )
    xv, xt, yv, yt = train_test_split(rest, others, test_size=0.5, random_state=1)
    for split, seen, asked in (
        (made.train, x, y),
        (made.validation, xv, yv),
        (made.test, xt, yt),
    ):
        batch = split.batch(np.arange(len(split)))
        order = np.argsort(asked)
        mine = np.argsort(batch.targets[:, 0])
        assert np.array_equal(batch.targets[mine, 0], asked[order])
        assert np.array_equal(batch.inputs[mine], seen[order])
    assert (made.channels, made.outputs, made.kind) == (2, 1, "regression")
    assert made.fidelity == "full"


def test_a_split_made_by_s4s_script_is_kept(tmp_path):
    layout = value().layouts[1]
    parts = {"train": cases(3, 0), "valid": cases(2, 1), "test": cases(1, 2)}
    for part, (inputs, targets) in parts.items():
        for kind, array in (("x", inputs.astype(np.float64)), ("y", targets)):
            path = tmp_path / "bidmc" / "HR" / "reshuffle" / f"{part}{kind}.npy"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, array)
    assert all((tmp_path / need).is_file() for need in layout.needs)
    made = value().tasks["bidmc-hr"](Decoded(layout, layout.decode(tmp_path, silent)))
    for split, (inputs, targets) in zip(
        (made.train, made.validation, made.test), parts.values(), strict=True
    ):
        batch = split.batch(np.arange(len(split)))
        assert np.array_equal(batch.inputs, inputs)
        assert np.array_equal(batch.targets[:, 0], targets)
    for damage in (
        np.zeros((2, 5, 2)),
        np.full((3, 6, 2), np.nan),
        np.zeros((0, 6, 2)),
    ):
        np.save(tmp_path / layout.needs[0], damage)
        with pytest.raises(errors.DataError, match=r"trainx\.npy"):
            layout.decode(tmp_path, silent)
    (tmp_path / layout.needs[0]).write_bytes(b"no array")
    with pytest.raises(errors.DataError, match=r"trainx\.npy"):
        layout.decode(tmp_path, silent)


@pytest.mark.parametrize("counts", [(11, 8), (12, 9)])
def test_files_with_fewer_or_more_cases_are_read_with_a_word(tmp_path, counts, caplog):
    layout = value().layouts[0]
    for need, count in zip(layout.needs, counts, strict=True):
        written(tmp_path / need, *cases(count, 0))
    assert len(layout.decode(tmp_path, silent)["inputs"]) == sum(counts)
    assert re.search("holds (11|9) cases, not", caplog.text)


def test_the_three_targets_are_data_sets_of_their_own():
    modules = (bidmc_rr, bidmc_hr, bidmc_spo2)
    values = [module.DATA_SET for module in modules]
    assert [list(one.tasks) for one in values] == [
        ["bidmc-rr"],
        ["bidmc-hr"],
        ["bidmc-spo2"],
    ]
    assert [one.layouts[0].needs[0] for one in values] == [
        "bidmc/RR/BIDMC32RR_TRAIN.ts",
        "bidmc/HR/BIDMC32HR_TRAIN.ts",
        "bidmc/SpO2/BIDMC32SpO2_TRAIN.ts",
    ]
    assert [len(one.layouts) for one in values] == [3, 2, 2]
    url = "https://zenodo.org/record/4001464/files/BIDMC32SpO2_TEST.ts"
    assert values[2].remotes[1].url == url


def recording(folder, **changes):
    breaths = np.arange(2, 64, 3)
    arrays = {
        "signals": np.arange(62 * 3, dtype=np.float32).reshape(62, 3),
        "columns": np.array(["II", "RESP", "PLETH"]),
        "breaths_ann1": breaths,
    }
    (folder / "bidmc").mkdir(exist_ok=True)
    np.savez(folder / "bidmc" / "bidmc_01_signals.npz", **(arrays | changes))
    return bidmc_rr.DATA_SET.layouts[2].decode(folder, silent)


def test_one_recording_is_cut_by_time(tmp_path):
    arrays = recording(tmp_path)
    assert arrays["inputs"].shape == (10, 6, 2)
    assert arrays["inputs"][0, :2].tolist() == [[2.0, 0.0], [5.0, 3.0]]
    assert arrays["part"].tolist() == [0] * 6 + [1] * 2 + [2] * 2
    assert arrays["targets"].tolist() == [60 * 125 / 3] * 10
    for change in (
        {"columns": np.array(["II", "RESP", "V"])},
        {"signals": np.zeros((62, 2))},
        {"breaths_ann1": np.arange(5)},
        {"breaths_ann1": np.arange(2, 58, 6)},
    ):
        with pytest.raises(errors.DataError, match="bidmc_01_signals"):
            recording(tmp_path, **change)


def test_the_real_recording_breathes_about_21_times_a_minute():
    layout = bidmc_rr.DATA_SET.layouts[2]
    if FOLDER is None or not (Path(FOLDER) / layout.needs[0]).is_file():
        pytest.skip("FRAMESTATE_DATA has no BIDMC")
    decoded = Decoded(layout, layout.decode(Path(FOLDER), silent))
    made = bidmc_rr.DATA_SET.tasks["bidmc-rr"](decoded)
    assert (len(made.train), len(made.validation), len(made.test)) == (9, 3, 3)
    assert 20 < decoded.arrays["targets"].mean() < 23
    assert made.fidelity == "subset"
    assert "smoke" in made.note
