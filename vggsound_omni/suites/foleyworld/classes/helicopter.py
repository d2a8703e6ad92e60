"""A helicopter passes overhead."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.actor import Actor
from ..pictures.motion import INK, PAPER, outlined_ellipse, smooth
from ..pictures.shapes import swell
from ..scene import FPS, Style
from ..sounds.noise import Course, contour, cycles, lasting, noise, peak_one, resonances, wander, wave
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, Words


def _helicopter(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Rotor blades slap the air 9 to 24 times a second; tail rotor, turbine. Each event is a pass overhead.

    The blades' thickness gives a low pulse, the vortices that they meet a burst of turbulence, no two alike; wind and
    distance make the whole come and go. A whole number of blades passes in an event, so that each begins with a slap.
    Kinds: slapping two-blade rotor, softer and denser, whining turbine.
    """
    length, u = course.length, course.phase
    rate = (12.5, 17.0, 15.0)[style.material] * 2 ** (0.45 * style.pitch)
    blades = np.maximum(2, np.round(rate * course.spans))
    # Doppler: 4 % too fast at first, as much too slow at the end.
    turn = blades[course.index] * (u + 0.04 / np.pi * np.sin(np.pi * u))
    turn = turn + np.concatenate(([0.0], np.cumsum(blades)))[course.index]
    number = turn.astype(int)
    slap = turn - number
    each = np.exp((0.13, 0.08, 0.1)[style.material] * rng.standard_normal(number[-1] + 2))[number]
    width = (0.8, 1.5, 1.1)[style.material]
    rise = np.minimum(slap / 0.1, 1.0)
    chop = each * rise * np.exp(-slap * 5 / width)
    thump = resonances(np.diff(chop, prepend=chop[0]), (60 + 2 * rate, 50, 1.0), (140 + 2 * rate, 110, 0.7))
    wash = noise(rng, length, 60, 2200 * 2 ** (0.4 * style.pitch), -3.0)
    air = noise(rng, length, 400, 7600, -3.5)
    gust = (0.36, 0.6, 0.45)[style.material] + chop
    hum = wave(turn * 5.3 + 0.03 * wander(rng, length, 8), np.arange(1.0, 13.0) ** -0.9)
    shift = 1 + 0.04 * np.cos(np.pi * u)
    turbine = cycles(2700 * 2 ** (0.35 * style.pitch) * (1 + 0.002 * wander(rng, length, 15)) * shift)
    whine = np.sin(2 * np.pi * turbine) + 0.6 * np.sin(2 * np.pi * 1.37 * turbine) + 0.4 * np.sin(np.pi * turbine)
    near = contour(u, (0, 0.42), (0.1, 0.6), (0.35, 1.0), (0.55, 0.85), (1, 0.4))
    total = 0.6 * peak_one(thump) + gust * (0.42 * wash + 0.08 * near * air) + 0.05 * hum
    total += (0.006, 0.003, 0.1)[style.material] * whine
    return near * np.exp(0.12 * wander(rng, length, 3)) * np.tanh(0.4 * total)


