"""Voices of animals: a source (vocal folds, syrinx, wings) and the cavity through which it sounds.

Source and filter are kept apart as in Fant, Acoustic Theory of Speech Production (1960). A moving mouth is a
crossfade between fixed sets of formants.
"""

from __future__ import annotations

import numpy as np

from ..scene import SAMPLE_RATE
from .noise import below_nyquist, cycles, noise, resonances, wave
from .sound import Samples


def samples_in(duration: float) -> int:
    """Returns how many samples a call of so many seconds has, at least 64."""
    return max(64, round(duration * SAMPLE_RATE))


def unit_time(duration: float) -> Samples:
    """Returns for each sample of a call how much of it has passed, 0 to 1."""
    return np.linspace(0.0, 1.0, samples_in(duration))


def folds(frequency: Samples, softness: float, breath: float, rng: np.random.Generator) -> Samples:
    """Vocal folds: harmonics that fall as k^-softness, with breath let through in every pulse."""
    phase = cycles(frequency)
    air = noise(rng, len(frequency), 300, 7000, -2.0)
    return wave(phase, below_nyquist(frequency) ** -softness) + breath * air * (0.6 + 0.4 * np.cos(2 * np.pi * phase))


def tract(source: Samples, size: float, *formants: tuple[float, float]) -> Samples:
    """Returns the source through formants (Hz, gain) of a tract; ``size`` scales frequencies."""
    return resonances(source, *((f * size, 60 + 0.09 * f * size, gain) for f, gain in formants))
