"""Memories by themselves, without training: what they keep of sounds and pictures."""

from dataclasses import replace

from framestate.bench.plan.experiment import Experiment, Size
from framestate.bench.plan.sizes import Rows
from framestate.bench.tasks.audio_memory import AudioSettings
from framestate.bench.tasks.denoising import DenoiseSettings
from framestate.bench.tasks.image_memory import ImageSettings
from framestate.bench.tasks.recognition import RecognitionSettings
from framestate.bench.tasks.sequences import Reading

_PICTURES = ("camera", "ascent", "aero")


def experiments(size: Size) -> Rows:
    """Every row of a size, in the order of the report."""
    yield from _audio(size)
    yield from _pictures(size)
    yield from _noise(size)
    yield from _recognition(size)


def _audio(size: Size) -> Rows:
    """MultiresNet, appendix D: 2,068 of 16,384; an eighth of both at "cpu"."""
    # a second at 16,384 Hz, and principal components need more clips than numbers
    whole = Reading("sc10", 16_000, (4200, 200))
    paper = AudioSettings(whole, scaled=False)
    part = Reading("sc10-subset", 2000, (600, 100), "loudest")
    small = AudioSettings(part, samples=2048, numbers=258, levels=7)
    if size == "smoke":
        part = replace(part, length=500, examples=(80, 8))
        small = replace(small, reading=part, samples=512, numbers=64, levels=5)
    yield Experiment(
        name="audio-memory/speech",
        about="what so many numbers keep of spoken words",
        settings=paper if size == "paper" else small,
    )
    yield Experiment(
        name="audio-memory/embedded",
        about="what so many numbers keep of photographs, in reading order",
        settings=replace(small, reading=None),
        signals=_PICTURES,
    )


def _pictures(size: Size) -> Rows:
    """Pictures rebuilt from the last state, an eighth as many states as pixels."""
    count = {"smoke": 8, "cpu": 300, "paper": 3000}[size]
    for name, data, length in (("cifar", "image", 1024), ("mnist", "smnist", 784)):
        reading = Reading(data, length, (500, count))
        yield Experiment(
            name=f"signal/image-{name}",
            about=f"pictures from memory, {name}",
            settings=ImageSettings(reading, order=16 if size == "smoke" else 128),
        )


def _noise(size: Size) -> Rows:
    """White noise on speech and on electrocardiograms."""
    counts = {"smoke": (8, 4), "cpu": (32, 64), "paper": (256, 500)}[size]
    for name, data in (("speech", "sc10-subset"), ("ecg", "mitbih-hr")):
        reading = Reading(data, 2048, counts, "loudest", channel=0)
        if size == "smoke":
            reading = replace(reading, length=512)
        yield Experiment(
            name=f"signal/denoise-{name}",
            about=f"white noise taken from {name}",
            settings=DenoiseSettings(reading, order=8 if size == "smoke" else 65),
        )


def _recognition(size: Size) -> Rows:
    """Beats from the last state, words from the power of the states."""
    beats = {"smoke": (200, 100), "cpu": (3000, 2000), "paper": (50_000, 50_000)}[size]
    words = {"smoke": (60, 20), "cpu": (800, 400), "paper": (2832, 647)}[size]
    scaled = ("LegS", "FouS", "WaLRUS", "Slepian", "LegT", "FouT", "WaLRUS-T")
    yield Experiment(
        name="signal/ecg",
        about="heart beats of unseen patients, by a linear readout of memories",
        settings=RecognitionSettings(
            Reading("mitbih-aami", 512, beats, channel=0), "state", scaled, order=64
        ),
    )
    moving = ("W4S4", "LegS", "LegT", "FouT", "WaLRUS-T", "S4D-Lin")
    yield Experiment(
        name="signal/speech",
        about="spoken words, by a linear readout of memories",
        settings=RecognitionSettings(
            Reading("sc10-subset", 8000, words, "loudest"), "power", moving
        ),
    )
