"""An owl hoots."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix, shade
from ..pictures.actor import Actor, eye
from ..pictures.motion import INK, OUTLINE
from ..scene import Event, Style
from ..sounds.noise import contour, countable, cycles, noise, resonances, seconds, wander, wave
from ..sounds.sound import Samples
from ..sounds.voices import unit_time
from .sound_class import SoundClass, Timing
from .words import QUICK_ACTS, SLOW_ACTS, Words


def _owl(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A hoot: an almost pure tone of 300 to 800 Hz that swells and sinks as the air in the lungs gives out.

    The bill stays shut, and the swollen throat is tuned to the tone: overtones lie 25 dB below (Riede and others,
    "Coos, booms, and hoots", 2016). Species: even, quavering, broken ("hu-hooo").
    """
    u = unit_time(event.duration)
    t = seconds(len(u))
    pitch = 480 * 2 ** (0.62 * style.pitch) * (1 + 0.06 * (event.variation - 0.5) + 0.015 * rng.standard_normal())
    top, fall = rng.uniform(0.2, 0.4), rng.uniform(0.25, 0.4)
    frequency = pitch * contour(u, (0, 0.88), (top, 1.0), (0.55, 0.97), (1, 1 - fall))
    frequency *= 1 + 0.004 * wander(rng, len(u), 30)
    level = contour(u, (0, 0), (0.03, 0.45), (0.3, 0.95), (0.5, 1), (0.75, 0.6), (1, 0))
    if style.material == 1:
        quaver = np.sin(2 * np.pi * rng.uniform(10, 13) * t)
        frequency = frequency * (1 + 0.02 * quaver)
        level *= 1 - 0.35 * (1 - quaver) / 2 * contour(u, (0.1, 0), (0.3, 1))
    if style.material == 2:
        level *= contour(u, (0, 1), (0.14, 1), (0.22, 0.08), (0.3, 0.15), (0.42, 1))
        frequency = frequency * contour(u, (0.14, 0.9), (0.3, 1.05), (1, 1))
    overtones = 0.025 + 0.06 * style.brightness * event.strength
    tone = wave(cycles(frequency), np.array((1.0, overtones, 0.5 * overtones, 0.2 * overtones)))
    breath = resonances(noise(rng, len(u), 150, 6000, -4.0), (pitch, 120, 0.9), (3.1 * pitch, 700, 0.2))
    return level * (tone + 0.15 * breath)


class _Owl(Actor):
    """Seen from the front on a branch; bows, puffs up its throat and opens its beak. Material: shape of the ears."""

    def still(self, canvas: Canvas) -> None:
        branch = mix(hsv(self.second_hue, 0.3, 0.4), INK, 0.35)
        canvas.line(-1.0, 0.78, 1.0, 0.86, 0.15, branch)
        canvas.line(-0.7, 0.8, -0.95, 0.45, 0.07, branch)
        c = self.standing(canvas, 0.8)
        c.box(0.0, 0.82, 0.3, 0.34, self.dark, 0.0, 0.08)
        self._body(c, 0.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        effort = self.effort(t)
        c = self.standing(canvas, 0.8)
        if effort > 0:
            self._body(c, 0.1 * effort)
        head = c.at(0.0, -0.36 + 0.16 * effort + self.sway(t, 0.2, 0.008))
        head.ellipse(0.0, 0.32 + 0.1 * effort, 0.16 + 0.3 * effort, 0.1 + 0.2 * effort, self.light)
        for side in (-1.0, 1.0):
            tip = ((0.62, -0.62), (0.4, -0.72), (0.0, 0.0))[self.style.material]
            if self.style.material < 2:
                head.polygon(((side * 0.08, -0.3), (side * tip[0], tip[1]), (side * 0.56, -0.1)), self.dark)
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            head.ellipse(0.0, -0.06, 0.56 + grow, 0.4 + grow, colour)
        for side in (-1.0, 1.0):
            head.disc(side * 0.25, -0.08, 0.27, self.light)
            head.disc(side * 0.25, -0.08, 0.2, self.second)
            if effort > 0.5:
                head.line(side * 0.25 - 0.13, -0.08, side * 0.25 + 0.13, -0.08, 0.06, INK)
            else:
                eye(head, side * 0.25, -0.08, 0.13)
        if effort > 0:
            head.ellipse(0.0, 0.17, 0.09, 0.08 + 0.1 * effort, INK)
        head.polygon(((-0.1, 0.0), (0.1, 0.0), (0.0, 0.2)), INK)

    def _body(self, c: Canvas, puff: float) -> None:
        for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
            c.ellipse(0.0, 0.22, 0.52 + puff + grow, 0.6 + grow, colour)
        for side in (-1.0, 1.0):
            wing = c.at(side * (0.46 + 1.6 * puff), 0.28, 1.0, side * (-0.12 - 2.2 * puff))
            wing.ellipse(0.0, 0.0, 0.17, 0.46, self.dark)
            wing.ellipse(0.0, -0.01, 0.12, 0.4, shade(self.main, 0.72))
            c.ellipse(side * 0.16, 0.8, 0.13, 0.08, self.second)
        for x, y in ((-0.16, 0.32), (0.16, 0.32), (0.0, 0.47)):
            c.ring(x, y, 0.11, 0.05, self.dark, 0.7, 0.5, 2.64)


SPEC = SoundClass(
    name="owl hooting",
    family="animals",
    level_db=-15,
    places=("forest", "field at night", "park", "mountains"),
    carries=True,
    high_up=True,
    timing=Timing.of_strikes((2, 6), (1.2, 2.4), 0.15, (0.4, 0.8)),
    size=0.85,
    hues=(0.05, 0.12),
    words=Words(
        thing="owl",
        things="owls",
        bare="hooting",
        clauses=(
            "an owl hoots/hooting",
            "an owl calls/calling",
            "an owl on a branch hoots/hooting",
            "an owl in a tree hoots/hooting",
            "a bird of prey hoots/hooting",
            "an owl gives/giving its call",
            "an owl cries/crying out",
            "an owl lets/letting out a hoot",
            "a night bird hoots/hooting",
            "an owl gives/giving a hoot",
            "an owl on a branch calls/calling",
        ),
        nouns=(
            "the * hooting of an owl",
            "the * hoot of an owl",
            "the * call of an owl",
            "+* hoots",
            "the * cry of an owl",
        ),
        acts=("hoot/hoots of an owl", "call/calls of an owl", "hoot/hoots", "cry/cries of an owl"),
        low=("in a deep, hollow voice", "at a low pitch", "in a low voice", "in a deep voice", "in a deep, low voice"),
        high=("in a high voice", "at a high pitch", "in high tones", "in a high, clear voice", "in a thin, high voice"),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
    ),
    sound=countable(_owl, pivot=600),
    picture=_Owl,
)
