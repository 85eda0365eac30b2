"""What no memory can do in the delay task, and where the paper's gain falls."""

from collections.abc import Mapping

from framestate import ssm
from framestate.bench.record import Record
from framestate.bench.tasks import inputs

LIMIT = "any memory"


def limit(suite: str, name: str, order: int, lag: int, *, least: int) -> Record:
    """What no linear memory of so many states can beat (T-delay-capacity).

    Parameters
    ----------
    suite, name : str
        Suite of the record, and the stationary input.
    order, lag : int
        States, and delay in samples.
    least : int
        Least period of the input.
    """
    density = inputs.spectrum(name, inputs.period(1.0, least=least, lag=lag))
    coefficients = inputs.COEFFICIENTS.get(name, ())
    bound = ssm.truncate.delay_limit(
        order, lag, spectrum=density, coefficients=coefficients
    )
    # a band has no white input of any power below it but its floor
    weak = name.startswith("band")
    return Record(
        suite=suite,
        experiment=f"{suite}/{name}",
        species=LIMIT,
        signal=name,
        metric="limit",
        value=bound,
        unit="of the variance",
        fidelity="own",
        note=f"no {order} states are below it"
        + "; next to nothing is known for a band" * weak,
    )


def place_of_gain(gains: Mapping[str, float], gain: float) -> str:
    """Where the paper's gain falls among the inputs, as a sentence.

    Parameters
    ----------
    gains : mapping
        Input -> error of LegS over that of W4S4, each at its best dt.
    gain : float
        The gain to place.
    """
    ranked = sorted(gains.items(), key=lambda pair: pair[1])
    below = [f"{name} (x{value:.3g})" for name, value in ranked if value < gain]
    above = [f"{name} (x{value:.3g})" for name, value in ranked if value >= gain]
    if not below or not above:
        side, ends = ("above", below[-1:]) if below else ("below", above[:1])
        nearest = f", the nearest is {ends[0]}" if ends else ""
        return f"x{gain:g} lies {side} all {len(ranked)} inputs{nearest}."
    return f"x{gain:g} lies between {below[-1]} and {above[0]}."
