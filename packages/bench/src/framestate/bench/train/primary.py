"""Which metric selects, and which way is better."""

from framestate.bench.data.task import Kind

# kind -> (name, whether higher is better)
PRIMARY: dict[Kind, tuple[str, bool]] = {
    "classification": ("accuracy", True),
    "retrieval": ("accuracy", True),
    "multilabel": ("auroc", True),
    "regression": ("rmse", False),
    "forecast": ("mse", False),
    "density": ("bits_per_dimension", False),
}
