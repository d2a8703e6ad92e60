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
    """A mountain with a crater; at each onset a fountain of lava bursts out of it, then smoke rises and rocks fall."""

    def _prepare(self) -> None:
        self.lava, self.glow = hsv(self.second_hue, 0.8, 0.95), hsv(self.second_hue + 0.1, 0.45, 1.0)
        self.rocks = self.rng.uniform((-1.3, 1.2), (1.3, 2.4), (8, 2)).tolist()
        self.smoke = mix(self.main, (0.28, 0.27, 0.3), 0.7)

    def still(self, canvas: Canvas) -> None:
        slope = ((-1.0, 0.95), (-0.62, 0.55), (-0.24, 0.02), (0.24, 0.02), (0.62, 0.55), (1.0, 0.95))
        rock = mix(self.main, (0.4, 0.36, 0.34), 0.35)
        swell(canvas, slope, rock, self.dark)
        canvas.polygon(((0.24, 0.02), (0.62, 0.55), (1.0, 0.95), (0.3, 0.95), (0.12, 0.4)), shade(rock, 0.78))
        for points in (
            ((-0.2, 0.05), (-0.06, 0.05), (-0.2, 0.5), (-0.32, 0.62)),
            ((0.0, 0.05), (0.17, 0.05), (0.24, 0.75), (0.1, 0.5)),
        ):
            canvas.polygon(points, self.lava)
        canvas.ellipse(0.0, 0.03, 0.27, 0.08, self.dark)
        canvas.ellipse(0.0, 0.04, 0.2, 0.05, self.lava)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        if act is None or act.share >= 1:
            for i in range(2):
                rise = (0.12 * t + 0.5 * i) % 1.0
                canvas.disc(
                    0.1 * np.sin(3 * rise), -0.05 - 0.45 * rise, 0.06 + 0.08 * rise, self.smoke, 0.5 * (1 - rise)
                )
            return
        blast = float(np.exp(-act.age / 0.3))
        left = 1 - act.share
        grown = 0.5 + 0.5 * (1 - float(np.exp(-act.age / 0.5)))
        if act.age < 0.2:
            canvas.fill(self.glow, 0.3 * act.size * (1 - act.age / 0.2))
        for i, (x, y, r) in enumerate(((-0.4, -0.58, 0.28), (0.42, -0.62, 0.3), (0.0, -0.72, 0.36), (0.0, -0.3, 0.24))):
            billow = 1 + 0.06 * np.sin(5 * t + 2 * i)
            canvas.disc(
                x * grown,
                y * grown,
                r * grown * billow * act.size,
                shade(self.smoke, 1 - 0.1 * (i % 2)),
                min(3 * left, 1.0),
            )
        tall = act.size * (0.35 + 0.55 * blast + 0.06 * np.sin(23 * t)) * min(4 * left, 1.0)
        canvas.glow(0.0, -0.15, 0.55, self.glow, 0.8 * tall)
        canvas.polygon(
            (
                (-0.2, 0.04),
                (-0.36 * tall - 0.1, -0.7 * tall),
                (-0.1, -0.5 * tall),
                (0.0, -1.1 * tall),
                (0.12, -0.5 * tall),
                (0.36 * tall + 0.1, -0.75 * tall),
                (0.2, 0.04),
            ),
            self.lava,
        )
        canvas.polygon(
            ((-0.12, 0.04), (-0.08, -0.35 * tall), (0.0, -0.75 * tall), (0.08, -0.35 * tall), (0.12, 0.04)), self.glow
        )
        for vx, vy in self.rocks:
            flown = act.age + 1.5 / FPS
            y = 0.02 - act.size * vy * flown + 1.5 * flown**2
            if y < 0.9:
                canvas.disc(vx * flown * 1.1, y, 0.07, INK)
                canvas.disc(vx * flown * 1.1, y, 0.045, self.lava)


SPEC = SoundClass(
    name="volcano explosion",
    family="bangs",
    level_db=-4,
    places=("mountains", "beach", "harbour", "field at night"),
    carries=True,
    place="outdoors",
    timing=Timing.of_strikes((1, 2), (3.0, 4.4), 0.2, (2.0, 3.4)),
    subject=("an explosion", "a massive explosion"),
    verb=("booms", "goes off"),
    manners=(
        ("with an earth-shaking rumble", "deep and long"),
        ("violently", "with a huge blast"),
        ("with a harsh crack", "with flying debris"),
    ),
    sound=countable(_volcano, pivot=300),
    picture=_Volcano,
)
