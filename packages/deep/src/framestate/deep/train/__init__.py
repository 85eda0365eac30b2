"""Training: a small plain loop, reproducible from a seed."""

from framestate.deep.train.loop import TrainingCurve, fit, parameter_groups

__all__ = ["TrainingCurve", "fit", "parameter_groups"]
