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
_INAUDIBLE = 1.5
"""Modes are left out after so many times their ``t60``, 90 dB down."""


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
    start = gain * np.exp(1j * np.broadcast_to(np.asarray(phase), gain.shape))
    total = np.zeros(length)
    # Short modes are summed over as many samples as they last.
    lasting = np.minimum(_INAUDIBLE * t60 * SAMPLE_RATE, length)
    edges = length / 4.0 ** np.arange(4)
    for longest, shortest in zip(edges, (*edges[1:], 0.0), strict=True):
        group = (lasting > shortest) & (lasting <= longest) & (gain != 0)
        if group.any():
            samples = int(lasting[group].max())
            total[:samples] += _sum(pole[group], start[group], samples)
    return total


def _sum(pole: npt.NDArray[np.complex128], start: npt.NDArray[np.complex128], length: int) -> npt.NDArray[np.float32]:
    block = 1 << int(np.log2(max(length, 1)) / 2 + 1)
    within = _powers(np.exp(pole), block, start)
    steps = _powers(np.exp(pole * block), -(-length // block), np.ones(len(pole))).T
    # Single precision is 140 dB below full scale.
    left = np.hstack((steps.real, steps.imag)).astype(np.float32)
    product = left @ np.vstack((within.imag, within.real)).astype(np.float32)
    return np.asarray(product).ravel()[:length]


def _powers(
    base: npt.NDArray[np.complex128], count: int, first: npt.NDArray[np.complex128] | Array
) -> npt.NDArray[np.complex128]:
    """Returns ``first * base**k`` for k from 0, of shape (modes, count): products are cheaper than exponentials."""
    factors = np.empty((len(base), count), np.complex128)
    factors[:, 0] = first
    factors[:, 1:] = base[:, None]
    return np.asarray(np.multiply.accumulate(factors, axis=1))


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
    weight: Array  # (modes,) amplitudes relative to those of single modes

    @classmethod
    def plate(
        cls,
        lowest: float,
        aspect: float,
        material: Material,
        rng: np.random.Generator,
        highest: float = _HIGHEST,
        most: int = 110,
    ) -> Body:
        """Thin plate with hinged edges (frequencies as m^2 + (aspect n)^2), each mode up to 3 % off.

        A plate has as many modes in every hertz, however high. Of more than ``most`` the lowest third stay, and of the
        others a sample that is as strong as all of them.
        """
        m, n = np.meshgrid(np.arange(1.0, 41.0), np.arange(1.0, 41.0))
        waves = np.column_stack((m.ravel(), n.ravel()))
        frequency = lowest * (waves[:, 0] ** 2 + (aspect * waves[:, 1]) ** 2) / (1 + aspect**2)
        frequency *= 1 + rng.uniform(-0.03, 0.03, len(frequency))
        order = np.argsort(frequency)
        order = order[frequency[order] < min(highest, _HIGHEST)]
        weight = np.ones(len(order))
        if len(order) > most:
            low = most // 3
            drawn = np.sort(rng.choice(np.arange(low, len(order)), most - low, replace=False))
            order = np.concatenate((order[:low], order[drawn]))
            weight = np.concatenate((np.ones(low), np.full(most - low, np.sqrt((len(weight) - low) / (most - low)))))
        return cls(frequency[order], waves[order], material, weight)

    @classmethod
    def bar(cls, lowest: float, material: Material, rng: np.random.Generator) -> Body:
        """Free bar: frequencies as the squares of 3.01, 5, 7, 9 ..."""
        k = np.arange(1.0, 8.0)
        frequency = lowest * ((2 * k + 1) / 3.011) ** 2 * (1 + rng.uniform(-0.03, 0.03, len(k)))
        kept = frequency < _HIGHEST
        return cls(frequency[kept], np.column_stack((k + 1, 0 * k))[kept], material, np.ones(int(kept.sum())))

    def hit(
        self,
        rng: np.random.Generator,
        contact: float,
        at: tuple[float, float] = (0.37, 0.41),
        scale: float = 1.0,
        stray: float = 0.1,
    ) -> Samples:
        """Samples of a blow of ``contact`` seconds near the place ``at`` (0 to 1 along and across).

        It is ``stray`` off at most; ``scale`` multiplies all frequencies. The parts of a body that is large against the
        wavelength are heard with different delays: from the eighth mode on, phases are random.
        """
        place = np.array(at) + rng.uniform(-stray, stray, 2)
        shape = np.where(self.waves > 0, np.sin(np.pi * self.waves * place), 1.0).prod(axis=1)
        frequency = self.frequency * scale
        t60 = self.material.t60(frequency)
        gain = self.weight * shape * push(frequency, contact)
        phase = rng.uniform(0, 2 * np.pi, len(gain)) * (np.arange(len(gain)) >= 8)
        return ring(frequency, t60, gain, round(1.1 * float(t60.max(initial=0.01)) * SAMPLE_RATE), phase)


def crowd(
    rng: np.random.Generator, low: float, high: float, material: Material, contact: float, count: int = 120
) -> Samples:
    """Samples of a blow on something of so many modes that none is heard: frequencies and phases are drawn anew.

    What is heard is noise between ``low`` and ``high`` Hz that loses its treble first, as ``material`` says. Modes are
    drawn evenly over octaves and weighted as if over hertz.
    """
    frequency = low * (high / low) ** rng.random(count)
    gain = np.sqrt(frequency / high) * push(frequency, contact) * rng.rayleigh(size=count)
    t60 = material.t60(frequency)
    return ring(frequency, t60, gain, round(1.1 * float(t60.max()) * SAMPLE_RATE), rng.uniform(0, 2 * np.pi, count))


def chatter(rng: np.random.Generator, samples: Samples, blows: int, within: float, fall: float = 0.7) -> Samples:
    """Rough things touch more than once: further contacts ``within`` seconds, each about ``fall`` times as loud."""
    starts = np.concatenate(([0], np.sort(rng.integers(1, max(round(within * SAMPLE_RATE), 2), blows - 1))))
    out = np.zeros(len(samples) + int(starts[-1]))
    for k, start in enumerate(starts):
        out[start : start + len(samples)] += fall**k * (rng.uniform(0.5, 1.2) if k else 1.0) * samples
    return out


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
