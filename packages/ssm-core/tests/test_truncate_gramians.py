"""T-gramian-doubling: factors solve the Lyapunov equations and keep their small digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framestate import ssm
from framestate.ssm.testing import core, cores, legs
from framestate.ssm.truncate.gramians import cayley_shift, gramian_factors

EPS = np.finfo(np.float64).eps

# Eigenvalues of the matrix 1 / (i + j), i, j = 1 .. 12, computed with 60 digits.
CAUCHY_12 = [
    1.3448042459583318,
    0.18801763078411152,
    0.017464899930552761,
    0.0012459958753758206,
    6.9438617188981355e-5,
    3.0233543749000902e-6,
    1.0192523402306575e-7,
    2.6104036993713297e-9,
    4.9119779928259281e-11,
    6.4058913807816474e-13,
    5.173704819474802e-15,
    1.9496176183704155e-17,
]


def system_of(A, B):
    return ssm.System(A=A, B=B, measure="translated", lift=np.eye(len(B)))


def assert_lyapunov(system, C):
    """A P + P A^T = B B^T and A^T Q + Q A = C^T C for the factors found."""
    found = gramian_factors("test", system, C)
    A, B = system.A, system.B[:, None]
    for M, F, driven in ((A, found.reached, B), (A.T, found.seen.T, C.T)):
        P = F @ F.T
        left = M @ P + P @ M.T - driven @ driven.T
        # Powers of the map are rounded in the norm of A over its damping.
        slowest = np.real(system.lam).min()
        scale = np.linalg.norm(A) / slowest * np.linalg.norm(M) * np.linalg.norm(P)
        assert np.linalg.norm(left) <= 64 * EPS * system.size * scale


@pytest.mark.theorem("T-gramian-doubling")
@pytest.mark.parametrize("measure", ["scaled", "translated"])
def test_factors_solve_the_lyapunov_equations(measure):
    @given(system=cores(max_size=17, measure=measure), seed=st.integers(0, 99))
    def law(system, seed):
        C = np.random.default_rng(seed).standard_normal((3, system.size))
        assert_lyapunov(system, C)

    law()


@pytest.mark.parametrize("size", [1, 2, 3, 17, 255, 256, 257])
def test_they_do_so_at_any_size(size):
    assert_lyapunov(core(np.random.default_rng(size), size), np.eye(size))


def test_small_singular_values_keep_relative_digits():
    n = 12
    system = system_of(np.diag(np.arange(1.0, n + 1)), np.ones(n))
    found = gramian_factors("test", system, np.ones((1, n)))
    sigma = np.linalg.svd(found.seen @ found.reached, compute_uv=False)
    exact = np.array(CAUCHY_12)
    # P = Q: sigma is the square of a singular value of a factor, rounded by eps of
    # the largest one. Formed as a matrix, P would leave nothing below eps sigma_1.
    relative = 4 * n * EPS * np.sqrt(exact[0] / exact)
    assert np.all(np.abs(sigma - exact) <= relative * exact)


def test_states_of_very_different_scale_cost_no_digits():
    system = legs(16)
    scale = 2.0 ** np.round(np.linspace(-20, 20, 16))
    graded = system_of(system.A * scale[:, None] / scale, system.B * scale)
    plain = gramian_factors("test", system, np.eye(16))
    found = gramian_factors("test", graded, np.diag(1 / scale))
    values = [
        np.linalg.svd(each.seen @ each.reached, compute_uv=False)
        for each in (plain, found)
    ]
    # cond(P) = 1e24 in these coordinates; LU mixes neighbors within a factor 2^3.
    assert np.abs(values[0] - values[1]).max() <= 8 * 64 * EPS * 16 * values[0][0]


def test_tall_readouts_count_by_their_gram_matrix():
    rng = np.random.default_rng(0)
    system = core(rng, 5)
    C = rng.standard_normal((5, 5))
    Q, _ = np.linalg.qr(rng.standard_normal((700, 5)))
    tall, square = (gramian_factors("test", system, rows).seen for rows in (Q @ C, C))
    assert tall.shape == (5, 5)
    size = np.linalg.norm(square) ** 2
    assert np.abs(tall.T @ tall - square.T @ square).max() <= 64 * EPS * 5 * size


@pytest.mark.parametrize(
    ("rates", "shift"), [((1, 2, 4), 2.0), ((1, 4, 4, 4), 1.0), ((3,), 3.0)]
)
def test_the_shift_keeps_the_slowest_image_off_the_circle(rates, shift):
    lam = np.array(rates, dtype=float)
    system = system_of(np.diag(lam), np.ones(len(lam)))
    images = [np.abs((p - lam) / (p + lam)).max() for p in lam]
    assert min(images) == np.abs((shift - lam) / (shift + lam)).max()
    assert cayley_shift("test", system) == shift


def test_damping_counts_where_poles_oscillate():
    slow, fast = (
        np.array([[0.1, 5.0], [-5.0, 0.1]]),
        np.array([[1.0, 1.0], [-1.0, 1.0]]),
    )
    A = np.block([[slow, np.zeros((2, 2))], [np.zeros((2, 2)), fast]])
    p, lam = cayley_shift("test", system_of(A, np.ones(4))), np.linalg.eigvals(A)
    assert p == pytest.approx(abs(0.1 + 5j), rel=4 * EPS)
    assert (
        np.abs((p - lam) / (p + lam)).max()
        < np.abs((2**0.5 - lam) / (2**0.5 + lam)).max()
    )


def test_damping_just_above_rounding_still_has_gramians():
    damping = 4 * 2 * EPS
    system = system_of(
        np.array([[damping, 1.0], [-1.0, damping]]), np.array([1.0, 0.0])
    )
    found = gramian_factors("test", system, np.eye(2))
    # trace P = |B|^2 / (2 damping); rounding moves the damping itself by a share.
    trace = np.sum(found.reached**2)
    assert 0.25 <= 2 * damping * trace <= 4


def test_poles_that_do_not_decay_are_named():
    lam = np.diag([2.0, 0.0, -1.0, 1.0, -3.0, 1e-17])
    with pytest.raises(ssm.UnstableError) as caught:
        gramian_factors("wanted", system_of(lam, np.ones(6)), np.eye(6))
    assert caught.value.request == "wanted"
    finding = caught.value.finding
    assert finding.startswith("4 of 6 poles do not decay, Re(lam) <= 4.0e-15: ")
    assert finding.endswith(": 0+0j, -1+0j, -3+0j and 1 more")
    assert "reduce" in caught.value.remedy


@pytest.mark.parametrize(
    "A", [np.array([[0.0, 1.0], [-1.0, 0.0]]), np.zeros((2, 2)), np.zeros((3, 3))]
)
def test_undamped_poles_are_named_without_more(A):
    with pytest.raises(ssm.UnstableError) as caught:
        gramian_factors("test", system_of(A, np.ones(len(A))), np.eye(len(A)))
    assert f"{len(A)} of {len(A)}" in caught.value.finding
    assert not caught.value.finding.endswith("more")


def test_a_system_too_far_from_normal_is_refused():
    rng = np.random.default_rng(0)
    W, _ = np.linalg.qr(rng.standard_normal((12, 12)))
    A = np.triu(20 * rng.standard_normal((12, 12)), 1) + np.diag(np.linspace(1, 2, 12))
    with pytest.raises(ssm.IllConditionedError) as caught:
        gramian_factors("wanted", system_of(W @ A @ W.T, np.ones(12)), np.eye(12))
    assert caught.value.request == "wanted"
    assert "order-12" in caught.value.finding
    assert "2^60" in caught.value.finding
    assert "orthonormal" in caught.value.remedy
