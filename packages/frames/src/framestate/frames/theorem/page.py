"""A certificate as one readable HTML page: no network, no scripts."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template

from framestate.frames.theorem.certificate import Certificate, Clause, Verdict
from framestate.frames.theorem.picture import eigenvalue, plane_of, spectrum_svg
from framestate.frames.theorem.record import THEOREM, corrected, outcome, printed
from framestate.frames.versions import versions

SIGNS: Mapping[Verdict, str] = {
    "holds": "\N{CHECK MARK}",
    "fails": "\N{BALLOT X}",
    "undecided": "?",
    "not applicable": "\N{EN DASH}",
}
SINGULAR: Mapping[Verdict, str] = {
    "holds": "holds",
    "fails": "fails",
    "undecided": "is undecided",
    "not applicable": "does not apply",
}
PLURAL: Mapping[Verdict, str] = {
    "holds": "hold",
    "fails": "fail",
    "undecided": "are undecided",
    "not applicable": "do not apply",
}
ALONE: Mapping[Verdict, str] = {verdict: verdict for verdict in SIGNS}


def certificate_page(certificate: Certificate) -> str:
    """Render a certificate as the text of an HTML file.

    Parameters
    ----------
    certificate : Certificate
        From ``check_theorem1``.

    Returns
    -------
    str
        A page that stands alone; it is well-formed XML as well.
    """
    template = files("framestate.frames.theorem").joinpath("page.html")
    return Template(template.read_text(encoding="utf-8")).substitute(
        frame=escape(certificate.frame),
        theorem=escape(THEOREM),
        summary=_summary(certificate),
        facts=_facts(certificate),
        picture=spectrum_svg(plane_of(certificate)),
        printed="\n".join(map(_row, printed(certificate))),
        corrected="\n".join(map(_row, corrected(certificate))),
        counter_examples=_counter_examples(certificate),
        eigenvalues=_list(certificate.eigenvalues),
        versions=escape(", ".join(f"{name} {v}" for name, v in versions().items())),
    )


def _summary(certificate: Certificate) -> str:
    sentences = (
        ("As printed, the theorem", printed(certificate)),
        ("As corrected, it", corrected(certificate)),
    )
    return "\n".join(
        f"<p>{start} <strong>{_badge(outcome(clauses), SINGULAR)}</strong> for this "
        f"frame: {_count(clauses)}.</p>"
        for start, clauses in sentences
    )


def _count(clauses: tuple[Clause, ...]) -> str:
    counts = Counter(clause.verdict for clause in clauses)
    return ", ".join(
        f"{counts[v]} of {len(clauses)} {(SINGULAR if counts[v] == 1 else PLURAL)[v]}"
        for v in SIGNS
        if counts[v]
    )


def _badge(verdict: Verdict, words: Mapping[Verdict, str]) -> str:
    name = verdict.replace(" ", "-")
    return f'<span class="{name}">{SIGNS[verdict]} {words[verdict]}</span>'


def _facts(certificate: Certificate) -> str:
    digits = certificate.digits
    how = "float64" if digits is None else f"proved in balls of {digits} digits"
    facts: dict[str, str | int] = {
        "atoms, N": certificate.size,
        "dimension of the span, r (the paper's N_eff)": certificate.rank,
        "redundant copies of the eigenvalue 1": certificate.multiplicity_of_one,
        "eigenvalues": f"{how}{_reach(certificate)}",
    }
    return "\n".join(f"<dt>{name}</dt><dd>{n}</dd>" for name, n in facts.items())


def _reach(certificate: Certificate) -> str:
    """How far an eigenvalue may be from the number that stands for it."""
    radii = certificate.radii
    if radii is None or not radii.size:
        return ""
    return f", each within {_prose(f'{radii.max():.2g}')}"


def _row(clause: Clause) -> str:
    numbers = "".join(
        f"<li>{escape(name)} = {_number(x)}</li>" for name, x in clause.numbers.items()
    )
    shown = f'<ul class="numbers">{numbers}</ul>' if numbers else ""
    return (
        f'<tr><th scope="row">{escape(clause.id)}</th>'
        f"<td>{escape(clause.statement)}</td>"
        f'<td class="verdict">{_badge(clause.verdict, ALONE)}</td>'
        f"<td>{_prose(clause.evidence)}{shown}</td></tr>"
    )


def _number(x: float | int) -> str:
    return f"{x:.6g}".replace("-", "\N{MINUS SIGN}")


def _prose(text: str) -> str:
    """Escaped text whose negative powers of ten do not break across lines."""
    return re.sub(r"(?<=\de)-(?=\d)", "\N{MINUS SIGN}", escape(text))


def _counter_examples(certificate: Certificate) -> str:
    if not certificate.counter_examples.size:
        return "<p>No eigenvalue of modulus below 1 was found on the span.</p>"
    return (
        "<p>These eigenvalues belong to the span, carry signal, and have a modulus "
        "below 1, which the printed clause (i) excludes:</p>"
        f"{_list(certificate.counter_examples)}"
    )


def _list(values: Iterable[complex]) -> str:
    items = "".join(f"<li>{eigenvalue(complex(z))}</li>" for z in values)
    return f'<ul class="values">{items}</ul>' if items else "<p>none</p>"
