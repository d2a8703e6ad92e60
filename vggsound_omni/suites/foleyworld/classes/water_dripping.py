"""Drops fall from a tap into a bucket, a sink or a puddle."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, Colour, mix, shade
from ..pictures.motion import INK, PAPER, Contact, Struck, outlined_box, outlined_ellipse, outlined_line, smooth
from ..pictures.shapes import taper
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.modal import METAL, Blow, Body, burst, contact_time, layers, ring, struck
from ..sounds.noise import cycles, seconds
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Material, Words


def bubble_hertz(style: Style, event: Event) -> float:
    """Hz at which a drop's bubble begins to sing, 300 to 1600; variation is its size."""
    return float(680 * 2 ** (style.pitch + 0.4 * (event.variation - 0.5)))


def _bubble(frequency: float, rise: float) -> Samples:
    """A bubble of radius 3.26 m/s / frequency (Minnaert 1933) that dies by radiation and heat as it climbs.

    Near the surface its pitch grows at the rate of the damping times ``rise`` (van den Doel, "Physically based models
    for liquid sounds", 2005).
    """
    radius = 3.26 / frequency
    damping = 0.13 / radius + 0.0072 * radius**-1.5
    t = seconds(round(6.9 / damping * SAMPLE_RATE))
    phase = cycles(np.minimum(frequency * (1 + rise * damping * t), 7500.0))
    return np.sin(2 * np.pi * phase) * np.exp(-damping * t) * np.minimum(1, (t + 0.0003) / 0.001)


def _drip(style: Style, rng: np.random.Generator) -> Blow:
    """A tick where the drop hits, the bubble that it traps, smaller ones after it, and what holds the water.

    Materials: a bucket that booms, a steel sink that rings, a puddle that splashes.
    """
    size = 2 ** (0.4 * style.pitch)
    air = 240 * size * np.array([1.0, 2.3, 3.4, 4.7])
    steel = Body.plate(330 * size, 1.35, METAL.held(60), rng, 7000)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        frequency = bubble_hertz(style, event) * rng.uniform(0.99, 1.01)
        rise = rng.uniform(0.2, 0.42)
        parts = [
            (0.0, 0.25 + 0.2 * event.strength, burst(rng, 1500, 7800, 0.006, 0.0)),
            (0.0, 1.0, _bubble(frequency, rise)),
        ]
        parts += [
            (rng.uniform(0.03, 0.16), rng.uniform(0.05, 0.35), _bubble(frequency * rng.uniform(1.2, 2.4), rise))
            for _ in range(rng.integers(0, (3, 2, 5)[style.material]))
        ]
        if style.material == 0:
            gain = np.array([1, 0.8, 0.5, 0.3]) * rng.uniform(0.5, 1.2, 4)
            parts.append((0.0, 0.2, ring(air, np.array([0.3, 0.25, 0.2, 0.15]), gain, 5000)))
        elif style.material == 1:
            parts.append((0.0, 0.25, steel.hit(rng, contact_time(0.0003, style, event))))
        else:
            spray = (rng.uniform(0.0, 0.05, 5), rng.uniform(0.05, 0.2, 5))
            parts += [(at, level, burst(rng, 1800, 7800, 0.015, 0.0)) for at, level in zip(*spray, strict=True)]
        return layers(*parts)

    return blow


_STEEL: Colour = (0.66, 0.69, 0.74)


