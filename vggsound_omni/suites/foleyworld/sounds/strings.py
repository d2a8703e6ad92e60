"""Piano and guitar: strings as sums of their partials, and the bodies that make them heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Event, Style

from .modal import WOOD, Array, Blow, Body, burst, contact_time, layers, push, ring, struck
from .noise import seconds
from .sound import Samples, Sound

_SCALES = ((0, 2, 4, 7, 9, 12, 14, 16), (0, 2, 3, 5, 7, 8, 10, 12), (0, 2, 4, 5, 7, 9, 11, 12))
"""Semitones above the tonic: pentatonic, minor, major."""


def _hertz(tonic: float, scale: tuple[int, ...], variation: float) -> float:
    step = scale[min(int(variation * len(scale)), len(scale) - 1)]
    return float(440 * 2 ** ((round(tonic) + step - 69) / 12))


def piano_hertz(style: Style, event: Event) -> float:
    """The note's fundamental were its string not stiff: tonics from G2 to A5, variation picks the degree."""
    return _hertz(62 + 19 * style.pitch, _SCALES[style.material], event.variation)


def guitar_hertz(style: Style, event: Event) -> float:
    """The note's fundamental: tonics from E2 to E4, variation picks the degree of a pentatonic scale."""
    return _hertz(52 + 12 * style.pitch, _SCALES[0], event.variation)


def _partials(fundamental: float, stiffness: float, most: int) -> tuple[Array, Array]:
    """Numbers and frequencies of a stiff string's partials, n f sqrt(1 + B n^2) (Fletcher 1964); at most ``most``."""
    n = np.arange(1.0, 1 + min(most, int(7900 / fundamental)))
    return n, n * fundamental * np.sqrt(1 + stiffness * n**2)


def _released(samples: Samples, at: float, t60: float) -> Samples:
    """Damped from ``at`` seconds on, by 60 dB in ``t60`` seconds."""
    return samples * 10 ** (-3 * np.maximum(seconds(len(samples)) - at, 0) / t60)


def _soundboard(rng: np.random.Generator) -> Callable[[Array], Array]:
    """Gain over frequency of a board that is too small for the bass and has resonances everywhere, some 4 dB deep."""
    knots = np.geomspace(40, 8000, 60)
    ripple = 10 ** (rng.normal(0, 4, len(knots)) / 20)
    return lambda f: np.interp(f, knots, ripple) / np.sqrt(1 + (100 / f) ** 4)


def _piano(style: Style, rng: np.random.Generator) -> Blow:
    """Three strings a note, struck at an eighth of their length and damped after the key comes up.

    While they move together they drive the board hard and die fast, then drift apart and linger (Weinreich 1977); the
    key's knock comes along. Every fourth time the left hand adds the tonic and its fifth, low and soft. Materials:
    grand with its pedal down, upright, and a soft, felted piano, each with a scale of its own.
    """
    board = _soundboard(rng)
    knock = Body.plate(85, 1.6, WOOD.held(40), rng, 900)
    mistuned = rng.uniform(0.0002, 0.0006, 2) * (1, 2.2, 1.3)[style.material]
    softness = (1.0, 0.8, 2.0)[style.material]
    lasting = (1.0, 0.7, 0.6)[style.material]
    beat = count()

    def note(fundamental: float, event: Event) -> Samples:
        octaves = np.log2(fundamental / 261.6)
        # Stiffness doubles every 8 semitones (Young, "Inharmonicity of plain wire piano strings", 1952).
        n, frequency = _partials(fundamental, 3e-4 * 2 ** (1.5 * octaves), 50)
        contact = contact_time(0.0009 * softness * 2 ** (-0.5 * octaves), style, event)
        gain = np.abs(np.sin(np.pi * n / 8.2)) * n**-0.3 * push(frequency, contact) * board(frequency)
        t60 = lasting * np.clip(5.0 * (frequency / 261.6) ** -0.7, 0.2, 12.0)
        damper = (1.0, 0.3, 0.5)[style.material] + 0.15 * 2 ** (-0.7 * octaves)
        strings = ring(
            np.concatenate((frequency, frequency[:20] * (1 + mistuned[0]), frequency[:20] * (1 - mistuned[1]))),
            np.concatenate((0.6 * t60, 2.2 * t60[:20], 1.5 * t60[:20])),
            np.concatenate((gain, 0.3 * gain[:20], 0.25 * gain[:20])),
            round((event.duration + damper) * SAMPLE_RATE),
        )
        return _released(strings, event.duration, damper)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        parts = [
            (0.0, 1.0, note(piano_hertz(style, event), event)),
            (0.0, 0.10 + 0.08 * event.strength, knock.hit(rng, 0.002)),
            (0.0, 0.05 + 0.05 * event.strength, burst(rng, 250, 5000, 0.03)),
        ]
        if next(beat) % 4 == 0:
            low = piano_hertz(style, replace(event, variation=0.0)) / 2
            parts += [(0.0, 0.4, note(low, event)), (0.0, 0.3, note(1.5 * low, event))]
        return layers(*parts)

    return blow


