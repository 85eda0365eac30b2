"""Dashed contours that keep their distance: the scenes of Pathfinder.

A paddle is a segment of length ``l``; a contour is a row of them. From a pivot p the
next paddle reaches from p + m d to p + (m + l) d, m the margin and d its direction, and
the pivot after it is p + (2 m + l) d. The angle delta between two directions has the
density cos^2(c delta) on |delta| < pi/(2 c), c the continuity, among those whose far end
is free. Free means: m inside the padding, and 2 m away from all paddles but the one
before it. A place that was drawn and is not free for the whole paddle is drawn again
twice; then the contour is given up.

Two contours begin ``seed_distance`` apart, in random directions, the first of them in
the middle of the picture, 2 ``seed_distance`` from its border; they grow in turns and
are begun anew if either is given up. Distractors begin anywhere, each is tried five
times and then left out.

All pictures of a batch grow at once. Lengths are in pixels, coordinates (row, column).
Source: arXiv 1805.08315 and 2011.04006; the parameters are in `rules`.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float64, Int64

from framestate.bench.data.generators import segments
from framestate.bench.data.generators.rules import Rule
from framestate.bench.data.generators.segments import Points, Segments, toward
from framestate.bench.errors import InvalidInputError

_ANGLES = 16  # directions weighed for each paddle
_DRAWS = 3  # a paddle is drawn again twice
_SEEDS = 16  # places looked at for the first paddle of a distractor
_ATTEMPTS = 5  # a distractor is tried again four times
_FRUITLESS = 100  # batches of trials without a pair, before the rule is refused
_TRIALS = 1024  # pairs of contours begun at once
_ROUNDING = 1e-6  # of pixels, far above that of float64
_FAR = np.array([[-1e4, -1e4], [-1e4, 1.0 - 1e4]])  # a paddle that is not there


@final
@dataclass(frozen=True, eq=False)
class Scenes:
    """What is to be drawn, and the truth about it.

    Attributes
    ----------
    contours : (n, 2, contour_length, 2, 2) float64
        Paddles of the two contours, from first to last.
    distractors : (n, distractors * distractor_length, 2, 2) float64
        Paddles of the others; far outside where there was no room.
    marked : (n, 2) int64
        On whose first paddle, and on whose last paddle the two discs lie.
    """

    contours: Float64[np.ndarray, "n 2 k 2 2"]
    distractors: Float64[np.ndarray, "n d 2 2"]
    marked: Int64[np.ndarray, "n 2"]

    @property
    def connected(self) -> Bool[np.ndarray, " n"]:
        """Whether the discs lie on the same contour: the label."""
        return self.marked[:, 0] == self.marked[:, 1]

    @property
    def discs(self) -> Float64[np.ndarray, "n 2 2"]:
        """Centers: where a contour begins, and where one ends."""
        rows = np.arange(len(self.marked))
        begin = self.contours[rows, self.marked[:, 0], 0, 0]
        end = self.contours[rows, self.marked[:, 1], -1, 1]
        return np.stack([begin, end], axis=1)


def scenes(rng: np.random.Generator, count: int, rule: Rule) -> Scenes:
    """Scenes whose label is a fair coin.

    Raises
    ------
    InvalidInputError
        If two contours do not fit into the picture.
    """
    contours, margin = _pairs(rng, count, rule)
    flat = contours.reshape(count, -1, 2, 2)
    begin, same = rng.integers(0, 2, size=(2, count))
    marked = np.stack([begin, np.where(same == 1, begin, 1 - begin)], axis=1)
    return Scenes(contours, _distractors(rng, flat, margin, rule), marked)


def _inside(
    points: Points, margin: Float64[np.ndarray, "..."], rule: Rule
) -> Bool[np.ndarray, "..."]:
    border = rule.padding + margin
    y, x = points[..., 0], points[..., 1]
    least, most = np.minimum(y, x), np.maximum(y, x)
    return (least >= border) & (most <= rule.size - border)


@final
@dataclass(frozen=True, eq=False)
class _Grown:
    """The paddle added to each contour, its angle, and whether there was room."""

    paddle: Float64[np.ndarray, "n 2 2"]
    angle: Float64[np.ndarray, " n"]
    good: Bool[np.ndarray, " n"]


def _extended(
    rng: np.random.Generator,
    tip: Float64[np.ndarray, "n 2"],
    before: Float64[np.ndarray, " n"],
    others: Float64[np.ndarray, "n k 2 2"],
    margin: Float64[np.ndarray, " n"],
    rule: Rule,
) -> _Grown:
    """One more paddle behind the tip of one with the angle ``before``.

    It keeps away from ``others``, which leave that paddle out.
    """
    count = margin.size
    widest = np.pi / (2.0 * rule.continuity)
    cell = np.arange(_ANGLES) + rng.random((count, _ANGLES))
    turn = (2.0 * cell / _ANGLES - 1.0) * widest
    pivot = tip + margin[:, None] * toward(before)
    angle = before[:, None] + turn
    reach = (margin + rule.paddle_length)[:, None, None]
    heads = pivot[:, None] + reach * toward(angle)
    free = _inside(heads, margin[:, None], rule)
    rows, k = _near(pivot, reach[:, 0, 0], others, margin, rule)
    room = segments.to_segment(heads[rows], others[rows, k][:, None])
    pair, direction = np.nonzero(room < 4.0 * margin[rows, None] ** 2)
    free[rows[pair], direction] = False
    weight = np.cumsum(np.cos(rule.continuity * turn) ** 2 * free, axis=1)
    drawn = rng.random((count, _DRAWS)) * weight[:, -1:]
    places = (weight[:, None] <= drawn[..., None]).sum(axis=-1)
    places = np.minimum(places, _ANGLES - 1)  # where nothing is free
    angles = np.take_along_axis(angle, places, axis=1)
    paddles = _paddles(pivot[:, None], angles, margin[:, None], rule)
    fits = _free(paddles, others, margin, rule) & (weight[:, -1:] > 0.0)
    return _first(paddles, angles, fits)


def _near(
    center: Points,
    radius: Float64[np.ndarray, "..."],
    others: Segments,
    margin: Float64[np.ndarray, "..."],
    rule: Rule,
) -> tuple[Int64[np.ndarray, " pairs"], ...]:
    """Where a paddle may be less than 2 m away from points within a radius.

    All others are farther away by the triangle inequality: only these pairs, a tenth,
    are looked at closely.
    """
    off = center[..., None, :] - segments.middle(others)
    square = off[..., 0] ** 2 + off[..., 1] ** 2
    limit = radius + rule.paddle_length / 2.0 + 2.0 * margin + _ROUNDING
    return np.nonzero(square <= limit[..., None] ** 2)


def _paddles(
    pivot: Points,
    angle: Float64[np.ndarray, "..."],
    margin: Float64[np.ndarray, "..."],
    rule: Rule,
) -> Segments:
    ahead = toward(angle)
    tail = pivot + margin[..., None] * ahead
    return np.stack([tail, tail + rule.paddle_length * ahead], axis=-2)


def _free(
    paddles: Float64[np.ndarray, "n m 2 2"],
    others: Float64[np.ndarray, "n k 2 2"],
    margin: Float64[np.ndarray, " n"],
    rule: Rule,
) -> Bool[np.ndarray, "n m"]:
    inside = _inside(paddles, margin[:, None, None], rule)
    free = inside[..., 0] & inside[..., 1]
    half = np.asarray(rule.paddle_length / 2.0)
    center = segments.middle(paddles)
    rows, m, k = _near(center, half, others[:, None], margin[:, None], rule)
    room = segments.squared(paddles[rows, m], others[rows, k])
    close = room < 4.0 * margin[rows] ** 2
    free[rows[close], m[close]] = False
    return free


def _first(
    paddles: Float64[np.ndarray, "n m 2 2"],
    angles: Float64[np.ndarray, "n m"],
    fits: Bool[np.ndarray, "n m"],
) -> _Grown:
    rows, place = np.arange(len(fits)), fits.argmax(axis=1)
    return _Grown(paddles[rows, place], angles[rows, place], fits[rows, place])


def _pairs(
    rng: np.random.Generator, count: int, rule: Rule
) -> tuple[Float64[np.ndarray, "n 2 k 2 2"], Float64[np.ndarray, " n"]]:
    """Two contours for each picture, and its margin."""
    contours: list[Float64[np.ndarray, "n 2 k 2 2"]] = []
    margins: list[Float64[np.ndarray, " n"]] = []
    have = fruitless = 0
    while have < count:
        pairs, margin = _trials(rng, rule)
        contours.append(pairs)
        margins.append(margin)
        have += margin.size
        fruitless = 0 if margin.size else fruitless + 1
        if fruitless == _FRUITLESS:
            raise InvalidInputError(
                request=f"two contours of {rule.contour_length} paddles",
                finding=f"{_FRUITLESS * _TRIALS} trials found no room in {rule}",
                remedy="Use a larger picture, or fewer or shorter paddles.",
            )
    return np.concatenate(contours)[:count], np.concatenate(margins)[:count]


def _trials(
    rng: np.random.Generator, rule: Rule
) -> tuple[Float64[np.ndarray, "n 2 k 2 2"], Float64[np.ndarray, " n"]]:
    """Those of many pairs, grown in turns, that were not given up."""
    margin = rng.choice(np.array(rule.margins), size=_TRIALS)
    paddles = np.tile(_FAR, (_TRIALS, 2, rule.contour_length, 1, 1))
    paddles[:, :, 0], angles, good = _begun(rng, margin, rule)
    for step in range(1, rule.contour_length):
        for side in (0, 1):
            paddles, angles, margin = paddles[good], angles[good], margin[good]
            others = paddles[:, :, : step + 1].copy()
            others[:, side, step - 1] = _FAR
            others = others.reshape(len(paddles), 2 * step + 2, 2, 2)
            tip = paddles[:, side, step - 1, 1]
            grown = _extended(rng, tip, angles[:, side], others, margin, rule)
            paddles[:, side, step], angles[:, side] = grown.paddle, grown.angle
            good = grown.good
    return paddles[good], margin[good]


def _begun(
    rng: np.random.Generator, margin: Float64[np.ndarray, " n"], rule: Rule
) -> tuple[
    Float64[np.ndarray, "n 2 2 2"], Float64[np.ndarray, "n 2"], Bool[np.ndarray, " n"]
]:
    """First paddles of the two contours, their angles, and whether they fit."""
    edge = 2.0 * rule.seed_distance
    tail = edge + (rule.size - 2.0 * edge) * rng.random((margin.size, 2))
    around = toward(2.0 * np.pi * rng.random(margin.size))
    tails = np.stack([tail, tail + rule.seed_distance * around], axis=1)
    angles = 2.0 * np.pi * rng.random((margin.size, 2))
    paddles = _paddles(tails, angles, np.zeros_like(angles), rule)
    # the first lies in the middle of the picture
    good = _free(paddles[:, 1:], paddles[:, :1], margin, rule)[:, 0]
    return paddles, angles, good


def _distractors(
    rng: np.random.Generator,
    contours: Float64[np.ndarray, "n k 2 2"],
    margin: Float64[np.ndarray, " n"],
    rule: Rule,
) -> Float64[np.ndarray, "n d 2 2"]:
    known, length = contours.shape[1], rule.distractor_length
    paddles = np.tile(_FAR, (len(contours), known + rule.distractors * length, 1, 1))
    paddles[:, :known] = contours
    for place in range(known, paddles.shape[1], length):
        waiting = np.arange(len(contours))
        for _ in range(_ATTEMPTS):
            others = paddles[waiting, :place]
            rows, contour = _distractor(rng, others, margin[waiting], rule)
            paddles[waiting[rows], place : place + length] = contour[rows]
            waiting = waiting[~rows]
    return paddles[:, known:]


def _distractor(
    rng: np.random.Generator,
    others: Float64[np.ndarray, "n k 2 2"],
    margin: Float64[np.ndarray, " n"],
    rule: Rule,
) -> tuple[Bool[np.ndarray, " n"], Float64[np.ndarray, "n l 2 2"]]:
    """One attempt for each picture: where it succeeded, and the paddles."""
    count = margin.size
    tails = rule.size * rng.random((count, _SEEDS, 2))
    angles = 2.0 * np.pi * rng.random((count, _SEEDS))
    starts = _paddles(tails, angles, np.zeros((count, 1)), rule)
    last = _first(starts, angles, _free(starts, others, margin, rule))
    contour = np.tile(_FAR, (count, rule.distractor_length, 1, 1))
    contour[:, 0], good = last.paddle, last.good
    for step in range(1, rule.distractor_length):
        known = np.concatenate([others, contour[:, : step - 1]], axis=1)
        last = _extended(rng, last.paddle[:, 1], last.angle, known, margin, rule)
        contour[:, step], good = last.paddle, good & last.good
    return good, contour
