"""Voices of animals: a source (vocal folds, syrinx, wings) and the cavity through which it sounds.

Source and filter are kept apart as in Fant, Acoustic Theory of Speech Production (1960). A moving mouth is a
crossfade between fixed sets of formants.
"""

from __future__ import annotations

import numpy as np

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Event, Style

from .noise import (
    Course,
    below_nyquist,
    contour,
    countable,
    cycles,
    lasting,
    noise,
    peak_one,
    resonances,
    seconds,
    wander,
    wave,
)
from .sound import Samples, Sound


def _samples(duration: float) -> int:
    return max(64, round(duration * SAMPLE_RATE))


def _unit_time(duration: float) -> Samples:
    return np.linspace(0.0, 1.0, _samples(duration))


def _folds(frequency: Samples, softness: float, breath: float, rng: np.random.Generator) -> Samples:
    """Vocal folds: harmonics that fall as k^-softness, with breath let through in every pulse."""
    phase = cycles(frequency)
    air = noise(rng, len(frequency), 300, 7000, -2.0)
    return wave(phase, below_nyquist(frequency) ** -softness) + breath * air * (0.6 + 0.4 * np.cos(2 * np.pi * phase))


def _tract(source: Samples, size: float, *formants: tuple[float, float]) -> Samples:
    """The source through formants (Hz, gain) of a tract; ``size`` scales frequencies."""
    return resonances(source, *((f * size, 60 + 0.09 * f * size, gain) for f, gain in formants))


