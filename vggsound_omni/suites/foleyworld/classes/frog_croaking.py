"""A frog croaks."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK, OUTLINE, PAPER
from ..scene import Event, Style
from ..sounds.noise import contour, countable, cycles, resonances
from ..sounds.sound import Samples
from ..sounds.voices import unit_time
from .sound_class import SoundClass, Timing


def _frog(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A croak: a train of pulses, each ringing in the vocal sac (Gerhardt and Huber 2002, ch. 2).

    Species: a grunt of dense pulses, two-syllable ribbit, a creak of slow pulses that speed up.
    """
    u = unit_time(event.duration)
    pace, sac = 2 ** (0.5 * style.pitch), 2 ** (0.8 * style.pitch) * (1 + 0.08 * (event.variation - 0.5))
    rate, level, first, second = (
        (
            contour(u, (0, 75), (0.3, 95), (1, 80)),
            contour(u, (0, 0.5), (0.25, 1), (0.8, 0.9), (1, 0)),
            (420, 0.030, 1.0),
            (900, 0.020, 0.5),
        ),
        (
            contour(u, (0, 48), (0.45, 60), (0.5, 70), (1, 90)),
            contour(u, (0, 0.6), (0.25, 0.9), (0.42, 0.15), (0.5, 0.1), (0.6, 1), (0.85, 0.9), (1, 0)),
            (820, 0.022, 1.0),
            (1750, 0.015, 0.8),
        ),
        (
            contour(u, (0, 24), (1, 46)),
            contour(u, (0, 0.7), (0.6, 1), (0.92, 0.9), (1, 0)),
            (1150, 0.018, 1.0),
            (2600, 0.012, 0.7),
        ),
    )[style.material]
    pulse = np.diff(np.floor(cycles(rate * pace)), prepend=-1.0) > 0
    pulses = np.where(pulse, level * (1 + 0.12 * rng.standard_normal(len(u))), 0.0)
    # Each pulse is a short puff of air with a hard beginning, not a spike.
    puff = np.convolve(pulses, np.exp(-np.arange(40) / 8) * (1 + 0.3 * rng.standard_normal(40)))[: len(u)]
    half = contour(u, (0.35, 0), (0.6, 1))
    total = np.zeros(len(u))
    for shift, weight in ((1.0, 1 - half), (1.22, half)):  # the mouth opens and the resonance rises
        modes = ((f * sac * shift, 2.2 / fall, gain) for f, fall, gain in (first, second, (3300, 0.008, 0.25)))
        total += weight * resonances(puff, *modes)
    return total * contour(u, (0, 1), (0.93, 1), (1, 0))


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
    place="outdoors",
    timing=Timing.of_strikes((2, 8), (0.8, 2.0), 0.15, (0.36, 0.7)),
    subject=("a frog", "a frog by a pond"),
    verb=("croaks", "is croaking"),
    manners=(("deeply", "in a low grunt"), ("hoarsely", "again and again"), ("in a high creak", "shrilly")),
    size=0.75,
    hues=(0.2, 0.4),
    sound=countable(_frog, pivot=1200),
    picture=_Frog,
)
