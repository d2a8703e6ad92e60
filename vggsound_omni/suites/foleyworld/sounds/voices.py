"""Voices of animals: a source (vocal folds, syrinx, wings) and the tract through which it sounds.

Source and filter are kept apart as in Fant, Acoustic Theory of Speech Production (1960). The tract is a cascade of
resonances that move (Klatt, "Software for a cascade/parallel formant synthesizer", 1980), so that the opening of a
mouth is heard as formants that rise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.signal

from ..scene import SAMPLE_RATE
from .noise import below_nyquist, cycles, noise, wander, wave
from .sound import Samples

_BLOCK = 80
"""Samples for which a moving tract stands still: 5 ms."""


def samples_in(duration: float) -> int:
    """Returns how many samples a call of so many seconds has, at least 64."""
    return max(64, round(duration * SAMPLE_RATE))


def unit_time(duration: float) -> Samples:
    """Returns for each sample of a call how much of it has passed, 0 to 1."""
    return np.linspace(0.0, 1.0, samples_in(duration))


def folds(
    frequency: Samples,
    rng: np.random.Generator,
    *,
    tilt_hz: float,
    breath: Samples | float,
    jitter: float = 0.01,
    shimmer: float = 0.1,
    halved: Samples | float = 0.0,
) -> Samples:
    """Pulses of air through vocal folds, as the derivative of their flow.

    Args:
        frequency: Hz, for each sample.
        rng: of the deviations.
        tilt_hz: harmonics fall by 6 dB an octave, and by 12 above this: low for a soft voice, high for a pressed one.
        breath: turbulent air relative to the pulses, let through while the folds are open.
        jitter: deviation of single periods, relative.
        shimmer: deviation of single pulses, in nepers.
        halved: 0 to 1, how much weaker every second pulse is: the subharmonics of a hoarse voice.
    """
    length = len(frequency)
    phase = cycles(frequency * (1 + jitter * wander(rng, length, float(np.mean(frequency)))))
    period = np.floor(phase).astype(int)
    k = below_nyquist(frequency)
    tone = wave(phase, 1 / (k * np.hypot(1, k * float(np.mean(frequency)) / tilt_hz)))
    level = np.exp(shimmer * rng.standard_normal(period[-1] + 1))[period] * (1 - halved * (period % 2))
    air = noise(rng, length, 300, 7800, 0.0) * (0.3 + 0.7 * (phase % 1.0 > 0.4))
    return level * tone + breath * air


def tract(source: Samples, *formants: tuple[Samples | float, float]) -> Samples:
    """Returns the source through a cascade of formants, each (Hz, fixed or for each sample; bandwidth in Hz).

    The gain at 0 Hz is 1, so that the levels of formants follow from where they lie.
    """
    starts = np.arange(0, len(source), _BLOCK)
    sections = np.zeros((len(starts), len(formants), 6))
    for k, (frequency, bandwidth) in enumerate(formants):
        hertz = np.minimum(np.broadcast_to(frequency, len(source))[starts], 0.47 * SAMPLE_RATE)
        r = np.exp(-np.pi * bandwidth / SAMPLE_RATE)
        b = -2 * r * np.cos(2 * np.pi * hertz / SAMPLE_RATE)
        sections[:, k, 0] = 1 + b + r * r
        sections[:, k, 3], sections[:, k, 4], sections[:, k, 5] = 1.0, b, r * r
    out = np.empty(len(source))
    state: npt.NDArray[np.float64] = np.zeros((len(formants), 2))
    for start, section in zip(starts, sections, strict=True):
        end = start + _BLOCK
        out[start:end], state = scipy.signal.sosfilt(section, source[start:end], zi=state)
    return out


def radiated(samples: Samples) -> Samples:
    """Returns what a mouth radiates: 6 dB more with every octave."""
    return np.diff(samples, prepend=0.0)
