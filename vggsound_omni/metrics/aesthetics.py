"""Audiobox Aesthetics: four ratings of how a clip sounds, by a network, without any reference.

PQ production quality, CE content enjoyment, CU content usefulness, PC production complexity, 1 to 10 points each.
PQ alone rewards clean but irrelevant sound; read all four. PC has no better direction.
"""

from __future__ import annotations

from .estimate import F64, Estimate, mean_of_clips
from .validation import Features, all_equal, checked

AXES = ("pq", "ce", "cu", "pc")
"""Keys of the axes, in the order of tables."""


def validate(ratings: Features) -> F64:
    """The ratings in float64.

    Raises:
        MetricError: not finite, not one a clip, or no clips.
    """
    return checked(ratings, "ratings", ("clips",))


def evaluate(ratings: Features) -> Estimate:
    """Mean over clips of one axis.

    Args:
        ratings: (clips,) of the generated audio.

    Raises:
        MetricError: see :func:`validate`.
    """
    array = validate(ratings)
    return mean_of_clips(array, warnings=all_equal(array[:, None], "ratings"))
