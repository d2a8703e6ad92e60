"""A car revs its engine."""

from __future__ import annotations

import numpy as np
import scipy.ndimage

from ..canvas import Canvas, mix
from ..pictures.actor import Act, Actor
from ..pictures.motion import INK, OUTLINE, PAPER
from ..pictures.shapes import Points, swell, wheel
from ..scene import FPS, SAMPLE_RATE, Style
from ..sounds.noise import (
    Course,
    contour,
    cycles,
    highpass,
    lasting,
    noise,
    peak_one,
    resonances,
    wander,
    wave,
)
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, Material, Words


def _engine(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """A four-stroke engine whose revs rise and fall once an event; each cylinder fires every second revolution.

    Every combustion has its own strength and sends a steep pulse down the exhaust, which returns from the open end
    turned over, and a jet of turbulent gas; the pulses are so loud that their fronts steepen. The intake roars with
    the load, valves and injectors tick. Engines: four cylinders, a diesel (slow, each combustion knocks), a sports car
    (eight cylinders, high revs).
    """
    length, u = course.length, course.phase
    cylinders, idle, span = ((4, 850, 4300), (4, 650, 2000), (8, 1000, 5800))[style.material]
    full = course.steps([0.55 + 0.45 * event.strength for event in course.events], 0.02)
    climb = contour(u, (0, 0), (0.08, 0.05), (0.5, 0.97), (0.56, 1.0), (0.8, 0.3), (1, 0))
    load = contour(u, (0, 0.25), (0.06, 1.0), (0.5, 1.0), (0.6, 0.3), (1, 0.25))
    revs = (idle + span * full * climb) * 2 ** (0.4 * style.pitch) * (1 + 0.008 * wander(rng, length, 12))
    firing = cycles(revs / 120) * cylinders  # of combustions since the start
    number = firing.astype(int)
    within = firing - number
    each = np.exp((0.12, 0.22, 0.1)[style.material] * rng.standard_normal(cylinders))  # no two cylinders are equal
    strength = each[number % cylinders] * np.exp(0.15 * rng.standard_normal(number[-1] + 1))[number]
    lasting_s = within * 120 / (revs * cylinders)  # seconds since the valve opened
    pulse = strength * (np.exp(-lasting_s / 0.003) - np.exp(-lasting_s / 0.0006))
    pulse -= scipy.ndimage.uniform_filter1d(pulse, 640)
    pipe = 2 ** (-0.3 * style.pitch)
    exhaust = pulse.copy()
    for order, (metres, reflected) in enumerate(((3.1, -0.7), (1.2, -0.45), (0.45, 0.4))):
        delay = round(2 * metres * pipe / 343 * SAMPLE_RATE) + order
        exhaust[delay:] += reflected * exhaust[:-delay]
    throat = resonances(
        exhaust, (110 / pipe, 90, 1.0), (260 / pipe, 160, 0.9), (600 / pipe, 350, 0.8), (1400, 900, 0.6)
    )
    gas = noise(rng, length, 200 / pipe, 7900, -2.5 + 0.7 * style.pitch)
    jet = gas * strength * np.exp(-lasting_s / 0.003)
    roar = resonances(gas, (420 / pipe, 300, 1.0), (1050 / pipe, 700, 0.7)) + 0.3 * gas
    valves = noise(rng, length, 2000, 7900, 0.0) * np.exp(-((within + 0.4) % 1.0) * 120 / (revs * cylinders) / 0.0012)
    total = 1.3 * peak_one(throat) + 0.5 * peak_one(exhaust) * load
    total += (0.05 + 0.13 * load) * jet + 0.09 * (0.2 + load * climb) * roar + 0.035 * valves
    if style.material == 1:
        block = 2 ** (-0.5 * style.pitch)
        knock = highpass(gas * strength * np.exp(-lasting_s / 0.0015), 700)
        total += 0.35 * peak_one(
            resonances(knock, (1300 / block, 400, 0.8), (2200 / block, 600, 1.0), (3500 / block, 900, 0.7))
        )
    if style.material == 2:
        total += 0.03 * load * climb * wave(firing * 2 / cylinders * 17, np.array((1.0, 0.3)))  # timing gears, 17 teeth
    return np.tanh((1.2 + 1.6 * load) * total) * (0.35 + 0.65 * np.maximum(load * 0.6, climb))


class _Car(Actor):
    """Standing at the kerb with its engine revved: it jumps up at the nose, shakes, spins its wheels and puffs.

    Material: a small car, a pickup truck, a sports car.
    """

    _CABIN: tuple[Points, ...] = (
        ((-0.72, 0.22), (-0.58, -0.26), (0.12, -0.26), (0.46, 0.22)),
        ((-0.12, 0.22), (-0.1, -0.32), (0.28, -0.32), (0.5, 0.22)),
        ((-0.66, 0.3), (-0.28, -0.02), (0.1, -0.02), (0.5, 0.3)),
    )
    _PANES: tuple[tuple[Points, ...], ...] = (
        (
            ((-0.6, 0.18), (-0.5, -0.16), (-0.26, -0.16), (-0.26, 0.18)),
            ((-0.17, 0.18), (-0.17, -0.16), (0.06, -0.16), (0.3, 0.18)),
        ),
        (((-0.02, 0.16), (0.0, -0.22), (0.22, -0.22), (0.37, 0.16)),),
        (
            ((-0.46, 0.26), (-0.22, 0.07), (-0.12, 0.07), (-0.12, 0.26)),
            ((-0.03, 0.26), (-0.03, 0.07), (0.06, 0.07), (0.3, 0.26)),
        ),
    )

    def still(self, canvas: Canvas) -> None:
        c = self.standing(canvas)
        c.ellipse(0.0, 0.88, 1.02, 0.07, INK, alpha=0.35)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        c = self.standing(canvas)
        nose, shake, turn = 0.0, 0.0, 0.4
        if act and act.share < 1:
            power = act.size * (0.55 + 0.45 * float(np.exp(-act.age / 0.25))) * self.ebb(act)
            nose = 0.12 * power
            shake = 0.021 * power * (1 if round(t * FPS) % 2 else -1)
            turn += 9.0 * act.age * (1 + act.event.strength) + 0.8 * act.index
        body = c.at(-0.4, 0.55 + shake - 0.3 * nose, 1.0, -nose).at(0.4, -0.55)
        kind = self.style.material
        swell(body, self._CABIN[kind], self.second if kind == 1 else self.main, self.dark)
        for pane in self._PANES[kind]:
            body.polygon(pane, mix(self.second, PAPER, 0.7))
        if kind == 2:
            wedge = ((-0.95, 0.2), (0.35, 0.22), (0.96, 0.46), (0.96, 0.66), (-0.95, 0.66))
            swell(body, wedge, self.main, self.dark)
            body.line(-0.98, 0.04, -0.72, 0.04, 0.1, self.dark)
            body.line(-0.86, 0.06, -0.86, 0.2, 0.06, self.dark)
        else:
            for colour, grow in ((self.dark, OUTLINE), (self.main, 0.0)):
                body.box(0.0, 0.43, 1.86 + 2 * grow, 0.44 + 2 * grow, colour, 0.0, 0.14)
            if kind == 1:
                body.box(-0.55, 0.26, 0.72, 0.1, self.dark)
        body.line(-0.8, 0.52, 0.82, 0.52, 0.06, self.second)
        body.disc(0.84, 0.42, 0.09, mix(self.second, PAPER, 0.85))
        for x in (-0.55, 0.55):
            wheel(c, x, 0.68, (0.22, 0.25, 0.22)[kind], self.light, turn)
        if act:
            self._exhaust(c, act)

    def _exhaust(self, c: Canvas, act: Act) -> None:
        """A cloud that is blown out behind the car at the onset and drifts off."""
        fade = 1 - act.age / 0.9
        if fade <= 0:
            return
        away = (act.age + 1.5 / FPS) ** 0.6
        for i in range(3):
            r = (0.13 + 0.1 * away) * act.size * (1 - 0.15 * i)
            c.disc(
                -0.98 - away * (0.1 + 0.22 * i) * act.size,
                0.66 - 0.16 * away * i,
                r,
                mix(self.second, PAPER, 0.75),
                fade,
            )


SPEC = SoundClass(
    name="engine accelerating, revving, vroom",
    family="machines",
    level_db=-8,
    places=("street", "field at night", "park", "mountains", "harbour"),
    carries=True,
    timing=Timing.of_spans((0.9, 2.2)),
    size=1.15,
    words=Words(
        thing="car",
        things="cars",
        bare="engine noise",
        clauses=(
            "a car engine revs/revving {m}",
            "a car revs/revving its engine",
            "an engine revs/revving {m}",
            "a car engine roars/roaring {m}",
            "a motor revs/revving {m}",
            "a driver revs/revving an engine",
            "a vehicle revs/revving its engine",
            "an engine accelerates/accelerating {m}",
            "a car accelerates/accelerating {m}",
            "a driver revs/revving a motor",
            "a motor roars/roaring {m}",
        ),
        nouns=(
            "the * revving of an engine {m}",
            "the * roar of a car engine {m}",
            "* engine revving",
            "the * roaring of a motor {m}",
            "the * sound of a motor revving {m}",
        ),
        materials=(
            Material(phrases=("with the smooth sound of four cylinders", "with a smooth four-cylinder sound")),
            Material(phrases=("with a rough diesel rattle", "with the rattle of a diesel")),
            Material(phrases=("with the sound of a sports car", "like a sports car")),
        ),
        low=("in a deep growl", "with a low growl", "with a deep rumble", "at a low pitch", "in a low, deep growl"),
        high=(
            "in a high whine",
            "with a high scream",
            "at a high pitch",
            "with a high-pitched whine",
            "in a high, thin whine",
        ),
        slow=(),
        quick=(),
        timed=False,
        faint=DISTANT,
        strong=("powerfully", "with full power", "with great power", "at full throttle", "with full force"),
        gentle=("gently", "with little power", "lightly", "with moderate power", "gently, with little power"),
    ),
    sound=lasting(_engine, pivot=500, fade_in=0.3),
    picture=_Car,
)
