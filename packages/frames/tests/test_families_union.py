"""Unions of frames, and random ones."""

import numpy as np
import pytest

from framestate import frames
from framestate.frames.spaces import ContinuousPolynomials

EPS = np.finfo(np.float64).eps


def close(found, expected, *, size):
    bound = 100 * size * EPS * np.abs(expected).max(initial=1.0)
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound)


def test_a_union_in_one_space_stacks_the_coordinates():
    first, second = (
        frames.bspline(degree=2, intervals=3),
        frames.bspline(degree=2, intervals=3, ends="cardinal"),
    )
    union = frames.union(first, second)
    np.testing.assert_array_equal(
        union.atoms.coordinates,
        np.vstack([first.atoms.coordinates, second.atoms.coordinates]),
    )
    assert union.rank == 5


@pytest.mark.parametrize("field", ["real", "complex"])
def test_a_union_of_nested_spaces_pads(field):
    small, large = frames.fourier(3, field=field), frames.fourier(7, field=field)
    union = frames.union(small, large, small)
    assert union.atoms.space == large.atoms.space
    np.testing.assert_array_equal(union.atoms.coordinates[:3, :3], np.eye(3))
    assert union.rank == 7
    assert union.bounds == pytest.approx((1.0, 3.0))


def test_a_union_has_the_kinks_of_all_its_members():
    union = frames.union(
        frames.bspline(degree=1, intervals=4), frames.bspline(degree=2, intervals=6)
    )
    assert union.atoms.space == ContinuousPolynomials(cells=12, degree=2)
    assert union.rank == 5 + 8 - 2
    assert union.atoms.representation_error <= 16 * EPS


def test_a_union_keeps_the_errors_of_its_members():
    wavelets = frames.wavelet_frame("db4", scales=(0, 1), shift=0.3)
    union = frames.union(wavelets, frames.fourier(3))
    error = wavelets.atoms.representation_error
    assert error <= union.atoms.representation_error <= 1.01 * error
    s = np.linspace(0, 1, 99)
    close(union.atoms(s)[: wavelets.size], wavelets.atoms(s), size=10)
    nested = frames.union(wavelets, wavelets)
    assert nested.atoms.representation_error == error


def test_a_union_of_exact_spaces_is_sparse_when_its_members_are():
    frame = frames.dyadic_frame("db2", level=3)
    union = frames.union(frame, frame)
    assert not isinstance(union.atoms.coordinates, np.ndarray)
    assert (union.size, union.rank) == (2 * frame.size, frame.rank)


def test_the_same_refinable_space_is_one_though_it_was_made_twice():
    scaling = frames.dyadic_frame("db2", level=3)
    pyramid = frames.dyadic_frame("db2", level=3, coarsest=1)
    union = frames.union(scaling, pyramid)
    assert (union.size, union.rank) == (scaling.size + pyramid.size, scaling.rank)
    for other in (
        frames.dyadic_frame("db2", level=2),
        frames.dyadic_frame("db3", level=3),
    ):
        with pytest.raises(frames.InvalidInputError, match="RefinableSpace"):
            frames.union(scaling, other)


def test_a_union_has_its_own_cut_and_rank():
    first, second = frames.legendre(4), frames.fourier(5)
    assert frames.union(first, second, rank=6).rank == 6
    assert frames.union(first, second, rcond=0.5).rank < 8
    with pytest.raises(frames.RankError, match="span 8"):
        frames.union(first, second, rank=9)


def test_a_union_of_one_is_that_frame():
    frame = frames.chebyshev(5)
    np.testing.assert_array_equal(
        frames.union(frame).atoms.coordinates, frame.atoms.coordinates
    )


def test_functions_on_no_mesh_unite_with_their_like_only():
    dyadic = frames.dyadic_frame("db2", level=3)
    with pytest.raises(frames.InvalidInputError, match="RefinableSpace"):
        frames.union(dyadic, frames.legendre(4))


@pytest.mark.parametrize("field", ["real", "complex"])
def test_a_random_frame_is_that_of_its_generator(field):
    def draw(seed: int) -> frames.Frame:
        rng = np.random.default_rng(seed)
        return frames.random_frame(9, rng, rank=4, cells=3, degree=2, field=field)

    first, again, other = draw(1), draw(1), draw(2)
    x = first.atoms.coordinates
    np.testing.assert_array_equal(x, again.atoms.coordinates)
    assert not np.allclose(x, other.atoms.coordinates)
    assert np.iscomplexobj(x) == (field == "complex")
    s = first.singular_values
    assert (len(s), first.rank) == (4, 4)
    assert ((s >= 0.5 - 1e-12) & (s <= 2 + 1e-12)).all()


def test_a_random_frame_has_the_largest_rank_unless_another_is_asked_for():
    rng = np.random.default_rng(0)
    assert frames.random_frame(30, rng, cells=2, degree=3).rank == 7
    assert frames.random_frame(5, rng, cells=2, degree=3).rank == 5


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"size": 0}, "size = 0"),
        ({"size": 3, "rank": 4}, "have no rank 4"),
        ({"size": 30, "rank": 18}, "17 dimensions have no rank 18"),
        ({"size": 3, "rank": 0}, "rank = 0"),
        ({"size": 3, "cells": 0}, "cells = 0"),
        ({"size": 3, "degree": 0}, "degree = 0"),
        ({"size": 3, "field": "p-adic"}, "not 'p-adic'"),
    ],
)
def test_random_frames_out_of_range_are_refused(arguments, match):
    size = arguments.pop("size")
    with pytest.raises(frames.InvalidInputError, match=match):
        frames.random_frame(size, np.random.default_rng(0), **arguments)


def test_wrong_types_are_refused_past_the_check_of_the_hints():
    with pytest.raises(frames.InvalidInputError, match="union of frames"):
        frames.union.__wrapped__(frames.legendre(2), 5)
    with pytest.raises(frames.InvalidInputError, match="source of numbers is a int"):
        frames.random_frame.__wrapped__(3, rng=5)
