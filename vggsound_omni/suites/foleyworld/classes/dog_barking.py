"""A dog barks."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix
from ..pictures.actor import Actor, eye
from ..pictures.motion import INK, OUTLINE
from ..scene import Event, Style
from ..sounds.noise import contour, countable, seconds, wander
from ..sounds.sound import Samples
from ..sounds.voices import folds, radiated, tract, unit_time
from .sound_class import SoundClass, Timing
from .words import DISTANT, QUICK_ACTS, SLOW_ACTS, Words


def _dog(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A bark: 200 (large) to 900 Hz (small), up and down in a quarter of a second while the mouth opens and shuts.

    Folds and tract of a dog are far apart in size, so breath and chaos are strong (Riede and Fitch, "Vocal tract
    length and acoustics of vocalization in the domestic dog", 1999). Breeds: clear, hoarse (every second pulse is
    weak), with a growl before the bark.
    """
    u = unit_time(min(event.duration, 0.14 + 0.1 * event.variation) if style.material < 2 else event.duration)
    start = 0.3 if style.material == 2 else 0.0  # of the bark proper; a growl goes before it
    v = np.clip((u - start) / (1 - start), 0, 1)
    pitch = 430 * 2 ** (1.1 * style.pitch) * (1 + 0.16 * (event.variation - 0.5) + 0.04 * rng.standard_normal())
    frequency = pitch * contour(v, (0, 0.62), (rng.uniform(0.15, 0.3), 1.12), (0.5, 1.0), (1, 0.5))
    frequency *= 1 + 0.02 * wander(rng, len(u), 150)
    rough = rng.uniform(0.3, 0.9) * contour(v, (0, 0.3), (0.3, 0.2), (1, 1))
    source = folds(
        frequency,
        rng,
        tilt_hz=2500 + 2500 * event.strength,
        breath=(0.10 + 0.12 * event.strength)
        * 2 ** (0.7 * min(style.pitch, 0.0))
        * contour(v, (0, 1.5), (0.3, 0.8), (1, 1.6)),
        jitter=0.015,
        shimmer=0.35 if style.material == 1 else 0.15,
        halved=(0.6 + 0.4 * rough) if style.material == 1 else 0.12 * rough,
    )
    size = 2 ** (0.5 * style.pitch)
    jaw = contour(v, (0, 0.45 if start else 0.25), (0.18, 1.0), (0.5, 0.9), (1, 0.1))
    voice = tract(
        source,
        (size * (430 + 480 * jaw), 200 * size),
        (size * (1150 + 420 * jaw), 220 * size),
        (size * (2250 + 250 * jaw), 240 * size),
        (3400 * size, 350 * size),
        (4700 * size, 500 * size),
    )
    level = contour(v, (0, 0), (0.02, 0.8), (0.15, 1), (0.5, 0.75), (0.75, 0.25), (1, 0))
    if style.material == 2:
        growl = contour((seconds(len(u)) * 38 * (1 + 0.05 * wander(rng, len(u), 20))) % 1.0, (0, 1), (0.4, 0.2), (1, 0))
        level += growl * contour(u, (0, 2.4), (0.1, 1), (0.28, 0.8), (0.4, 0))
    return radiated(voice) * level