class Drip(Struck):
    """Drops grow on a tap and fall into water. Material: a bucket, a sink or a puddle."""

    contact: Contact = (0.0, 0.56, 0.13)
    surface = 0.5
    mouth = -0.45

    def still(self, canvas: Canvas) -> None:
        """The tap, and what holds the water."""
        outlined_line(canvas, -0.95, -0.68, -0.1, -0.68, 0.2, _STEEL)
        outlined_line(canvas, 0, -0.66, 0, self.mouth - 0.06, 0.2, _STEEL)
        canvas.line(-0.9, -0.73, -0.05, -0.73, 0.05, PAPER)
        outlined_box(canvas, 0, self.mouth - 0.04, 0.28, 0.08, _STEEL)
        outlined_box(canvas, -0.35, -0.84, 0.08, 0.2, _STEEL)
        outlined_box(canvas, -0.35, -0.95, 0.2 + 0.2 * self.large, 0.09, self.second, corner=0.04)
        self._vessel(canvas)
        self._water(canvas, 0.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The drop, and the water where it has fallen in."""
        since, until = self.beats.since(t), self.beats.until(t)
        shock = self.beats.shock(t, 0.26)
        size = (0.75 + 0.25 * self.beats.effort(t)) * self.large * 0.11
        if until < 0.24:
            fallen = (1 - until / 0.24) ** 2
            self._drop(
                canvas, self.mouth + 0.06 + (self.surface - self.mouth - 0.06) * fallen, size, 1.0 + 0.5 * fallen
            )
        elif np.isfinite(until):
            self._drop(canvas, self.mouth + 0.04, size * smooth(1 - (until - 0.24) / 0.5), 1.0)
        if shock:
            self._water(canvas, shock)
            age = since / 0.26
            for x in (-1, -0.45, 0.45, 1):
                y = self.surface - 0.12 - (1.0 - 0.3 * abs(x)) * (1.5 * age - 1.7 * age * age) * shock**0.2
                canvas.disc(x * (0.18 + 0.3 * age), y, 0.085, INK)
                canvas.disc(x * (0.18 + 0.3 * age), y, 0.055, mix(self.main, PAPER, 0.5))

    def _drop(self, canvas: Canvas, y: float, size: float, stretch: float) -> None:
        if size < 0.01:
            return
        drop = canvas.at(0, y, size)
        drop.polygon([(-0.85, -0.3), (0, -1.9 * stretch), (0.85, -0.3)], INK)
        drop.disc(0, 0, 1.3, INK)
        drop.polygon([(-0.7, -0.3), (0, -1.4 * stretch), (0.7, -0.3)], self.main)
        drop.disc(0, 0, 0.9, self.main)
        drop.disc(-0.3, 0, 0.3, PAPER)

    def _water(self, canvas: Canvas, shock: float) -> None:
        width = (0.38, 0.7, 0.8)[self.style.material]
        canvas.ellipse(0, self.surface, width, 0.17, self.main)
        canvas.ellipse(-0.3 * width, self.surface - 0.06, 0.3 * width, 0.025, self.light)
        if shock:
            out = 1 - shock
            for start, colour in ((0.34, PAPER), (0.26, self.dark), (0.14, mix(self.main, PAPER, 0.4 * shock))):
                r = start + (0.9 * width - 0.3) * out
                canvas.ellipse(0, self.surface, r, (0.36 - 0.1 * out) * r, colour)
            foot = self.surface + 0.03
            canvas.polygon([(-0.13, foot), (0, foot - 0.4 * shock), (0.13, foot)], self.light)

    def _vessel(self, canvas: Canvas) -> None:
        y, material = self.surface, self.style.material
        if material == 0:
            canvas.ring(0, y + 0.02, 0.49, 0.05, INK, start=np.pi, end=2 * np.pi)
            taper(canvas, 0.51, y, 0.39, 1.06, INK)
            taper(canvas, 0.46, y, 0.345, 1.01, self.second)
            taper(canvas, 0.4, y + 0.32, 0.38, y + 0.4, self.second_dark)
            outlined_ellipse(canvas, 0, y, 0.46, 0.19, self.second_light)
        elif material == 1:
            outlined_box(canvas, 0, 0.84, 0.3, 0.26, self.second_dark)
            taper(canvas, 0.94, y, 0.6, 0.86, INK)
            taper(canvas, 0.86, y, 0.56, 0.81, self.second_light)
            outlined_ellipse(canvas, 0, y, 0.88, 0.23, PAPER)
        else:
            canvas.ellipse(0.1, y + 0.02, 0.86, 0.21, shade(self.dark, 0.7))
            canvas.ellipse(-0.3, y + 0.05, 0.6, 0.19, shade(self.dark, 0.7))
            canvas.ellipse(-0.3, y + 0.05, 0.55, 0.15, self.main)


SPEC = SoundClass(
    name="water dripping",
    family="things",
    level_db=-20,
    places=("kitchen", "workshop", "corridor", "street", "forest", "park"),
    timing=Timing.of_strikes((4, 14), (0.44, 1.4), 0.25, (0.15, 0.3)),
    impact=True,
    size=0.85,
    hues=(0.5, 0.6),
    words=Words(
        thing="tap",
        things="taps",
        bare="dripping",
        clauses=(
            "water drips/dripping {m}",
            "a tap drips/dripping {m}",
            "+drops of water fall/falling {m}",
            "a leaking tap drips/dripping {m}",
            "+drops fall/falling {m}",
            "water drops/dropping {m}",
            "a faucet drips/dripping {m}",
            "+water drops fall/falling {m}",
            "a leaky faucet drips/dripping {m}",
            "+drips fall/falling {m}",
            "+drops of water drip/dripping {m}",
        ),
        nouns=(
            "the * dripping of water {m}",
            "the * drip of a tap",
            "+* drops of water falling {m}",
            "the * plop of water drops {m}",
            "the * dripping of a faucet {m}",
        ),
        acts=("drop/drops of water", "drip/drips of a tap", "water drop/water drops", "drop/drops falling {m}"),
        materials=(
            Material(phrases=("into a bucket", "into a pail", "into a water bucket", "into a full bucket")),
            Material(
                phrases=("into a sink", "into a basin", "into a wash basin", "into the sink"),
                places=("kitchen", "corridor", "workshop"),
            ),
            Material(
                phrases=("into a puddle", "into a pool of water", "into a small puddle", "into a puddle of water"),
                places=("street", "forest", "park", "workshop", "corridor"),
            ),
        ),
        low=(
            "with deep plops",
            "with low, hollow plunks",
            "with a deep plunk",
            "with low plops",
            "with deep, hollow plops",
        ),
        high=(
            "with high, small plinks",
            "with bright, high plinks",
            "with a high plink",
            "with high-pitched drops",
            "with tiny, high plinks",
        ),
    ),
    sound=struck(_drip, pivot=1500),
    picture=Drip,
)
