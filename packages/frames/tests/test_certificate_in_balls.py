"""Certificates in balls: the spectra of the theory, proved; the long ones nightly."""

import dataclasses

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.families import Atoms
from framestate.frames.precision import Precision
from framestate.frames.spaces import ContinuousPolynomials
from framestate.frames.testing import random_frames
from framestate.frames.theorem import proved
from framestate.frames.theorem.ball_forms import ball_forms
from framestate.frames.theorem.enclosed_spectrum import EnclosedSpectrum

EPS = float(np.finfo(np.float64).eps)
SLOW = pytest.mark.slow
CLAUSES = ("T-lyapunov", "T-reduction", "T-half-plane", "T-simple", "T-integers")

# span, dim V, Re > 1, exactly 1, Re < 1, abs > 1, least Re, top integer
ROWS = [
    ("db2", 3, 10, 7, 1, 2, 9, 0.8293, 2),
    ("db2", 6, 66, 63, 1, 2, 65, 0.8235, 2),
    ("db3", 3, 12, 9, 1, 2, 9, 0.7198, 3),
    ("db3", 4, 20, 17, 1, 2, 17, 0.7204, 3),
    pytest.param(("db4", 7, 134, 129, 1, 4, 133, 0.5642, 4), marks=SLOW),
    ("db6", 5, 42, 36, 1, 5, 40, 0.5421, 6),
    pytest.param(("db8", 6, 78, 66, 1, 11, 76, 0.5047, 8), marks=SLOW),
    ("db11", 6, 84, 70, 1, 13, 80, 0.5015, 11),
]


@pytest.mark.theorem("T-certified")
@pytest.mark.parametrize(
    "row",
    ROWS,
)
def test_the_spectra_of_the_theory_are_proved(row):
    name, level, dimension, above, one, below, modulus, least, top = row
    found = frames.check_theorem1(frames.dyadic_frame(name, level=level))
    assert found.rank == dimension
    plane = found.clause("T-half-plane").numbers
    assert plane["real_above_one"] == above
    assert plane["real_one"] == one
    assert plane["real_below_one"] == below
    assert abs(plane["least_real_part"] - least) <= 5e-5
    assert found.clause("printed i").numbers["above"] == modulus
    assert found.clause("printed i").verdict == "fails"
    assert found.clause("T-integers").numbers == {"top_degree": top - 1, "held": top}
    assert [found.clause(which).verdict for which in CLAUSES] == ["holds"] * len(
        CLAUSES
    )
    below_one = dimension - modulus - one
    assert found.counter_examples.size == below_one
    assert np.isfinite(found.radii).all()
    assert found.radii.max() <= 4 * EPS * np.abs(found.eigenvalues).max()


@pytest.mark.theorem("T-certified")
@given(
    name=st.sampled_from(["db2", "db3", "db4", "db5", "db6", "sym4"]),
    level=st.integers(1, 4),
    drop=st.integers(0, 2),
)
def test_every_pyramid_is_certified(name, level, drop):
    low = max(0, level - drop)
    frame = frames.dyadic_frame(name, level=level, coarsest=low)
    found = frames.check_theorem1(frame)
    assert all(found.clause(which).verdict == "holds" for which in CLAUSES)
    assert found.clause("T-lyapunov-translated").verdict == "holds"
    assert found.clause("T-half-plane").numbers["real_one"] == 1
    assert found.multiplicity_of_one == frame.size - frame.rank
    # the trace: mean Re lambda = 1/2 + K(1,1) / (2 r)
    K11 = float(np.sum(np.abs(frame.basis(1.0)) ** 2))
    mean = found.eigenvalues.real.mean()
    assert abs(mean - 0.5 - K11 / (2 * frame.rank)) <= 1e-12 * np.abs(mean)


@pytest.mark.theorem("T-certified")
@given(frame=random_frames())
def test_balls_hold_the_eigenvalues_that_float64_finds(frame):
    spectrum = EnclosedSpectrum(frame, Precision(40))
    lam, V = np.linalg.eig(frames.scaled(frame).reduced_A)
    if spectrum.balls is None:
        assert np.linalg.cond(V) > 1e6
        return
    bound = 1e3 * EPS * np.linalg.cond(V) * (1 + np.abs(lam).max()) * frame.rank
    for value in lam:
        assert np.abs(spectrum.eigenvalues - value).min() <= bound


