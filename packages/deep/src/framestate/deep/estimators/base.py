"""What users meet in all three estimators: streaming, pickling, tags."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from framestate.deep.errors import require_name
from framestate.deep.estimators.batches import answers
from framestate.deep.estimators.fitting import inputs_of
from framestate.deep.estimators.persistence import load_estimator, save_estimator
from framestate.deep.estimators.scaling import Scaling
from framestate.deep.estimators.sequences import read_sequences
from framestate.deep.estimators.settings import available, count
from framestate.deep.estimators.streaming import SequenceStream

E = TypeVar("E")
Reading = Callable[[np.ndarray], np.ndarray]


class SequenceEstimator(BaseEstimator, ABC):  # pyright: ignore[reportUntypedBaseClass]
    """The common part of the three estimators; not an estimator by itself."""

    model_: Any
    history_: dict[str, list[float]]
    best_epoch_: int
    scaling_: Scaling
    n_channels_in_: int
    length_in_: int | None
    n_features_in_: int

    def stream(self, method: str = "predict") -> SequenceStream:
        """Return a stream: samples in one at a time, the running prediction out.

        Parameters
        ----------
        method : str
            Whose answer comes out: "predict", or another method of the estimator
            that answers for sequences, such as "predict_proba".

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before fit.
        InvalidInputError
            If the network looks ahead, or the estimator has no such method.
        """
        check_is_fitted(self, "model_")
        readings = self._readings()
        require_name("method", method, tuple(readings))

        def to_network(samples: np.ndarray) -> torch.Tensor:
            sequence = read_sequences(self, samples[None], reset=False, any_length=True)
            return inputs_of(self, sequence).values

        return SequenceStream(
            self.model_, to_network, lambda outputs: readings[method](outputs)[0]
        )

    def predict_stream(
        self, samples: Iterable[Any], method: str = "predict"
    ) -> Iterator[Any]:
        """Return the running predictions after each sample, as `stream` gives them."""
        stream = self.stream(method)
        return (stream.push(sample) for sample in samples)

    def save(self, folder: str | Path) -> Path:
        """Write the fitted estimator to a folder: JSON and safetensors, no pickle.

        A layer that a factory made must come from a recipe; the factory itself is
        not written, so that fitting anew after `load` needs ``set_params(layer=...)``.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before fit.
        InvalidInputError
            If a layer was not made by a recipe, or a parameter is no plain value.
        framestate.deep.convert.ModelFileError
            If the folder cannot be written.
        """
        return save_estimator(self, folder)

    @classmethod
    def load(cls: type[E], folder: str | Path) -> E:
        """Make an estimator again from the folder that `save` wrote.

        Nothing in the files is executed. The optimizer's memory of `partial_fit` is
        not kept.

        Raises
        ------
        framestate.deep.convert.ModelFileError
            If a file is missing, damaged, changed, or of another estimator.
        """
        return load_estimator(cls, folder)

    @abstractmethod
    def _readings(self) -> dict[str, Reading]:
        """Return what each method makes of the network's answers."""

    def _is_resumed(self) -> bool:
        """Whether fit goes on from the network that is there."""
        return bool(self.warm_start) and hasattr(self, "model_")

    def _answers(self, X: Any) -> np.ndarray:
        """Return the network's answers (n, d_output) for X."""
        check_is_fitted(self, "model_")
        sequences = read_sequences(self, X, reset=False, any_length=False)
        size = count("batch_size", self.batch_size)
        return answers(self.model_, inputs_of(self, sequences), size)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self.missing == "mask"
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the network on the CPU, no optimizer."""
        state = dict(super().__getstate__())
        state.pop("_optimizer", None)
        if "model_" in state:
            state["model_"] = deepcopy(state["model_"]).cpu()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was pickled; the network goes to the device, if it is there."""
        super().__setstate__(state)
        if hasattr(self, "model_"):
            self.model_.to(available(self.device))
