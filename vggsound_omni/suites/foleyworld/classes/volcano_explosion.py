"""A volcano explodes."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK
from ..pictures.shapes import swell
from ..scene import FPS, SAMPLE_RATE, Event, Style
from ..sounds.noise import contour, countable, grains, noise, outbursts, seconds, snaps, wander
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, Words


def _volcano(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """A blast wave (Friedlander 1946), a roar and a long rumble as gas escapes, and stones raining down.

    Kinds: mostly blast, mostly debris, a long jet of gas.
    """
    t = seconds(round((event.duration + 0.9) * SAMPLE_RATE))
    depth = 2 ** (0.8 * style.pitch)
    width = 0.022 / depth
    blast = (1 - t / width) * np.exp(-t / width)
    shock = noise(rng, len(t), 90 * depth, 5000, -4.5) * outbursts(t, (0.0, 0.0015, 0.16, 1.0))
    lasts = event.duration * (0.30, 0.30, 0.5)[style.material]
    fade = contour(t / t[-1], (0, 1), (0.65, 0.8), (1, 0))
    surge = 1 + 0.25 * wander(rng, len(t), 5)
    rumble = noise(rng, len(t), 25 * depth, 75 * depth, -1.0) * outbursts(t, (0.0, 0.03, 1.5 * lasts, 1.0))
    roar = noise(rng, len(t), 110 * depth, 900 * depth, -3.5) * outbursts(t, (0.0, 0.05, lasts, 1.0)) * surge
    falling = contour(t / event.duration, (0.14, 0), (0.28, 1), (0.5, 0.6), (0.95, 0.05), (1.1, 0))
    stones = grains(
        rng,
        snaps(rng, falling * (70, 180, 60)[style.material], len(t), 0.9),
        *((f * depth**0.6, fall, gain) for f, fall, gain in ((420, 0.05, 0.9), (1300, 0.03, 0.8), (3100, 0.015, 0.5))),
    )
    loud = 2.5 * blast + 1.6 * shock + 1.2 * rumble + (0.75, 0.6, 1.1)[style.material] * roar
    return np.tanh(0.8 * fade * loud) + 0.16 * fade * stones


class _Volcano(Actor):
    """A mountain with a crater; at each onset it bursts: lava, bombs on arcs, and a column of ash that drifts off."""

    second_hues = (0.0, 0.09)

    def _prepare(self) -> None:
        self.lava, self.glow = hsv(self.second_hue, 0.85, 0.95), hsv(self.second_hue + 0.07, 0.5, 1.0)
        self.bombs = self.rng.uniform((-1.5, 1.5), (1.5, 2.9), (11, 2)).tolist()
        self.ash = mix(self.main, (0.24, 0.23, 0.25), 0.8)
        self.rock = mix(self.main, (0.4, 0.36, 0.34), 0.6)
        self.billows = self.rng.uniform((-0.3, 0.0, 0.16), (0.3, 1.0, 0.3), (9, 3)).tolist()
        self.wind = float(self.rng.choice((-1, 1)) * self.rng.uniform(0.1, 0.35))
        self.ridges = self.rng.uniform(-0.05, 0.05, 6).tolist()

    def still(self, canvas: Canvas) -> None:
        a, b, c, d, e, f = self.ridges
        left = [(-1.35, 0.98), (-0.95 + a, 0.78), (-0.62 + b, 0.5), (-0.38 + c, 0.2), (-0.22, -0.06)]
        right = [(0.22, -0.06), (0.36 + d, 0.2), (0.64 + e, 0.52), (0.98 + f, 0.78), (1.35, 0.98)]
        swell(canvas, (*left, *right), self.rock, self.dark)
        canvas.polygon((*right, (0.45, 0.98), (0.3, 0.5), (0.06, 0.2)), shade(self.rock, 0.76))
        for x, y in ((-0.55, 0.75), (-0.2, 0.6), (0.62, 0.85), (-0.85, 0.9), (0.15, 0.85)):
            canvas.line(x, y, x + 0.07, y + 0.13, 0.03, shade(self.rock, 0.65))
        for points in (
            ((-0.17, -0.04), (-0.05, -0.04), (-0.1, 0.25), (-0.24, 0.5), (-0.3, 0.44), (-0.17, 0.2)),
            ((0.02, -0.04), (0.16, -0.04), (0.24, 0.4), (0.36, 0.76), (0.27, 0.74), (0.14, 0.35)),
        ):
            canvas.polygon(points, self.lava)
        canvas.ellipse(0.0, -0.05, 0.24, 0.06, self.dark)
        canvas.ellipse(0.0, -0.04, 0.18, 0.04, self.lava)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        if act is None or act.share >= 1:
            for i in range(3):
                rise = (0.12 * t + i / 3) % 1.0
                x = 0.08 * np.sin(4 * rise + i) + 0.4 * self.wind * rise
                canvas.disc(x, -0.12 - 0.5 * rise, 0.05 + 0.1 * rise, self.ash, 0.5 * (1 - rise))
            return
        blast, left = float(np.exp(-act.age / 0.3)), 1 - act.share
        if act.age < 0.2:
            canvas.fill(self.glow, 0.3 * act.size * (1 - act.age / 0.2))
        grown = 1 - float(np.exp(-(act.age + 0.12) / 0.7))
        for i, (x, height, r) in enumerate(self.billows):
            billow = 1 + 0.08 * np.sin(4 * t + 2 * i)
            rise = -0.1 - 0.95 * grown * (0.25 + 0.75 * height)
            spread = (0.25 + height) * grown
            canvas.disc(
                (1.7 * x * spread + self.wind * spread * act.age) * act.size,
                rise * act.size,
                (0.5 + 0.7 * height) * r * 1.5 * (0.35 + 0.65 * grown) * billow * act.size,
                shade(self.ash, 0.85 + 0.25 * (i % 3) / 2),
                min(3 * left, 1.0),
            )
        tall = act.size * (0.3 + 0.5 * blast + 0.05 * np.sin(23 * t)) * min(4 * left, 1.0)
        canvas.glow(0.0, -0.2, 0.6, self.glow, 0.8 * tall)
        fountain = (
            (-0.18, -0.04),
            (-0.42, -0.66),
            (-0.13, -0.42),
            (0.02, -1.0),
            (0.15, -0.45),
            (0.4, -0.72),
            (0.18, -0.04),
        )
        canvas.polygon([(x, -0.04 + (y + 0.04) * tall * 1.15) for x, y in fountain], self.lava)
        canvas.polygon(
            [(-0.1, -0.04), (-0.07, -0.4 * tall), (0.0, -0.8 * tall), (0.07, -0.4 * tall), (0.1, -0.04)], self.glow
        )
        for vx, vy in self.bombs:
            flown = act.age + 1.5 / FPS
            y = -0.05 - act.size * vy * flown + 1.6 * flown**2
            if y < 0.95:
                x = 0.9 * vx * flown
                for i, trail in enumerate((0.0, 0.03, 0.06)):
                    back = max(flown - trail, 0.0)
                    canvas.disc(
                        0.9 * vx * back,
                        -0.05 - act.size * vy * back + 1.6 * back**2,
                        0.055 - 0.014 * i,
                        (INK, self.lava, self.glow)[i],
                    )
                canvas.disc(x, y, 0.03, self.lava)


SPEC = SoundClass(
    name="volcano explosion",
    family="bangs",
    level_db=-4,
    places=("mountains", "beach", "harbour", "field at night"),
    carries=True,
    timing=Timing.of_strikes((1, 2), (3.0, 4.4), 0.2, (2.0, 3.4)),
    size=1.35,
    hues=(0.02, 0.1),
    words=Words(
        thing="volcano",
        bare="explosion",
        clauses=(
            "a volcano erupts/erupting",
            "a volcano explodes/exploding",
            "a volcanic explosion booms/booming",
            "an explosion booms/booming",
            "a blast shakes/shaking the air",
            "an eruption booms/booming",
            "a volcano bursts/bursting open with a blast",
            "an explosion goes/going off",
            "a volcanic blast rings/ringing out",
            "a volcano goes/going off",
            "an eruption rumbles/rumbling",
        ),
        nouns=(
            "the * explosion of a volcano",
            "the * boom of an explosion",
            "the * eruption of a volcano",
            "the * blast of an eruption",
            "the * roar of an eruption",
        ),
        acts=(
            "explosion/explosions of a volcano",
            "blast/blasts of a volcano",
            "eruption/eruptions of a volcano",
            "boom/booms of an eruption",
        ),
        low=("with a deep rumble", "in a low boom", "with a deep boom", "with a low rumble", "with a very deep rumble"),
        high=(
            "with a high crack",
            "with a sharp, high crack",
            "with a harsh, bright crack",
            "with a bright sound",
            "with a sharp, high blast",
        ),
        slow=(),
        quick=(),
        timed=False,
        faint=DISTANT,
    ),
    sound=countable(_volcano, pivot=300),
    picture=_Volcano,
)
