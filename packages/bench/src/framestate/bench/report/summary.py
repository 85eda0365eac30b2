"""The first section: five lines that answer, and how far they reach."""

from collections import Counter
from collections.abc import Sequence

from framestate.bench.record import Record, Results
from framestate.bench.report import trained, winners
from framestate.bench.report.content import pick
from framestate.bench.report.rows import REPEATS
from framestate.bench.report.style import factor, number, title


def lines(results: Results) -> tuple[str, ...]:
    """What holds, what does not, and which memory suits which signal: five at most."""
    makers = (_theorem, _delay, _approximation, trained.line, winners.line)
    return tuple(line for line in (make(results) for make in makers) if line)


def standing(results: Results) -> str:
    """How many of the numbers beside a paper's repeat the paper's experiment."""
    beside = [r for r in results.records if r.paper is not None]
    if not beside:
        return "No number here stands beside a paper's."
    repeats = sum(r.fidelity in REPEATS for r in beside)
    counts = Counter(r.fidelity for r in beside if r.fidelity not in REPEATS)
    others = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    text = (
        f"{repeats} of the {len(beside)} numbers beside a paper's repeat the paper's "
        "experiment (full or regenerated)."
    )
    if others:
        text += f" The others ({others}) show what happens here, not whether the paper "
        text += "is right."
    return text


def _theorem(results: Results) -> str:
    records = pick(results, suite="theorem")
    printed = [r for r in records if r.metric.startswith("clause printed")]
    if not printed:
        return ""
    broken = [r for r in records if r.metric.startswith("clause T-") and r.value == 0.0]
    stands = f"{len(broken)} of its clauses FAIL" if broken else "no clause of it fails"
    least = [r.value for r in records if r.metric == "smallest real part"]
    residuals = [r.value for r in records if r.metric == "Lyapunov residual"]
    text = f"{_printed(results, printed)} Corrected: {stands}"
    if least:
        text += f", every Re λ is at least {min(least):.4f} (bound 1/2)"
    if residuals:
        text += f", the Lyapunov identity is met to {number(max(residuals))}"
    return f"{text}."


def _printed(results: Results, printed: Sequence[Record]) -> str:
    frames = len({r.signal for r in printed})
    failing = [r for r in printed if r.value == 0.0]
    if not failing:
        return f"Theorem 1 as printed holds on the {frames} frames tried."
    where = len({r.signal for r in failing})
    words = sorted({r.metric.removeprefix("clause printed ") for r in failing})
    first = [r for r in failing if r.metric == "clause printed i"]
    example = f"; {first[0].signal}: {_example(first[0], results)}" if first else ""
    return (
        f"Theorem 1 as printed fails on {where} of the {frames} frames tried "
        f"(clause {', '.join(words)}{example})."
    )


def _example(record: Record, results: Results) -> str:
    for curve in results.curves:
        here = (curve.name, curve.signal) == ("counter-example", record.signal)
        if here and curve.x:
            x, y = curve.x[-1], abs(curve.y[-1])
            return f"an eigenvalue {x:.4f}" + (f" ± {y:.4f}i" if y > 1e-9 else "")
    return "see the table"


def _delay(results: Results) -> str:
    gains = sorted(
        pick(results, suite="delay", metric="gain over LegS"), key=lambda r: r.value
    )
    if not gains:
        return ""
    won = sum(r.value > 1 for r in gains)
    low, high = gains[0], gains[-1]
    return (
        f"Delay task: W4S4 remembers better than LegS on {won} of {len(gains)} inputs, "
        f"by {factor(low.value)} ({title(low.signal)}) to {factor(high.value)} "
        f"({title(high.signal)}). {_place(gains)}{_beaten(results)}"
    )


def _beaten(results: Results) -> str:
    best = winners.at_a_lag(results)
    beaten = sum(r.species not in ("W4S4", "LegS") for r in best.values())
    if not beaten:
        return ""
    return (
        f" But on {beaten} of {len(best)} inputs another memory of the same size, which "
        "the paper leaves out, beats both."
    )


def _place(gains: Sequence[Record]) -> str:
    paper = gains[0].paper
    if paper is None:
        return ""
    below = [r for r in gains if r.value <= paper]
    above = [r for r in gains if r.value > paper]
    if below and above:
        return (
            f"The paper's {factor(paper)} falls between {title(below[-1].signal)} "
            f"({factor(below[-1].value)}) and {title(above[0].signal)} "
            f"({factor(above[0].value)}): it is a matter of the input."
        )
    side = "above" if below else "below"
    return f"The paper's {factor(paper)} lies {side} all of them."


def _approximation(results: Results) -> str:
    best = winners.whole_past(results)
    if not best:
        return ""
    won = [title(s) for s, r in best.items() if r.species == "WaLRUS"]
    text = (
        f"Rebuilding the whole past with 65 states, WaLRUS has the smallest mean error "
        f"on {len(won)} of {len(best)} kinds of signal"
    )
    lost = [
        f"{title(s)} ({r.species})" for s, r in best.items() if r.species != "WaLRUS"
    ]
    text += f"; it loses on {', '.join(lost)}." if lost else "."
    missed = pick(
        results, suite="approximation", signal="peaks: spikes", metric="missed peaks"
    )
    if missed:
        share = ", ".join(f"{r.species} {number(r.value)} %" for r in missed)
        text += f" Spikes missed: {share}."
    return text
