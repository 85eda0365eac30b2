"""A classifier of sequences with scikit-learn's interface."""

from collections.abc import Callable
from typing import Any, final, no_type_check

import numpy as np
import torch
from jaxtyping import Float64, Shaped
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.base import Reading, SequenceEstimator
from framestate.deep.estimators.fitting import Task, learn
from framestate.deep.estimators.sequences import read_sequences
from framestate.deep.estimators.settings import settings_of
from framestate.deep.estimators.targets import classes_of, codes_of, labels_of


@final
class SequenceClassifier(ClassifierMixin, SequenceEstimator):  # pyright: ignore[reportUntypedBaseClass]
    """One label per sequence, by state space or multiresolution layers.

    The network is a linear encoder, `n_layers` blocks (norm, layer, GELU, gated
    mixing of channels, residual), pooling over time and a linear map to the logits,
    trained by AdamW on the cross-entropy with warm-up and a cosine.

    ``X`` is (n, length), univariate; or (n, length, channels); or a list of arrays
    (length,) or (length, channels) of any lengths, padded at the right inside and
    masked. Rows of an (n, length) array must have the length that fit saw if fit saw
    such an array, which is scikit-learn's contract; the other forms may have any.

    Parameters
    ----------
    layer : str or callable
        "w4s4" (db11), "translated_walrus", "multires", "s4d" (that is "s4d_lin"),
        "s4d_inv", "s4d_legs"; or a factory called as ``layer(d_model=...,
        generator=...)``, such as ``partial(recipes.w4s4, "db4", order=32)``.
    d_model : int
        Channels inside the network.
    n_layers : int
        Blocks.
    order : int, optional
        State size of a state space layer (64 if None; wavelet frames cut far below
        32 learn poorly), or taps of the filters of a multiresolution layer (2).
    pooling : str
        "mean", "last" or "max" over time.
    dropout : float
        Probability, 0 <= dropout < 1.
    lr : float
        Peak learning rate; A, B and dt take the lesser of this and 1e-3.
    weight_decay : float
        Of what is not a state space parameter.
    max_epochs : int
        Passes through the data.
    batch_size : int
        Sequences per step, and at once in predict.
    validation_fraction : float
        Share of the sequences held out to stop early; none are if it comes to fewer
        than 10.
    patience : int, optional
        Epochs without a better validation loss before training stops; the weights
        of the best epoch are kept. None: nothing is held out.
    standardize : bool
        Whether each channel is brought to mean 0 and variance 1.
    missing : str
        "refuse": a NaN is an error. "mask": it becomes the channel's mean, and one
        more channel per channel says 1 where a value is missing. Infinity is refused.
    class_weight : dict or "balanced", optional
        As everywhere in scikit-learn; not for `partial_fit`.
    dtype : str
        "float32", or "float64" for predictions that agree to 1e-12 however the
        sequences are batched (float32: about 1e-6).
    device : str
        "auto": a CUDA device if there is one; or "cpu", "cuda", "cuda:1".
    random_state : int, RandomState or None
        First weights, order, dropout, split. The same int gives the same result on a
        CPU; torch's global state is left alone.
    verbose : bool
        Whether a training of more than three seconds says on stderr how it goes.
        Ctrl-C ends a training and keeps the best weights so far.
    warm_start : bool
        Whether fit goes on from the weights, scale and classes that are there.

    Attributes
    ----------
    classes_ : ndarray
        The labels, in the order of the probabilities.
    model_ : torch.nn.Module
        The network: (batch, length, d_input) in the scale of `scaling_` -> logits.
    history_ : dict
        Lists over epochs, "loss" and, if sequences were held out, "validation_loss".
    best_epoch_ : int
        The epoch whose weights were kept, from 1; 0 if none was better than the start.
    scaling_ : Scaling
        Location and scale of each channel.
    n_channels_in_, n_features_in_ : int
        Channels; and length for (n, length), else the channels again.
    length_in_ : int or None
        The length that (n, length) must have, None if fit saw another form.

    Examples
    --------
    >>> clf = SequenceClassifier("w4s4")  # doctest: +SKIP
    >>> clf.fit(X, y)  # doctest: +SKIP
    >>> clf.predict(X_new)  # doctest: +SKIP
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
        class_weight: dict[Any, float] | str | None = None,
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
        self.class_weight = class_weight
        self.dtype = dtype
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    def fit(self, X: Any, y: Any) -> "SequenceClassifier":
        """Train on sequences X and their labels y (n,).

        Raises
        ------
        ValueError
            For X or y of another form (`InvalidInputError` or scikit-learn's own).
        TrainingError
            If the loss is no number any more.
        """
        settings, resume = settings_of(self), self._is_resumed()
        sequences = read_sequences(self, X, reset=not resume, any_length=False)
        labels = labels_of(sequences, y)
        if not resume:
            self.classes_ = classes_of(labels)
        task = self._task(labels, self.class_weight)
        learn(self, settings, sequences, task, resume=resume, one_pass=False)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> "SequenceClassifier":
        """Go once through some more sequences, at a constant learning rate.

        The first call builds the network, and takes the scale of the channels from
        its sequences.

        Parameters
        ----------
        X, y
            As for fit.
        classes : array-like, optional
            All labels there will be; needed at the first call.

        Raises
        ------
        ValueError
            As for fit, and for `class_weight`, which needs all of y.
        """
        settings, resume = settings_of(self), hasattr(self, "model_")
        if self.class_weight is not None:
            raise InvalidInputError(
                request=f"partial_fit with class_weight={self.class_weight!r}",
                finding="the weights need all labels at once",
                remedy="Use fit, or class_weight=None.",
            )
        sequences = read_sequences(self, X, reset=not resume, any_length=False)
        labels = labels_of(sequences, y)
        self._settle_classes(classes, resume=resume)
        task = self._task(labels, None)
        learn(self, settings, sequences, task, resume=resume, one_pass=True)
        return self

    def decision_function(self, X: Any) -> Float64[np.ndarray, "n *classes"]:
        """Return the logits (n, classes); of two classes their difference (n,)."""
        return _decision(self._answers(X))

    def predict_proba(self, X: Any) -> Float64[np.ndarray, "n classes"]:
        """Return the probabilities of `classes_`."""
        return _probabilities(self._answers(X))

    def predict(self, X: Any) -> Shaped[np.ndarray, " n"]:
        """Return the most probable label of each sequence."""
        return self._labels(self._answers(X))

    def _readings(self) -> dict[str, Reading]:
        return {
            "predict": self._labels,
            "predict_proba": _probabilities,
            "decision_function": _decision,
        }

    def _labels(self, logits: np.ndarray) -> np.ndarray:
        return self.classes_[logits.argmax(-1)]

    def _settle_classes(self, classes: Any, *, resume: bool) -> None:
        """Take the classes at the first call; later hold them against those."""
        if classes is None and not resume:
            raise InvalidInputError(
                request="the first partial_fit",
                finding="classes is missing, and y may not have them all",
                remedy="Give classes=np.unique(all labels).",
            )
        if classes is None:
            return
        found = classes_of(np.asarray(classes))
        if resume and not np.array_equal(found, self.classes_):
            raise InvalidInputError(
                request=f"classes={found.tolist()}",
                finding=f"the first call said {self.classes_.tolist()}",
                remedy="Leave classes out, or start a new estimator.",
            )
        self.classes_ = found

    def _task(self, labels: np.ndarray, class_weight: Any) -> Task:
        """Return the cross-entropy to these labels, classes weighted."""
        codes, classes = codes_of(labels, self.classes_), self.classes_
        weight = compute_class_weight(class_weight, classes=classes, y=labels)
        number, heavy = torch.from_numpy(codes), torch.from_numpy(weight)

        def loss(logits: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
            true = number[rows].to(logits.device)
            share = heavy.to(logits)[true]
            each = cross_entropy(logits, true, reduction="none")
            return (share * each).sum(), share.sum()

        return Task(len(classes), loss, codes)


def _decision(logits: np.ndarray) -> np.ndarray:
    return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits


def _probabilities(logits: np.ndarray) -> np.ndarray:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)
