"""What no memory can do in the delay task."""

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
