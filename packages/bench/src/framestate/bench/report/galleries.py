"""Pictures of the chapters, from the curves of a run."""

from collections.abc import Sequence

from framestate.bench.record import Curve, Results
from framestate.bench.report import figures
from framestate.bench.report.content import Figure, Gallery, curves, distinct, pick
from framestate.bench.report.style import number, title

_SHORT_LAGS = (
    "Error against the lag, each at its best dt. A lag below 65 samples fits into 65 "
    "states as a delay line; LegS comes close to one at a large dt and is hard to "
    "beat there."
)


def theorem(results: Results) -> tuple[Gallery, ...]:
    """Spectra; balls where the eigenvalues are proved."""
    strangers = _of_theorem(results, "counter-example")
    balls = _of_theorem(results, "certified radius")
    pictures = tuple(
        Figure(
            f"spectrum-{index}",
            _spectrum_caption(found[0], _first(balls.get(signal))),
            figures.spectrum(
                f"spectrum-{index}",
                found[0],
                _first(strangers.get(signal)),
                _first(balls.get(signal)),
            ),
        )
        for index, (signal, found) in enumerate(
            _of_theorem(results, "spectrum").items()
        )
    )
    return (Gallery("Spectra, with the lines Re = 1/2 and Re = 1.", (), pictures),)


def _spectrum_caption(points: Curve, balls: Curve | None) -> str:
    text = f"{points.signal}: {len(points.x)} eigenvalues of the reduced operator"
    return text if balls is None else f"{text}, proved within {number(max(balls.y))}"


def _of_theorem(results: Results, name: str) -> dict[str, list[Curve]]:
    return _by_signal(curves(results, suite="theorem", name=name))


def _by_signal(found: Sequence[Curve]) -> dict[str, list[Curve]]:
    drawn = [c for c in found if c.x]
    signals = distinct(c.signal for c in drawn)
    return {signal: [c for c in drawn if c.signal == signal] for signal in signals}


def _first(found: list[Curve] | None) -> Curve | None:
    return found[0] if found else None


def _species(groups: dict[str, list[Curve]]) -> tuple[str, ...]:
    return distinct(c.species for group in groups.values() for c in group)


def delay(results: Results) -> tuple[Gallery, ...]:
    """Errors against dt, and against the lag."""
    against_dt = _by_signal(curves(results, suite="delay", name="MSE against dt"))
    against_lag = _by_signal(curves(results, suite="delay", name="MSE against lag"))
    dt = tuple(
        Figure(
            f"dt-{signal}",
            title(signal),
            figures.delay_against_dt(f"dt-{signal}", found),
        )
        for signal, found in against_dt.items()
    )
    lag = tuple(
        Figure(
            f"lag-{signal}",
            title(signal),
            figures.delay_against_lag(f"lag-{signal}", found),
        )
        for signal, found in against_lag.items()
    )
    return (
        Gallery("Error against dt, at the lag of the table.", _species(against_dt), dt),
        Gallery(_SHORT_LAGS, _species(against_lag), lag),
    )


def approximation(results: Results) -> tuple[Gallery, ...]:
    """A signal of each kind, and what each memory rebuilds of it."""
    found = _by_signal(curves(results, suite="approximation", name="reconstruction"))
    pictures = tuple(
        Figure(
            f"past-{signal}", title(signal), figures.overlay(f"past-{signal}", group)
        )
        for signal, group in found.items()
    )
    caption = "One signal of each kind and its rebuilt past."
    return (Gallery(caption, _species(found), pictures),)


def training(results: Results) -> tuple[Gallery, ...]:
    """Test error and training loss against steps."""
    found = _by_signal(curves(results, suite="training", name="t"))
    pictures = tuple(
        Figure(
            f"training-{signal}",
            f"{title(signal)}: test error, one line for each seed; training loss faint",
            figures.training(f"training-{signal}", group, _baseline(results, signal)),
        )
        for signal, group in found.items()
    )
    return (Gallery("Learning curves.", _species(found), pictures),)


def _baseline(results: Results, signal: str) -> float | None:
    found = pick(results, suite="training", signal=signal, species="predict the mean")
    return found[0].value if found else None
