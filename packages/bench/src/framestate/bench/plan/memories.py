"""Memories by themselves, without training: what they keep of sound."""

from dataclasses import replace

from framestate.bench.plan.experiment import Experiment, Size
from framestate.bench.plan.sizes import Rows
from framestate.bench.tasks.audio_memory import AudioSettings
from framestate.bench.tasks.sequences import Reading

_PICTURES = ("camera", "ascent", "aero")


def experiments(size: Size) -> Rows:
    """Every row of a size, in the order of the report."""
    yield from _audio(size)


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
