"""Pictures: what the axes hold is what the frame says."""

import dataclasses
import importlib
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection
from matplotlib.colors import SymLogNorm
from scipy.sparse import csr_array

from framestate import frames
from framestate.frames import plot
from framestate.frames.families import Atoms
from framestate.frames.plot import functions, matrices, style
from framestate.frames.spaces import PiecewisePolynomials

EPS = np.finfo(np.float64).eps


def mixture(size: int, rank: int, **options) -> frames.Frame:
    """Functions that span fewer dimensions than they are."""
    space = PiecewisePolynomials(cells=4, degree=4)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((size, rank)) @ rng.standard_normal(
        (rank, len(space.nodes))
    )
    return frames.Frame(Atoms("mixture", space, space.interpolate(x)), **options)


REAL = mixture(12, 5, rcond=1e-9)
LARGE = mixture(1000, 5, rcond=1e-9)
COMPLEX = frames.fourier(5, field="complex")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot.atoms(REAL),
        lambda: plot.duals(COMPLEX),
        lambda: plot.gram(LARGE),
        lambda: plot.singular_values(REAL),
        lambda: plot.spectrum(frames.check_theorem1(frames.legendre(3))),
        lambda: plot.reconstruction(COMPLEX, lambda s: s),
    ],
)
def test_every_picture_can_be_saved_without_a_warning(draw):
    stream = io.BytesIO()
    draw().savefig(stream, dpi=30)
    assert stream.getvalue().startswith(b"\x89PNG")


def labels(axes) -> list[str]:
    return [line.get_label() for line in axes.lines if line.get_label()[0] != "_"]


def line(axes, label: str):
    (found,) = (line for line in axes.lines if line.get_label() == label)
    return found


def legend_texts(figure) -> list[str]:
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


DRAWN = [(plot.atoms, "atoms"), (plot.duals, "duals")]


def values_of(frame, name):
    return {"atoms": frame.atoms, "duals": frame.duals}[name]


@pytest.mark.parametrize(("draw", "name"), DRAWN)
def test_some_functions_are_curves_and_all_are_rows(draw, name):
    figure = draw(REAL, points=40)
    curves, rows, _ = figure.axes
    s = np.linspace(0.0, 1.0, 41)
    values = values_of(REAL, name)(s)
    shown = [1, 3, 5, 7, 9, 11]
    assert labels(curves) == legend_texts(figure) == [str(i) for i in shown]
    for i in shown:
        np.testing.assert_array_equal(line(curves, str(i)).get_xdata(), s)
        np.testing.assert_array_equal(line(curves, str(i)).get_ydata(), values[i])
    (image,) = rows.images
    np.testing.assert_array_equal(image.get_array(), values)
    assert tuple(image.get_extent()) == (0.0, 1.0, 11.5, -0.5)
    assert curves.get_xlim() == rows.get_xlim() == (0.0, 1.0)
    assert curves.get_title() == f"6 of 12 {name}"
    assert rows.get_title() == "all 12"
    assert figure.get_suptitle() == f"mixture: {name}"
    assert curves.get_xlabel() == rows.get_xlabel() == "s (now is s = 1)"
    assert list(curves.lines[-1].get_ydata()) == [0.0, 0.0]
    assert not any(curves.spines[side].get_visible() for side in ("top", "right"))
    colors = {one.get_color() for one in curves.lines[:6]}
    assert len(colors) == 6


def test_a_range_of_colors_holds_nearly_all_values_evenly_about_zero():
    figure = plot.duals(REAL, points=400)
    image = figure.axes[1].images[0]
    low, high = image.get_clim()
    assert low == -high
    assert image.cmap.name == style.SIGNED
    inside = np.mean(np.abs(image.get_array()) <= high)
    assert abs(inside - functions.USUAL) <= 1e-3
    assert high < np.abs(image.get_array()).max()


def test_functions_that_are_nearly_always_zero_are_seen():
    space = PiecewisePolynomials(cells=1000, degree=1)
    spike = np.zeros((1, len(space.nodes)))
    spike[0, 500] = 3.0
    frame = frames.Frame(Atoms("spike", space, space.interpolate(spike)))
    high = plot.atoms(frame, points=1000).axes[1].images[0].get_clim()[1]
    assert abs(high - 3.0) <= 100 * EPS


