"""A cat meows."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv
from ..pictures.actor import Actor
from ..pictures.motion import INK, OUTLINE
from ..scene import Event, Style
from ..sounds.noise import contour, countable, seconds, wander
from ..sounds.sound import Samples
from ..sounds.voices import folds, radiated, tract, unit_time
from .sound_class import SoundClass, Timing
from .words import QUICK_ACTS, SLOW_ACTS, Words


def _cat(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A meow: nasal "m", then "i", "a", "u" while the pitch arches; 400 Hz (old tom) to 1100 Hz (kitten).

    Manners: plain, with a purred beginning, drawn out and nasal.
    """
    u = unit_time(event.duration)
    pitch = 690 * 2 ** (0.64 * style.pitch) * (1 + 0.16 * (event.variation - 0.5) + 0.03 * rng.standard_normal())
    top = 0.25 + 0.2 * event.variation
    frequency = pitch * contour(u, (0, 0.82), (top, 1.12), (0.72, 0.98), (1, 0.68))
    frequency *= 1 + 0.012 * np.sin(2 * np.pi * 6 * seconds(len(u))) * u + 0.006 * wander(rng, len(u), 40)
    source = folds(
        frequency,
        rng,
        tilt_hz=2200 + 2000 * event.strength,
        breath=(0.03 + 0.04 * style.brightness) * contour(u, (0, 0.6), (0.7, 1.0), (1, 2.0)),
        jitter=0.006,
        shimmer=0.06,
        halved=contour(u, (0.5, 0), (0.8, 0.35 * event.strength)),
    )
    size = 1.1 * 2 ** (0.35 * style.pitch)
    wide = rng.uniform(0.85, 1.1)
    mouth = contour(u, (0, 0.2), (0.12, 0.4), (0.45, wide), (0.65, 0.9), (0.95, 0.15))
    front = contour(u, (0, 0.4), (0.18, 1.0), (0.45, 0.5), (1, 0.0))  # of the tongue: "i" before "a" before "u"
    nose = (1.0, 1.0, 1.25)[style.material]
    voice = tract(
        source,
        (size * (480 + 720 * mouth), 110 * size * nose),
        (size * (1350 + 350 * mouth + 1000 * front), 170 * size),
        (size * (2900 + 500 * front), 260 * size),
        (4300 * size, 400 * size),
        (5600 * size, 500 * size),
    )
    if style.material == 2:
        voice = voice - 0.7 * tract(source, (900 * size, 120.0), (2100 * size, 200.0))
    level = contour(u, (0, 0), (0.008, 0.8), (0.15, 0.75), (0.42, 1), (0.7, 0.75), (1, 0))
    if style.material == 1:
        purr = 0.5 + 0.5 * np.cos(2 * np.pi * 27 * seconds(len(u)))
        level *= 1 - (1 - purr) * contour(u, (0, 0.0), (0.08, 0.8), (0.3, 0.8), (0.5, 0))
    return radiated(voice) * level


