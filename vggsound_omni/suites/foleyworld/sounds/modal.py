"""Struck bodies: damped modes, what they are made of, and the noise of the contact.

A body hit by something rings in its modes, each a damped sinusoid (van den Doel & Pai, "The sounds of physical
shapes", 1998). What a body is made of is heard mainly from how fast the modes die (Klatzky, Pai & Krotkov,
"Perception of material from contact sounds", 2000), how hard the blow was from how short the contact lasted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..scene import SAMPLE_RATE, Event, Style
from .noise import countable, cycles, noise, peak_one, seconds
from .sound import Samples, Sound

Blow = Callable[[Event, np.random.Generator], Samples]
"""Samples of one blow on a body, from the contact, at any level."""
Array = npt.NDArray[np.float64]

_NEPERS = 3 * np.log(10)
"""A fall by 60 dB."""
_HIGHEST = 7900.0
"""Hz; modes fade out over the 500 Hz below."""


def ring(frequency: Array, t60: Array, gain: Array, length: int, phase: Array | float = 0.0) -> Samples:
    """Sum of the damped sinusoids ``gain * 10**(-3 t / t60) * sin(2 pi frequency t + phase)``, from t = 0.

    A complex exponential of time is the product of one in steps of a block and one within a block, so the whole sum is
    one small matrix product.

    Args:
        frequency: (modes,) Hz; what lies above the highest that can be represented is left out.
        t60: (modes,) seconds to fall by 60 dB.
        gain: (modes,) amplitudes at t = 0.
        length: samples.
        phase: (modes,) radians.
    """
    gain = gain * np.clip((_HIGHEST - frequency) / 500.0, 0.0, 1.0)
    pole = (2j * np.pi * frequency - _NEPERS / t60) / SAMPLE_RATE
    block = 1 << int(np.log2(max(length, 1)) / 2 + 1)
    within = gain[:, None] * np.exp(pole[:, None] * np.arange(block) + 1j * np.asarray(phase).reshape(-1, 1))
    steps = np.exp(pole * (block * np.arange(-(-length // block)))[:, None])
    product = np.hstack((steps.real, steps.imag)) @ np.vstack((within.imag, within.real))
    return np.asarray(product).ravel()[:length]


@dataclass(frozen=True)
class Material:
    """How a body loses its vibration: amplitudes fall at ``grip + pi * loss * frequency`` nepers a second."""

    loss: float  # tangent of the angle of internal friction
    grip: float  # nepers a second that go into supports and air, at any frequency

    def t60(self, frequency: Array) -> Array:
        """Seconds in which modes fall by 60 dB."""
        return _NEPERS / (self.grip + np.pi * self.loss * frequency)

    def held(self, grip: float) -> Material:
        """Returns the same stuff in a firmer or looser hold."""
        return replace(self, grip=grip)


WOOD = Material(0.022, 26.0)
METAL = Material(0.0007, 5.0)
STONE = Material(0.008, 70.0)
GLASS = Material(0.0014, 9.0)
PLASTIC = Material(0.02, 110.0)
"""Losses after the papers above, grips of things that lie about; :meth:`Material.held` for those nailed down."""


def contact_time(seconds_at_medium: float, style: Style, event: Event) -> float:
    """Returns how long a blow pushes: hard blows and bright styles are short (Hertz's law, exaggerated)."""
    return float(seconds_at_medium * 2 ** (1.6 * (0.5 - event.strength) + 1.4 * (0.5 - style.brightness)))


def push(frequency: Array, contact: float) -> Array:
    """Returns how strongly a push of ``contact`` seconds drives modes: the envelope of a raised cosine's spectrum."""
    return (1 + (frequency * contact) ** 2) ** -1.5


@dataclass(frozen=True)
class Body:
    """A rectangular plate or a bar, by its modes."""

    frequency: Array  # (modes,) Hz
    waves: Array  # (modes, 2) half waves along and across; 0 where the body does not bend
    material: Material

    @classmethod
    def plate(cls, lowest: float, aspect: float, material: Material, rng: np.random.Generator, highest: float) -> Body:
        """Thin plate with hinged edges (frequencies as m^2 + (aspect n)^2), each mode up to 3 % off."""
        waves = np.array([(m, n) for m in range(1, 10) for n in range(1, 10)], float)
        frequency = lowest * (waves[:, 0] ** 2 + (aspect * waves[:, 1]) ** 2) / (1 + aspect**2)
        frequency *= 1 + rng.uniform(-0.03, 0.03, len(frequency))
        kept = frequency < min(highest, _HIGHEST)
        return cls(frequency[kept], waves[kept], material)

    @classmethod
    def bar(cls, lowest: float, material: Material, rng: np.random.Generator) -> Body:
        """Free bar: frequencies as the squares of 3.01, 5, 7, 9 ..."""
        k = np.arange(1.0, 8.0)
        frequency = lowest * ((2 * k + 1) / 3.011) ** 2 * (1 + rng.uniform(-0.03, 0.03, len(k)))
        kept = frequency < _HIGHEST
        return cls(frequency[kept], np.column_stack((k + 1, 0 * k))[kept], material)

    def hit(
        self, rng: np.random.Generator, contact: float, at: tuple[float, float] = (0.37, 0.41), scale: float = 1.0
    ) -> Samples:
        """Samples of a blow of ``contact`` seconds near the place ``at`` (0 to 1 along and across).

        ``scale`` multiplies all frequencies.
        """
        place = np.array(at) + rng.uniform(-0.06, 0.06, 2)
        shape = np.where(self.waves > 0, np.sin(np.pi * self.waves * place), 1.0).prod(axis=1)
        frequency = self.frequency * scale
        t60 = self.material.t60(frequency)
        gain = shape * push(frequency, contact)
        return ring(frequency, t60, gain, round(1.1 * float(t60.max()) * SAMPLE_RATE))


def burst(rng: np.random.Generator, low: float, high: float, t60: float, slope: float = -3.0) -> Samples:
    """Noise of a contact, ``low`` to ``high`` Hz, ``slope`` dB an octave, that falls by 60 dB in ``t60`` seconds."""
    length = max(round(1.1 * t60 * SAMPLE_RATE), 32)
    return noise(rng, length, low, min(high, _HIGHEST), slope) * np.exp(-_NEPERS / t60 * seconds(length))


def layers(*parts: tuple[float, float, Samples]) -> Samples:
    """Sum of parts, each (seconds of delay, peak, samples)."""
    starts = [round(delay * SAMPLE_RATE) for delay, _, _ in parts]
    total = np.zeros(max(start + len(samples) for start, (_, _, samples) in zip(starts, parts, strict=True)))
    for start, (_, peak, samples) in zip(starts, parts, strict=True):
        total[start : start + len(samples)] += peak * peak_one(samples)
    return total


def struck(body: Callable[[Style, np.random.Generator], Blow], *, pivot: float) -> Sound:
    """Returns a sound of blows on one body.

    ``body`` makes it from the style once a source; the blow that it returns is asked for each event in order. ``pivot``
    is that of :func:`.noise.countable`.
    """

    def sound(style: Style, events: Sequence[Event], length: int, rng: np.random.Generator) -> Samples:
        blow = body(style, rng)

        def act(_: Style, event: Event, rng: np.random.Generator) -> Samples:
            samples = blow(event, rng)
            fade = np.minimum(1.0, np.arange(len(samples), 0, -1) / min(160, len(samples)))
            return samples * fade

        return countable(act, pivot=pivot, tilt=12.0)(style, events, length, rng)

    return sound


def thud(frequency: float, fall: float) -> Samples:
    """Samples of a soft body flattened and back: a damped sinusoid, too fast at first; ``fall`` to 1 / e in seconds."""
    t = seconds(round(5 * fall * SAMPLE_RATE))
    return np.sin(2 * np.pi * cycles(frequency * (1 + 0.5 * np.exp(-t / 0.012)))) * np.exp(-t / fall)