@pytest.mark.parametrize(("draw", "name"), DRAWN)
def test_complex_functions_have_two_parts(draw, name):
    figure = draw(COMPLEX, points=40)
    curves, real, imaginary, *_ = figure.axes
    values = values_of(COMPLEX, name)(np.linspace(0.0, 1.0, 41))
    np.testing.assert_array_equal(real.images[0].get_array(), values.real)
    np.testing.assert_array_equal(imaginary.images[0].get_array(), values.imag)
    assert real.get_title() == "all 5, real part"
    assert imaginary.get_title() == "all 5, imaginary part"
    dashed = [one for one in curves.lines if one.get_linestyle() == "--"]
    assert len(dashed) == len(labels(curves)) == 5
    for i, one in enumerate(dashed):
        np.testing.assert_array_equal(one.get_ydata(), values[i].imag)
        assert one.get_color() == line(curves, str(i)).get_color()
    title = figure.legends[0].get_title().get_text()
    assert title == "number of the function (dashed: imaginary part)"


def test_many_functions_share_rows_that_show_the_largest():
    figure = plot.atoms(LARGE, points=20)
    image = figure.axes[1].images[0].get_array()
    assert image.shape == (functions.ROWS, 21)
    assert figure.axes[1].get_ylim() == (999.5, -0.5)
    values = LARGE.atoms(np.linspace(0.0, 1.0, 21))
    for row in (0, 17, 399):
        block = values[row * 1000 // 400 : (row + 1) * 1000 // 400]
        expected = block[np.abs(block).argmax(axis=0), np.arange(21)]
        np.testing.assert_array_equal(image[row], expected)


@pytest.mark.parametrize("size", [1, 3, 400, 401, 1999])
def test_blocks_cover_a_range_evenly(size):
    edges = [*style.starts(size, 400).tolist(), size]
    assert len(edges) - 1 == min(size, 400)
    assert edges[0] == 0
    assert set(np.diff(edges)) <= {size // 400, size // 400 + 1} - {0}


def test_of_a_block_the_entry_of_largest_modulus_is_shown_with_its_sign():
    values = np.array([[1.0, -3.0, 2.0], [-2.0, 3.0, 0.0], [0.0, 0.0, -1.0]])
    found = style.largest(values, np.array([0, 2]), axis=0)
    assert found.tolist() == [[-2.0, 3.0, 2.0], [0.0, 0.0, -1.0]]
    found = style.largest(values, np.array([0, 1]), axis=1)
    assert found.tolist() == [[1.0, -3.0], [-2.0, 3.0], [0.0, -1.0]]


def test_a_gram_matrix_is_shown_as_it_is():
    figure = plot.gram(REAL)
    axes = figure.axes[0]
    x = REAL.atoms.coordinates
    (image,) = axes.images
    # sums of 20 terms, in another order
    atol = 40 * EPS * np.abs(x @ x.T).max()
    np.testing.assert_allclose(image.get_array(), x @ x.T, rtol=0, atol=atol)
    assert tuple(image.get_extent()) == (-0.5, 11.5, 11.5, -0.5)
    top = np.abs(image.get_array()).max()
    assert image.get_clim() == (-top, top)
    assert isinstance(image.norm, SymLogNorm)
    assert image.cmap.name == style.SIGNED
    assert axes.get_title() == "<phi_i, phi_j>, N = 12, r = 5"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("j", "i")


def test_a_complex_gram_matrix_is_shown_by_its_modulus():
    atoms = dataclasses.replace(
        COMPLEX.atoms, coordinates=np.tri(5) * np.exp(1j * np.arange(5))
    )
    figure = plot.gram(frames.Frame(atoms))
    image = figure.axes[0].images[0]
    x = atoms.coordinates
    np.testing.assert_allclose(image.get_array(), np.abs(x @ x.conj().T), atol=10 * EPS)
    assert image.get_clim()[0] == 0.0
    assert image.cmap.name == style.UNSIGNED
    assert figure.axes[0].get_title().startswith("|<phi_i, phi_j>|")


def test_a_large_gram_matrix_is_shown_in_blocks():
    image = plot.gram(LARGE).axes[0].images[0].get_array()
    assert image.shape == (matrices.PIXELS, matrices.PIXELS)
    x = LARGE.atoms.coordinates
    for i, j in ((0, 0), (3, 250), (399, 7)):
        rows = slice(i * 1000 // 400, (i + 1) * 1000 // 400)
        columns = slice(j * 1000 // 400, (j + 1) * 1000 // 400)
        block = x[rows] @ x[columns].T
        largest = block.flat[np.abs(block).argmax()]
        # two sums of 20 terms, in another order
        assert abs(image[i, j] - largest) <= 100 * EPS * np.abs(block).max()


def test_sparse_coordinates_have_the_same_gram_matrix():
    atoms = dataclasses.replace(
        REAL.atoms, coordinates=csr_array(REAL.atoms.coordinates)
    )
    sparse = plot.gram(frames.Frame(atoms, exact=REAL.span))
    dense = plot.gram(REAL)
    np.testing.assert_allclose(
        *(figure.axes[0].images[0].get_array() for figure in (sparse, dense)),
        atol=1e3 * EPS,
    )


def test_singular_values_show_the_cut():
    frame = mixture(12, 5, rcond=0.3)
    figure = plot.singular_values(frame)
    axes = figure.axes[0]
    s = frame.all_singular_values / frame.all_singular_values[0]
    r = frame.rank
    assert 1 < r < 5
    np.testing.assert_array_equal(line(axes, "kept").get_ydata(), s[:r])
    np.testing.assert_array_equal(line(axes, "kept").get_xdata(), np.arange(1, r + 1))
    cut = line(axes, "cut")
    assert set(cut.get_xdata()) == set(np.flatnonzero(s > 0)[r:] + 1)
    assert list(line(axes, "rcond = 0.3").get_ydata()) == [0.3, 0.3]
    (upright,) = (one for one in axes.lines if one.get_linestyle() == ":")
    assert list(upright.get_xdata()) == [r + 0.5, r + 0.5]
    assert axes.get_yscale() == "log"
    assert axes.get_title() == f"r = {r} kept, condition {frame.cond:.3g}"
    assert legend_texts(figure) == ["kept", "cut", "rcond = 0.3"]


@pytest.mark.parametrize(
    "frame", [mixture(12, 5, keep=3), dataclasses.replace(REAL, exact=REAL.span)]
)
def test_where_nothing_was_cut_at_a_share_no_share_is_drawn(frame):
    assert not [x for x in labels(plot.singular_values(frame).axes[0]) if "rcond" in x]


def test_singular_values_that_vanish_are_not_drawn():
    span = dataclasses.replace(REAL.span, singular_values=np.array([2.0] * 5 + [0.0]))
    axes = plot.singular_values(dataclasses.replace(REAL, exact=span)).axes[0]
    assert labels(axes) == ["kept"]
    assert list(line(axes, "kept").get_ydata()) == [1.0] * 5


def points(axes, label: str) -> np.ndarray:
    found = line(axes, label)
    return np.array(found.get_xdata()) + 1j * np.array(found.get_ydata())


def test_the_spectrum_of_a_frame_is_that_of_its_scaled_operator():
    figure = plot.spectrum(REAL)
    lam = np.linalg.eigvals(frames.scaled(REAL).reduced_A)
    for axes in figure.axes:
        np.testing.assert_array_equal(points(axes, "eigenvalue on V"), lam)
        assert list(line(axes, "Re = 1/2").get_xdata()) == [0.5, 0.5]
        np.testing.assert_allclose(np.abs(points(axes, "modulus 1")), 1.0, atol=4 * EPS)
        assert points(axes, "7 redundant copies of 1") == [1.0]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("real part", "imaginary part")
    whole, near = figure.axes
    assert whole.get_xlim()[0] < min(0.0, lam.real.min())
    assert whole.get_xlim()[1] > max(1.5, lam.real.max())
    assert whole.get_ylim()[1] > max(1.0, np.abs(lam.imag).max())
    assert whole.get_ylim()[0] == -whole.get_ylim()[1]
    assert near.get_xlim() == (0.25, 2.2)
    assert near.get_aspect() == 1.0
    assert near.get_title() == "near 1"
    assert figure.get_suptitle().startswith("mixture, scaled: spectrum; r = 5, within ")


def test_the_translated_spectrum_has_its_edge_at_zero():
    figure = plot.spectrum(frames.translated(REAL))
    for axes in figure.axes:
        assert list(line(axes, "Re = 0").get_xdata()) == [0.0, 0.0]
        assert points(axes, "7 redundant copies of 0") == [0.0]
        assert "modulus 1" not in labels(axes)
    assert figure.axes[1].get_title() == "near 0"


def discs(axes) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (one.get_offsets() @ [1.0, 1j], one.get_widths() / 2.0)
        for one in axes.collections
        if isinstance(one, EllipseCollection)
    ]


def test_discs_say_what_float64_knows():
    op = frames.legs(12)
    lam, V = np.linalg.eig(op.reduced_A)
    bound = np.linalg.cond(V) * 12 * EPS * np.linalg.norm(op.reduced_A, 2)
    figure = plot.spectrum(op)
    for axes in figure.axes:
        ((centers, radii),) = discs(axes)
        np.testing.assert_array_equal(centers, lam)
        np.testing.assert_allclose(radii, bound, rtol=1e-6)
    assert figure.get_suptitle().endswith(f"r = 12, within {bound:.1e}")


def test_a_defective_operator_has_no_discs_and_says_so():
    op = dataclasses.replace(frames.legs(2), A_r=np.array([[0.0, 1.0], [0.0, 0.0]]))
    figure = plot.spectrum(op)
    assert figure.get_suptitle().endswith("r = 2, float64 cannot tell where")
    assert not any(discs(axes) for axes in figure.axes)


def test_a_certificate_shows_its_discs_integers_and_counter_examples():
    found = frames.check_theorem1(frames.dyadic_frame("db4", level=3))
    lam = found.eigenvalues
    odd = lam[[2]]
    certificate = dataclasses.replace(
        found,
        counter_examples=odd,
        multiplicity_of_one=3,
        radii=np.array([0.125] * 13 + [np.inf]),
    )
    figure = plot.spectrum(certificate)
    for axes in figure.axes:
        assert points(axes, "modulus below 1") == odd
        np.testing.assert_array_equal(
            points(axes, "eigenvalue on V"), np.delete(lam, 2)
        )
        np.testing.assert_array_equal(points(axes, "from polynomials"), [1, 2, 3, 4])
        assert points(axes, "3 redundant copies of 1") == [1.0]
        # marks of one place lie around each other, so that all are seen
        sizes = [
            (found.get_markersize(), found.get_fillstyle())
            for found in (
                line(axes, "eigenvalue on V"),
                line(axes, "from polynomials"),
                line(axes, "3 redundant copies of 1"),
            )
        ]
        assert sizes == sorted(sizes, key=lambda pair: pair[0])
        assert [fill for _, fill in sizes] == ["full", "none", "none"]
        assert len({size for size, _ in sizes}) == 3
        ((centers, radii),) = discs(axes)
        np.testing.assert_array_equal(centers, lam)
        # the last is unknown: larger than any view, and still a number
        np.testing.assert_allclose(radii, [0.125] * 13 + [10 * np.abs(lam).max()])
    assert figure.axes[1].get_xlim() == (0.25, 4.6)
    assert figure.get_suptitle() == f"{found.frame}: spectrum; N = 14, r = 14"


def test_a_certificate_without_eigenvalues_is_drawn():
    found = frames.check_theorem1(frames.legendre(3))
    none = np.zeros(0, dtype=np.complex128)
    figure = plot.spectrum(
        dataclasses.replace(found, eigenvalues=none, counter_examples=none)
    )
    assert not points(figure.axes[0], "eigenvalue on V").size


def test_a_function_of_the_span_is_reconstructed():
    figure = plot.reconstruction(frames.legendre(4), lambda s: s**3 - s, points=50)
    upper, lower = figure.axes
    s = np.linspace(0.0, 1.0, 51)
    np.testing.assert_allclose(line(upper, "signal").get_ydata(), s**3 - s, atol=EPS)
    np.testing.assert_allclose(
        line(upper, "reconstruction").get_ydata(), s**3 - s, atol=100 * EPS
    )
    assert np.abs(lower.lines[0].get_ydata()).max() <= 100 * EPS
    assert float(figure.get_suptitle().split()[-1]) <= 100 * EPS
    assert upper.get_xlim() == lower.get_xlim() == (0.0, 1.0)
    assert legend_texts(figure) == ["signal", "reconstruction"]


def test_the_error_is_that_of_the_projection():
    # of s^2 the part beyond degree 1 is 1 / (6 sqrt 5) of norm 1 / sqrt 5
    figure = plot.reconstruction(frames.legendre(2), lambda s: s**2)
    assert figure.get_suptitle() == "legendre(2), r = 2: relative error 0.167"
    upper, lower = figure.axes
    s = line(upper, "signal").get_xdata()
    assert len(s) == functions.POINTS + 1
    expected = s - 1 / 6
    found = line(upper, "reconstruction").get_ydata()
    np.testing.assert_allclose(found, expected, atol=100 * EPS)
    np.testing.assert_allclose(
        lower.lines[0].get_ydata(), expected - s**2, atol=100 * EPS
    )


def test_samples_are_joined_by_lines():
    figure = plot.reconstruction(frames.legendre(2), [1, 3, 2], points=4)
    drawn = line(figure.axes[0], "signal").get_ydata()
    assert list(drawn) == [1.0, 2.0, 3.0, 2.5, 2.0]


def test_a_complex_signal_is_projected_with_the_conjugate():
    figure = plot.reconstruction(COMPLEX, lambda s: np.exp(2j * np.pi * s))
    upper, lower = figure.axes
    s = line(upper, "signal").get_xdata()
    for label, part in (
        ("reconstruction", np.cos(2 * np.pi * s)),
        ("reconstruction, imaginary part", np.sin(2 * np.pi * s)),
        ("signal, imaginary part", np.sin(2 * np.pi * s)),
    ):
        np.testing.assert_allclose(line(upper, label).get_ydata(), part, atol=1e3 * EPS)
    assert line(upper, "signal, imaginary part").get_linestyle() == "--"
    assert len(lower.lines) == 3


def test_a_real_signal_in_a_complex_frame_may_come_back_complex():
    atoms = dataclasses.replace(COMPLEX.atoms, coordinates=np.eye(5)[:2] + 0j)
    figure = plot.reconstruction(frames.Frame(atoms), lambda s: np.cos(2 * np.pi * s))
    assert "signal, imaginary part" in legend_texts(figure)
    assert figure.get_suptitle().endswith("relative error 0.707")


@pytest.mark.parametrize(
    ("signal", "finding"),
    [
        (lambda s: 0.0 * s, "the signal is zero"),
        (lambda s: s / 0.0, "holds NaN or infinity"),
        (lambda _: 1.0, "has the shape"),
        (lambda s: np.ones((2, len(s))), "has the shape"),
        ([1.0], r"the samples have the shape \(1,\)"),
        (np.ones((2, 2)), r"the samples have the shape \(2, 2\)"),
        ([1.0, np.nan], "holds NaN or infinity"),
    ],
)
def test_a_signal_that_is_none_is_refused(signal, finding):
    with (
        np.errstate(all="ignore"),
        pytest.raises(frames.InvalidInputError, match=finding),
    ):
        plot.reconstruction(frames.legendre(2), signal)


@pytest.mark.parametrize("points", [0, -3])
def test_a_picture_needs_points(points):
    for draw in (
        lambda: plot.atoms(REAL, points=points),
        lambda: plot.duals(REAL, points=points),
        lambda: plot.reconstruction(REAL, lambda s: s, points=points),
    ):
        with pytest.raises(frames.InvalidInputError, match=f"points = {points}"):
            draw()


def test_without_matplotlib_one_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "framestate.frames.plot")
    with pytest.raises(frames.MissingExtraError) as caught:
        importlib.import_module("framestate.frames.plot")
    assert isinstance(caught.value, ImportError)
    assert 'pip install "framestate-frames[plot]"' in caught.value.remedy


def test_drawing_leaves_pyplot_alone():
    code = (
        "import sys; from framestate import frames; from framestate.frames import plot;"
        "plot.spectrum(frames.legs(3)); plot.gram(frames.legendre(3));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
