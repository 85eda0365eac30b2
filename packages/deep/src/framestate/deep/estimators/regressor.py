"""A regressor of sequences with scikit-learn's interface."""

from collections.abc import Callable
from typing import Any, final, no_type_check

import numpy as np
import torch
from jaxtyping import Float64
from sklearn.base import RegressorMixin
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.base import Reading, SequenceEstimator
from framestate.deep.estimators.fitting import Task, learn
from framestate.deep.estimators.scaling import Scaling, no_scaling, standard_scaling
from framestate.deep.estimators.sequences import Sequences, read_sequences
from framestate.deep.estimators.settings import settings_of
from framestate.deep.estimators.targets import numbers_of


@final
class SequenceRegressor(RegressorMixin, SequenceEstimator):  # pyright: ignore[reportUntypedBaseClass]
    """One number, or several, per sequence, by state space or multiresolution layers.

    The network is the one of `SequenceClassifier` with a linear map to the numbers,
    trained on the mean squared error; X, parameters and attributes are the same, but
    for what follows.

    Parameters
    ----------
    standardize : bool
        Whether channels and targets are brought to mean 0 and variance 1.
    layer, d_model, n_layers, order, pooling, dropout, lr, weight_decay, max_epochs
        As for `SequenceClassifier`.
    batch_size, validation_fraction, patience, missing, dtype, device, random_state
        As for `SequenceClassifier`.
    verbose, warm_start
        As for `SequenceClassifier`.

    Attributes
    ----------
    target_scaling_ : Scaling
        Location and scale of each target.
    n_outputs_ : int or None
        Targets per sequence, None where y was (n,).

    Examples
    --------
    >>> reg = SequenceRegressor("multires")  # doctest: +SKIP
    >>> reg.fit(X, y)  # doctest: +SKIP
    >>> reg.predict(X_new)  # doctest: +SKIP
    """

    @no_type_check  # scikit-learn's contract: anything goes until fit
    def __init__(  # noqa: PLR0913
        self,
        layer: str | Callable[..., nn.Module] = "w4s4",
        *,
        d_model: int = 64,
        n_layers: int = 2,
        order: int | None = None,
        pooling: str = "mean",
        dropout: float = 0.1,
        lr: float = 0.01,
        weight_decay: float = 0.01,
        max_epochs: int = 50,
        batch_size: int = 32,
        validation_fraction: float = 0.1,
        patience: int | None = 10,
        standardize: bool = True,
        missing: str = "refuse",
        dtype: str = "float32",
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = True,
        warm_start: bool = False,
    ) -> None:
        self.layer = layer
        self.d_model = d_model
        self.n_layers = n_layers
        self.order = order
        self.pooling = pooling
        self.dropout = dropout
        self.lr = lr
        self.weight_decay = weight_decay
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.standardize = standardize
        self.missing = missing
        self.dtype = dtype
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    target_scaling_: Scaling
    n_outputs_: int | None

    def fit(self, X: Any, y: Any) -> "SequenceRegressor":
        """Train on sequences X and their targets y, (n,) or (n, targets).

        Raises
        ------
        ValueError
            For X or y of another form (`InvalidInputError` or scikit-learn's own).
        TrainingError
            If the loss is no number any more.
        """
        return self._learn(X, y, resume=self._is_resumed(), one_pass=False)

    def partial_fit(self, X: Any, y: Any) -> "SequenceRegressor":
        """Go once through some more sequences, at a constant learning rate.

        The first call builds the network, and takes all scales from its sequences.
        """
        return self._learn(X, y, resume=hasattr(self, "model_"), one_pass=True)

    def predict(self, X: Any) -> Float64[np.ndarray, "n *targets"]:
        """Return the targets of each sequence, (n,) or (n, targets) as y was."""
        return self._numbers(self._answers(X))

    def _readings(self) -> dict[str, Reading]:
        return {"predict": self._numbers}

    def _numbers(self, outputs: np.ndarray) -> np.ndarray:
        numbers = self.target_scaling_.undo(outputs)
        return numbers[:, 0] if self.n_outputs_ is None else numbers

    def _learn(
        self, X: Any, y: Any, *, resume: bool, one_pass: bool
    ) -> "SequenceRegressor":
        settings = settings_of(self)
        sequences = read_sequences(self, X, reset=not resume, any_length=False)
        task = self._task(sequences, y, resume=resume)
        learn(self, settings, sequences, task, resume=resume, one_pass=one_pass)
        return self

    def _task(self, sequences: Sequences, y: Any, *, resume: bool) -> Task:
        """Return the squared error to these targets, in their own scales."""
        numbers = numbers_of(sequences, y)
        outputs = None if numbers.ndim == 1 else numbers.shape[1]
        numbers = numbers.reshape(len(numbers), -1)
        if not resume:
            self.n_outputs_, everything = outputs, np.ones(len(numbers), bool)
            self.target_scaling_ = (
                standard_scaling(numbers, everything)
                if self.standardize
                else no_scaling(numbers.shape[1])
            )
        if outputs != self.n_outputs_:
            raise InvalidInputError(
                request=f"y with {outputs or 1} targets",
                finding=f"the first y had {self.n_outputs_ or 1}",
                remedy="Give y the shape it had, or fit a new estimator.",
            )
        scaled = torch.from_numpy(self.target_scaling_.apply(numbers))

        def loss(outputs: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
            errors = (outputs - scaled[rows].to(outputs)).square()
            return errors.sum(), errors.new_tensor(errors.numel())

        return Task(scaled.shape[1], loss)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