@given(frame=random_frames(complex_valued=True))
def test_complex_frames_have_forms_in_balls(frame):
    forms = ball_forms(frame, Precision(30))
    assert float(forms.lyapunov().upper()) <= 1e-12 * frame.rank
    A = forms.operator()
    trace = sum((A[i, i] for i in range(A.nrows())), 0)
    found = complex(float(trace.real.mid()), float(trace.imag.mid()))
    exact = np.trace(frames.scaled(frame).reduced_A)
    assert abs(found - exact) <= 1e-11 * (1 + np.abs(frames.scaled(frame).A).sum())


@pytest.mark.parametrize("size", [1, 2, 5, 6, 9])
def test_fourier_forms_in_balls_are_those_of_float64(size):
    frame = frames.fourier(size)
    forms = ball_forms(frame, Precision(30))
    A, op = forms.operator(), frames.scaled(frame)
    found = np.array(
        [[float(A[i, j].real.mid()) for j in range(size)] for i in range(size)]
    )
    np.testing.assert_allclose(found, op.A, rtol=0, atol=64 * EPS * np.abs(op.A).max())
    values = [float(x.real.mid()) for x in forms.now.entries()]
    np.testing.assert_allclose(values, op.B, rtol=0, atol=64 * EPS)
    assert forms.lyapunov().contains(0)


def test_legendre_is_proved_to_have_the_integers():
    found = frames.check_theorem1(frames.legendre(24), digits=40)
    assert found.digits == 40
    assert found.clause("T-integers").numbers == {"top_degree": 23, "held": 24}
    assert found.clause("printed i").verdict == "fails"
    assert "1 itself" in found.clause("printed i").evidence
    assert found.counter_examples.size == 0
    np.testing.assert_allclose(found.eigenvalues, np.arange(1, 25), rtol=1e-15, atol=0)
    assert "balls of 40 digits" in str(found)


def test_the_papers_counter_example_is_proved_for_the_frame_as_stored(papers_frame):
    found = frames.check_theorem1(papers_frame(0, 3), digits=20)
    assert found.counter_examples.shape == (1,)
    assert abs(found.counter_examples[0] - 0.92722) <= 1e-4
    assert found.clause("printed i").verdict == "fails"
    assert found.clause("printed ii").numbers["dropped"] == 1
    assert "as stored" in found.clause("T-lyapunov").evidence
    assert found.clause("T-integers").verdict == "not applicable"


def test_a_frame_whose_genuine_modes_all_exceed_one_satisfies_the_printed_clauses():
    frame = frames.dyadic_frame("db11", level=4, coarsest=2, rcond=1e-2)
    found = frames.check_theorem1(frame)
    assert found.clause("printed i").verdict == "holds"
    assert found.clause("printed ii").verdict == "holds"
    assert found.clause("T-truncation").verdict == "holds"
    assert found.clause("T-integers").verdict == "not applicable"


def test_eigenvalues_that_no_digits_isolate_leave_the_clauses_undecided():
    frame = frames.fourier(1)
    spectrum = EnclosedSpectrum(frame, Precision(20))
    vars(spectrum)["balls"] = None  # what FLINT says of a double eigenvalue
    for clause in (
        proved.eigenvalues_exceed_one,
        proved.state_elements_contribute,
        proved.half_plane,
        proved.diagonalizable,
        proved.polynomials,
    ):
        found = clause(spectrum)
        assert found.verdict == "undecided"
        assert "20 digits do not isolate" in found.evidence
    assert spectrum.eigenvalues.size == 0


def test_a_double_eigenvalue_is_not_isolated():
    # T-spline-jordan: splines of degree 1 on two intervals have the eigenvalue 2 twice
    found = frames.check_theorem1(frames.bspline(degree=1, intervals=2), digits=30)
    assert found.clause("T-simple").verdict == "undecided"
    assert "some eigenvalue is multiple" in found.clause("T-simple").evidence
    assert found.eigenvalues.size == found.radii.size == 0
    odd = frames.check_theorem1(frames.bspline(degree=1, intervals=3), digits=30)
    assert odd.clause("T-simple").verdict == "holds"
    assert odd.clause("T-integers").numbers == {"top_degree": 1, "held": 2}


