"""One thing to compute, as a frozen value."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias, cast, final

import numpy as np

from framestate.bench.data import Signal, catalog
from framestate.bench.record import Setting
from framestate.bench.tasks.approximation import RealSettings, SyntheticSettings
from framestate.bench.tasks.audio_memory import AudioSettings
from framestate.bench.tasks.delay import DelaySettings
from framestate.bench.tasks.delay_deep import DeepDelaySettings
from framestate.bench.tasks.denoising import DenoiseSettings
from framestate.bench.tasks.image_memory import ImageSettings
from framestate.bench.tasks.kernels import KernelSettings
from framestate.bench.tasks.network import NetworkSettings, Size
from framestate.bench.tasks.peaks import PeakSettings
from framestate.bench.tasks.recognition import RecognitionSettings
from framestate.bench.tasks.theorem import RankSettings, TheoremSettings
from framestate.bench.tasks.training import TrainingSettings
from framestate.bench.tasks.translated import WindowSettings
from framestate.bench.tasks.wavelet_order import OrderSettings

__all__ = ["Experiment", "Settings", "Signals", "Size"]

Settings: TypeAlias = (
    TheoremSettings
    | RankSettings
    | DelaySettings
    | KernelSettings
    | SyntheticSettings
    | RealSettings
    | PeakSettings
    | TrainingSettings
    | NetworkSettings
    | DeepDelaySettings
    | AudioSettings
    | ImageSettings
    | DenoiseSettings
    | RecognitionSettings
    | WindowSettings
    | OrderSettings
)
# Settings that name a task of the data library.
_OF_DATA = (
    NetworkSettings,
    DeepDelaySettings,
    AudioSettings,
    ImageSettings,
    DenoiseSettings,
    RecognitionSettings,
    DelaySettings,
)
Signals: TypeAlias = Mapping[str, tuple[Signal, ...]]


@final
@dataclass(frozen=True)
class Experiment:
    """One thing to compute.

    Attributes
    ----------
    name : str
        "suite/what"; unique in a plan.
    about : str
        What it computes, in a few words.
    settings : Settings
        Everything it depends on besides seed and signals.
    signals : tuple of str
        Real signals it reads, by name in `data.catalog`.
    seed : int or None
        Seed of its random draws; None where nothing is random.
    """

    name: str
    about: str
    settings: Settings
    signals: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def suite(self) -> str:
        """The part before the slash."""
        return self.name.partition("/")[0]

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds to print beside its numbers."""
        own: tuple[int, ...] | None = getattr(self.settings, "seeds", None)
        if own is not None:
            return own
        return () if self.seed is None else (self.seed,)

    @property
    def needs_folder(self) -> bool:
        """Whether a signal comes from the data folder."""
        return any(catalog.needs_folder(name) for name in self.signals)

    @property
    def data(self) -> str | None:
        """Task of the data library that it reads."""
        settings = self.settings
        return settings.data if isinstance(settings, _OF_DATA) else None

    def settings_json(self) -> dict[str, Setting]:
        """Settings as JSON values."""
        text = json.dumps(asdict(self.settings))
        return cast("dict[str, Setting]", json.loads(text))

    def key(self, signals: Signals, *, code: str, data: str = "") -> str:
        """Hash of all that the outcome depends on: settings, seed, signals, code.

        Parameters
        ----------
        signals : mapping
            The signals it reads.
        code : str
            Hash of the code.
        data : str
            Hash of the state of its data set.
        """
        digest = hashlib.sha256(code.encode())
        kind = type(self.settings).__name__
        parts = (self.name, kind, self.settings_json(), self.seed, data)
        digest.update(json.dumps(parts, sort_keys=True).encode())
        for name in self.signals:
            for signal in signals[name]:
                digest.update(np.ascontiguousarray(signal.values).tobytes())
        return digest.hexdigest()
