"""Diagonal systems by name (S4D, arXiv 2206.11893; S4D-DFouT, 2508.20441).

Minus convention of `framestate.ssm.system`: lam is the negative of S4D's A. Re(lam) is
1/2 where nothing else is said, and B is 1.
"""

import numpy as np
from jaxtyping import Complex128

from framestate.ssm.checks import number, whole
from framestate.ssm.errors import InvalidInputError
from framestate.ssm.forms.dplr import dplr
from framestate.ssm.system import Diagonal, OperatorLike, as_system


def s4d_lin(N: int) -> Diagonal:
    """S4D-Lin: lam_n = 1/2 + i pi n for n = 0 .. N/2 - 1, B = 1.

    Parameters
    ----------
    N : int
        Even number of real states; N / 2 modes are stored.

    Raises
    ------
    InvalidInputError
        If N is not an even integer >= 2.
    """
    n = np.arange(_half("s4d_lin", N))
    return _paired(0.5 + 1j * np.pi * n)


def s4d_inv(N: int) -> Diagonal:
    """S4D-Inv: lam_n = 1/2 + i (N/pi) (N/(2n+1) - 1), n = 0 .. N/2 - 1, B = 1.

    Parameters
    ----------
    N : int
        Even number of real states; N / 2 modes are stored.

    Raises
    ------
    InvalidInputError
        If N is not an even integer >= 2.
    """
    n = np.arange(_half("s4d_inv", N))[::-1]
    return _paired(0.5 + 1j * (N / np.pi) * (N / (2 * n + 1) - 1))


def s4d_quad(N: int) -> Diagonal:
    """S4D-Quad: lam_n = 1/2 + (i/pi) (1 + 2 n)^2, n = 0 .. N/2 - 1.

    Parameters
    ----------
    N : int
        Even number of real states; N / 2 modes are stored.

    Raises
    ------
    InvalidInputError
        If N is not an even integer >= 2.
    """
    n = np.arange(_half("s4d_quad", N))
    return _paired(0.5 + 1j * (1 + 2 * n) ** 2 / np.pi)


def s4d_rand(N: int, *, seed: int) -> Diagonal:
    """S4D-Rand: lam_n = 1/2 + i e^g, g normal, as the paper's code draws it.

    Parameters
    ----------
    N : int
        Even number of real states; N / 2 modes are stored, in order of frequency.
    seed : int
        Of the draws, >= 0.

    Raises
    ------
    InvalidInputError
        If N is not an even integer >= 2, or the seed not an integer >= 0.
    """
    rng = np.random.default_rng(whole("s4d_rand", "seed", seed, low=0))
    draws = rng.standard_normal(_half("s4d_rand", N))
    return _paired(0.5 + 1j * np.exp(np.sort(draws)))


def s4d_real(N: int) -> Diagonal:
    """S4D-Real: lam_n = n + 1, n = 0 .. N - 1, the eigenvalues of HiPPO-LegS.

    Parameters
    ----------
    N : int
        Number of real states, each a mode of its own.

    Raises
    ------
    InvalidInputError
        If N is not an integer >= 1.
    """
    size = whole("s4d_real", "N", N, low=1)
    return _unit_modes(np.arange(1, size + 1) + 0j, np.eye(size) + 0j, paired=False)


def s4d_dfout(N: int, *, heads: int, damping: float | int) -> tuple[Diagonal, ...]:
    """S4D-DFouT: discrete poles exp(-xi/2 + 2 pi i (n/N + (h-1)/(N H))), h = 1 .. H.

    One system a head, n = 0 .. N/2 - 1; with their conjugates the poles of all heads
    go evenly once round the circle. lam is minus the logarithm of the pole: these are
    the poles of a zero-order hold with dt = 1, and a layer takes them as they are.

    Parameters
    ----------
    N : int
        Even number of real states of a head; N / 2 modes are stored.
    heads : int
        H, number of systems.
    damping : float
        xi > 0, which is the dt of the other systems.

    Raises
    ------
    InvalidInputError
        If N is not an even integer >= 2, heads < 1 or damping <= 0.
    """
    n = np.arange(_half("s4d_dfout", N))
    H = whole("s4d_dfout", "heads", heads, low=1)
    xi = number("s4d_dfout", "damping", damping, above=0.0)
    turns = [n / N + h / (N * H) for h in range(H)]
    # lam, the negative of a logarithm, has the conjugate poles; each stands for both
    return tuple(_paired(xi / 2 + 2j * np.pi * turn) for turn in turns)


def normal_part(system: OperatorLike) -> Diagonal:
    """The normal part of `dplr`, its low-rank part dropped: cond = 1.

    S4D-LegS when given LegS, where A - B B^T / 2 is left (T-dplr in
    docs/theorems.md). The residual is that of the form which was cut.

    Parameters
    ----------
    system : OperatorLike
        Of order n, in orthonormal coordinates, as `reduce` gives.

    Raises
    ------
    InvalidInputError
        If A + A^T has more than rank one beside I (scaled), or than rank two
        (translated).
    """
    scaled = as_system(system).measure == "scaled"
    form = dplr(system, max_rank=1 if scaled else 2)
    return Diagonal(
        lam=form.lam,
        B=form.B,
        paired=form.paired,
        vectors=form.vectors,
        lift=form.lift,
        cond=form.cond,
        residual=form.residual,
        measure=form.measure,
    )


def _half(request: str, N: int) -> int:
    if whole(request, "N", N, low=2) % 2:
        raise InvalidInputError(
            request=f"{request}({N})",
            finding=f"N = {N} is odd, but every mode stands for a conjugate pair",
            remedy=f"Use N = {N - 1} or N = {N + 1}",
        )
    return N // 2


def _paired(lam: Complex128[np.ndarray, " m"]) -> Diagonal:
    """Modes in their own real coordinates: the real state is sqrt(2) (Re z, Im z)."""
    m = len(lam)
    V = np.concatenate((np.eye(m), -1j * np.eye(m))) / np.sqrt(2)
    return _unit_modes(lam, V, paired=True)


def _unit_modes(
    lam: Complex128[np.ndarray, " m"],
    vectors: Complex128[np.ndarray, "n m"],
    *,
    paired: bool,
) -> Diagonal:
    """Modes on orthonormal vectors, driven alike."""
    return Diagonal(
        lam=lam,
        B=np.ones(len(lam), dtype=np.complex128),
        paired=np.full(len(lam), paired),
        vectors=vectors,
        lift=vectors,
        cond=1.0,
        residual=0.0,
        measure="translated",
    )
