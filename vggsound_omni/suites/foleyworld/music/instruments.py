"""Who plays: additive, FM and noise instruments. Each note has a peak near 1 and includes its own fading."""

from __future__ import annotations

import numpy as np

from ..scene import SAMPLE_RATE
from ..sounds.noise import below_nyquist, cycles, noise, resonances, seconds, wave
from ..sounds.sound import Samples


def _times(duration: float) -> Samples:
    return seconds(max(64, round(duration * SAMPLE_RATE)))


def _shape(t: Samples, attack: float, release: float) -> Samples:
    """Rises in ``attack`` and falls in ``release`` seconds at the end of ``t``."""
    level = np.ones(len(t))
    rise, fall = (min(round(span * SAMPLE_RATE), len(t) // 2) for span in (attack, release))
    level[:rise] = np.sin(np.linspace(0.0, np.pi / 2, rise))
    level[-fall:] *= np.cos(np.linspace(0.0, np.pi / 2, fall))
    return level


def _harmonics(hertz: float, slope: float, most: int = 40) -> Samples:
    return below_nyquist(np.array([hertz]))[:most] ** -slope


def struck(hertz: float, duration: float, hardness: float = 1.0) -> Samples:
    """Returns a hammered string: overtones die sooner than the fundamental; two strings beat slowly."""
    t = _times(duration)
    phase = hertz * t
    decay = np.exp(-t * (1.1 + hertz / 500))
    bright = np.exp(-t * (5 + hertz / 120))
    tone = wave(phase, _harmonics(hertz, 2.6, 8)) + 0.5 * wave(phase * 1.0009, _harmonics(hertz, 2.2, 8))
    return _shape(t, 0.004, 0.1) * 0.6 * (decay * tone + 0.35 * hardness * bright * wave(phase, _harmonics(hertz, 1.0)))


def plucked(hertz: float, duration: float, brightness: float = 1.0) -> Samples:
    """Returns a string plucked at a fifth of its length: every fifth harmonic is missing."""
    t = _times(duration)
    k = below_nyquist(np.array([hertz]))[:30]
    place = np.abs(np.sin(np.pi * k / 5.2))
    dull, sharp = wave(hertz * t, place / k**2.0), wave(hertz * t, place / k**0.9)
    decay, bright = np.exp(-t * 2.2), np.exp(-t * (7 + hertz / 60))
    return _shape(t, 0.002, 0.06) * (decay * dull + 0.5 * brightness * bright * sharp)


def bowed(rng: np.random.Generator, hertz: float, duration: float, attack: float = 0.12) -> Samples:
    """Two players, slightly apart in pitch and vibrato."""
    t = _times(duration + 0.2)
    total = np.zeros(len(t))
    for detune in (-0.0015, 0.002):
        vibrato = 0.005 * np.sin(2 * np.pi * (rng.uniform(4.8, 5.8) * t + rng.random())) * np.minimum(1.0, t / 0.4)
        total += wave(cycles(hertz * (1 + detune + vibrato)) + rng.random(), _harmonics(hertz * 1.01, 1.25, 24))
    return _shape(t, attack, 0.25) * 0.4 * total


def pad(rng: np.random.Generator, hertz: float, duration: float, slope: float = 1.5, attack: float = 0.6) -> Samples:
    """Three detuned oscillators that open and close slowly."""
    t = _times(duration + 0.5)
    phases = (wave(hertz * d * t + rng.random(), _harmonics(hertz, slope, 20)) for d in (0.9965, 1.0, 1.0041))
    return _shape(t, attack, 0.7) * 0.4 * sum(phases, np.zeros(len(t)))


def blown(rng: np.random.Generator, hertz: float, duration: float) -> Samples:
    """Returns a flute: few harmonics, breath, late vibrato."""
    t = _times(duration + 0.05)
    vibrato = 0.006 * np.sin(2 * np.pi * 5.2 * t) * np.clip((t - 0.15) / 0.3, 0, 1)
    tone = wave(cycles(hertz * (1 + vibrato)), np.array((1.0, 0.35, 0.18, 0.05, 0.02)))
    breath = resonances(noise(rng, len(t), 300, 6000, -3.0), (hertz, 120, 0.6), (2.1 * hertz, 400, 0.4))
    return _shape(t, 0.05, 0.08) * (0.8 * tone + 0.12 * breath)


def synth(hertz: float, duration: float, decay: float = 6.0) -> Samples:
    """Two saws through a filter that closes."""
    t = _times(duration + 0.05)
    close = np.exp(-t * decay)
    saws = wave(hertz * t, _harmonics(hertz, 1.0)) + wave(hertz * 1.006 * t, _harmonics(hertz, 1.0))
    return _shape(t, 0.004, 0.05) * 0.35 * (close * saws + (1 - close) * wave(hertz * t, _harmonics(hertz, 2.2)))


def electric_piano(hertz: float, duration: float) -> Samples:
    """Two-operator FM (Chowning 1973): a bar and a tine that soon dies."""
    t = _times(duration + 0.08)
    phase = 2 * np.pi * hertz * t
    tine = 0.3 * np.exp(-t * 9) * np.sin(phase * min(14.0, np.floor(5000 / hertz)))
    bar = np.sin(phase + 1.1 * np.exp(-t * 3) * np.sin(phase))
    return _shape(t, 0.004, 0.1) * np.exp(-t * 1.6) * (bar + tine)


def bell(hertz: float, duration: float) -> Samples:
    """FM with a ratio that is not a whole number."""
    t = _times(duration)
    phase = 2 * np.pi * hertz * t
    return _shape(t, 0.003, 0.3) * np.exp(-t * 1.5) * np.sin(phase + 1.6 * np.exp(-t * 2.5) * np.sin(3.51 * phase))


def bass(hertz: float, duration: float, slope: float = 1.7, decay: float = 1.5) -> Samples:
    """Returns a plucked bass."""
    t = _times(duration + 0.03)
    return _shape(t, 0.006, 0.05) * np.exp(-t * decay) * 0.8 * wave(hertz * t, _harmonics(hertz, slope, 16))


def kick() -> Samples:
    """Returns a bass drum: a sine that falls from 150 to 50 Hz."""
    t = _times(0.28)
    return _shape(t, 0.001, 0.05) * np.exp(-t * 14) * np.sin(2 * np.pi * cycles(50 + 110 * np.exp(-t * 35)))


def timpani(hertz: float) -> Samples:
    """Returns a kettledrum: the nearly harmonic modes 1 : 1.5 : 1.99 (Rossing 1982)."""
    t = _times(1.2)
    modes = ((1.0, 1.0), (1.5, 0.6), (1.99, 0.4))
    return _shape(t, 0.002, 0.2) * sum((a * np.exp(-t * 4 * r) * np.sin(2 * np.pi * hertz * r * t) for r, a in modes))


def snare(rng: np.random.Generator) -> Samples:
    """Returns a snare drum or clap: noise over two modes of the skin."""
    t = _times(0.22)
    skin = np.sin(2 * np.pi * 185 * t) + 0.6 * np.sin(2 * np.pi * 330 * t)
    return _shape(t, 0.001, 0.05) * (
        0.5 * np.exp(-t * 30) * skin + 0.3 * np.exp(-t * 20) * noise(rng, len(t), 700, 7000)
    )


def cymbal(rng: np.random.Generator, fall: float, low: float = 5000.0) -> Samples:
    """Hat, ride, shaker or brush: noise above ``low`` Hz that falls by 60 dB in ``fall`` seconds."""
    t = _times(fall)
    return _shape(t, 0.002, 0.02) * 10 ** (-3 * t / fall) * 0.35 * noise(rng, len(t), low, 7600, 1.0)