class _Dog(Actor):
    """Sitting, seen from the side; throws up its head, opens its jaw and wags."""

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(-0.1, 0.3, 0.66 + grow, 0.34 + grow, colour, -1.05)
            c.disc(-0.36, 0.56, 0.35 + grow, colour)
            c.ellipse(-0.2, 0.85, 0.3 + grow, 0.09 + grow, colour)
            c.line(0.2, 0.2, 0.26, 0.84, 0.2 + 2 * grow, colour)
            c.ellipse(0.3, 0.86, 0.16 + grow, 0.08 + grow, colour)
        c.ellipse(0.14, 0.25, 0.34, 0.13, self.light, -1.2)
        c.ring(-0.36, 0.58, 0.27, 0.04, self.dark, 0.7, 3.6, 5.9)
        if self.style.material == 2:
            c.ellipse(-0.3, 0.22, 0.2, 0.14, self.second, -0.8)

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas)
        wag = 0.5 * np.sin(2 * np.pi * 5 * t) * effort + self.sway(t, 0.4, 0.04)
        tail = c.at(-0.6, 0.62, 1.0, -0.75 + wag)
        for colour, width in ((self.dark, 0.22), (self.main, 0.12)):
            tail.line(0.0, 0.0, -0.34, -0.1, width, colour)
        head = c.at(0.16 + 0.1 * effort, -0.3 - 0.1 * effort + self.sway(t, 0.35, 0.01), 1.14, -0.55 * effort)
        jaw = head.at(0.12, 0.06, 1.0, 0.75 * effort)
        jaw.line(0.0, 0.0, 0.42, 0.0, 0.2, self.dark)
        jaw.line(0.0, 0.0, 0.42, 0.0, 0.11, self.main)
        if effort > 0:
            head.polygon(((0.05, 0.0), (0.6, 0.0), (0.12 + 0.4 * np.cos(0.6 * effort), 0.34 * effort)), INK)
            jaw.line(0.1, -0.04, 0.3, -0.04, 0.08, hsv(self.hue + 0.5, 0.5, 0.9))
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            head.disc(0.0, -0.1, 0.34 + grow, colour)
            head.box(0.42, -0.06, 0.56 + 2 * grow, 0.24 + 2 * grow, colour, 0.08, 0.11)
        head.disc(0.68, -0.12, 0.095, INK)
        eye(head, 0.17, -0.2, 0.075)
        self._ear(head, effort)
        head.at(-0.1, 0.24, 1.0, -0.35).box(0.0, 0.0, 0.5, 0.1, self.second, 0.0, 0.04)

    def _ear(self, head: Canvas, effort: float) -> None:
        ear = head.at(-0.14, -0.3, 1.0, 0.5 * effort)
        if self.style.material == 1:
            ear.polygon(((-0.17, 0.1), (-0.1, -0.42), (0.2, 0.02)), self.dark)
            ear.polygon(((-0.1, 0.05), (-0.08, -0.28), (0.1, 0.02)), self.second)
        else:
            ear.ellipse(-0.08, 0.2, 0.16, 0.32, self.dark, 0.25)
            ear.ellipse(-0.08, 0.2, 0.11, 0.27, mix(self.main, self.dark, 0.45), 0.25)


SPEC = SoundClass(
    name="dog barking",
    family="animals",
    level_db=-8,
    places=(
        "living room",
        "kitchen",
        "workshop",
        "corridor",
        "street",
        "forest",
        "field at night",
        "beach",
        "park",
        "mountains",
        "harbour",
    ),
    carries=True,
    timing=Timing.of_strikes((2, 10), (0.48, 1.6), 0.25, (0.2, 0.32)),
    size=0.95,
    hues=(0.05, 0.13),
    words=Words(
        thing="dog",
        things="dogs",
        bare="barking",
        clauses=(
            "a dog barks/barking",
            "a dog woofs/woofing",
            "a hound barks/barking",
            "a pet dog barks/barking",
            "a watchdog barks/barking",
            "a guard dog barks/barking",
            "a dog lets/letting out a bark",
            "a dog makes/making itself heard by barking",
            "a hound gives/giving voice",
            "a guard dog woofs/woofing",
            "a hound woofs/woofing",
        ),
        nouns=(
            "the * barking of a dog",
            "* barking",
            "the * bark of a dog",
            "the * woofing of a dog",
            "the * barking of a hound",
        ),
        acts=("bark/barks of a dog", "woof/woofs of a dog", "bark/barks", "bark/barks of a hound"),
        low=("in a deep voice", "in a low voice", "in a deep, gruff voice", "like a big dog", "in a low, gruff voice"),
        high=("in a high voice", "in a high, thin voice", "like a small dog", "shrilly", "in a high-pitched voice"),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
        faint=DISTANT,
    ),
    sound=countable(_dog, pivot=1100),
    picture=_Dog,
)
