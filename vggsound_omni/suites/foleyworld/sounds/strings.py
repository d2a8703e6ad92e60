"""Strings as sums of their partials, tuned to scales."""

from __future__ import annotations

import numpy as np

from .modal import Array
from .noise import seconds
from .sound import Samples

SCALES = ((0, 2, 4, 7, 9, 12, 14, 16), (0, 2, 3, 5, 7, 8, 10, 12), (0, 2, 4, 5, 7, 9, 11, 12))
"""Semitones above the tonic: pentatonic, minor, major."""


def hertz(tonic: float, scale: tuple[int, ...], variation: float) -> float:
    """Returns the frequency of the degree of a scale that ``variation`` picks; the tonic in semitones (A4 is 69)."""
    step = scale[min(int(variation * len(scale)), len(scale) - 1)]
    return float(440 * 2 ** ((round(tonic) + step - 69) / 12))


def partials(fundamental: float, stiffness: float, most: int) -> tuple[Array, Array]:
    """Numbers and frequencies of a stiff string's partials, n f sqrt(1 + B n^2) (Fletcher 1964); at most ``most``."""
    n = np.arange(1.0, 1 + min(most, int(7900 / fundamental)))
    return n, n * fundamental * np.sqrt(1 + stiffness * n**2)


def released(samples: Samples, at: float, t60: float) -> Samples:
    """Damped from ``at`` seconds on, by 60 dB in ``t60`` seconds."""
    return samples * 10 ** (-3 * np.maximum(seconds(len(samples)) - at, 0) / t60)
