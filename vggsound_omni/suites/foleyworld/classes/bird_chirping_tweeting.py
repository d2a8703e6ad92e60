"""A songbird on a twig sings slurred notes, trills or short chips."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix
from ..pictures.actor import Actor, eye
from ..pictures.motion import INK, OUTLINE
from ..scene import Event, Style
from ..sounds.noise import contour, countable, cycles, noise, seconds, wander
from ..sounds.sound import Samples
from ..sounds.voices import samples_in
from .sound_class import SoundClass, Timing
from .words import QUICK_ACTS, SLOW_ACTS, Material, Words


def _bird(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A song phrase: whistled sweeps of 2 to 6 kHz, slurred, trilled or in short chips."""
    n = samples_in(event.duration)
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


class _Bird(Actor):
    """A songbird on a twig; its beak opens, its wing lifts, its tail dips. Material: one note, trill or chips."""

    _RATE = (0.0, 12.0, 6.0)
    """Openings of the beak a second."""

    def still(self, canvas: Canvas) -> None:
        twig = mix(hsv(self.second_hue, 0.3, 0.4), INK, 0.3)
        canvas.line(-1.0, 0.8, 1.0, 0.68, 0.09, twig)
        canvas.line(0.5, 0.74, 0.85, 0.45, 0.05, twig)
        canvas.ellipse(0.84, 0.38, 0.16, 0.07, self.second, -0.9)
        canvas.ellipse(-0.8, 0.67, 0.16, 0.07, self.second, 0.7)

    def draw(self, canvas: Canvas, t: float) -> None:
        act, effort = self.act(t), self.effort(t)
        beak = effort
        if act and self._RATE[self.style.material] > 0:
            beak *= 0.6 + 0.4 * np.cos(2 * np.pi * self._RATE[self.style.material] * act.age)
        c = self.standing(canvas, 0.7).at(0.0, 0.7, 1.0, -0.22 * effort + self.sway(t, 0.3, 0.015))
        tail = c.at(-0.38, -0.3, 1.0, 0.35 * effort)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            tail.box(-0.3, 0.12, 0.56 + 2 * grow, 0.15 + 2 * grow, colour, -0.4, 0.05)
            c.ellipse(0.0, -0.45, 0.56 + grow, 0.42 + grow, colour, -0.45)
            c.disc(0.34, -0.86, 0.32 + grow, colour)
        for x in (-0.05, 0.14):
            c.line(x, -0.06, x + 0.03, 0.04, 0.06, INK)
        c.ellipse(0.17, -0.38, 0.4, 0.25, self.light, -0.8)
        wing = c.at(0.02, -0.52, 1.0, 0.55 + 0.95 * effort)
        wing.ellipse(-0.3, 0.0, 0.38, 0.2, self.dark)
        wing.ellipse(-0.3, -0.01, 0.33, 0.15, self.second)
        head = c.at(0.6, -0.86)
        for sign in (-1, 1):
            half = head.at(0.0, 0.0, 1.0, sign * (0.04 + 0.5 * beak))
            half.polygon(((-0.04, -0.11), (0.36, 0.0), (-0.04, 0.11)), self.dark)
            half.polygon(((-0.02, -0.06), (0.26, 0.0), (-0.02, 0.06)), hsv(self.second_hue + 0.1, 0.6, 0.95))
        eye(c, 0.42, -0.92, 0.085)


SPEC = SoundClass(
    name="bird chirping, tweeting",
    family="animals",
    level_db=-14,
    places=("forest", "park", "street", "mountains", "harbour"),
    carries=True,
    timing=Timing.of_strikes((3, 10), (0.6, 1.4), 0.3, (0.24, 0.56)),
    size=0.75,
    words=Words(
        thing="bird",
        things="birds",
        bare="birdsong",
        clauses=(
            "a bird chirps/chirping {m}",
            "a small bird tweets/tweeting {m}",
            "a bird sings/singing {m}",
            "a bird tweets/tweeting {m}",
            "a songbird sings/singing {m}",
            "a bird twitters/twittering {m}",
            "a bird calls/calling {m}",
            "a songbird chirps/chirping {m}",
            "a little bird chirps/chirping {m}",
            "a songbird tweets/tweeting {m}",
            "a little bird sings/singing {m}",
        ),
        nouns=(
            "the * chirping of a bird",
            "* birdsong",
            "the * tweeting of a bird",
            "the * singing of a bird",
            "the * tweeting of a songbird",
        ),
        acts=("chirp/chirps of a bird", "call/calls of a bird", "tweet/tweets of a bird", "note/notes of a songbird"),
        materials=(
            Material(phrases=("in slurred notes", "with sliding notes", "in sliding notes", "with slurred notes")),
            Material(phrases=("in trills", "with trills", "in rolling trills", "with rolling trills")),
            Material(
                phrases=("in short chips", "with short, clipped notes", "in short notes", "in short, clipped notes")
            ),
        ),
        low=("in a low voice", "at a low pitch", "in low whistles", "in low tones", "with a low-pitched voice"),
        high=(
            "in a high voice",
            "at a high pitch",
            "in thin, high tones",
            "in high tones",
            "with a high-pitched voice",
        ),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
    ),
    sound=countable(_bird, pivot=4200),
    picture=_Bird,
)
