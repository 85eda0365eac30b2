import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate.bench import errors
from framestate.bench.data.generators import contours, pathfinder, segments
from framestate.bench.data.generators.rules import RULES

EPS = 1e4 * np.finfo(float).eps  # lengths up to 1e3, a few operations each
COUNTS = {32: 60, 64: 2, 128: 8, 256: 20}


@pytest.fixture(scope="module", params=RULES)
def drawn(request):
    rule = RULES[request.param]
    rng = np.random.default_rng(request.param)
    return rule, contours.scenes(rng, COUNTS[request.param], rule)


def paddles_of(what, image):
    """All paddles of a picture, with the number of their contour and their place."""
    rows = [
        (paddle, side, place)
        for side in (0, 1)
        for place, paddle in enumerate(what.contours[image, side])
    ]
    for place, paddle in enumerate(what.distractors[image]):
        if paddle[0, 0] > 0:
            rows.append((paddle, 2 + place // 4, place % 4))
    return rows


coordinates = st.floats(-20, 20, allow_subnormal=False)
ends = st.tuples(coordinates, coordinates)


def apart(a, b):
    (found,) = segments.distance(np.array([a]), np.array([b]))
    return found


@given(st.tuples(ends, ends), st.tuples(ends, ends))
def test_the_distance_of_segments_is_that_of_their_nearest_points(a, b):
    a, b = np.array(a), np.array(b)
    if min(np.ptp(a, axis=0).max(), np.ptp(b, axis=0).max()) < 1e-3:
        return  # a point has no direction
    share = np.linspace(0, 1, 201)[:, None]
    points = [s[0] + share * (s[1] - s[0]) for s in (a, b)]
    nearest = np.linalg.norm(points[0][:, None] - points[1][None], axis=-1).min()
    spacing = sum(np.linalg.norm(s[1] - s[0]) for s in (a, b)) / 200 / 2
    found = apart(a, b)
    assert found <= nearest + 1e-9
    assert found >= nearest - spacing - 1e-9
    assert abs(found - apart(b, a)) < EPS


def test_crossing_segments_have_no_distance():
    a = [[0.0, 0.0], [2.0, 2.0]]
    assert apart(a, [[0.0, 2.0], [2.0, 0.0]]) == 0.0
    assert apart(a, [[0.0, 3.0], [2.0, 5.0]]) == pytest.approx(math.sqrt(4.5))
    assert apart(a, [[5.0, 6.0], [9.0, 9.0]]) == 5.0


def test_the_label_is_whether_both_discs_lie_on_one_contour(drawn):
    _, what = drawn
    for image, discs in enumerate(what.discs):
        begins = [np.array_equal(discs[0], c[0, 0]) for c in what.contours[image]]
        ends = [np.array_equal(discs[1], c[-1, 1]) for c in what.contours[image]]
        assert sum(begins) == sum(ends) == 1
        assert what.connected[image] == (begins == ends)


def test_paddles_have_their_length_and_stay_within_the_padding(drawn):
    rule, what = drawn
    for image in range(len(what.marked)):
        for paddle, _, _ in paddles_of(what, image):
            length = np.linalg.norm(paddle[1] - paddle[0])
            assert abs(length - rule.paddle_length) < EPS
            border = rule.padding + min(rule.margins)
            assert paddle.min() >= border - EPS
            assert paddle.max() <= rule.size - border + EPS


def test_paddles_keep_their_distance_but_for_neighbors(drawn):
    rule, what = drawn
    for image in range(len(what.marked)):
        paddles, contour, place = zip(*paddles_of(what, image), strict=True)
        paddles, contour, place = np.array(paddles), np.array(contour), np.array(place)
        same = contour[:, None] == contour
        next_to = same & (np.abs(place[:, None] - place) <= 1)
        room = segments.distance(paddles[:, None], paddles[None])
        assert room[~next_to].min() >= 2 * min(rule.margins) - EPS


def test_a_contour_turns_no_more_than_its_continuity_allows(drawn):
    rule, what = drawn
    for contour in what.contours.reshape(-1, rule.contour_length, 2, 2):
        along = contour[:, 1] - contour[:, 0]
        angles = np.unwrap(np.arctan2(along[:, 0], along[:, 1]))
        assert np.abs(np.diff(angles)).max() <= np.pi / (2 * rule.continuity) + EPS
        # tip to tail: one margin on either side of the pivot
        gap = np.linalg.norm(contour[1:, 0] - contour[:-1, 1], axis=1)
        turn = np.abs(np.diff(angles))
        margins = gap / (2 * np.cos(turn / 2))
        assert np.ptp(margins) < EPS
        assert np.abs(margins[0] - np.array(rule.margins)).min() < EPS


def test_contours_begin_the_seed_distance_apart_in_the_middle(drawn):
    rule, what = drawn
    first, second = what.contours[:, 0, 0, 0], what.contours[:, 1, 0, 0]
    apart = np.linalg.norm(first - second, axis=1)
    assert np.abs(apart - rule.seed_distance).max() < EPS
    edge = 2 * rule.seed_distance
    assert first.min() >= edge - EPS
    assert first.max() <= rule.size - edge + EPS


def test_distractors_are_whole_or_absent(drawn):
    rule, what = drawn
    shape = (len(what.marked), rule.distractors, rule.distractor_length)
    there = what.distractors[:, :, 0, 0].reshape(shape) > 0
    assert np.array_equal(there.all(axis=2), there.any(axis=2))
    assert there.any(axis=2).mean() > 0.5


@pytest.mark.parametrize("size", [32, 128])
def test_looking_closely_at_near_paddles_alone_changes_no_picture(monkeypatch, size):
    def every(center, radius, others, margin, rule):
        where = np.broadcast_shapes(center[..., None, 0].shape, others.shape[:-2])
        return np.nonzero(np.ones(where, dtype=bool))

    near = contours.scenes(np.random.default_rng(5), 4, RULES[size])
    monkeypatch.setattr(contours, "_near", every)
    closely = contours.scenes(np.random.default_rng(5), 4, RULES[size])
    assert np.array_equal(near.contours, closely.contours)
    assert np.array_equal(near.distractors, closely.distractors)


def test_every_margin_is_used():
    rng = np.random.default_rng(0)
    _, margin = contours._trials(rng, dataclasses.replace(RULES[128], contour_length=2))
    assert set(margin) == {2.0, 3.0}
    assert abs(np.mean(margin == 2.0) - 0.5) < 4 * 0.5 / math.sqrt(margin.size)


def test_angles_have_the_density_of_a_squared_cosine():
    # far from everything nothing is left out, and the variance of the density
    # proportional to cos^2(c x) on its half wave is (pi^2/12 - 1/2)/c^2
    rule = dataclasses.replace(
        RULES[64], size=2400, seed_distance=500.0, contour_length=4
    )
    rng = np.random.default_rng(1)
    pairs, _ = contours._trials(rng, rule)
    along = pairs[..., 1, :] - pairs[..., 0, :]
    angles = np.unwrap(np.arctan2(along[..., 0], along[..., 1]), axis=-1)
    turns = np.diff(angles, axis=-1).ravel()
    variance = (np.pi**2 / 12 - 0.5) / rule.continuity**2
    assert abs(turns.mean()) < 4 * math.sqrt(variance / turns.size)
    spread = np.std(turns**2) / math.sqrt(turns.size)
    assert abs(np.mean(turns**2) - variance) < 4 * spread


def test_the_coin_is_fair_and_either_contour_is_marked():
    rule = dataclasses.replace(RULES[256], contour_length=2, distractors=0)
    what = contours.scenes(np.random.default_rng(4), 1000, rule)
    assert abs(what.connected.mean() - 0.5) < 4 * 0.5 / math.sqrt(1000)
    assert np.abs(what.marked.mean(axis=0) - 0.5).max() < 4 * 0.5 / math.sqrt(1000)
    assert what.distractors.shape == (1000, 0, 2, 2)


def test_a_picture_without_room_is_refused(monkeypatch):
    monkeypatch.setattr(contours, "_FRUITLESS", 2)
    rule = dataclasses.replace(RULES[32], contour_length=60)
    with pytest.raises(errors.InvalidInputError, match="60 paddles: 2048 trials"):
        contours.scenes(np.random.default_rng(0), 1, rule)


def one_paddle(rule, paddle, disc=(-500.0, -500.0)):
    """A scene of one paddle and one disc (the other is far away)."""
    far = np.full((1, 2, 2, 2, 2), -1000.0) + np.array([[0.0, 0.0], [0.0, 5.0]])
    far[0, 0, 0, 0] = disc
    distractors = np.array(paddle, dtype=float).reshape(1, 1, 2, 2)
    return contours.Scenes(far, distractors, np.zeros((1, 2), dtype=np.int64))


def test_a_paddle_covers_length_times_thickness():
    rule = dataclasses.replace(RULES[256], size=40, distractor_contrast=0.5)
    (image,) = pathfinder.draw(one_paddle(rule, [[10.0, 8.0], [10.0, 13.0]]), rule)
    assert np.array_equal(
        np.argwhere(image), [[r, c] for r in (9, 10) for c in range(8, 13)]
    )
    assert set(image[image > 0]) == {128}  # rint(255/2)
    tilted = one_paddle(rule, [[10.0, 8.0], [13.0, 12.0]])
    (image,) = pathfinder.draw(tilted, rule)
    # every point of the border is off by at most half a sample's diagonal
    border, error = 2 * (5 + 2), math.sqrt(0.5) / pathfinder.SCALE
    assert abs(image.sum() / 127.5 - 10) < border * error + 40 * 0.5 / 127.5


def test_bright_paddles_are_cut_to_white():
    rule = dataclasses.replace(RULES[256], size=40, distractor_contrast=2.0)
    (image,) = pathfinder.draw(one_paddle(rule, [[10.0, 8.0], [10.0, 13.0]]), rule)
    assert set(image[image > 0]) == {255}


def test_a_disc_is_white_and_has_its_area_and_center():
    rule = RULES[128]
    far = [[-900.0, -900.0], [-900.0, -895.0]]
    (image,) = pathfinder.draw(one_paddle(rule, far, disc=(60.5, 30.5)), rule)
    rows, columns = np.nonzero(image)
    area = image.sum() / 255
    error = math.sqrt(0.5) / pathfinder.SCALE
    assert abs(area - np.pi * 9) < 2 * np.pi * 3 * error
    assert (rows.mean(), columns.mean()) == (60, 30)
    assert image.max() == image[60, 30] == 255
    assert rows.min() == 57
    assert rows.max() == 63


def test_what_lies_on_the_border_is_cut_there():
    rule = RULES[128]
    far = [[-900.0, -900.0], [-900.0, -895.0]]
    (image,) = pathfinder.draw(one_paddle(rule, far, disc=(0.0, 128.0)), rule)
    assert image[0, -1] == 255
    assert abs(image.sum() / 255 - np.pi * 9 / 4) < 2
    assert image[:, 0].max() == 0


def generated(count, **settings):
    parts = list(pathfinder.pictures(count, size=32, **settings))
    images = np.concatenate([part.images for part in parts])
    return images, np.concatenate([part.labels for part in parts])


def test_pictures_depend_on_the_seed_and_not_on_the_processes(monkeypatch):
    monkeypatch.setattr(pathfinder, "_CHUNK", 3)
    told = []
    one = generated(7, seed=5, workers=1, progress=lambda *t: told.append(t))
    two = generated(7, seed=5, workers=2)
    other = generated(7, seed=6, workers=1)
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])
    assert not np.array_equal(one[0], other[0])
    assert told == [(3, 7), (6, 7), (7, 7)]


def test_generated_pictures_are_the_drawn_scenes():
    images, labels = generated(5, seed=9, workers=1)
    rng = np.random.default_rng([9, 0])
    what = contours.scenes(rng, 5, RULES[32])
    assert np.array_equal(images, pathfinder.draw(what, RULES[32]))
    assert np.array_equal(labels, what.connected)
    assert images.shape == (5, 32, 32)
    # discs are the only large white things
    for image, discs in zip(images, what.discs, strict=True):
        for row, column in np.floor(discs).astype(int):
            assert image[row, column] == 255


def test_a_size_without_parameters_is_refused():
    with pytest.raises(errors.InvalidInputError, match="32, 64, 128, 256"):
        pathfinder.pictures(1, size=48, seed=0)
