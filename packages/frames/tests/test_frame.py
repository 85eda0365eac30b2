"""Frames: rank, duals, bounds, and what they refuse."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given

from framestate import frames
from framestate.frames.families import Atoms, wavelet
from framestate.frames.frame import Frame
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.testing import random_frames


@pytest.mark.parametrize(
    ("scales", "rank"),
    [((0, 3), 65), ((-1, 2), 127), ((-2, 2), 252), ((-3, -3), 501)],
)
def test_the_papers_frames_have_the_papers_rank(papers_frame, scales, rank):
    assert papers_frame(*scales).rank == rank


@pytest.mark.parametrize(("rcond", "rank"), [(0.1, 57), (0.01, 65), (1e-3, 109)])
def test_the_cut_makes_the_rank(papers_frame, rcond, rank):
    assert dataclasses.replace(papers_frame(0, 3), rcond=rcond).rank == rank


def test_a_small_cut_needs_a_mesh_that_is_finer_than_it():
    # the singular values of the mesh itself begin at the distance of the atoms from it
    layout = wavelet.Layout(finest=0, coarsest=3, shift=0.01)
    atoms = wavelet.wavelet_atoms("db11", layout, level=6)
    assert Frame(atoms, rcond=1e-8).rank == 262


def test_the_coarsest_scale_does_not_change_the_rank(papers_frame):
    assert papers_frame(0, 1).rank == papers_frame(0, 3).rank


def test_a_rank_that_is_asked_for_is_kept():
    assert frames.wavelet_frame("db4", scales=(0, 2), shift=0.1, rank=11).rank == 11


@given(frame=random_frames())
def test_the_dual_of_the_analysis_is_the_identity_on_the_span(frame):
    bound = 100 * frame.size * np.finfo(float).eps * frame.cond
    product = frame.synthesis @ frame.analysis
    np.testing.assert_allclose(product, np.eye(frame.rank), rtol=0, atol=bound)


@given(frame=random_frames())
def test_a_member_of_the_span_is_reconstructed_from_its_coefficients(frame):
    s = np.linspace(0.0, 1.0, 23)
    member = frame.basis(s).sum(axis=0)
    coefficients = frame.analysis.sum(axis=1)
    bound = 1e3 * frame.size * np.finfo(float).eps * frame.cond
    scale = float(np.abs(frame.basis(s)).max())
    np.testing.assert_allclose(
        coefficients @ frame.duals(s), member, rtol=0, atol=bound * scale
    )


@given(frame=random_frames())
def test_the_frame_bounds_hold_on_the_span(frame):
    lower, upper = frame.bounds
    energies = np.sum(frame.analysis**2, axis=0)
    slack = 1e-10 * upper
    assert ((energies >= lower - slack) & (energies <= upper + slack)).all()
    assert abs(frame.cond - np.sqrt(upper / lower)) <= 1e-9 * frame.cond


def test_legendre_and_fourier_are_their_own_basis():
    for frame in (frames.legendre(5), frames.fourier(5)):
        np.testing.assert_array_equal(frame.analysis, np.eye(5))
        assert frame.cond == 1.0


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: frames.wavelet_frame("db4", scales=(0, 3), rcond=0.0), "rcond = 0.0"),
        (lambda: frames.wavelet_frame("db4", scales=(0, 3), rcond=1.0), "rcond = 1.0"),
        (lambda: frames.wavelet_frame("db4", scales=(0, 3), rcond=1.5), "rcond = 1.5"),
        (
            lambda: frames.wavelet_frame("db4", scales=(0, 3), rcond=float("nan")),
            "rcond = nan",
        ),
        (lambda: frames.wavelet_frame("db4", scales=(3, 0)), "finest <= coarsest"),
        (lambda: frames.wavelet_frame("db4", scales=(0, 99)), "finest <= coarsest"),
        (lambda: frames.wavelet_frame("db4", scales=(0, 1, 2)), "finest <= coarsest"),
        (
            lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=float("nan")),
            "shift = nan",
        ),
        (lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=0.0), "shift"),
        (lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=-1.0), "shift"),
        (lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=1e-9), "shift"),
        (lambda: frames.legendre(0), "empty frame"),
        (lambda: frames.fourier(-3), "empty frame"),
        (lambda: frames.legs(0), "at least 1"),
        (
            lambda: frames.wavelet_frame("db4", scales=(-12, 0), shift=0.001),
            "GiB allowed",
        ),
        (lambda: frames.legendre(3).basis(2.0), "within"),
        (lambda: frames.legendre(3).basis(np.nan), "within"),
    ],
)
def test_bad_input_is_refused_with_its_value(call, match):
    with pytest.raises(frames.InvalidInputError, match=match):
        call()


def test_a_rank_that_the_atoms_do_not_span_is_refused():
    with pytest.raises(frames.RankError, match="its atoms span"):
        frames.wavelet_frame("db4", scales=(0, 1), shift=0.25, rank=10_000)


def test_a_rank_of_nothing_is_refused():
    with pytest.raises(frames.InvalidInputError, match="rank = 0"):
        frames.wavelet_frame("db4", scales=(0, 1), shift=0.25, rank=0)


WRONG_TYPES = """
from framestate import frames
calls = [
    lambda: frames.legs(2.5), lambda: frames.legt("4"), lambda: frames.fout(None),
    lambda: frames.legendre(-1), lambda: frames.fourier(3.0),
    lambda: frames.wavelet_frame(5, scales=(0, 1)),
    lambda: frames.wavelet_frame(["db4"], scales=(0, 1)),
    lambda: frames.wavelet_frame("db4", scales=5),
    lambda: frames.wavelet_frame("db4", scales=(0.5, 1)),
    lambda: frames.wavelet_frame("db4", scales=(0, 1), shift="a"),
    lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=0.5, rcond=None),
    lambda: frames.wavelet_frame("db4", scales=(0, 1), shift=0.5, rank=5.0),
    lambda: frames.legendre(3).basis("a"), lambda: frames.legendre(3).basis(1j),
]
for index, call in enumerate(calls):
    try:
        call()
    except frames.InvalidInputError:
        continue
    raise SystemExit(f"call {index} was accepted")
"""


def test_wrong_types_are_refused_where_nothing_checks_the_hints():
    # in a process of its own: here, the import hook would object first
    subprocess.run([sys.executable, "-c", WRONG_TYPES], check=True, timeout=120)


@pytest.mark.parametrize(
    ("coordinates", "match"),
    [
        (np.empty((0, 3)), "shape"),
        (np.ones((2, 5)), "shape"),
        (np.full((2, 3), np.nan), "NaN"),
        (np.zeros((2, 3)), "zero"),
    ],
)
def test_atoms_that_are_no_functions_are_refused(coordinates, match):
    space = PiecewisePolynomials(cells=1, degree=2)
    with pytest.raises(frames.InvalidInputError, match=match):
        Frame(Atoms("made up", space, coordinates))


def test_an_error_carries_request_finding_and_remedy():
    with pytest.raises(frames.FramesError) as caught:
        frames.wavelet_frame("db111", scales=(0, 3))
    assert "db111" in caught.value.request
    assert "no wavelet" in caught.value.finding
    assert "db11" in caught.value.remedy
    assert str(caught.value).startswith(caught.value.request)
