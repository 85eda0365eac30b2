"""A small run with something of every kind, for the tests of the report."""

import dataclasses

from framestate.bench import record

MADE = {
    "theorem": ("WaLRUS", "db11, scales 0..3", "full"),
    "delay": ("W4S4", "white", "look-alike"),
    "approximation": ("WaLRUS", "blocks", "scaled-down"),
    "training": ("W4S4", "ecg", "look-alike"),
    "text": ("W4S4", "text-held-out", "scaled-down"),
    "audio-memory": ("MultiresNet", "cifar10", "scaled-down"),
}


def row(suite, metric, value, **changes):
    species, signal, fidelity = MADE[suite]
    base = record.Record(
        suite=suite,
        experiment=f"{suite}/x",
        species=species,
        signal=signal,
        metric=metric,
        value=value,
        fidelity=fidelity,
        command=f"framestate-bench run {suite}/x",
        seconds=2.0,
    )
    return dataclasses.replace(base, **changes)


def line(suite, name, x, y, **changes):
    species, signal, _ = MADE[suite]
    base = record.Curve(suite, f"{suite}/x", species, signal, name, x, y)
    return dataclasses.replace(base, **changes)


def clause(name, verdict, value):
    settings = {"verdict": verdict, "statement": "All | of it <holds> & more."}
    return row("theorem", f"clause {name}", value, settings=settings, note="seen")


RESULTS = record.Results(
    size="smoke",
    records=(
        row("theorem", "atoms N", 416.0),
        row("theorem", "effective rank r", 65.0, paper=65.0),
        row("theorem", "Lyapunov residual", 2.4e-13),
        row("theorem", "smallest real part", 0.92722),
        clause("printed i", "fails", 0.0),
        clause("T-lyapunov", "holds", 1.0),
        row("delay", "MSE", 0.92, paper=7.5e-4, note="best dt 0.003"),
        row("delay", "MSE", 0.944, species="LegS", paper=4e-3),
        row("delay", "MSE", 0.814, species="WaLRUS-T", fidelity="own"),
        row("delay", "gain over LegS", 1.026, paper=5.31),
        row("delay", "MSE", 2.5e-5, signal="band16"),
        row("delay", "MSE", 5e-4, signal="band16", species="LegS"),
        row("delay", "gain over LegS", 20.0, signal="band16", paper=5.31),
        row("approximation", "relative error", 0.082, seeds=(0,)),
        row("approximation", "ideal error", 0.0819, seeds=(0,)),
        row("approximation", "share won", 95.0, unit="%", paper=100.0, seeds=(0,)),
        row("approximation", "relative error", 0.09, species="LegS", seeds=(0,)),
        row("approximation", "ideal error", 0.09, species="LegS", seeds=(0,)),
        row("approximation", "share won", 5.0, unit="%", species="LegS", paper=0.0),
        row("approximation", "missed peaks", 0.0, unit="%", signal="peaks: spikes"),
        row("training", "log10 test MSE", -1.4, paper=-0.942, seeds=(0, 1)),
        row("training", "log10 test MSE", -1.2, species="S4D-LegS", seeds=(0, 1)),
        row(
            "training", "log10 test MSE", 0.2, species="predict the mean", seeds=(0, 1)
        ),
        row("text", "accuracy", 71.0, unit="%", paper=88.55, seeds=(0,)),
        row("audio-memory", "bits a dimension", 3.9, paper=2.838, seeds=(0, 1)),
        row("audio-memory", "bits a dimension", 2.84, paper=2.838, fidelity="full"),
    ),
    curves=(
        line("theorem", "spectrum", (0.92722, 2.0, 2.0), (0.0, 5.0, -5.0)),
        line("theorem", "counter-example", (0.92722,), (0.0,)),
        line("theorem", "certified radius", (0.92722, 2.0, 2.0), (3e-14, 0.5, 0.5)),
        line("delay", "MSE against dt", (1e-3, 1e-2), (-0.1, -0.2)),
        line("delay", "MSE against dt", (1e-3, 1e-2), (-0.1, -0.3), species="LegS"),
        line("delay", "MSE against lag", (50.0, 100.0), (-0.2, -0.1)),
        line(
            "approximation", "reconstruction", (0.0, 0.5), (1.0, 2.0), species="signal"
        ),
        line("approximation", "reconstruction", (0.0, 0.5), (1.1, 1.9)),
        line("training", "training loss, seed 0", (1.0, 2.0), (0.0, -1.0)),
        line("training", "test error, seed 0", (1.0, 2.0), (0.0, -1.3)),
        line("training", "test error, seed 1", (1.0, 2.0), (0.0, -1.5)),
        line("text", "validation accuracy, seed 0", (1.0, 2.0), (0.5, 0.7)),
        line(
            "audio-memory", "seconds against length (samples)", (8.0, 800.0), (0.1, 9.0)
        ),
        line("audio-memory", "validation loss, seed 0", (1.0, 2.0), (4.1, 3.9)),
        line("audio-memory", "validation loss, seed 1", (1.0, 2.0), (4.2, 3.8)),
        line("audio-memory", "nothing yet", (), ()),
    ),
    skipped=(record.Skipped("delay/speech", "needs <a> folder"),),
    environment={"date": "2000-01-01", "machine": "a & b"},
)
