"""Certificates: verdicts on the papers' frames and on the classical ones."""

import dataclasses
import functools

import numpy as np
import pytest
from hypothesis import given

from framestate import frames
from framestate.frames.families import Atoms
from framestate.frames.frame import Frame
from framestate.frames.spaces import PiecewisePolynomials
from framestate.frames.testing import random_frames
from framestate.frames.theorem import corrected
from framestate.frames.theorem.spectrum import Spectrum

EPS = np.finfo(np.float64).eps


@pytest.fixture(scope="module")
def papers(papers_frame):
    return frames.check_theorem1(papers_frame(0, 3))


@pytest.mark.parametrize("clause", ["printed i", "printed ii", "printed iii"])
def test_the_printed_clauses_fail_on_the_papers_frame(papers, clause):
    assert papers.clause(clause).verdict == "fails"


@pytest.mark.parametrize(
    "clause",
    [
        "T-lyapunov",
        "T-reduction",
        "T-half-plane",
        "T-simple",
        "T-truncation",
        "T-lyapunov-translated",
    ],
)
def test_the_corrected_clauses_hold_on_the_papers_frame(papers, clause):
    assert papers.clause(clause).verdict == "holds"


def test_the_counter_example_is_named(papers):
    assert papers.counter_examples.shape == (1,)
    assert abs(papers.counter_examples[0] - 0.92722) <= 1e-4
    assert "0.92722" in papers.clause("printed i").evidence
    assert papers.multiplicity_of_one == 416 - 65


def test_a_pair_below_one_is_found_on_the_finer_frame(papers_frame):
    found = frames.check_theorem1(papers_frame(-2, 2), spectrum_limit=100)
    assert np.allclose(np.sort(found.counter_examples.imag), [-0.2304, 0.2304], 0, 1e-3)
    assert found.clause("T-reduction").verdict == "undecided"


def test_legendre_has_the_integers_and_loses_its_mean_under_the_printed_rule():
    found = frames.check_theorem1(frames.legendre(8))
    assert found.clause("T-integers").verdict == "holds"
    assert found.clause("printed i").verdict == "fails"
    assert found.counter_examples.size == 0
    assert np.allclose(np.sort(found.eigenvalues.real), np.arange(1, 9), atol=1e-8)


@pytest.mark.parametrize("family", ["legendre", "wavelet"])
def test_what_a_dropped_mode_moves_is_its_spectral_projection_of_a_constant(family):
    frame = {
        "legendre": lambda: frames.legendre(8),
        "wavelet": lambda: frames.wavelet_frame(
            "db4", scales=(0, 0), shift=0.25, rank=3
        ),
    }[family]()
    spectrum = Spectrum(frame)
    A, b = spectrum.operator.reduced_A, spectrum.operator.reduced_B
    state = np.linalg.solve(A, b)  # of the signal 1
    lam, right = np.linalg.eig(A)
    left = np.linalg.inv(right)
    (dropped,) = np.flatnonzero(np.abs(lam) < 1.0 + 1e-6)
    moved = np.linalg.norm(np.outer(right[:, dropped], left[dropped]) @ state)
    found = frames.check_theorem1(frame).clause("printed ii").numbers
    assert found["dropped"] == 1
    wanted = moved / np.linalg.norm(state)
    assert (
        abs(found["moved_reconstruction"] - wanted)
        <= 64 * EPS * spectrum.cond**2 * wanted
    )


def test_a_basis_has_all_its_rows_so_the_printed_third_clause_holds():
    clause = frames.check_theorem1(frames.legendre(8)).clause("printed iii")
    assert clause.verdict == "holds"
    assert clause.numbers["relative_error_of_rows"] <= 1e-9


def test_where_every_eigenvalue_exceeds_one_the_printed_clause_holds(papers_frame):
    fine = dataclasses.replace(papers_frame(0, 3), rcond=1e-4)
    found = frames.check_theorem1(fine)
    assert found.clause("printed i").verdict == "holds"
    assert found.clause("printed ii").verdict == "holds"
    assert found.counter_examples.size == 0


def test_an_ill_conditioned_frame_is_undecided_not_certified():
    found = frames.check_theorem1(frames.legendre(24))
    assert found.clause("T-simple").verdict == "undecided"
    assert found.clause("printed i").verdict == "undecided"


@pytest.mark.parametrize(
    "clause",
    [
        corrected.lyapunov,
        corrected.half_plane,
        functools.partial(corrected.redundant_ones, limit=416),
    ],
)
def test_a_clause_that_is_broken_fails(papers_frame, clause):
    spectrum = Spectrum(papers_frame(0, 3))
    assert clause(spectrum).verdict == "holds"
    broken = Spectrum(spectrum.frame)
    op = spectrum.operator
    # 1e-6 on the diagonal moves every eigenvalue and residual by 1e-6
    moved = op.reduced_A + 1e-6 * np.eye(op.rank)
    vars(broken)["operator"] = dataclasses.replace(op, A_r=moved)
    assert clause(broken).verdict == "fails"


def test_modes_that_vanish_now_are_on_the_edge_and_the_clause_still_holds():
    space = PiecewisePolynomials(cells=3, degree=3)
    values = np.random.default_rng(0).standard_normal((5, len(space.nodes)))
    values[:, -1] = 0.0
    spectrum = Spectrum(Frame(Atoms("vanishing", space, space.interpolate(values))))
    clause = corrected.half_plane(spectrum)
    assert clause.verdict == "holds"
    assert abs(clause.numbers["least_real_part"] - 0.5) <= spectrum.uncertainty


def test_a_certificate_reads_as_one_line_a_clause(papers):
    text = str(papers)
    assert len(text.splitlines()) == 1 + len(papers.clauses)
    assert "N = 416, r = 65" in text


def test_float64_says_where_an_eigenvalue_lies_on_the_line_one_half():
    spectrum = Spectrum(frames.legendre(3))
    _, V = spectrum._eig
    vars(spectrum)["_eig"] = (np.array([0.5, 2.0, 3.0], complex), V)
    found = corrected.diagonalizable(spectrum)
    assert found.verdict == "not applicable"
    assert "Re = 1/2" in found.evidence


def test_float64_does_not_decide_on_eigenvalues_that_it_cannot_separate():
    spectrum = Spectrum(frames.legendre(3))
    _, V = spectrum._eig
    vars(spectrum)["_eig"] = (np.array([1.0, 2.0, 2.0 + 1e-15], complex), V)
    assert corrected.diagonalizable(spectrum).verdict == "undecided"


@given(frame=random_frames(constants=True))
def test_a_frame_with_the_constants_has_the_eigenvalue_one(frame):
    clause = frames.check_theorem1(frame).clause("T-integers")
    assert clause.verdict == "holds"
