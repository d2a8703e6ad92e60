"""A wood fire crackles."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK
from ..scene import Style
from ..sounds.noise import Course, contour, grains, lasting, noise, snaps, wander
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing


def _fire(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """The roar of a draught below, snaps of bursting wood above; every event begins with a bigger pop.

    Materials: dry wood, damp wood that hisses, brittle twigs.
    """
    length = course.length
    size = 2 ** (0.9 * style.pitch)
    flicker = np.exp(0.35 * wander(rng, length, 9)) * contour(course.since, (0, 1.25), (0.25, 1.0), (1.2, 0.8))
    roar = 0.16 * flicker * noise(rng, length, 40, 260 * size, -4.0)
    hiss = (0.022, 0.04, 0.02)[style.material] * flicker * noise(rng, length, 1200 * size, 6500, -1.0)
    crowd = (16, 10, 34)[style.material] * 2 ** (0.5 * style.pitch)
    shower = 1 + 6 * np.exp(-course.since / 0.07)
    crackle = 0.3 * snaps(rng, crowd * shower, length, 1.0)
    pops = np.zeros(length)
    pops[course.starts[:-1]] = [2.0 + 0.6 * event.variation for event in course.events]
    small = grains(rng, crackle, (1700 * size, 0.008, 0.7), (4000, 0.005, 1.0))
    snap = np.convolve(pops, np.exp(-np.arange(160) / 40) * rng.standard_normal(160))[:length]
    large = 0.3 * snap + grains(rng, pops, (450 * size, 0.04, 0.9), (1200 * size, 0.025, 1.0), (2900 * size, 0.01, 0.9))
    return roar + hiss + small + large


class _Fire(Actor):
    """A camp fire; flames leap with each event, and a burst of sparks flies up at its onset."""

    _OUTER = ((-0.5, 0.0), (-0.62, -0.35), (-0.5, -0.9), (-0.3, -0.55), (0.02, -1.3), (0.24, -0.6), (0.5, -0.95))
    _ORDER = ((0.62, -0.35), (0.5, 0.0), (0.0, 0.1))

    def _prepare(self) -> None:
        self.flames = (hsv(self.hue, 0.8, 0.9), hsv(self.hue + 0.08, 0.6, 1.0), hsv(self.hue + 0.12, 0.22, 1.0))
        self.flight = self.rng.uniform((-1.0, 0.5), (1.0, 1.0), (7, 2)).tolist()

    def still(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.84, 0.95, 0.14, INK, alpha=0.35)
        stone = mix(self.second, (0.5, 0.5, 0.5), 0.6)
        for x in np.linspace(-0.75, 0.75, 6).tolist():
            canvas.ellipse(x, 0.86 - 0.04 * abs(x), 0.17, 0.12, shade(stone, 0.4))
            canvas.ellipse(x, 0.85 - 0.04 * abs(x), 0.13, 0.08, stone)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        sounding = act is not None and act.share < 1
        height = 0.3 + self.sway(t, 1.1, 0.015)
        if act and sounding:
            leap = float(np.exp(-act.age / 0.14))
            flare = act.size * (0.78 + 0.3 * leap + 0.07 * np.sin(19 * t + self.phase) + 0.05 * np.sin(31 * t))
            height = max(flare * self.ebb(act), height)
        c = canvas.at(0.0, 0.72)
        c.glow(0.0, -0.25, 0.75, self.flames[1], 0.6 * height)
        flicker = 0.12 if sounding else 0.02
        for colour, size, speed in zip(self.flames, (self.size, 0.66, 0.36), (7.0, 9.0, 12.0), strict=True):
            sway = flicker * float(np.sin(speed * t + self.phase))
            wide = (0.75 + 0.25 * height) * size
            outline = [
                (x * wide - sway * y, y * size * height * (1.0 + 0.8 * flicker * np.sin(speed * 1.7 * t + 9 * x)))
                for x, y in (*self._OUTER, *self._ORDER)
            ]
            c.polygon(outline, colour)
        for side in (-1.0, 1.0):
            wood = mix(self.second, INK, 0.45)
            c.line(side * -0.55, 0.02, side * 0.55, 0.16, 0.2, INK)
            c.line(side * -0.55, 0.02, side * 0.55, 0.16, 0.12, wood)
        if act and sounding and act.age < 0.5:
            flown = act.age + 0.1
            for vx, vy in self.flight:
                x, y = 0.9 * vx * flown**0.7, -0.45 - 2.3 * vy * flown**0.7
                c.disc(x, y, 0.03 + 0.05 * act.size * (1 - act.age / 0.5), self.flames[2])


SPEC = SoundClass(
    name="fire crackling",
    family="weather",
    level_db=-16,
    places=("forest", "field at night", "beach", "park", "mountains"),
    timing=Timing.of_spans((0.4, 1.2), (4, 16)),
    subject=("a fire", "a wood fire"),
    verb=("crackles", "burns and pops"),
    manners=(("with deep pops", "roaring low"), ("warmly", "steadily"), ("with fine crackles", "snapping brightly")),
    sound=lasting(_fire, pivot=1500, crest=9.0, fade_in=0.001),
    picture=_Fire,
)