class _Cat(Actor):
    """Sitting, seen from the front; lifts its chin, shuts its eyes and opens its mouth. Material: coat."""

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(0.0, 0.5, 0.42 + grow, 0.46 + grow, colour)
            c.ellipse(0.0, 0.2, 0.3 + grow, 0.4 + grow, colour)
            for side in (-1.0, 1.0):
                c.ellipse(side * 0.36, 0.76, 0.24 + grow, 0.18 + grow, colour)
        for side in (-1.0, 1.0):
            c.ellipse(side * 0.15, 0.86, 0.15, 0.1, self.dark)
            c.ellipse(side * 0.15, 0.85, 0.11, 0.07, self.light)
        c.ellipse(0.0, 0.4, 0.2, 0.3, self.light)
        c.line(0.0, 0.62, 0.0, 0.86, 0.04, self.dark)
        c.box(0.0, 0.16, 0.52, 0.15, self.second, 0.0, 0.06)
        c.disc(0.0, 0.25, 0.07, hsv(self.second_hue + 0.2, 0.35, 1.0))

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas)
        tail = c.at(0.46, 0.78, 1.0, 0.45 * effort + self.sway(t, 0.3, 0.06))
        for colour, width in ((self.dark, 0.23), (self.main, 0.13)):
            tail.line(0.0, 0.0, 0.32, -0.12, width, colour)
            tail.line(0.32, -0.12, 0.34, -0.48, width, colour)
        head = c.at(0.0, -0.3 - 0.12 * effort + self.sway(t, 0.3, 0.008), 1.0, 0.2 * effort)
        for side in (-1.0, 1.0):
            ear = head.at(side * 0.3, -0.2, 1.0, side * 0.35 * effort)
            ear.polygon(((-0.24, 0.1), (side * 0.14, -0.48), (0.24, 0.1)), self.dark)
            ear.polygon(((-0.12, 0.05), (side * 0.11, -0.33), (0.12, 0.05)), self.second)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            head.ellipse(0.0, 0.0, 0.5 + grow, 0.4 + grow, colour)
        if self.style.material == 1:
            for x in (-0.13, 0.0, 0.13):
                head.line(x, -0.36, 0.7 * x, -0.22, 0.06, self.dark)
        elif self.style.material == 2:
            head.ellipse(-0.24, -0.08, 0.2, 0.22, self.second)
        head.ellipse(0.0, 0.17, 0.22, 0.14, self.light)
        for side in (-1.0, 1.0):
            if effort > 0.4:
                head.line(side * 0.12, -0.02, side * 0.32, -0.1, 0.06, INK)
            else:
                head.ellipse(side * 0.22, -0.06, 0.12, 0.13, hsv(self.second_hue + 0.2, 0.35, 1.0))
                head.ellipse(side * 0.22, -0.06, 0.05, 0.12, INK)
            for rise in (-0.05, 0.06):
                head.line(side * 0.26, 0.14, side * 0.7, 0.12 + rise - 0.1 * effort, 0.03, INK)
        head.ellipse(0.0, 0.18 + 0.16 * effort, 0.05 + 0.1 * effort, 0.03 + 0.19 * effort, INK)
        if effort > 0:
            head.ellipse(0.0, 0.22 + 0.24 * effort, 0.09 * effort, 0.07 * effort, hsv(self.hue + 0.5, 0.5, 0.9))
        head.polygon(((-0.07, 0.08), (0.07, 0.08), (0.0, 0.15)), INK)


SPEC = SoundClass(
    name="cat meowing",
    family="animals",
    level_db=-13,
    places=("living room", "kitchen", "workshop", "office", "corridor", "street", "park", "harbour", "field at night"),
    carries=True,
    timing=Timing.of_strikes((2, 5), (1.2, 2.6), 0.2, (0.6, 1.0)),
    size=0.85,
    hues=(0.04, 0.13),
    words=Words(
        thing="cat",
        things="cats",
        bare="meowing",
        clauses=(
            "a pet meows/meowing",
            "a pussycat mews/mewing",
            "a cat meows/meowing",
            "a cat mews/mewing",
            "a cat cries/crying",
            "a house cat meows/meowing",
            "a cat miaows/miaowing",
            "a cat calls/calling",
            "a pet cat meows/meowing",
            "a cat whines/whining",
            "a pussycat meows/meowing",
            "a pet cat mews/mewing",
            "a house cat mews/mewing",
        ),
        nouns=(
            "the * meowing of a cat",
            "the * mewing of a cat",
            "+* meows",
            "* meowing",
            "the * cry of a cat",
            "the * crying of a cat",
        ),
        acts=("meow/meows of a cat", "cry/cries of a cat", "miaow/miaows of a cat", "mew/mews of a cat"),
        low=("in a low voice", "at a low pitch", "in a deep voice", "in low tones", "in a deep, rough voice"),
        high=(
            "in a high voice",
            "at a high pitch",
            "like a kitten",
            "in a thin, high voice",
            "in a kitten's high voice",
        ),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
    ),
    sound=countable(_cat, pivot=1600),
    picture=_Cat,
)
