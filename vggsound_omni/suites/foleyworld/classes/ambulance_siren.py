"""An ambulance wails, alternates or yelps."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, hsv, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK, OUTLINE, PAPER, outlined_box
from ..pictures.shapes import swell, wheel
from ..scene import SAMPLE_RATE, Style
from ..sounds.noise import Course, below_nyquist, contour, cycles, lasting, noise, resonances, wander, wave
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, Material, Words


def _siren(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """An electronic siren on a horn loudspeaker.

    Wail: one rise and fall an event; two tones: they take turns, an event each; yelp: quick sweeps, a whole number
    in an event.
    """
    u = course.phase
    base = 620 * 2 ** (0.45 * style.pitch)
    if style.material == 0:
        frequency = base * 2 ** (1.15 * contour(u, (0, 0), (0.12, 0.35), (0.38, 1), (0.5, 0.95), (1, 0)))
    elif style.material == 1:
        frequency = base * course.steps([(4 / 3, 1.0)[i % 2] for i in range(len(course.events))], 0.012)
    else:
        sweeps = np.maximum(1, np.round(course.spans * 3.4 * 2 ** (0.25 * style.pitch)))
        within = u * sweeps[course.index] % 1.0
        frequency = base * 2 ** (1.2 * contour(within, (0, 0), (0.1, 0.25), (0.5, 1), (0.62, 0.9), (1, 0)))
    frequency = frequency * (1 + 0.002 * wander(rng, course.length, 20))
    # It comes from afar, and is shifted down by Doppler's law once it has passed.
    way = np.linspace(-1, 1, course.length) * rng.choice((-1.0, 1.0)) * rng.uniform(0.2, 1.0) + rng.uniform(-0.6, 0.6)
    near = 1 / np.hypot(1, 1.5 * way)
    frequency = frequency * (1 - 0.015 * way / np.hypot(0.5, way) * np.sign(way[-1] - way[0]))
    k = below_nyquist(frequency)
    tone = wave(cycles(frequency), k**-0.8 * np.where(k % 2 == 0, 0.45, 1.0))
    horn = resonances(tone, (1000, 700, 1.0), (1900, 700, 0.8), (3300, 1200, 0.5)) + 0.15 * tone
    horn += 0.03 * noise(rng, course.length, 500, 6000, -3.0) * np.abs(horn)
    # Two horns on one roof: the farther is 3 ms late.
    late = round(0.003 * SAMPLE_RATE)
    horn[late:] += 0.45 * horn[:-late]
    touch = contour(course.since, (0, 0.8), (0.02, 1.08), (0.2, 1.0))
    motor = 0.12 * noise(rng, course.length, 40, 300, -3.0)
    return near * (touch * horn + motor)


class _Ambulance(Actor):
    """A van with a cross; the two lamps on its roof flash in turn, slow, in two strokes or quick, by material."""

    _RATE = (2.0, 2.5, 4.0)
    """Changes of the lamp a second."""

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        c.ellipse(0.0, 0.88, 1.02, 0.07, INK, alpha=0.35)
        swell(
            c, ((0.3, -0.22), (0.6, -0.22), (0.84, 0.18), (0.95, 0.28), (0.95, 0.7), (0.3, 0.7)), self.light, self.dark
        )
        for colour, grow in ((self.dark, OUTLINE), (self.light, 0.0)):
            c.box(-0.3, 0.15, 1.28 + 2 * grow, 1.1 + 2 * grow, colour, 0.0, 0.08)
        c.polygon(((0.44, 0.16), (0.44, -0.12), (0.56, -0.12), (0.74, 0.16)), mix(self.second, INK, 0.3))
        c.box(0.0, 0.46, 1.86, 0.14, self.main)
        c.box(-0.38, 0.05, 0.62, 0.2, self.second)
        c.box(-0.38, 0.05, 0.2, 0.62, self.second)
        c.box(0.88, 0.4, 0.12, 0.12, PAPER, 0.0, 0.04)
        for x in (-0.52, 0.58):
            wheel(c, x, 0.7, 0.2, mix(self.main, PAPER, 0.4), 0.4)
        c.box(-0.1, -0.43, 0.72, 0.06, self.dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        c = self.standing(canvas)
        sounding = act is not None and act.share < 1
        colours = hsv(self.hue, 0.75, 1.0), hsv(self.second_hue, 0.75, 1.0)
        lit = -1
        if act and sounding:
            lit = (act.index + int(act.age * self._RATE[self.style.material] + 1e-6)) % 2
        for i, colour in enumerate(colours):
            x = -0.28 + 0.36 * i
            outlined_box(c, x, -0.55, 0.26, 0.2, colour if lit == i else shade(colour, 0.45), corner=0.08)
            if act and lit == i:
                flare = act.size * (0.75 + 0.25 * float(np.exp(-act.age / 0.1)))
                c.glow(x, -0.55, 0.85 * flare, mix(colour, PAPER, 0.25), 0.85)
                c.disc(x, -0.55, 0.1, PAPER)
                for angle in (-2.75, -2.16, -1.57, -0.98, -0.39):
                    cx, cy = float(np.cos(angle)), float(np.sin(angle))
                    c.line(
                        x + 0.26 * cx, -0.55 + 0.24 * cy, x + 0.44 * flare * cx, -0.55 + 0.42 * flare * cy, 0.06, colour
                    )


SPEC = SoundClass(
    name="ambulance siren",
    family="machines",
    level_db=-6,
    places=("street", "harbour", "park"),
    carries=True,
    timing=Timing.of_spans((0.6, 2.0), (3, 10)),
    size=1.2,
    words=Words(
        thing="ambulance",
        things="ambulances",
        bare="siren",
        clauses=(
            "an ambulance siren sounds/sounding {m}",
            "an ambulance sounds/sounding its siren {m}",
            "a siren sounds/sounding {m}",
            "an emergency vehicle sounds/sounding its siren {m}",
            "a siren blares/blaring {m}",
            "an ambulance siren goes/going off {m}",
            "the siren of an ambulance blares/blaring {m}",
            "an ambulance gives/giving signals {m}",
            "a siren goes/going off {m}",
            "an ambulance blares/blaring its siren {m}",
            "the siren of an emergency vehicle sounds/sounding {m}",
        ),
        nouns=(
            "the * siren of an ambulance",
            "the * sound of a siren {m}",
            "the * blare of an ambulance siren",
            "the * signal of an ambulance",
            "the * siren of an emergency vehicle",
        ),
        materials=(
            Material(
                phrases=(
                    "in long wails",
                    "in a wail that rises and falls",
                    "with a long, rising and falling wail",
                    "with long wails",
                )
            ),
            Material(
                phrases=(
                    "in two alternating tones",
                    "with a two-tone signal",
                    "in two tones",
                    "with two alternating tones",
                )
            ),
            Material(phrases=("in short yelps", "with short yelps", "in brief yelps", "with brief yelps")),
        ),
        low=("at a low pitch", "in low tones", "with a low sound", "with a deep tone", "in a low-pitched tone"),
        high=("at a high pitch", "in high tones", "piercingly", "with a high sound", "in a high-pitched tone"),
        slow=(),
        quick=(),
        timed=False,
        faint=DISTANT,
    ),
    sound=lasting(_siren, pivot=1300),
    picture=_Ambulance,
)
