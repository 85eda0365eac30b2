"""A forecaster of series with scikit-learn's interface."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, final, no_type_check

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from framestate.deep.errors import InvalidInputError
from framestate.deep.estimators.base import Reading, SequenceEstimator
from framestate.deep.estimators.batches import device_of_network
from framestate.deep.estimators.fitting import (
    FEWEST_HELD_OUT,
    Rows,
    inputs_of,
    run,
    source_of,
    start,
)
from framestate.deep.estimators.forecast_network import ForecastNetwork
from framestate.deep.estimators.sequences import Sequences, rank_of, read_sequences
from framestate.deep.estimators.settings import Settings, count, settings_of
from framestate.deep.estimators.training import Objective
from framestate.deep.estimators.windows import (
    Windows,
    both,
    training_windows,
    validation_windows,
)

CONTEXT = 256


@final
class SequenceForecaster(SequenceEstimator):
    """How series go on, by causal state space or multiresolution layers.

    At each sample the network predicts the next `horizon` samples of all channels at
    once, as changes from the present one, trained on the mean squared error over
    windows; a longer forecast feeds its own samples back.

    ``X`` is one series (length,); or (n, length), n univariate series; or (n, length,
    channels), also for one series of several channels; or a list of arrays of any
    lengths. Series to forecast may be of other lengths than those to fit.

    Parameters
    ----------
    layer : str or callable
        As for `SequenceClassifier`, but causal.
    horizon : int
        Samples predicted at once.
    context : int, optional
        Samples that the network looks back on. None: 256, or half the longest
        series if that is shorter.
    validation_fraction : float
        Share of each series, at its end, on whose forecasts training is stopped;
        used if at least 10 forecasts fit there.
    standardize : bool
        Whether each channel is brought to mean 0 and variance 1.
    d_model, n_layers, order, dropout, lr, weight_decay, max_epochs, batch_size
        As for `SequenceClassifier`.
    patience, missing, dtype, device, random_state, verbose, warm_start
        As for `SequenceClassifier`.

    Attributes
    ----------
    context_ : int
        Samples that the network looks back on.
    ends_ : Sequences
        The last `context_` samples of the series of fit, which ``predict`` goes on
        from.
    model_, history_, best_epoch_, scaling_, n_channels_in_, n_features_in_
        As for `SequenceClassifier`.

    Examples
    --------
    >>> forecaster = SequenceForecaster("w4s4", horizon=24)  # doctest: +SKIP
    >>> forecaster.fit(y)  # doctest: +SKIP
    >>> forecaster.predict(horizon=48)  # doctest: +SKIP
    """

    model_: ForecastNetwork
    context_: int
    ends_: Sequences

    @no_type_check  # scikit-learn's contract: anything goes until fit
    def __init__(  # noqa: PLR0913
        self,
        layer: str | Callable[..., nn.Module] = "w4s4",
        *,
        horizon: int = 16,
        context: int | None = None,
        d_model: int = 64,
        n_layers: int = 2,
        order: int | None = None,
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
        self.horizon = horizon
        self.context = context
        self.d_model = d_model
        self.n_layers = n_layers
        self.order = order
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

    def fit(self, X: Any, y: Any = None) -> "SequenceForecaster":  # noqa: ARG002
        """Train on series X; y is ignored, as scikit-learn has it.

        Raises
        ------
        ValueError
            For X of another form, or series too short for one forecast
            (`InvalidInputError` or scikit-learn's own).
        TrainingError
            If the loss is no number any more.
        """
        settings, resume = settings_of(self), self._is_resumed()
        series = self._read(X, reset=not resume)
        generator = source_of(self, fresh=True)
        if not resume:
            self._build(settings, series, generator)
        self.ends_ = series.last(self.context_)
        windows, rows = self._windows(settings, series)
        objective = self._objective(settings, series, windows)
        run(self, settings, objective, rows, generator)
        return self

    def predict(self, X: Any = None, horizon: int | None = None) -> np.ndarray:
        """Return how series go on.

        Parameters
        ----------
        X : array-like or list of array-like, optional
            The series up to now; None: those of fit.
        horizon : int, optional
            Samples ahead; None: as many as are predicted at once.

        Returns
        -------
        ndarray
            (n, horizon, channels), without the axes that X did not have: (horizon,)
            for one series (length,), (n, horizon) for (n, length).

        Raises
        ------
        ValueError
            For X of another form, or a bad horizon.
        """
        check_is_fitted(self, "model_")
        ahead = self.model_.horizon if horizon is None else count("horizon", horizon)
        series = self.ends_ if X is None else self._read(X, reset=False)
        forecasts = self.scaling_.undo(self._rolled(series, ahead))
        return forecasts.squeeze(series.absent)

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ARG002
        """Return the skill on the last `horizon` samples of X, forecast from the rest.

        1 - (squared error) / (squared error of repeating the last sample): 1 is
        perfect, 0 no better than that. y is ignored.

        Raises
        ------
        ValueError
            For X of another form, or a series that is not longer than the horizon.
        """
        check_is_fitted(self, "model_")
        series, ahead = self._read(X, reset=False), self.model_.horizon
        if series.lengths.min() <= ahead:
            raise _too_short(series.lengths.min(), ahead)
        past, true = series.before_last(ahead), series.last(ahead).values
        errors = self.scaling_.undo(self._rolled(past, ahead)) - true
        naive = past.last(1).values - true
        both = ~np.isnan(errors + naive)
        worst = float((naive[both] ** 2).sum())
        error = float((errors[both] ** 2).sum())
        return 1 - error / worst if worst > 0 else float(error == 0)

    def _readings(self) -> dict[str, Reading]:
        axes = (2,) if 2 in self.ends_.absent else ()
        return {"predict": lambda z: self.scaling_.undo(z).squeeze(axes)}

    def _read(self, X: Any, *, reset: bool) -> Sequences:
        """Return series of any lengths; one series alone is one row."""
        if rank_of(X) != 1:
            return read_sequences(self, X, reset=reset, any_length=True)
        X = np.asarray(X)[None]
        series = read_sequences(self, X, reset=reset, any_length=True)
        return replace(series, absent=(0, 2))

    def _build(
        self, settings: Settings, series: Sequences, generator: torch.Generator
    ) -> None:
        """Settle how far to look back and ahead, and build the network."""
        horizon, channels = count("horizon", self.horizon), series.channels
        longest = int(series.lengths.max())
        if longest <= horizon:
            raise _too_short(longest, horizon)
        room = longest - horizon
        usual = max(1, min(CONTEXT, room // 2))
        context = usual if self.context is None else count("context", self.context)
        self.context_ = min(context, room)
        model = start(
            self,
            settings,
            series,
            generator,
            d_output=horizon * channels,
            length=self.context_,
            pooling=None,
        )
        for name, parameter in model.named_parameters():
            if name.startswith("head."):  # the first forecast: nothing changes
                nn.init.zeros_(parameter)
        self.model_ = ForecastNetwork(model, horizon, channels)

    def _windows(self, settings: Settings, series: Sequences) -> tuple[Windows, Rows]:
        """Return all windows, and which of them are to train and to validate on."""
        sizes, lengths = (self.context_, self.model_.horizon), series.lengths
        held_out = (settings.validation_fraction * lengths).astype(int)
        test = validation_windows(lengths - held_out, lengths, *sizes)
        if settings.plan.patience is None or len(test) < FEWEST_HELD_OUT:
            fit = training_windows(lengths, *sizes)
            return fit, (torch.arange(len(fit)), torch.arange(0))
        fit = training_windows(lengths - held_out, *sizes)
        numbers = torch.arange(len(fit) + len(test))
        return both(fit, test), (numbers[: len(fit)], numbers[len(fit) :])

    def _objective(
        self, settings: Settings, series: Sequences, windows: Windows
    ) -> Objective:
        """Return the squared error of all lessons that count."""
        u = inputs_of(self, series).values
        missing = torch.from_numpy(np.isnan(series.values))
        z = u[..., : series.channels].masked_fill(missing, torch.nan)
        context, horizon = self.context_, self.model_.horizon

        def objective(rows: Tensor) -> tuple[Tensor, Tensor]:
            past = windows.past(u, rows, context).to(settings.device)
            true = windows.future(z, rows, context, horizon).to(settings.device)
            there = ~true.isnan()
            errors = torch.where(there, self.model_(past) - true, 0)
            return errors.square().sum(), there.sum().to(errors)

        return objective

    @torch.no_grad()
    def _rolled(self, series: Sequences, ahead: int) -> np.ndarray:
        """Return the forecasts (n, ahead, channels) in the network's scale."""
        self.model_.eval()
        inputs = inputs_of(self, series.last(self.context_))
        device = device_of_network(self.model_)
        forecasts = np.empty((len(inputs), ahead, series.channels))
        for length in inputs.lengths.unique().tolist():
            rows = torch.nonzero(inputs.lengths == length)[:, 0]
            for part in rows.split(count("batch_size", self.batch_size)):
                u = inputs.values[part, :length].to(device)
                forecasts[part] = self.model_.rolled(u, ahead).double().cpu().numpy()
        return forecasts


def _too_short(length: Any, horizon: int) -> InvalidInputError:
    """Return the error of a series that has no forecast to learn from."""
    return InvalidInputError(
        request=f"horizon={horizon} for series of n_features = {length} samples",
        finding="a forecast needs a sample before it and the whole horizon after",
        remedy=f"Give series of {horizon + 1} samples or more, or a shorter horizon.",
    )