class _Helicopter(Actor):
    """Stands with its rotor still; in the air while it sounds, tilting the other way with each event."""

    def still(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.92, 0.7, 0.07, INK, alpha=0.3)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        scale = 0.8 * self.size + 0.1
        x, y, tilt, flying = 0.0, 0.92 - 0.67 * scale, 0.0, act is not None and act.share < 1
        if act and flying:
            first, last = self.beats.events[0], self.beats.events[-1]
            landing = smooth((last.end - t) / 0.8)
            height = min(1 - 0.8 * float(np.exp((first.onset - t) / 0.4)), landing)
            kick = float(np.exp(-act.age / 0.35))
            side = 1 if act.index % 2 == 0 else -1
            tilt = side * act.size * (0.1 + 0.16 * kick) * landing
            x = side * (0.06 + 0.14 * float(np.sin(np.pi * min(0.1 + act.share, 1.0)))) * landing
            y += height * (-0.2 - 0.1 * act.size * (1 - kick) + 0.03 * float(np.sin(9 * t)) - y)
        self._body(canvas.at(x, y, scale, tilt), t, flying=flying)

    def _body(self, c: Canvas, t: float, *, flying: bool) -> None:
        frame = round(t * FPS)
        swell(c, ((-0.95, -0.12), (-0.95, -0.2), (0.0, -0.28), (0.0, 0.12)), self.main, self.dark)
        swell(c, ((-1.02, -0.42), (-0.88, -0.42), (-0.78, -0.1), (-0.98, -0.1)), self.second, self.dark)
        for foot in (-0.2, 0.32):
            c.line(foot * 0.7, 0.3, foot, 0.62, 0.06, INK)
        c.line(-0.45, 0.63, 0.5, 0.63, 0.08, INK)
        c.line(0.5, 0.63, 0.6, 0.55, 0.08, INK)
        c.line(0.08, -0.3, 0.08, -0.56, 0.09, INK)
        outlined_ellipse(c, 0.12, 0.04, 0.54, 0.38, self.main)
        c.ellipse(0.36, -0.01, 0.25, 0.24, mix(self.second, PAPER, 0.72))
        c.line(0.34, -0.24, 0.34, 0.22, 0.04, self.dark)
        c.line(-0.3, 0.2, 0.5, 0.2, 0.07, self.second)
        if not flying:
            c.line(-0.78, -0.55, 0.94, -0.6, 0.07, INK)
            c.line(-0.95, -0.42, -0.95, -0.12, 0.05, INK)
            return
        c.ellipse(0.08, -0.58, 0.98, 0.09, PAPER, alpha=0.55)
        reach = (0.95, 0.55, 0.8)[frame % 3]
        c.line(0.08 - reach, -0.58, 0.08 + reach, -0.58, 0.07, INK)
        c.disc(-0.95, -0.26, 0.22, PAPER, 0.5)
        spin = 1.1 * frame
        dx, dy = 0.2 * float(np.cos(spin)), 0.2 * float(np.sin(spin))
        c.line(-0.95 - dx, -0.26 - dy, -0.95 + dx, -0.26 + dy, 0.05, INK)


SPEC = SoundClass(
    name="helicopter",
    family="machines",
    level_db=-7,
    places=("street", "forest", "field at night", "beach", "park", "mountains", "harbour"),
    carries=True,
    high_up=True,
    timing=Timing.of_spans((1.2, 3.0)),
    words=Words(
        thing="helicopter",
        things="helicopters",
        bare="helicopter noise",
        clauses=(
            "a helicopter hovers/hovering",
            "a helicopter flies/flying overhead",
            "the rotor of a helicopter beats/beating the air",
            "+rotor blades chop/chopping the air",
            "a helicopter thuds/thudding overhead",
            "a chopper flies/flying in the sky",
            "+the blades of a helicopter whirl/whirling",
            "a helicopter is/being flown overhead",
            "a helicopter drones/droning in the sky",
            "a chopper hovers/hovering overhead",
            "a helicopter hovers/hovering in the air",
        ),
        nouns=(
            "the * thudding of a helicopter",
            "the * chop of rotor blades",
            "the * drone of a helicopter",
            "the * beat of a helicopter's rotor",
            "the * whirl of rotor blades",
        ),
        low=(
            "with a deep thud of blades",
            "with a low throb",
            "at a low pitch",
            "with a deep throb",
            "with a deep, low throb",
        ),
        high=(
            "with a high flutter",
            "with a high-pitched flutter",
            "at a high pitch",
            "with a high sound",
            "with a bright, high flutter",
        ),
        slow=(),
        quick=(),
        timed=False,
        faint=DISTANT,
    ),
    sound=lasting(_helicopter, pivot=500, tilt=9.0),
    picture=_Helicopter,
)
