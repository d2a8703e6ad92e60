"""Rockets burst in the sky."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix
from ..pictures.actor import Act, Actor
from ..pictures.motion import INK, PAPER, outlined_box
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.noise import contour, countable, grains, noise, outbursts, peak_one, seconds, snaps
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, QUICK_ACTS, SLOW_ACTS, Words


def _firework(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A shell bursts in the sky: a bang, its echo, and stars that crackle as they fall.

    Kinds: bang and crackle, a salute (bang alone), a small bang in a sizzling shower.
    """
    t = seconds(round((event.duration + 0.5) * SAMPLE_RATE))
    depth = 2 ** (0.8 * style.pitch)
    width = 0.0045 / depth
    bang = 2.2 * (1 - t / width) * np.exp(-t / width)
    bang += 1.2 * noise(rng, len(t), 160 * depth, 6500, -4.0) * outbursts(t, (0.0, 0.0008, 0.05, 1.0))
    boom = noise(rng, len(t), 55 * depth, 240 * depth, -3.0) * outbursts(
        t, (0.0, 0.004, (0.13, 0.2, 0.08)[style.material], 1)
    )
    delay = 0.16 + 0.12 * event.variation
    echo = noise(rng, len(t), 90 * depth, 900 * depth, -4.0) * outbursts(t, (delay, 0.03, 0.16, 0.22))
    stars = contour(t / event.duration, (0.1, 0), (0.25, 1), (0.6, 0.7), (1.0, 0.05), (1.2, 0))
    crackle = snaps(rng, stars * (110, 10, 320)[style.material], len(t), 0.6)
    sparks = grains(rng, crackle, (2400 * depth**0.4, 0.006, 0.7), (4700 * depth**0.4, 0.004, 0.9))
    fade = contour(t / t[-1], (0, 1), (0.75, 0.9), (1, 0))
    return fade * (peak_one(np.tanh(bang + 1.1 * boom)) + echo + (0.16, 0.06, 0.22)[style.material] * sparks)


class _Fireworks(Actor):
    """Tubes on the ground; a burst of sparks above them at each onset, spreading, sinking and fading."""

    def _prepare(self) -> None:
        self.places = self.rng.uniform((-0.25, -0.4), (0.25, -0.15), (len(self.beats.events), 2)).tolist()
        self.colours = [hsv(h, 0.65, 1.0) for h in (self.hue, self.second_hue, self.hue + 0.33)]

    def still(self, canvas: Canvas) -> None:
        for x, tall in ((-0.36, 0.3), (0.0, 0.4), (0.36, 0.3)):
            tube = canvas.at(x, 0.92, 1.0, 0.5 * x)
            outlined_box(tube, 0.0, -tall / 2, 0.2, tall, self.main)
            tube.box(0.0, -0.6 * tall, 0.2, 0.07, self.second)
        outlined_box(canvas, 0.0, 0.94, 1.15, 0.1, mix(self.second, INK, 0.4))

    def draw(self, canvas: Canvas, t: float) -> None:
        begun = self.beats.begun(t)
        for index in range(max(begun - 2, 0), begun):
            act = Act(index, self.beats.events[index], t)
            life = min(act.event.duration + 0.3, 1.1)
            if act.age < life:
                self._burst(canvas, act, act.age / life)

    def _burst(self, canvas: Canvas, act: Act, share: float) -> None:
        x, y = self.places[act.index]
        first, second = self.colours[act.index % 3], self.colours[(act.index + 1) % 3]
        fade = (1 - share) ** 0.7
        reach = 0.8 * act.size * self.size * (1 - 0.55 * float(np.exp(-act.age / 0.14)))
        sink = 0.3 * act.age**2
        flash = float(np.exp(-act.age / 0.07))
        if flash > 0.05:
            canvas.fill(first, 0.12 * flash)
            canvas.glow(x, y, act.size, mix(first, PAPER, 0.6), flash)
        rays = (12, 16, 14)[self.style.material]
        for i in range(rays):
            angle = 2 * np.pi * (i + act.event.variation) / rays
            inner = i % 2 == 1
            long = reach * (0.62 if inner and self.style.material != 1 else 1.0)
            c, s = float(np.cos(angle)), float(np.sin(angle))
            tail = long * (0.25 + 0.45 * share)
            colour = second if inner else first
            tip_x, tip_y = x + long * c, y + long * s + sink
            canvas.line(x + tail * c, y + tail * s + 0.6 * sink, tip_x, tip_y, 0.05 * fade + 0.01, colour, 0.8 * fade)
            canvas.disc(
                tip_x, tip_y, 0.065 * fade + 0.01, mix(colour, PAPER, 0.55 if inner else 0.2), min(1.6 * fade, 1.0)
            )


SPEC = SoundClass(
    name="fireworks banging",
    family="bangs",
    level_db=-5,
    places=("street", "field at night", "beach", "park", "mountains", "harbour"),
    carries=True,
    high_up=True,
    timing=Timing.of_strikes((2, 8), (0.6, 1.6), 0.35, (0.4, 1.0)),
    words=Words(
        thing="firework",
        bare="+fireworks",
        clauses=(
            "a firework explodes/exploding",
            "a rocket bursts/bursting in the sky",
            "a firework goes/going off",
            "a firework bangs/banging",
            "a rocket explodes/exploding overhead",
            "a firework bursts/bursting with a bang",
            "a firework is/being let off",
            "a rocket bangs/banging in the sky",
            "a firework explodes/exploding in the sky",
            "a firework rocket bursts/bursting overhead",
        ),
        several=(
            "+fireworks explode/exploding",
            "+fireworks go/going off",
            "+rockets burst/bursting in the sky",
            "+fireworks bang/banging",
            "+{n} fireworks explode/exploding one after another",
            "+{n} rockets go/going off",
            "+{n} fireworks go/going off one after another",
            "+fireworks are/being let off",
            "+rockets bang/banging in the sky",
            "+fireworks burst/bursting overhead",
            "+{n} rockets explode/exploding",
        ),
        nouns=(
            "the * banging of fireworks",
            "the * bang of fireworks",
            "+the * explosions of fireworks",
            "the * burst of fireworks",
            "the * popping of fireworks",
        ),
        acts=(
            "bang/bangs of fireworks",
            "burst/bursts of fireworks",
            "firework bang/firework bangs",
            "explosion/explosions of fireworks",
        ),
        low=("with deep booms", "with low thumps", "with a deep boom", "with low booms", "with deep, rolling booms"),
        high=(
            "with sharp, high cracks",
            "with bright cracks",
            "with a high crack",
            "with high, crackling bursts",
            "with bright, high snaps",
        ),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
        faint=DISTANT,
    ),
    sound=countable(_firework, pivot=700),
    picture=_Fireworks,
)
