"""The first section: five lines that answer, and which memory suits which signal."""

from collections import Counter
from collections.abc import Mapping, Sequence

from framestate.bench.record import Record, Results
from framestate.bench.report.content import Cell, Table, curves, distinct, pick
from framestate.bench.report.style import factor, number, title


def lines(results: Results) -> tuple[str, ...]:
    """What holds and what does not, in at most five lines."""
    makers = (_theorem, _delay, _translated, _approximation, _training)
    return tuple(line for line in (make(results) for make in makers) if line)


def _theorem(results: Results) -> str:
    records = pick(results, suite="theorem")
    printed = [r for r in records if r.metric.startswith("clause printed")]
    if not printed:
        return ""
    broken = [r for r in records if r.metric.startswith("clause T-") and r.value == 0.0]
    stands = f"{len(broken)} of its clauses FAIL" if broken else "no clause of it fails"
    least = min(r.value for r in records if r.metric == "smallest real part")
    residual = max(r.value for r in records if r.metric == "Lyapunov residual")
    return (
        f"{_printed(results, printed)} The corrected theorem stands: {stands}, every "
        f"Re λ is at least {least:.4f} (bound 1/2), and the Lyapunov identity is met to "
        f"{number(residual)}."
    )


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
        if curve.name == "counter-example" and curve.signal == record.signal:
            x, y = curve.x[-1], abs(curve.y[-1])
            return f"an eigenvalue {x:.4f}" + (f" ± {y:.4f}i" if y > 1e-9 else "")
    return "see the picture"


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
        f"({title(high.signal)}). {_place(gains)}"
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


def _winners(results: Results) -> dict[str, Record]:
    records = pick(results, suite="delay", metric="MSE")
    return {
        signal: min((r for r in records if r.signal == signal), key=lambda r: r.value)
        for signal in distinct(r.signal for r in records)
    }


def _translated(results: Results) -> str:
    winners = _winners(results)
    if not winners:
        return ""
    counts = Counter(r.species for r in winners.values()).most_common()
    tally = ", ".join(f"{name} {count}" for name, count in counts)
    beaten = sum(r.species not in ("W4S4", "LegS") for r in winners.values())
    return (
        f"But on {beaten} of {len(winners)} inputs another memory of the same size "
        f"beats both W4S4 and LegS; the paper leaves these out. Inputs won: {tally} "
        f"(-T: translated, a window that slides)."
    )


def _approximation(results: Results) -> str:
    best = _rebuilders(results)
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
    missed = {
        r.species: r.value
        for r in pick(results, signal="peaks: spikes", metric="missed peaks")
    }
    if missed:
        share = ", ".join(f"{name} {number(value)} %" for name, value in missed.items())
        text += f" Spikes missed: {share}."
    return text


def _rebuilders(results: Results) -> dict[str, Record]:
    records = pick(results, suite="approximation", metric="relative error")
    return {
        signal: min((r for r in records if r.signal == signal), key=lambda r: r.value)
        for signal in distinct(r.signal for r in records)
    }


def _training(results: Results) -> str:
    records = pick(results, suite="training")
    if not records:
        return ""
    signal = records[0].signal
    by = {r.species: r for r in records if r.signal == signal}
    parts = ", ".join(f"{name} {number(r.value)}" for name, r in by.items())
    return (
        f"Trained nets (one block of four channels, A and B frozen, "
        f"{len(records[0].seeds)} seeds) on the delayed {title(signal)}: log10 of the "
        f"test error is {parts}. {_judgement(results, signal, by)}"
    )


def _judgement(results: Results, signal: str, by: Mapping[str, Record]) -> str:
    nets = [name for name in by if name != "predict the mean"]
    finals = {
        name: [
            c.y[-1]
            for c in curves(results, suite="training", name="test error")
            if (c.signal, c.species) == (signal, name)
        ]
        for name in nets
    }
    spread = max((max(f) - min(f) for f in finals.values() if f), default=0.0)
    ranked = sorted(nets, key=lambda name: by[name].value)
    if len(ranked) < 2:
        return ""
    gap = by[ranked[1]].value - by[ranked[0]].value
    if gap <= spread:
        return f"The gap of {number(gap)} is within what seeds do ({number(spread)})."
    return (
        f"{ranked[0]} is ahead by {number(gap)}, more than seeds do ({number(spread)})."
    )


def suits(results: Results) -> Table:
    """Which memory suits which signal: the winners of both tasks."""
    delay, rebuild = _winners(results), _rebuilders(results)
    rows = [
        (
            Cell(title(signal)),
            *_winner(delay.get(signal)),
            *_winner(rebuild.get(signal)),
        )
        for signal in distinct([*delay, *rebuild])
    ]
    head = ("signal", "at a lag", "MSE", "whole past", "error")
    caption = (
        "Which memory suits which signal: the best to give back the past at a lag, and "
        "the best to keep the whole past."
    )
    return Table(caption, head, tuple(rows), numeric=(2, 4))


def _winner(record: Record | None) -> tuple[Cell, Cell]:
    if record is None:
        return Cell("–"), Cell("–")
    return Cell(record.species, strong=True), Cell(number(record.value))
