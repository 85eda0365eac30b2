import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from set_files import silent

from framestate.bench import errors
from framestate.bench.data.dataset import Decoded
from framestate.bench.data.sets import speech_commands, speech_files
from framestate.bench.data.sets.speech_commands import DATA_SET
from framestate.bench.data.sets.speech_files import WORDS

FOLDER = os.environ.get("FRAMESTATE_DATA")
PREPARED = next(one for one in DATA_SET.layouts if one.name == "prepared")
FILE = PREPARED.needs[0]
SHA256 = "7b76f5c3723ffa7e048fa76e84f16a66819f4f24e2d2153e5e8a804acdaaf145"
COUNTS = {  # of shared/data, and of the official test set
    "yes": 419, "no": 405, "up": 425, "down": 406, "left": 412,
    "right": 396, "on": 396, "off": 402, "stop": 411, "go": 402,
}  # fmt: skip


@pytest.fixture(scope="module")
def decoded():
    if FOLDER is None or not (Path(FOLDER) / FILE).is_file():
        pytest.skip(f"FRAMESTATE_DATA has no {FILE}")
    return Decoded(PREPARED, PREPARED.decode(Path(FOLDER), silent))


def test_the_real_clips_are_those_that_were_packed(decoded):
    clips = decoded.arrays["clips"]
    assert clips.shape == (4_482, 16_000)
    assert hashlib.sha256(clips.tobytes()).hexdigest() == SHA256


def test_the_real_subset_holds_all_test_clips_of_the_ten_commands(decoded):
    made = DATA_SET.tasks["sc10-subset"](decoded)
    parts = made.train, made.validation, made.test
    assert tuple(map(len, parts)) == (2_832, 595, 647)
    rows = np.concatenate([part.rows for part in parts])
    words, counts = np.unique(decoded.arrays["word"][rows], return_counts=True)
    found = dict(zip([WORDS[w] for w in words], counts.tolist(), strict=True))
    assert found == COUNTS
    speakers = [
        {name.split("_")[0] for name in decoded.arrays["name"][part.rows]}
        for part in parts
    ]
    assert not speakers[0] & speakers[1]
    assert not (speakers[0] | speakers[1]) & speakers[2]
    squares = [
        float(np.square(made.train.batch(block).inputs, dtype=np.float64).mean())
        for block in np.arange(2_832).reshape(12, 236)
    ]
    # std/(std + 1e-5) squared, at a std of the waves above .02
    assert abs(np.mean(squares) - 1) < 1e-3


def test_no_clip_of_the_real_subset_lies_in_two_parts(decoded):
    made = DATA_SET.tasks["sc10-subset"](decoded)
    clips = [
        {clip.tobytes() for clip in decoded.arrays["clips"][part.rows]}
        for part in (made.train, made.validation, made.test)
    ]
    assert not clips[0] & clips[1]
    assert not (clips[0] | clips[1]) & clips[2]


def test_the_real_split_is_the_hash_of_the_speaker():
    if FOLDER is None or not (Path(FOLDER) / FILE).is_file():
        pytest.skip(f"FRAMESTATE_DATA has no {FILE}")
    with np.load(Path(FOLDER) / FILE) as file:
        speakers, part = file["speaker"].tolist(), file["subset_split"].tolist()
    assert [speech_commands.subset_part(one) for one in speakers] == part


# ---- the coding of the prepared file, on a tiny one


def zigzag(clips):
    steps = np.diff(clips.astype(np.int64), prepend=0, axis=1)
    wrapped = (steps + 2**15) % 2**16 - 2**15
    coded = np.where(wrapped >= 0, 2 * wrapped, -2 * wrapped - 1)
    return (coded % 256).astype(np.uint8), (coded // 256).astype(np.uint8)


def tiny(folder, **changes):
    rng = np.random.default_rng(0)
    clips = rng.integers(-(2**15), 2**15, (3, 16_000), dtype=np.int16)
    low, high = zigzag(clips)
    arrays = {
        "lo": low,
        "hi": high,
        "n_samples": np.full(3, 16_000, dtype=np.int32),
        "label35": np.array([0, 34, 1], dtype=np.uint8),
        "words35": np.array(sorted(WORDS)),
        "speaker": np.array(["aa", "bb", "cc"]),
        "utterance": np.arange(3, dtype=np.int16),
        "official_split": np.full(3, 2, dtype=np.uint8),
    }
    path = folder / FILE
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **(arrays | changes))
    return clips, PREPARED.decode(folder, silent)


def test_coded_clips_come_back_as_they_were(tmp_path):
    clips, arrays = tiny(tmp_path)
    assert np.array_equal(arrays["clips"], clips)
    assert [WORDS[w] for w in arrays["word"]] == ["backward", "zero", "bed"]
    assert arrays["name"].tolist()[1] == "bb_nohash_1.wav"
    assert arrays["sums"].tolist() == clips.sum(axis=1, dtype=np.int64).tolist()
    low, high = zigzag(clips[:, :17])
    assert np.array_equal(speech_files.unzigzag(low, high), clips[:, :17])


@pytest.mark.parametrize(
    "change",
    [
        {"label35": np.array([0, 35, 1], dtype=np.uint8)},
        {"words35": np.array(["noise"] * 35)},
        {"label35": np.array([0, 1], dtype=np.uint8)},
        {"speaker": np.array(["aa", "bb"])},
        {"n_samples": np.zeros(2, dtype=np.int32)},
        {"lo": np.zeros((3, 100), dtype=np.uint8)},
        {
            "lo": np.zeros((3, 100), dtype=np.uint8),
            "hi": np.zeros((3, 100), dtype=np.uint8),
        },
        {"official_split": np.full(3, 3, dtype=np.uint8)},
        {"lo": np.zeros(3, dtype=np.uint8), "hi": np.zeros(3, dtype=np.uint8)},
        {"lo": np.zeros((3, 16_000), dtype=np.int16)},
    ],
)
def test_a_coded_file_that_does_not_fit_is_refused(tmp_path, change):
    with pytest.raises(errors.DataError, match=r"sc_v002_testset_words\.npz"):
        tiny(tmp_path, **change)


def test_a_coded_file_that_breaks_off_is_refused(tmp_path):
    tiny(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(errors.DataError, match=r"sc_v002_testset_words\.npz"):
        PREPARED.decode(tmp_path, silent)
