"""How well a model does on a split, by the kind of task; torchmetrics counts.

Counts and sums are added over processes by torchmetrics, in float64.
"""

import warnings
from typing import final

import torch
from torch import Tensor
from torchmetrics import MeanAbsoluteError, MeanMetric, MeanSquaredError, Metric
from torchmetrics.classification import (
    BinaryAUROC,
    BinaryStatScores,
    MulticlassAccuracy,
    MulticlassF1Score,
    MulticlassStatScores,
    MultilabelAUROC,
    MultilabelStatScores,
)

from framestate.bench.data.task import Task
from framestate.bench.errors import ResultError
from framestate.bench.train.losses import loss_of
from framestate.bench.train.primary import BALANCED, primary


@final
class Meter:
    """Loss and metrics of a split.

    Parameters
    ----------
    task : Task
        Whose kind decides what is measured.
    device : torch.device
        Where the answers are.
    """

    def __init__(self, task: Task, device: torch.device) -> None:
        self.task = task
        self.loss = MeanMetric().set_dtype(torch.float64).to(device)
        self.metrics = {
            name: metric.set_dtype(torch.float64).to(device)
            for name, metric in _metrics(task).items()
        }

    def add(self, answer: Tensor, targets: Tensor) -> None:
        """Take a batch into account."""
        loss = loss_of(self.task, answer, targets)
        self.loss.update(loss.double(), weight=targets.shape[0])
        wide, compared = answer.double(), targets
        if self.task.kind == "multilabel":
            wide, compared = wide.sigmoid(), targets.long()
        elif self.task.kind in ("regression", "forecast"):
            # one row an example, so that the squares of all channels are one mean
            wide, compared = wide.flatten(), targets.double().flatten()
        for metric in self.metrics.values():
            metric.update(wide, compared)

    def values(self) -> dict[str, float]:
        """Loss and metrics over all batches of all processes, by name.

        Raises
        ------
        ResultError
            If the metric that selects is not a number.
        """
        loss = self.loss.compute()
        with warnings.catch_warnings():  # labels without examples are left out below
            warnings.filterwarnings("ignore", "No (positive|negative) samples")
            values = {name: metric.compute() for name, metric in self.metrics.items()}
        if self.task.kind == "multilabel":
            values = {"auroc": _macro(values["auroc"], values["counts"])}
        elif self.task.kind == "regression":
            values = {"rmse": values["mse"].sqrt()}
        elif self.task.kind == "density":
            values = {"bits_per_dimension": loss}
        elif BALANCED in values:
            values[BALANCED] = _balanced(values[BALANCED])
        found = {
            name: float(value) for name, value in ({"loss": loss} | values).items()
        }
        return _finite(found, self.task)


def _metrics(task: Task) -> dict[str, Metric]:
    if task.kind in ("classification", "retrieval"):
        classes = task.outputs
        found: dict[str, Metric] = {
            "accuracy": MulticlassAccuracy(num_classes=classes, average="micro"),
            "macro_f1": MulticlassF1Score(num_classes=classes, average="macro"),
        }
        if task.class_shares is not None:
            counts = MulticlassStatScores(num_classes=classes, average="none")
            found[BALANCED] = counts
        return found
    if task.kind == "multilabel":
        labels = task.outputs
        if labels == 1:
            return {"auroc": BinaryAUROC(), "counts": BinaryStatScores()}
        auroc = MultilabelAUROC(num_labels=labels, average="none")
        counts = MultilabelStatScores(num_labels=labels, average="none")
        return {"auroc": auroc, "counts": counts}
    if task.kind == "regression":
        return {"mse": MeanSquaredError()}
    if task.kind == "forecast":
        return {"mse": MeanSquaredError(), "mae": MeanAbsoluteError()}
    return {}


def _macro(scores: Tensor, counts: Tensor) -> Tensor:
    """Mean over the labels that have examples of both kinds; NaN without one.

    Counts are (labels, 5): true and false positives, true and false negatives, and
    how many examples have the label.
    """
    scores, counts = scores.reshape(-1), counts.reshape(-1, 5)
    positives, total = counts[:, 4], counts[:, :4].sum(1)
    return scores[(positives > 0) & (positives < total)].mean()


def _balanced(counts: Tensor) -> Tensor:
    """Mean over the classes that occur of the share that was found of each."""
    found, occur = counts[:, 0], counts[:, 4]
    return (found / occur)[occur > 0].mean()


def _finite(found: dict[str, float], task: Task) -> dict[str, float]:
    name, _ = primary(task)
    if found[name] - found[name] != 0:  # NaN or infinity
        raise ResultError(
            request=f"evaluation of {task.name}",
            finding=f"{name} is {found[name]}",
            remedy="The weights, or every label of the split, are unusable.",
        )
    return found
