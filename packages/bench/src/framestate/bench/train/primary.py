"""Which metric selects, and which way is better."""

from framestate.bench.data.task import Kind, Task

# kind -> (name, whether higher is better)
PRIMARY: dict[Kind, tuple[str, bool]] = {
    "classification": ("accuracy", True),
    "retrieval": ("accuracy", True),
    "multilabel": ("auroc", True),
    "regression": ("rmse", False),
    "forecast": ("mse", False),
    "density": ("bits_per_dimension", False),
}
BALANCED = "balanced_accuracy"


def primary(task: Task) -> tuple[str, bool]:
    """The metric that selects, and whether higher is better.

    It is the mean over the classes of the share that is found of each, where every class
    is to count the same.
    """
    return PRIMARY[task.kind] if task.class_shares is None else (BALANCED, True)
