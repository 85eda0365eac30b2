"""The learning rate as a pure function of the step, so that nothing has to be resumed."""

from math import cos, pi


def share_of_rate(step: int, *, steps: int, warmup: int, schedule: str) -> float:
    """Share of the largest learning rate that a step takes, in (0, 1].

    With p = (step - warmup) / (steps - warmup): "cosine" is (1 + cos(pi p)) / 2,
    "linear" 1 - p, "constant" 1; before, (step + 1) / (warmup + 1).

    Parameters
    ----------
    step : int
        Counted from 0 to steps - 1.
    steps, warmup : int
        Steps of the whole training, and of the rise.
    schedule : {"cosine", "constant", "linear"}
        How it falls.
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    passed = (step - warmup) / (steps - warmup)
    if schedule == "cosine":
        return 0.5 * (1.0 + cos(pi * passed))
    return 1.0 - passed if schedule == "linear" else 1.0
