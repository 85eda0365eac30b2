"""Execute a plan experiment by experiment, keeping each in the journal.

An experiment whose key (settings, seed, signals, code) stands in the journal is not
run again; so an interrupted run goes on where it stopped.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace

from framestate.bench.errors import BenchError, OutputError
from framestate.bench.plan import Experiment
from framestate.bench.record import Journal, JournalEntry, Outcome, Results, Skipped
from framestate.bench.run import estimates
from framestate.bench.run.environment import describe
from framestate.bench.run.estimates import Watch
from framestate.bench.run.execution import Done, Job, at_once, one_by_one
from framestate.bench.run.progress import Progress, Steps
from framestate.bench.run.request import JOURNAL, Prepared, Request, reads_files
from framestate.bench.train.events import Event
from framestate.bench.train.stop import InterruptedTrainingError

RUNS = "runs"


def run(prepared: Prepared, progress: Progress) -> Results:
    """Run what the journal does not hold yet.

    An experiment that fails is named among what was left out, and the others go on.

    Raises
    ------
    BenchError
        If every experiment fails, an output cannot be written, or a training was asked
        to stop; what was finished before stays in the journal.
    """
    request = prepared.request
    journal = Journal(request.out / JOURNAL)
    if request.fresh:
        journal.clear()
        shutil.rmtree(request.out / RUNS, ignore_errors=True)
    known = {entry.key: entry.outcome for entry in journal.read()}
    outcomes: dict[str, Outcome] = {}
    failed: dict[str, BenchError] = {}
    with progress.over(len(prepared.experiments)) as steps:
        jobs: list[Job] = []
        for experiment in prepared.experiments:
            outcome = known.get(prepared.keys[experiment.name])
            if outcome is None:
                jobs.append(_job(prepared, experiment))
            else:
                outcomes[experiment.name] = outcome
                steps.done(experiment.name, "already done, kept from the journal")
        for job, done in _computed(request, jobs, steps):
            experiment = job.experiment
            if isinstance(done.outcome, (OutputError, InterruptedTrainingError)):
                raise done.outcome
            if isinstance(done.outcome, BenchError):
                failed[experiment.name] = done.outcome
                steps.done(experiment.name, f"FAILED: {done.outcome}")
                continue
            estimates.keep(request.out, request.size, experiment, done)
            outcome = _complete(request, experiment, done.outcome, done.seconds)
            key = prepared.keys[experiment.name]
            journal.append(JournalEntry(key, experiment.name, outcome))
            outcomes[experiment.name] = outcome
            steps.done(experiment.name, f"{done.seconds:.1f} s")
    if failed and not outcomes:
        raise next(iter(failed.values()))
    return _results(prepared, outcomes, failed)


def _job(prepared: Prepared, experiment: Experiment) -> Job:
    request = prepared.request
    signals = {name: prepared.signals[name] for name in experiment.signals}
    runs = request.out / RUNS
    return Job(experiment, signals, request.data, request.cache, runs)


def _computed(
    request: Request, jobs: list[Job], steps: Steps
) -> Iterable[tuple[Job, Done]]:
    watches: dict[str, Watch] = {}

    def told(experiment: Experiment, name: str, event: Event) -> None:
        if name not in watches:
            watches[name] = Watch(request.out, request.size, experiment)
        watches[name](event)
        steps.hear(name, event)

    workers = min(request.jobs, len(jobs))
    if workers > 1:
        return at_once(jobs, told, workers)
    return one_by_one(jobs, told, steps.start)


def _complete(
    request: Request, experiment: Experiment, outcome: Outcome, seconds: float
) -> Outcome:
    """The outcome with what the engine knows of it; curves are for the eye."""
    name = experiment.name
    command = _command(request, experiment)
    settings = experiment.settings_json()
    records = tuple(
        replace(
            record,
            experiment=name,
            seeds=experiment.seeds,
            command=command,
            seconds=round(seconds, 2),
            settings={**settings, **record.settings},
        )
        for record in outcome.records
    )
    return Outcome(
        records,
        curves=tuple(
            replace(c, experiment=name, x=_rounded(c.x), y=_rounded(c.y))
            for c in outcome.curves
        ),
        scores=tuple(replace(scores, experiment=name) for scores in outcome.scores),
    )


def _rounded(values: tuple[float, ...]) -> tuple[float, ...]:
    """Seven digits: more cannot be drawn, and would be half of the file."""
    return tuple(float(f"{value:.7g}") for value in values)


def _command(request: Request, experiment: Experiment) -> str:
    words = ["framestate-bench run", experiment.name]
    if request.size != "cpu":
        words.append(f"--size {request.size}")
    if experiment.needs_folder or reads_files(experiment, request.data):
        words.append("--data DIR")
    words += [f"--set {word}" for word in request.values]
    if request.seeds is not None and len(experiment.seeds) == request.seeds:
        words.append(f"--seeds {request.seeds}")
    if request.lag is not None and experiment.suite == "delay":
        words.append(f"--lag {request.lag}")
    return " ".join(words)


def _results(
    prepared: Prepared,
    outcomes: Mapping[str, Outcome],
    failed: Mapping[str, BenchError],
) -> Results:
    """All outcomes in the order of the plan, whatever the order they came in."""
    ordered = [outcomes[name] for name in prepared.order if name in outcomes]
    failures = [Skipped(name, f"FAILED: {error}") for name, error in failed.items()]
    return Results(
        size=prepared.request.size,
        records=tuple(r for outcome in ordered for r in outcome.records),
        curves=tuple(c for outcome in ordered for c in outcome.curves),
        skipped=(*prepared.skipped, *failures),
        environment=describe(),
        scores=tuple(s for outcome in ordered for s in outcome.scores),
    )
