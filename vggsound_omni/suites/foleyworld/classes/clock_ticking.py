"""A pendulum clock ticks."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import INK, PAPER, Contact, Struck, outlined_box, outlined_ellipse, smooth
from ..scene import Event, Style
from ..sounds.modal import METAL, WOOD, Blow, Body, burst, contact_time, layers, struck
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Words


def _clock(style: Style, rng: np.random.Generator) -> Blow:
    """An escapement: a tooth drops on a pallet, locks, and shakes plates and case; in tick and tock the pallets differ.

    Steel on steel, as small as here, is a click of a few milliseconds; what colours it is what it is screwed to.
    Materials: a wooden case, a brass movement that rings, a thin tin case.
    """
    size = 2 ** (0.9 * style.pitch)
    pallet = Body.bar((3200, 3500, 3800)[style.material] * size**0.5, METAL.held((330, 240, 300)[style.material]), rng)
    plates = Body.plate(1500 * size**0.6, 1.4, METAL.held((220, 110, 190)[style.material]), rng, most=50)
    case = (
        Body.plate(260 * size, 1.4, WOOD.held(60), rng, 5000, 60),
        Body.plate(620 * size, 1.5, METAL.held(140), rng, 6500, 60),
        Body.plate(430 * size, 1.3, METAL.held(110), rng, 6500, 60),
    )[style.material]
    resonance = (0.5, 0.3, 0.35)[style.material]
    # What meets what within a tick, and within a tock: seconds, levels, pitches. It is the same every time.
    sides = cycle(
        (
            np.concatenate(([0.0], np.sort(rng.uniform(0.003, lasts, 4)))),
            np.concatenate(([level], level * rng.uniform(0.15, 0.9, 4))),
            scale * rng.uniform(0.85, 1.2, 5),
            rng.uniform(0.25, 0.75, (5, 2)),
        )
        for lasts, level, scale in ((0.035, 1.0, 1.0), (0.05, 0.8, 0.8))
    )

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time(0.00012, style, event)
        parts = []
        for delay, level, scale, at in zip(*next(sides), strict=True):
            place = (float(at[0]), float(at[1]))
            parts += [
                (delay, 0.6 * level, pallet.hit(rng, contact, place, scale, 0.02)),
                (delay, 0.6 * level, plates.hit(rng, contact, place, scale, 0.02)),
                (delay, resonance * level, case.hit(rng, 2 * contact, place, 0.5 + 0.5 * scale, 0.02)),
                (delay, level, burst(rng, 2200, 7800, 0.011, 0.0)),
            ]
        return layers(*parts)

    return blow


class Clock(Struck):
    """A pendulum clock: at every tick the hand jumps on and the pendulum turns back. Without events it has stopped."""

    contact: Contact = (0.0, -0.42, 0.24)
    hours = 12

    def _prepare(self) -> None:
        self.first, self.hour = int(self.rng.integers(self.hours)), float(self.rng.uniform(0, 2 * np.pi))

    def still(self, canvas: Canvas) -> None:
        """Case and dial."""
        if self.style.material == 0:
            canvas.polygon([(-0.72, -0.76), (0, -1.14), (0.72, -0.76)], INK)
            canvas.polygon([(-0.6, -0.8), (0, -1.08), (0.6, -0.8)], self.dark)
        outlined_box(canvas, 0, 0.45, 0.66, 0.98, self.dark, corner=0.04)
        canvas.box(0, 0.45, 0.54, 0.86, mix(self.light, PAPER, 0.3))
        if self.style.material == 2:
            outlined_box(canvas, 0, -0.4, 1.1, 1.06, self.main, corner=0.08)
        else:
            outlined_ellipse(canvas, 0, -0.42, 0.55, 0.55, self.main)
        outlined_ellipse(canvas, 0, -0.42, 0.44, 0.44, PAPER)
        for hour in range(self.hours):
            angle = 2 * np.pi * hour / self.hours
            c, s = float(np.cos(angle)), float(np.sin(angle))
            canvas.line(0.36 * c, -0.42 + 0.36 * s, 0.4 * c, -0.42 + 0.4 * s, 0.05 if hour % 3 else 0.08, INK)
        for length, angle in ((0.2, self.hour), (0.28, self.hour * 12)):
            canvas.line(0, -0.42, length * float(np.cos(angle)), -0.42 + length * float(np.sin(angle)), 0.06, INK)

    def draw(self, canvas: Canvas, t: float) -> None:
        """Hand and pendulum."""
        begun, shock = self.beats.begun(t), self.beats.shock(t, 0.16)
        # Overshoots in the frame of the tick and springs back.
        angle = 2 * np.pi * (self.first + begun + 0.3 * shock) / self.hours
        pointer = canvas.at(0, -0.42, angle=angle)
        pointer.line(-0.14, 0, 0.33, 0, 0.09, self.second)
        pointer.disc(-0.14, 0, 0.08, self.second)
        pointer.disc(0, 0, 0.07 + 0.07 * shock, INK)
        swing = 0.36 * self._swing(t)
        pendulum = canvas.at(0, 0.05, angle=-swing)
        pendulum.line(0, 0.1, 0, 0.6, 0.06, INK)
        outlined_ellipse(pendulum, 0, 0.6, 0.1 * self.large, 0.1 * self.large, self.second)
        if shock:
            for side in (0.0, np.pi):
                r = 0.78 - 0.08 * shock
                canvas.ring(0, -0.42, r, 0.06, self.second_light, shock**0.5, side - 0.5, side + 0.5)

    def _swing(self, t: float) -> float:
        """-1 to 1, at an end at every onset; still until the first and after the last."""
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        side = 1.0 if begun % 2 else -1.0
        if np.isfinite(since) and np.isfinite(until):
            return side * float(np.cos(np.pi * since / (since + until)))
        if np.isfinite(since):
            return side * float(np.cos(np.pi * min(since, 0.25) / 0.5)) if self.beats.events else 0.0
        return -side * smooth(1 - until / 0.4)


SPEC = SoundClass(
    name="clock ticking",
    family="things",
    level_db=-21,
    places=("living room", "kitchen", "workshop", "office", "corridor"),
    timing=Timing.of_strikes((8, 16), (0.48, 1.0), 0.0, (0.1, 0.2)),
    impact=True,
    hues=(0.03, 0.12),
    words=Words(
        thing="clock",
        things="clocks",
        bare="ticking",
        clauses=(
            "a timepiece ticks/ticking",
            "a pendulum ticks/ticking",
            "a clock ticks/ticking",
            "a pendulum clock ticks/ticking",
            "a clock ticks/ticking away",
            "a clock goes/going tick-tock",
            "a clock clicks/clicking",
            "the pendulum of a clock swings/swinging with a tick",
            "a clock with a pendulum ticks/ticking",
            "a clock tick-tocks/tick-tocking",
            "the pendulum of a clock beats/beating",
            "a clock beats/beating with its pendulum",
            "a clock with a pendulum goes/going tick-tock",
        ),
        nouns=(
            "the * ticking of a clock",
            "the * tick-tock of a clock",
            "the * beat of a pendulum",
            "+* ticks of a clock",
            "the * tick of a pendulum clock",
        ),
        acts=(
            "tick/ticks of a clock",
            "click/clicks of a clock",
            "tick/ticks of a pendulum clock",
            "beat/beats of a pendulum",
        ),
        low=(
            "with a deep, woody tock",
            "with a low tock",
            "with a deep tone",
            "in a deep tone",
            "in a deep, hollow tone",
        ),
        high=(
            "with a thin, high tick",
            "with a high metallic tick",
            "with bright, high ticks",
            "with a high click",
            "with a tiny, high tick",
        ),
    ),
    sound=struck(_clock, pivot=2200),
    picture=Clock,
)
