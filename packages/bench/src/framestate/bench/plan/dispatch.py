"""From an experiment to the task that computes it."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from framestate.bench.errors import ExperimentError
from framestate.bench.plan.experiment import Experiment, Signals
from framestate.bench.record import Outcome
from framestate.bench.tasks import (
    PACKAGE_ERRORS,
    approximation,
    audio_memory,
    delay,
    delay_deep,
    denoising,
    image_memory,
    kernels,
    network,
    peaks,
    recognition,
    sequences,
    theorem,
    training,
    translated,
    wavelet_order,
)
from framestate.bench.tasks.approximation import RealSettings, SyntheticSettings
from framestate.bench.tasks.audio_memory import AudioSettings
from framestate.bench.tasks.delay import DelaySettings
from framestate.bench.tasks.delay_deep import DeepDelaySettings
from framestate.bench.tasks.denoising import DenoiseSettings
from framestate.bench.tasks.image_memory import ImageSettings
from framestate.bench.tasks.kernels import KernelSettings
from framestate.bench.tasks.network import NetworkSettings, Place
from framestate.bench.tasks.peaks import PeakSettings
from framestate.bench.tasks.recognition import RecognitionSettings
from framestate.bench.tasks.theorem import RankSettings, TheoremSettings
from framestate.bench.tasks.training import TrainingSettings
from framestate.bench.tasks.translated import WindowSettings
from framestate.bench.tasks.wavelet_order import OrderSettings

# tasks that need nothing but settings and draws
_SIMPLE: Mapping[type, Callable[[Any, np.random.Generator], Outcome]] = {
    TheoremSettings: theorem.run,
    RankSettings: theorem.run_rank,
    KernelSettings: kernels.run,
    SyntheticSettings: approximation.run_synthetic,
    PeakSettings: peaks.run,
}
# tasks of signals that the plan names
_OF_SIGNALS: Mapping[type, Callable[..., Outcome]] = {
    RealSettings: approximation.run_real,
    WindowSettings: translated.run,
    OrderSettings: wavelet_order.run,
}
# tasks that read the data library
_PLACED: Mapping[type, Callable[[Any, str, Place], Outcome]] = {
    NetworkSettings: network.run,
    DeepDelaySettings: delay_deep.run,
    ImageSettings: image_memory.run,
    DenoiseSettings: denoising.run,
    RecognitionSettings: recognition.run,
}


def check(experiment: Experiment, signals: Signals) -> None:
    """Refuse what cannot work before anything is computed.

    Raises
    ------
    InvalidInputError
        If the lag is longer than the signal.
    """
    if isinstance(experiment.settings, DelaySettings):
        chosen = [signals[name][0] for name in experiment.signals]
        delay.check(experiment.settings, chosen[0] if chosen else None)


def execute(
    experiment: Experiment, signals: Signals, rng: np.random.Generator, place: Place
) -> Outcome:
    """Hand an experiment to its task.

    Raises
    ------
    ExperimentError
        If one of the packages below refuses.
    """
    try:
        return _dispatch(experiment, signals, rng, place)
    except PACKAGE_ERRORS as error:
        raise ExperimentError(
            request=f"{experiment.name}, {error.request}",
            finding=error.finding,
            remedy=error.remedy,
        ) from error


def _dispatch(
    experiment: Experiment, signals: Signals, rng: np.random.Generator, place: Place
) -> Outcome:
    kind = type(experiment.settings)
    if kind in _SIMPLE:
        return _SIMPLE[kind](experiment.settings, rng)
    if kind in _OF_SIGNALS:
        return _OF_SIGNALS[kind](experiment.settings, rng, signals=signals)
    if kind in _PLACED:
        return _PLACED[kind](experiment.settings, experiment.name, place)
    match experiment.settings:
        case DelaySettings() as settings:
            chosen = [signals[name][0] for name in experiment.signals]
            if settings.data is not None:
                chosen.append(
                    sequences.record(settings.signal, settings.data, 1440, place)
                )
            return delay.run(settings, rng, signal=chosen[0] if chosen else None)
        case AudioSettings() as settings:
            return audio_memory.run(settings, experiment.name, place, signals=signals)
        case settings:
            (signal,) = signals[experiment.signals[0]]
            return training.run(cast("TrainingSettings", settings), rng, signal=signal)
