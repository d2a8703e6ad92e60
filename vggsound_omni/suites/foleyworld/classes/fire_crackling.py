"""A wood fire crackles."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK
from ..scene import SAMPLE_RATE, Style
from ..sounds.noise import Course, contour, grains, lasting, noise, puff, snaps, spray, wander
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Words


def _fire(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """The roar of a draught below, snaps of bursting wood above; every event begins with a bigger pop.

    Steam splits the cells of the wood: a snap is a click of a few milliseconds without a pitch, snaps come in volleys,
    and their heights spread over 30 dB. Flames lap at some 10 Hz. Materials: dry wood, damp wood that hisses, brittle
    twigs.
    """
    length = course.length
    size = 2 ** (0.6 * style.pitch)
    flicker = np.exp(0.5 * wander(rng, length, 11) + 0.3 * wander(rng, length, 2))
    flicker *= contour(course.since, (0, 1.25), (0.25, 1.0), (1.2, 0.8))
    roar = 0.03 * flicker * noise(rng, length, 40, 350 * size, -3.0)
    hiss = (0.012, 0.03, 0.012)[style.material] * flicker * noise(rng, length, 500 * size, 7600, -2.0)
    crowd = (11, 8, 34)[style.material] * 2 ** (0.5 * style.pitch)
    volleys = np.exp(1.2 * wander(rng, length, 5) - 0.7) + 5 * np.exp(-course.since / 0.08)
    small = spray(
        np.clip(snaps(rng, crowd * volleys, length, 1.3), -3, 3),
        rng,
        *(
            puff(rng, fall, low * size, 7900)
            for fall, low in ((0.0008, 2200), (0.0016, 900), (0.0016, 2200), (0.003, 900))
        ),
    )
    dust = spray(snaps(rng, 15 * crowd * volleys, length, 0.8), rng, *(puff(rng, 0.0005, 2500, 7900) for _ in range(2)))
    pops = np.zeros(length)
    pops[course.starts[:-1]] = [2.2 + 0.6 * event.variation for event in course.events]
    large = spray(pops, rng, *(puff(rng, fall, 500 * size, 7900) for fall in (0.002, 0.003, 0.005)))
    large += 0.05 * grains(rng, pops, (520 * size, 0.03, 0.9), (1500 * size, 0.015, 1.0))
    lit = np.clip((np.arange(length) - course.starts[0]) / (0.5 * SAMPLE_RATE), 0, 1)
    return lit * (roar + hiss) + 0.2 * small + 0.06 * dust + 0.75 * large


class _Fire(Actor):
    """A camp fire; flames leap with each event, and a burst of sparks flies up at its onset."""

    _OUTER = ((-0.5, 0.0), (-0.62, -0.35), (-0.5, -0.9), (-0.3, -0.55), (0.02, -1.3), (0.24, -0.6), (0.5, -0.95))
    _ORDER = ((0.62, -0.35), (0.5, 0.0), (0.0, 0.1))

    second_hues = (0.04, 0.1)

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
    hues=(0.0, 0.12),
    words=Words(
        thing="fire",
        things="fires",
        bare="crackling",
        clauses=(
            "a fire crackles/crackling",
            "a wood fire crackles/crackling",
            "a fire burns/burning with a crackle",
            "a campfire crackles/crackling",
            "+flames crackle/crackling",
            "+logs crackle/crackling in a fire",
            "a fire pops/popping",
            "burning wood crackles/crackling",
            "a campfire pops/popping",
            "a wood fire pops/popping",
            "+logs crackle/crackling in a campfire",
        ),
        nouns=(
            "the * crackling of a fire",
            "the * crackle of flames",
            "the * popping of a fire",
            "the * crackle of a campfire",
            "the * crackling of burning logs",
        ),
        low=("with deep pops", "with low pops", "with low, dull pops", "with deep snaps", "with low, woody pops"),
        high=(
            "with fine, high crackles",
            "with bright, high snaps",
            "with high crackles",
            "with a high crackle",
            "with tiny, high snaps",
        ),
        slow=(),
        quick=(),
        timed=False,
        strong=("fiercely", "vigorously", "strongly", "with force", "strongly and fiercely"),
        gentle=("gently", "weakly", "mildly", "with little force", "gently and weakly"),
    ),
    sound=lasting(_fire, pivot=1500, crest=9.0, fade_in=0.001),
    picture=_Fire,
)
