"""Construction W at dyadic places is exact, and agrees with the mesh to its error."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import frames
from framestate.frames.build import places
from framestate.frames.build.places import dyadic_step, dyadic_wavelet_atoms
from framestate.frames.families.wavelet import Layout, wavelet_atoms
from framestate.frames.precision import Precision
from framestate.frames.spaces import RefinableSpace
from framestate.frames.theorem.ball_forms import ball_forms

EPS = float(np.finfo(np.float64).eps)


def layout(finest, coarsest, shift):
    return Layout(finest=finest, coarsest=coarsest, shift=float(shift))


@pytest.mark.parametrize(
    ("support", "shift", "step"),
    [
        (21, Fraction(1, 21), 1),
        (21, 1 / 21, 1),
        (21, Fraction(1, 84), Fraction(1, 4)),
        (7, 0.25, Fraction(7, 4)),
        (21, 0.01, None),
        (21, Fraction(1, 100), None),
        (3, Fraction(1, 3 * 2**7), None),  # finer than is offered
        (21, 1e-9, None),
        (21, Fraction(10**15 + 1, 21 * 10**15), None),  # a fraction is exact or not
    ],
)
def test_a_shift_is_dyadic_in_units_of_the_filter_or_it_is_not(support, shift, step):
    assert dyadic_step(support, shift) == step


@pytest.mark.parametrize(
    ("name", "finest", "coarsest", "shift"),
    [
        ("db11", 0, 2, Fraction(1, 42)),
        ("db4", -1, 1, Fraction(1, 28)),
        ("sym5", -2, 0, Fraction(1, 9)),
        ("db6", 1, 3, Fraction(1, 22)),
        ("db3", 0, 0, 0.2),
    ],
)
def test_the_exact_atoms_are_those_of_the_mesh_to_its_error(
    name, finest, coarsest, shift
):
    at = layout(finest, coarsest, shift)
    exact = dyadic_wavelet_atoms(name, at, shift)
    mesh = wavelet_atoms(name, at)
    assert exact.size == mesh.size
    assert exact.representation_error == 0.0 < mesh.representation_error
    s = np.random.default_rng(7).uniform(0.0, 1.0, 40)
    gap = np.abs(exact(s) - mesh(s)).max()
    assert gap <= 30 * mesh.representation_error * np.abs(exact(s)).max()
    # the exact functions are normalized alike
    a, b = (np.linalg.norm(dense(x.coordinates), axis=1) for x in (exact, mesh))
    np.testing.assert_allclose(a, b, rtol=10 * mesh.representation_error, atol=0)


def dense(x):
    return x if isinstance(x, np.ndarray) else x.toarray()


@given(
    name=st.sampled_from(["db2", "db3", "db5", "sym4"]),
    finest=st.integers(-2, 1),
    octaves=st.integers(0, 2),
    halvings=st.integers(0, 2),
)
def test_exact_frames_satisfy_the_identities(name, finest, octaves, halvings):
    support = frames.filters.load(name).support
    frame = frames.wavelet_frame(
        name,
        scales=(finest, finest + octaves),
        shift=Fraction(1, support * 2**halvings),
    )
    assert isinstance(frame.atoms.space, RefinableSpace)
    op = frames.scaled(frame)
    A, b = op.reduced_A, op.reduced_B
    gap = A + A.T - np.eye(op.rank) - np.outer(b, b)
    assert np.abs(gap).max() <= 1e-12 * op.rank
    A = frames.translated(frame).reduced_A
    far, near = frame.basis([0.0, 1.0]).T
    gap = A + A.T - np.outer(far, far) - np.outer(near, near)
    assert np.abs(gap).max() <= 1e-12 * op.rank


@pytest.mark.parametrize("scales", [(0, 1), (-1, 1)])
def test_the_error_bound_holds_against_balls(scales):
    frame = frames.wavelet_frame("db4", scales=scales, shift=Fraction(1, 28))
    op, forms = frames.scaled(frame), ball_forms(frame, Precision(30))
    S = np.array([float(x.real.mid()) for x in forms.dilation.entries()])
    form = op.reduced_A - np.eye(op.rank)
    assert np.abs(form.ravel() - S).max() <= op.error_bound
    assert op.error_bound <= 1e-10 * np.abs(op.reduced_A).max()


def test_wavelets_whose_taps_are_tabulated_stay_on_the_mesh():
    shift = Fraction(1, 17)  # coif3
    assert dyadic_wavelet_atoms("coif3", layout(0, 1, shift), shift) is None
    frame = frames.wavelet_frame("coif3", scales=(0, 1), shift=shift)
    assert not isinstance(frame.atoms.space, RefinableSpace)


def test_a_window_of_too_many_translates_stays_on_the_mesh(monkeypatch):
    shift = Fraction(1, 3)
    at = layout(-2, 0, shift)
    assert dyadic_wavelet_atoms("db2", at, shift).space.window.cells == 24
    monkeypatch.setattr(places, "LARGEST", 23)
    assert dyadic_wavelet_atoms("db2", at, shift) is None


def test_the_papers_frame_with_a_dyadic_shift_has_its_counter_example_exactly():
    frame = frames.wavelet_frame("db11", scales=(0, 3), shift=Fraction(1, 84))
    found = frames.check_theorem1(frame, digits=30)
    assert frame.rank == 65
    assert found.counter_examples.shape == (1,)
    assert abs(found.counter_examples[0] - 0.92288) <= 1e-5
    assert found.clause("T-lyapunov").numbers["residual"] <= 1e-14