def _dog(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A bark: 200 (large) to 900 Hz (small), up and down in a quarter of a second while the mouth opens and shuts.

    Breeds: clear, hoarse (every second pulse is weak), with a growl before the bark.
    """
    u = _unit_time(event.duration)
    pitch = 420 * 2 ** (1.1 * style.pitch) * (1 + 0.12 * (event.variation - 0.5) + 0.02 * rng.standard_normal())
    frequency = pitch * contour(u, (0, 0.72), (0.16, 1.12), (0.45, 1.0), (1, 0.55))
    frequency *= 1 + 0.015 * wander(rng, len(u), 120)
    source = _folds(frequency, 0.7, 0.35 + 0.25 * event.strength, rng)
    if style.material == 1:
        source += 0.8 * wave(cycles(frequency) / 2, below_nyquist(frequency) ** -0.5)
    size = 2 ** (0.5 * style.pitch)
    shut = _tract(source, size, (360, 1.0), (900, 0.35), (2300, 0.12))
    agape = _tract(source, size, (760, 1.0), (1400, 0.8), (2700, 0.5), (3800, 0.35))
    mouth = contour(u, (0, 0.5), (0.15, 1), (0.5, 0.9), (1, 0))
    level = contour(u, (0, 0), (0.015, 0.9), (0.12, 1), (0.45, 0.7), (0.75, 0.2), (1, 0))
    if style.material == 2:
        growl = 0.5 + 0.5 * np.cos(2 * np.pi * 45 * seconds(len(u)))
        level *= 1 - (1 - growl) * contour(u, (0, 0.6), (0.25, 0.8), (0.4, 0))
    return peak_one(shut) * (1 - mouth) * 0.6 * level + peak_one(agape) * mouth * level


def _cat(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A meow: nasal "m", then "i", "a", "u" while the pitch arches; 400 Hz (old tom) to 1100 Hz (kitten).

    Manners: plain, with a purred beginning, drawn out and nasal.
    """
    u = _unit_time(event.duration)
    pitch = 650 * 2 ** (0.72 * style.pitch) * (1 + 0.1 * (event.variation - 0.5))
    top = 0.28 + 0.2 * event.variation
    frequency = pitch * contour(u, (0, 0.78), (top, 1.15), (0.72, 0.98), (1, 0.66))
    frequency *= 1 + 0.012 * np.sin(2 * np.pi * 6 * seconds(len(u))) * u + 0.006 * wander(rng, len(u), 40)
    source = _folds(frequency, 0.9, 0.12 + 0.1 * style.brightness, rng)
    size = 2 ** (0.4 * style.pitch)
    vowels = [
        (_tract(source, size, (330, 1.0), (1100, 0.12)), contour(u, (0, 1), (0.06, 0.9), (0.18, 0))),
        (
            _tract(source, size, (520, 0.8), (2500, 0.8), (3400, 0.5)),
            contour(u, (0.04, 0), (0.18, 1), (0.3, 0.7), (0.45, 0)),
        ),
        (
            _tract(source, size, (1050, 1.0), (1800, 0.9), (3100, 0.5), (4200, 0.25)),
            contour(u, (0.15, 0), (0.4, 1), (0.6, 0.9), (0.8, 0)),
        ),
        (_tract(source, size, (550, 1.0), (1050, 0.5), (2900, 0.08)), contour(u, (0.55, 0), (0.82, 1), (1, 1))),
    ]
    level = contour(u, (0, 0), (0.012, 0.7), (0.2, 0.85), (0.42, 1), (0.75, 0.6), (1, 0))
    if style.material == 1:
        purr = 0.5 + 0.5 * np.cos(2 * np.pi * 27 * seconds(len(u)))
        level *= 1 - (1 - purr) * contour(u, (0, 0.6), (0.25, 0.8), (0.4, 0))
    if style.material == 2:
        vowels.append((_tract(source, size, (1300, 0.6), (2600, 1.0)), np.full(len(u), 0.6)))
    return level * sum((peak_one(sound) * weight for sound, weight in vowels), np.zeros(len(u)))


def _frog(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A croak: a train of pulses, each ringing in the vocal sac (Gerhardt and Huber 2002, ch. 2).

    Species: a grunt of dense pulses, two-syllable ribbit, a creak of slow pulses that speed up.
    """
    u = _unit_time(event.duration)
    pace, sac = 2 ** (0.5 * style.pitch), 2 ** (0.8 * style.pitch) * (1 + 0.08 * (event.variation - 0.5))
    rate, level, first, second = (
        (
            contour(u, (0, 75), (0.3, 95), (1, 80)),
            contour(u, (0, 0.5), (0.25, 1), (0.8, 0.9), (1, 0)),
            (420, 0.030, 1.0),
            (900, 0.020, 0.5),
        ),
        (
            contour(u, (0, 48), (0.45, 60), (0.5, 70), (1, 90)),
            contour(u, (0, 0.6), (0.25, 0.9), (0.42, 0.15), (0.5, 0.1), (0.6, 1), (0.85, 0.9), (1, 0)),
            (820, 0.022, 1.0),
            (1750, 0.015, 0.8),
        ),
        (
            contour(u, (0, 24), (1, 46)),
            contour(u, (0, 0.7), (0.6, 1), (0.92, 0.9), (1, 0)),
            (1150, 0.018, 1.0),
            (2600, 0.012, 0.7),
        ),
    )[style.material]
    pulse = np.diff(np.floor(cycles(rate * pace)), prepend=-1.0) > 0
    pulses = np.where(pulse, level * (1 + 0.12 * rng.standard_normal(len(u))), 0.0)
    # Each pulse is a short puff of air with a hard beginning, not a spike.
    puff = np.convolve(pulses, np.exp(-np.arange(40) / 8) * (1 + 0.3 * rng.standard_normal(40)))[: len(u)]
    half = contour(u, (0.35, 0), (0.6, 1))
    total = np.zeros(len(u))
    for shift, weight in ((1.0, 1 - half), (1.22, half)):  # the mouth opens and the resonance rises
        modes = ((f * sac * shift, 2.2 / fall, gain) for f, fall, gain in (first, second, (3300, 0.008, 0.25)))
        total += weight * resonances(puff, *modes)
    return total * contour(u, (0, 1), (0.93, 1), (1, 0))


def _owl(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A hoot: an almost pure tone of 250 to 600 Hz with breath around it.

    Species: even, quavering, broken ("hu-hooo").
    """
    u = _unit_time(event.duration)
    t = seconds(len(u))
    pitch = 390 * 2 ** (0.62 * style.pitch) * (1 + 0.05 * (event.variation - 0.5))
    frequency = pitch * contour(u, (0, 0.93), (0.2, 1.0), (0.6, 1.0), (1, 0.92)) * (1 + 0.004 * wander(rng, len(u), 30))
    level = contour(u, (0, 0), (0.025, 0.6), (0.22, 0.95), (0.5, 1), (0.75, 0.7), (1, 0))
    if style.material == 1:
        quaver = np.sin(2 * np.pi * 11 * t)
        frequency = frequency * (1 + 0.02 * quaver)
        level *= 1 - 0.35 * (1 - quaver) / 2 * contour(u, (0.1, 0), (0.3, 1))
    if style.material == 2:
        level *= contour(u, (0, 1), (0.14, 1), (0.22, 0.12), (0.3, 0.2), (0.42, 1))
        frequency = frequency * contour(u, (0.14, 0.94), (0.3, 1.03), (1, 1))
    tone = wave(
        cycles(frequency), np.array((1.0, 0.07 + 0.2 * style.brightness, 0.03 + 0.1 * style.brightness, 0.015, 0.006))
    )
    breath = resonances(noise(rng, len(u), 150, 5000, -3.0), (pitch, 90, 0.9), (3.1 * pitch, 500, 0.25))
    return level * (tone + 0.25 * breath)


def _bird(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A song phrase: whistled sweeps of 2 to 6 kHz, slurred, trilled or in short chips."""
    n = _samples(event.duration)
    u, t = np.linspace(0.0, 1.0, n), seconds(n)
    centre = 3100 * 2 ** (0.55 * style.pitch) * (1 + 0.1 * (event.variation - 0.5) + 0.02 * rng.standard_normal())
    if style.material == 0:
        shapes = (
            ((0, 0.8), (0.3, 1.25), (0.55, 0.95), (1, 0.78)),
            ((0, 1.3), (0.35, 0.95), (0.6, 0.9), (1, 1.2)),
            ((0, 0.85), (0.25, 0.8), (0.5, 1.1), (1, 1.3)),
        )
        frequency = centre * contour(u, *shapes[min(int(event.variation * 3), 2)])
        level = contour(u, (0, 0), (0.03, 0.8), (0.3, 1), (0.52, 0.55), (0.75, 0.95), (1, 0))
    else:
        rate = (24 + 6 * style.pitch, 9.5)[style.material - 1] * (1 + 0.1 * (event.variation - 0.5))
        notes = max(1, round(rate * event.duration))
        within = u * notes % 1.0
        if style.material == 1:
            frequency = centre * (1.12 - 0.32 * within) * (1.06 - 0.12 * u)
            level = np.sin(np.pi * np.minimum(within * 1.15, 1.0)) ** 0.7 * contour(u, (0, 0.7), (0.4, 1), (1, 0.6))
        else:
            tick = within / (0.42 + 0.1 * event.variation)
            frequency = centre * (0.72 + 0.7 * np.exp(-3.2 * tick))
            level = contour(tick, (0, 0), (0.1, 1), (0.4, 0.7), (1, 0))
    level *= 1 + 0.08 * wander(rng, n, 60)
    phase = 2 * np.pi * cycles(np.minimum(frequency, 7400.0))
    # The second harmonic leaks past the tuned tract, more so in full voice, and fades before the Nyquist limit.
    leak = (0.04 + 0.34 * style.brightness) * np.clip((7400 - 2 * frequency) / 1500, 0, 1)
    flutter = 0.03 * np.sin(2 * np.pi * 55 * t)
    return level * (np.sin(phase + flutter) + leak * np.sin(2 * phase) + 0.015 * noise(rng, n, 1500, 7500))


def _mosquito(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Wingbeats of 350 to 700 Hz; in every event it passes the ear once: louder, sharper, then lower in pitch."""
    u = course.phase
    beat = 500 * 2 ** (0.5 * style.pitch)
    closest = 0.34
    distance = np.hypot((u - closest) * np.where(u < closest, 1.6, 0.9), 0.11 + 0.03 * style.material)
    doppler = contour(u, (0, 0.02), (0.12, 0.035), (closest, 0.0), (0.6, -0.03), (0.97, -0.025), (1, 0.02))
    vibrato = np.sin(2 * np.pi * cycles(6.5 + 1.5 * wander(rng, course.length, 3)))
    course_of_flight = 0.01 * wander(rng, course.length, 5) + 0.004 * wander(rng, course.length, 60)
    own = course.steps([0.05 * (event.variation - 0.5) for event in course.events], 0.15)
    phase = cycles(beat * (1 + doppler + 0.009 * vibrato + course_of_flight + own))
    k = np.arange(1.0, min(16.0, 7600 / (beat * 1.1)))
    near = 0.11 / distance
    body = (1.0, 0.8, 1.3)[style.material]
    mellow = wave(phase, k**-1.6)
    # Wings are wide plates: close by, the even harmonics stand out.
    sharp = wave(phase, k**-0.65 * np.where(k % 2 == 0, body, 0.8) * np.exp(1j * k * k))
    flutter = 1 + 0.15 * wander(rng, course.length, 25)
    air = 0.06 * noise(rng, course.length, 800, 6000, -3.0)
    return near * flutter * (mellow * (1 - 0.6 * near) + (sharp + air) * (0.35 + 0.65 * near))


SOUNDS: dict[str, Sound] = {
    "dog barking": countable(_dog, pivot=1100),
    "bird chirping, tweeting": countable(_bird, pivot=4200),
    "frog croaking": countable(_frog, pivot=1200),
    "owl hooting": countable(_owl, pivot=600),
    "cat meowing": countable(_cat, pivot=1600),
    "mosquito buzzing": lasting(_mosquito, pivot=1500, crest=8.0),
}
"""Voices by class."""
