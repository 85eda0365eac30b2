"""Parameters of Pathfinder pictures, as Long Range Arena states them (arXiv 2011.04006).

What it leaves open is as the published generator has it: paddles of length 5, a padding
of 22 and seeds 27 apart at 256 pixels; lengths and counts are divided as integers; the
contrast of a contour is multiplied by that of its paddles, of a distractor it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Rule:
    """Parameters of a picture.

    Attributes
    ----------
    size, padding : int
        Width and height, and the frame left empty, in pixels.
    seed_distance : float
        Between the beginnings of the two contours.
    paddle_length, paddle_thickness, marker_radius : float
        Sizes of what is drawn.
    margins : tuple of float
        One of them is drawn for each picture.
    continuity : float
        c of the density of angles, at least 1; larger is straighter.
    contrast, distractor_contrast : float
        Gray value of a paddle that covers a pixel, cut to 1; markers have 1.
    contour_length, distractor_length, distractors : int
        Paddles of a contour and of a distractor, and how many distractors.
    """

    size: int
    padding: int
    seed_distance: float
    paddle_length: float
    paddle_thickness: float
    marker_radius: float
    margins: tuple[float, ...]
    continuity: float
    contrast: float
    distractor_contrast: float
    distractors: int
    contour_length: int = 14
    distractor_length: int = 4


RULES: Mapping[int, Rule] = {
    32: Rule(32, 1, 7.0, 2.0, 0.5, 1.5, (1.0,), 1.0, 1.5, 2.0, 5),
    64: Rule(64, 1, 12.0, 5.0, 1.0, 2.5, (1.0,), 1.8, 0.8, 0.8, 5),
    128: Rule(128, 1, 20.0, 5.0, 1.5, 3.0, (2.0, 3.0), 1.8, 0.9, 0.9, 8),
    256: Rule(256, 22, 27.0, 5.0, 2.0, 5.0, (3.0,), 1.8, 1.0, 1.0, 7),
}