def test_splines_of_a_higher_degree_are_proved_as_they_are_stored():
    found = frames.check_theorem1(frames.bspline(degree=3, intervals=5), digits=30)
    assert "as stored" in found.clause("T-simple").evidence
    assert found.clause("T-lyapunov").numbers["residual"] <= 1e-12 * found.rank


def test_a_clause_that_is_broken_in_balls_fails(papers_frame):
    frame = frames.dyadic_frame("db2", level=2)
    spectrum = EnclosedSpectrum(frame, Precision(40))
    forms = spectrum.forms
    moved = dataclasses.replace(forms, gram=forms.gram * 2)
    vars(spectrum)["forms"] = moved
    assert proved.lyapunov(spectrum).verdict == "fails"
    broken = EnclosedSpectrum(frame, Precision(40))
    vars(broken)["balls"] = tuple(ball / 4 for ball in broken.balls)
    assert proved.half_plane(broken).verdict == "fails"
    assert proved.polynomials(broken).verdict == "fails"
    assert "no one ball holds" in proved.polynomials(broken).evidence


def test_a_ball_across_the_circle_leaves_the_question_open():
    frame = frames.dyadic_frame("db11", level=4, rcond=1e-2)
    spectrum = EnclosedSpectrum(frame, Precision(40))
    wide = flint.acb(flint.arb(1, 0.25), 0)
    vars(spectrum)["balls"] = (wide, *(ball + 1 for ball in spectrum.balls[1:]))
    assert proved.eigenvalues_exceed_one(spectrum).verdict == "undecided"
    assert "1 cannot be told from 1" in proved.eigenvalues_exceed_one(spectrum).evidence
    assert proved.state_elements_contribute(spectrum).verdict == "undecided"


def test_a_space_without_exact_forms_is_told_so():
    class Other:
        dimension = 2

        def evaluate(self, x, s):
            return x @ np.zeros((2, len(s)))

        def derivative(self, x):
            return x

        def dilation(self, x):
            return x

    frame = frames.Frame(Atoms("other", Other(), np.eye(2)))
    with pytest.raises(frames.InvalidInputError, match="forms of Other are not known"):
        frames.check_theorem1(frame, digits=30)


def test_digits_are_a_positive_number():
    with pytest.raises(frames.InvalidInputError, match="digits = 0"):
        frames.check_theorem1(frames.legendre(3), digits=0)


@pytest.mark.parametrize(("cells", "degree"), [(1, 3), (3, 2), (2, 4)])
def test_the_whole_space_of_continuous_polynomials_is_proved(cells, degree):
    space = ContinuousPolynomials(cells, degree)
    frame = frames.Frame(Atoms("whole", space, np.eye(space.dimension)))
    spectrum = EnclosedSpectrum(frame, Precision(40))
    assert spectrum.forms.lyapunov().contains(0)
    assert spectrum.degree == degree
    A, op = spectrum.forms.operator(), frames.scaled(frame)
    trace = sum((A[i, i].real for i in range(A.nrows())), flint.arb(0))
    scale = np.abs(op.reduced_A).sum()
    assert abs(float(trace.mid()) - np.trace(op.reduced_A)) <= 64 * EPS * scale


def test_complex_frames_are_certified():
    frame = frames.fourier(5, field="complex")
    found = frames.check_theorem1(frame, digits=30)
    assert found.clause("T-lyapunov").verdict == "holds"
    # T-periodic: every real part is 1
    assert np.abs(found.eigenvalues.real - 1.0).max() <= 1e-13


def test_radii_are_those_of_the_balls_and_one_rounding():
    spectrum = EnclosedSpectrum(frames.dyadic_frame("db2", level=3), Precision(40))
    rounding = np.finfo(np.float64).eps * np.abs(spectrum.eigenvalues)
    assert np.all(spectrum.radii >= rounding)
    assert np.all(spectrum.radii <= rounding + 1e-30)
