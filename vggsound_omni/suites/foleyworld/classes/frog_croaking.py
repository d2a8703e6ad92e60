"""A frog croaks."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK, OUTLINE, PAPER
from ..scene import Event, Style
from ..sounds.noise import contour, countable, cycles, noise, wander, wave
from ..sounds.sound import Samples
from ..sounds.voices import unit_time
from .sound_class import SoundClass, Timing
from .words import QUICK_ACTS, SLOW_ACTS, Words


def _frog(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A croak: a tone of the vocal folds that is cut into pulses (Gerhardt and Huber 2002, ch. 2).

    The arytenoids let the air through in pulses that start at once and die in a few milliseconds; the sac gives the
    tone back with few overtones. Species: a grunt of dense pulses, two-syllable ribbit, a creak of slow pulses that
    speed up.
    """
    u = unit_time(event.duration)
    pace, sac = 2 ** (0.35 * style.pitch), 2 ** (0.6 * style.pitch) * (1 + 0.1 * (event.variation - 0.5))
    rate, fall, level, carrier, sweep = (
        (
            contour(u, (0, 52), (0.3, 60), (1, 46)),
            0.0042,
            contour(u, (0, 0.5), (0.25, 1), (0.8, 0.9), (1, 0)),
            900,
            contour(u, (0, 0.9), (0.3, 1.0), (1, 0.93)),
        ),
        (
            contour(u, (0, 44), (0.45, 50), (0.5, 56), (1, 66)),
            0.0034,
            contour(u, (0, 0.6), (0.25, 0.9), (0.42, 0.15), (0.5, 0.1), (0.6, 1), (0.85, 0.9), (1, 0)),
            1150,
            contour(u, (0, 0.92), (0.42, 0.98), (0.55, 1.12), (1, 1.2)),
        ),
        (
            contour(u, (0, 26), (1, 44)),
            0.0030,
            contour(u, (0, 0.7), (0.6, 1), (0.92, 0.9), (1, 0)),
            1500,
            contour(u, (0, 0.95), (1, 1.05)),
        ),
    )[style.material]
    pulses = cycles(rate * pace * (1 + 0.03 * wander(rng, len(u), 30)))
    number = pulses.astype(int)
    since = (pulses - number) / (rate * pace)
    strength = np.exp(0.2 * rng.standard_normal(number[-1] + 1))[number]
    puff = strength * np.minimum((since + 0.0002) / 0.0008, 1) * np.exp(-since / fall)
    bend = 1 + 0.05 * np.exp(-since / 0.003)
    tone = wave(cycles(carrier * sac * sweep * bend), np.array((1.0, 0.15 + 0.3 * style.brightness, 0.1, 0.04)))
    rasp = noise(rng, len(u), 600 * sac, 7500, -3.0)
    return level * puff * (tone + 0.1 * rasp)


class _Frog(Actor):
    """Seen from the front on a lily pad; its throat sac swells."""

    def still(self, canvas: Canvas) -> None:
        pad = mix(self.second, INK, 0.35)
        canvas.ellipse(0.0, 0.78, 1.0, 0.2, shade(pad, 0.7))
        canvas.ellipse(0.0, 0.75, 0.98, 0.18, pad)
        canvas.polygon(((0.0, 0.75), (0.62, 0.9), (0.42, 0.93)), shade(pad, 0.6))
        c = self.standing(canvas, 0.8)
        for side in (-1.0, 1.0):
            for colour, grow in ((self.dark, OUTLINE), (shade(self.main, 0.82), 0.0)):
                c.ellipse(side * 0.6, 0.5, 0.34 + grow, 0.22 + grow, colour, side * -0.9)
                c.ellipse(side * 0.68, 0.76, 0.27 + grow, 0.07 + grow, colour)

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas, 0.8).at(0.0, -0.1 * effort + self.sway(t, 0.5, 0.008))
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(0.0, 0.38, 0.55 + grow, 0.42 + grow, colour)
            c.ellipse(0.0, 0.0, 0.68 + grow, 0.36 + grow, colour)
            for side in (-1.0, 1.0):
                c.disc(side * 0.4, -0.34, 0.22 + grow, colour)
                c.line(side * 0.3, 0.5, side * 0.3, 0.82, 0.16 + 2 * grow, colour)
        c.ellipse(0.0, 0.44, 0.34, 0.3, self.light)
        for side in (-1.0, 1.0):
            c.disc(side * 0.4, -0.36, 0.15, PAPER)
            c.ellipse(side * 0.4, -0.35, 0.11, 0.07, INK)
        r = 0.16 + 0.28 * effort
        if effort > 0:
            c.disc(0.0, 0.13 + r, r + OUTLINE, self.dark)
            c.disc(0.0, 0.13 + r, r, mix(self.light, self.second, 0.25))
            c.disc(-0.3 * r, 0.13 + 0.62 * r, 0.26 * r, PAPER, 0.8)
        c.ring(0.0, -0.32, 0.56, 0.06, self.dark, 1.0, 0.55, 2.6)


SPEC = SoundClass(
    name="frog croaking",
    family="animals",
    level_db=-14,
    places=("forest", "park", "field at night", "mountains"),
    carries=True,
    timing=Timing.of_strikes((2, 8), (0.8, 2.0), 0.15, (0.36, 0.7)),
    size=0.75,
    hues=(0.2, 0.4),
    words=Words(
        thing="frog",
        things="frogs",
        bare="croaking",
        clauses=(
            "a pond dweller croaks/croaking",
            "a frog croaks/croaking",
            "a frog ribbits/ribbiting",
            "a frog calls/calling",
            "a frog by a pond croaks/croaking",
            "a pond frog croaks/croaking",
            "an amphibian croaks/croaking",
            "a frog makes/making its call",
            "a frog lets/letting out a croak",
            "a frog by a pond calls/calling",
            "a frog by the water croaks/croaking",
            "a pond frog calls/calling",
        ),
        nouns=(
            "the * croaking of a frog",
            "the * croak of a frog",
            "the * ribbiting of a frog",
            "the * call of a frog",
            "the * call of a pond frog",
        ),
        acts=(
            "croak/croaks of a frog",
            "call/calls of a frog",
            "ribbit/ribbits of a frog",
            "croak/croaks from a pond frog",
        ),
        low=("in a deep voice", "in a low grunt", "in a low voice", "at a low pitch", "in a deep grunt"),
        high=(
            "in a high creak",
            "in a high voice",
            "at a high pitch",
            "in a thin, high voice",
            "in a high-pitched creak",
        ),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
    ),
    sound=countable(_frog, pivot=1200),
    picture=_Frog,
)
