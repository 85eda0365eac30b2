"""Theorem 1 of W4S4 on the papers' own frames: clause by clause, with numbers.

For each frame: the certificate of `frames.check_theorem1`, the residual of the
Lyapunov identity A_r + A_r^T = I + b b^T (T-lyapunov in docs/theorems.md), the
smallest real part (T-half-plane) and the eigenvalues for the picture.
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Complex128

from framestate import frames
from framestate.bench.record import Curve, Outcome, Record, Setting
from framestate.bench.tasks import species

SUITE = "theorem"
CLAUSE = "clause "
_EFFECTIVE_RANK = {(0, 3): 65, (-1, 2): 128, (-3, 1): 501}  # as the papers print it
_WORDS = {(-1, 2): "the paper prints 128, 127 exact"}


@final
@dataclass(frozen=True)
class TheoremSettings:
    """One frame to certify.

    Attributes
    ----------
    scales : (int, int)
        Finest and coarsest scale of the db11 frame.
    digits : int or None
        Prove the clauses on the spectrum in balls of that many digits; float64 if None.
    """

    scales: tuple[int, int] = (0, 3)
    digits: int | None = None


@final
@dataclass(frozen=True)
class RankSettings:
    """Effective rank of one frame, without building its operator."""

    scales: tuple[int, int] = (-3, 1)


def label(scales: tuple[int, int]) -> str:
    """Name of the frame in tables, e.g. "db11, scales 0..3"."""
    return f"{species.WAVELET}, scales {scales[0]}..{scales[1]}"


def run(settings: TheoremSettings, rng: np.random.Generator) -> Outcome:
    """Certificate of one frame as records, and its spectrum as a curve.

    A clause's value is 1 where it holds, 0 where it fails and 0.5 otherwise; its
    verdict and statement stand in the settings, the evidence in the note.
    """
    del rng  # nothing is random here
    frame = species.wavelet(settings.scales)
    certificate = frames.check_theorem1(frame, digits=settings.digits)
    make = _maker(settings.scales)
    clauses = tuple(make.clause(clause) for clause in certificate.clauses)
    spectrum = np.asarray(certificate.eigenvalues)
    strangers = np.asarray(certificate.counter_examples)
    return Outcome(
        records=(*_numbers(frame, settings), *clauses),
        curves=(
            _points(settings, "spectrum", spectrum),
            _points(settings, "counter-example", strangers),
            *_balls(settings, certificate),
        ),
    )


def _balls(
    settings: TheoremSettings, certificate: frames.Certificate
) -> tuple[Curve, ...]:
    """Radii around the spectrum, in its order, where it is proved."""
    if certificate.radii is None:
        return ()
    points = _points(settings, "certified radius", certificate.eigenvalues)
    return (replace(points, y=tuple(float(v) for v in certificate.radii)),)


def run_rank(settings: RankSettings, rng: np.random.Generator) -> Outcome:
    """Effective rank of one frame; its operator is never assembled."""
    del rng
    frame = species.wavelet(settings.scales)
    return Outcome(records=_ranks(frame, settings.scales))


def _maker(scales: tuple[int, int]) -> "_Maker":
    return _Maker(f"theorem/{scales[0]}..{scales[1]}", label(scales))


@final
@dataclass(frozen=True)
class _Maker:
    experiment: str
    signal: str

    def __call__(
        self, metric: str, value: float, *, paper: float | None = None, note: str = ""
    ) -> Record:
        return Record(
            suite=SUITE,
            experiment=self.experiment,
            species=species.WALRUS,
            signal=self.signal,
            metric=metric,
            value=value,
            paper=paper,
            fidelity="own" if paper is None else "full",
            note=note,
        )

    def clause(self, clause: frames.Clause) -> Record:
        value = {"holds": 1.0, "fails": 0.0}.get(clause.verdict, 0.5)
        record = self(f"{CLAUSE}{clause.id}", value, note=clause.evidence)
        words: dict[str, Setting] = {
            "verdict": clause.verdict,
            "statement": clause.statement,
        }
        return replace(record, settings=words)


def _ranks(frame: frames.Frame, scales: tuple[int, int]) -> tuple[Record, ...]:
    make = _maker(scales)
    paper = _EFFECTIVE_RANK.get(scales)
    note = f"singular values above rcond = {species.RCOND}"
    words = _WORDS.get(scales)
    return (
        make("atoms N", float(frame.size)),
        make(
            "effective rank r",
            float(frame.rank),
            paper=None if paper is None else float(paper),
            note=f"{note}; {words}" if words else note,
        ),
    )


def _numbers(frame: frames.Frame, settings: TheoremSettings) -> tuple[Record, ...]:
    make = _maker(settings.scales)
    operator = frames.scaled(frame)
    A, b = operator.reduced_A, operator.reduced_B
    residual = np.abs(A + A.T - np.eye(len(b)) - np.outer(b, b)).max()
    eigenvalues = np.linalg.eigvals(A)
    return (
        *_ranks(frame, settings.scales),
        make(
            "Lyapunov residual",
            float(residual),
            note="largest entry of |A + A^T - I - b b^T|, orthonormal coordinates",
        ),
        make(
            "smallest real part",
            float(eigenvalues.real.min()),
            note="theorem: at least 1/2",
        ),
    )


def _points(
    settings: TheoremSettings, name: str, values: Complex128[np.ndarray, " points"]
) -> Curve:
    return Curve(
        suite=SUITE,
        experiment=f"theorem/{settings.scales[0]}..{settings.scales[1]}",
        species=species.WALRUS,
        signal=label(settings.scales),
        name=name,
        x=tuple(float(v) for v in np.real(values)),
        y=tuple(float(v) for v in np.imag(values)),
    )
