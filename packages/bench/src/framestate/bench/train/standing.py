"""How far a training has come, apart from weights: what a checkpoint has beside them."""

from dataclasses import asdict, dataclass, replace
from typing import Any, final


@final
@dataclass(frozen=True)
class Standing:
    """Counts and bests after a step.

    Attributes
    ----------
    step : int
        Optimizer steps taken.
    best_step : int
        The step of the best evaluation; 0 before any.
    best : float or None
        Its metric.
    stale : int
        Evaluations since then.
    stopped : str
        Why it ended: "", "done" or "patience".
    pending : bool
        Whether the evaluation of this step was broken off, and is still to be made.
    seconds, waited : float
        Of training alone, and of them waiting for data.
    samples : int
        Rows trained on.
    """

    step: int = 0
    best_step: int = 0
    best: float | None = None
    stale: int = 0
    stopped: str = ""
    pending: bool = False
    seconds: float = 0.0
    waited: float = 0.0
    samples: int = 0

    def stepped(self, seconds: float, waited: float, samples: int) -> "Standing":
        """One step later."""
        return replace(
            self,
            step=self.step + 1,
            seconds=self.seconds + seconds,
            waited=self.waited + waited,
            samples=self.samples + samples,
        )

    def judged(self, value: float, *, higher: bool) -> "Standing":
        """With an evaluation; an equal one is not better."""
        worse = self.best is not None and (
            value <= self.best if higher else value >= self.best
        )
        if worse:
            return replace(self, stale=self.stale + 1, pending=False)
        return replace(self, best_step=self.step, best=value, stale=0, pending=False)

    def ended(self, steps: int, patience: int | None) -> "Standing":
        """With the reason to stop, if there is one."""
        if self.step >= steps:
            return replace(self, stopped="done")
        if patience is not None and self.stale >= patience:
            return replace(self, stopped="patience")
        return self

    def to_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)