_GUITAR_BODY = np.array([101.0, 205.0, 392.0, 530.0, 690.0, 1010.0])
"""Hz: air, top plate, and higher modes of a folk guitar (Fletcher & Rossing, chapter 9)."""
_FINGER = 0.15
"""Seconds in which a finger that goes to the next note stills a string by 60 dB."""


def _guitar(style: Style, rng: np.random.Generator) -> Blow:
    """The loop of Karplus & Strong (1983), solved instead of run.

    Each period, their averaging filter leaves cos(pi f_n / f_s) of partial n, here to a power that is the string's.
    What the loop holds at first is their burst of noise, here its Fourier series, combed by the plucking place.
    Materials: steel strings and a plectrum, nylon and fingers, strings muted by the palm.
    """
    body = _GUITAR_BODY * rng.uniform(0.94, 1.06, len(_GUITAR_BODY))
    place = (0.12, 0.19, 0.10)[style.material] * rng.uniform(0.85, 1.15)
    soft = (0.00010, 0.00022, 0.00016)[style.material]
    fall, damping = ((4.5, 0.45), (2.4, 1.6), (0.26, 3.5))[style.material]
    low, high, noise_level = ((1800, 7500, 0.16), (500, 3000, 0.12), (900, 6000, 0.3))[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        fundamental = guitar_hertz(style, event)
        n, frequency = _partials(fundamental, (6e-5, 2e-5, 6e-5)[style.material], 90)
        loop = -fundamental * np.log(np.abs(np.cos(np.pi * frequency / SAMPLE_RATE)))
        t60 = 3 * np.log(10) / (3 * np.log(10) / fall + damping * loop)
        response = 1 + 1.6 * np.sum(1 / (1 + ((frequency[:, None] - body) / (0.09 * body)) ** 2), axis=1)
        gain = np.abs(np.sin(np.pi * n * place)) / n**0.65 * response * rng.uniform(0.7, 1.0, len(n))
        gain *= push(frequency, contact_time(soft, style, event))
        phase = rng.uniform(0, 2 * np.pi, len(n))
        # The string moves along the top as well, where it loses less.
        string = ring(
            np.concatenate((frequency, frequency * 1.0005)),
            np.concatenate((0.7 * t60, 1.4 * t60)),
            np.concatenate((gain, 0.4 * gain)),
            round((event.duration + _FINGER) * SAMPLE_RATE),
            np.concatenate((phase, phase)),
        )
        box = ring(body, np.full(len(body), 0.16), push(body, 0.002), 2600)
        return layers(
            (0.0, 1.0, _released(string, event.duration, _FINGER)),
            (0.0, (0.15, 0.2, 0.35)[style.material], box),
            (0.0, noise_level * (0.5 + event.strength), burst(rng, low, high, 0.02, 0.0)),
        )

    return blow


SOUNDS: dict[str, Sound] = {
    "playing piano": struck(_piano, pivot=900),
    "playing acoustic guitar": struck(_guitar, pivot=900),
}
"""Strings by class."""
