"""Pictures of sounds about the house: steps, a glass that breaks, a keyboard, a pendulum clock, a dripping tap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.suites.foleyworld.canvas import Canvas, Colour, mix, shade
from vggsound_omni.suites.foleyworld.scene import Event, Style

from .motion import (
    INK,
    PAPER,
    Contact,
    Struck,
    hand,
    outlined_box,
    outlined_ellipse,
    outlined_line,
    puff,
    smooth,
    sparks,
)
from .picture import MakePicture

STEEL: Colour = (0.66, 0.69, 0.74)


def _taper(
    canvas: Canvas, upper: float, top: float, lower: float, bottom: float, colour: Colour, alpha: float = 1.0
) -> None:
    """A vessel seen from the side, ``upper`` and ``lower`` wide to either side at top and bottom."""
    canvas.polygon([(-upper, top), (upper, top), (lower, bottom), (-lower, bottom)], colour, alpha)


class Footsteps(Struck):
    """Legs that walk on the spot, a foot landing at every onset; heels if high. Material: boards, gravel or snow."""

    contact: Contact = (0.42, 0.87, 0.1)
    floor = 0.72

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.stones = rng.uniform((-0.9, 0.75), (0.9, 0.95), (26, 2))

    def still(self, canvas: Canvas) -> None:
        """The ground."""
        self._ground(canvas)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The legs, and the ground while it shakes."""
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self._ground(canvas.at(0.03 * jolt, 0.07 * jolt))
        canvas.ellipse(0.42, self.floor + 0.1, 0.3, 0.11, self.dark, alpha=shock**0.5)
        sparks(canvas, 0.4, self.floor, shock, 0.42, start=np.pi, end=2 * np.pi)
        puff(canvas, 0.42, self.floor + 0.06, shock, 0.4)
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        # Share of the step that leads to the next onset; the first begins from standing, half a second before.
        gap = min(since + until, 0.5 if begun == 0 else np.inf)
        u = max(1 - until / gap, 0.0) if np.isfinite(gap) else 0.0
        front, back = (0.3, -0.42) if begun else (0.05, -0.08)
        slow = smooth(u)
        standing = front + (-0.42 - front) * slow
        swing = back + (0.3 - back) * slow
        raised = (0.16 + 0.1 * self.beats.effort(t)) * float(np.sin(np.pi * u**1.6))
        hip = -0.78 + 0.05 * abs(standing - swing)
        legs = [(standing, 0.0, 0.0), (swing, raised, (1.1 * (1 - u) - 0.35 * u) * min(4 * raised, 1.0))]
        near = begun % 2
        for nearer in (False, True):
            self._leg(canvas, hip, *legs[near == nearer], nearer=nearer)
        outlined_box(canvas, 0, -0.9, 0.5, 0.24, self.second, corner=0.06)

    def _leg(self, canvas: Canvas, hip: float, x: float, raised: float, tilt: float, *, nearer: bool) -> None:
        cloth = self.main if nearer else self.dark
        ankle = (x, self.floor - 0.2 - raised)
        knee = (x * 0.5 + 0.06 + 0.9 * raised, (hip + ankle[1]) / 2 - 0.1 * raised)
        canvas.line(0, hip, *knee, 0.24 + 0.09, INK)
        canvas.line(*knee, *ankle, 0.19 + 0.09, INK)
        foot = canvas.at(*ankle, self.large, angle=tilt)
        shoe = self.second_light if nearer else self.second
        heel = self.style.pitch > 0.3
        sole = 0.18 / self.large
        foot.line(0.0, sole - 0.1, 0.24, sole - 0.07, 0.23, INK)
        if heel:
            foot.line(-0.08, 0.05, -0.1, sole - 0.03, 0.11, INK)
        else:
            foot.box(0.07, sole - 0.02, 0.44, 0.1, INK, corner=0.03)
        foot.line(0.0, sole - 0.1, 0.24, sole - 0.08, 0.14, shoe)
        canvas.line(0, hip, *knee, 0.24, cloth)
        canvas.line(*knee, *ankle, 0.19, cloth)

    def _ground(self, canvas: Canvas) -> None:
        snow = self.style.material == 2
        face = mix(self.light, PAPER, 0.5) if snow else self.main
        outlined_box(canvas, 0, 0.84, 1.9, 0.24, face)
        if self.style.material == 0:
            canvas.box(0, 0.74, 1.9, 0.04, self.light)
            canvas.line(-0.93, 0.85, 0.93, 0.85, 0.04, self.dark)
            for x in (-0.7, -0.3, 0.1, 0.46, 0.75):
                canvas.line(x, 0.77, x - 0.02, 0.84, 0.04, self.dark)
                canvas.line(x - 0.2, 0.86, x - 0.22, 0.95, 0.04, self.dark)
            return
        for i, (x, y) in enumerate(self.stones):
            if snow:
                canvas.ellipse(float(x), float(y), 0.05, 0.025, self.main, 0, 0.8)
            else:
                canvas.disc(float(x), float(y), 0.05, (self.light, self.dark)[i % 2])
        if not snow:
            for x, y in ((0.36, 0.8), (0.46, 0.86), (0.4, 0.92)):
                canvas.disc(x, y, 0.05, self.light)
        else:
            canvas.ellipse(0.42, 0.83, 0.1, 0.035, self.main)


class Glass(Struck):
    """A glass slips off a table and shatters on the floor; another stands there in time. High styles are stemmed."""

    contact: Contact = (0.5, 0.94, 0.09)
    floor = 0.86
    table = -0.2

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.shards = rng.uniform((0.4, 0.1, -4), (1, 0.19, 4), (9, 3)).tolist()

    def still(self, canvas: Canvas) -> None:
        """Table and floor."""
        outlined_box(canvas, 0, self.floor + 0.07, 1.9, 0.2, self.second_dark)
        canvas.box(0, self.floor - 0.02, 1.9, 0.04, self.second)
        for x in (-0.86, -0.2):
            outlined_box(canvas, x, 0.33, 0.09, 0.94, self.dark)
        outlined_box(canvas, -0.5, self.table + 0.06, 0.98, 0.12, self.main)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The glass, whole or in pieces."""
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        shock = self.beats.shock(t, 0.26)
        if begun:
            self._heap(canvas, 1.0 if begun > 1 else since)
        sparks(canvas, 0.5, self.floor, shock, 0.6, start=np.pi + 0.1, end=2 * np.pi - 0.1)
        if shock:
            canvas.ellipse(0.5, self.floor, 0.32 + 0.2 * (1 - shock), 0.15, PAPER, alpha=0.9 * shock**0.5)
        if since < 0.6:
            self._flying(canvas, since)
        put = 1.0 if begun == 0 else smooth((1.5 - until) / 0.3)
        if put == 0.0:
            return
        slide, fall = smooth((0.72 - until) / 0.36), min(max(1 - until / 0.36, 0.0), 1.0)
        x = -0.55 + 0.55 * slide + 0.5 * fall
        y = self.table + (self.floor - 0.3 - self.table) * fall**2
        self._glass(canvas.at(x, y, 0.95 + 0.25 * self.large, angle=0.25 * slide**4 + 1.6 * fall), put)

    def _glass(self, canvas: Canvas, alpha: float) -> None:
        body, drink = mix(self.second_light, PAPER, 0.6), self.second
        if self.style.pitch > 0:
            canvas.line(-0.13, -0.02, 0.13, -0.02, 0.09, INK, alpha)
            canvas.line(0, -0.02, 0, -0.3, 0.1, INK, alpha)
            canvas.line(-0.12, -0.02, 0.12, -0.02, 0.03, body, alpha)
            canvas.line(0, -0.02, 0, -0.3, 0.03, body, alpha)
            bottom, low, high, top = -0.22, 0.08, 0.2, -0.62
        else:
            bottom, low, high, top = 0.0, 0.16, 0.23, -0.52
        middle = (low + high) / 2
        _taper(canvas, high + 0.05, top - 0.04, low + 0.05, bottom, INK, alpha)
        _taper(canvas, high, top, low, bottom - 0.05, body, alpha)
        _taper(canvas, middle, (top + bottom) / 2, low, bottom - 0.05, drink, alpha)
        canvas.line(-0.6 * high, top + 0.07, -0.6 * middle, bottom - 0.15, 0.045, PAPER, alpha)

    def _shard(self, canvas: Canvas, x: float, y: float, size: float, angle: float, alpha: float) -> None:
        shard = canvas.at(x, y, size, angle)
        shard.polygon([(-1.1, 0.75), (0.12, -1.4), (1.1, 0.85)], INK, alpha)
        shard.polygon([(-0.75, 0.55), (0.1, -0.98), (0.75, 0.62)], mix(self.second_light, PAPER, 0.6), alpha)

    def _flying(self, canvas: Canvas, since: float) -> None:
        for x, (up, size, turn) in zip(np.linspace(-1, 1, len(self.shards)).tolist(), self.shards, strict=True):
            # Thrown up at once and fast: within a quarter of a second nothing is left over the place of the blow.
            out = 0.4 * x + (1 if x >= 0 else -1) * (0.1 + abs(x)) * 2.2 * since
            y = self.floor - 0.1 - 0.2 * up * (1 - abs(x)) - 3.2 * up * since + 7.0 * since**2
            if y < self.floor + 0.02:
                self._shard(canvas, 0.5 + out * 0.7, y, size, turn * (since + 0.3), 1.0 - 0.8 * since)

    def _heap(self, canvas: Canvas, since: float) -> None:
        grown = smooth(since / 0.2)
        for x, size, turn in ((0.3, 0.08, 0.4), (0.45, 0.1, 2.4), (0.62, 0.09, 1.2), (0.74, 0.07, 3.0)):
            self._shard(canvas, x, self.floor - 0.07, size * grown, turn, grown)


class Keyboard(Struck):
    """Hands at a keyboard before a screen. Variation picks the key; every press makes the board bounce."""

    contact: Contact = (0.0, 0.19, 0.12)
    fade = 0.08
    """Seconds: keys may be pressed every 0.12 s."""

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        variations = [event.variation for event in self.beats.events]
        self.keys = [(min(int(v * 10), 9), int(v * 997) % 2 + 1) for v in variations]
        self.hands = [
            [self._key(*key)[0] if (key[0] < 5) == left else rest for key in self.keys]
            for left, rest in ((True, -0.5), (False, 0.5))
        ]
        self.lines = rng.uniform(0.5, 1.0, 5)

    def still(self, canvas: Canvas) -> None:
        """The screen, and the board at rest."""
        outlined_box(canvas, 0, -0.02, 0.5, 0.1, self.dark)
        outlined_box(canvas, 0, -0.53, 1.5 + 0.1 * self.large, 0.86, self.main, corner=0.06)
        canvas.box(0, -0.53, 1.42, 0.7, mix(self.second_dark, INK, 0.75))
        self._board(canvas)

    def draw(self, canvas: Canvas, t: float) -> None:
        """What has been typed, the key that is down, the hands, and the board while it bounces."""
        begun, shock = self.beats.begun(t), self.beats.shock(t, self.fade)
        self._text(canvas, begun)
        if shock:
            board = canvas.at(0, 0.09 * shock)
            self._board(board)
            x, y = self._key(*self.keys[begun - 1])
            board.box(x, y + 0.02, 0.15, 0.14, self.second, corner=0.03)
        down = self.beats.lift(t, fall=0.09, wind=0.05, rise=0.1, rest=0.7)
        for side in (0, 1):
            x = self.beats.glide(t, self.hands[side], 0.12) if self.keys else (-0.5, 0.5)[side]
            coming = self.keys[min(begun, len(self.keys) - 1)] if self.keys else (0, 0)
            pressed = self.keys[begun - 1] if begun and shock else coming
            strikes = bool(self.keys) and (pressed[0] < 5) == (side == 0)
            hand(canvas, x, 0.5, down if strikes else 1.0, 1 - 2 * side, self.skin, self.second)

    def _key(self, column: int, row: int) -> tuple[float, float]:
        return -0.81 + 0.18 * column, 0.19 + 0.17 * row

    def _board(self, canvas: Canvas) -> None:
        outlined_box(canvas, 0, 0.43, 1.9, 0.72, self.main, corner=0.05)
        for row in range(3):
            canvas.box(0, 0.19 + 0.17 * row, 1.78, 0.13, PAPER, corner=0.03)
        for x, width in ((-0.63, 0.52), (0, 0.7), (0.63, 0.52)):
            canvas.box(x, 0.7, width, 0.13, PAPER, corner=0.03)
        for column in range(9):
            x = -0.72 + 0.18 * column
            canvas.line(x, 0.14, x, 0.58, 0.045, self.dark)

    def _text(self, canvas: Canvas, begun: int) -> None:
        full, rest = divmod(begun % 45, 9)
        for row in range(full):
            canvas.line(
                -0.6, -0.8 + 0.13 * row, -0.6 + 1.15 * float(self.lines[row]), -0.8 + 0.13 * row, 0.05, self.light
            )
        y, x = -0.8 + 0.13 * full, -0.6 + 0.11 * rest
        if rest:
            canvas.line(-0.6, y, x, y, 0.05, self.light)
        canvas.box(x + 0.1, y, 0.06, 0.1, self.second_light)


class Clock(Struck):
    """A pendulum clock: at every tick the hand jumps on and the pendulum turns back. Without events it has stopped."""

    contact: Contact = (0.0, -0.42, 0.24)
    hours = 12

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.first, self.hour = int(rng.integers(self.hours)), float(rng.uniform(0, 2 * np.pi))

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


class Drip(Struck):
    """Drops grow on a tap and fall into water. Material: a bucket, a sink or a puddle."""

    contact: Contact = (0.0, 0.56, 0.13)
    surface = 0.5
    mouth = -0.45

    def still(self, canvas: Canvas) -> None:
        """The tap, and what holds the water."""
        outlined_line(canvas, -0.95, -0.68, -0.1, -0.68, 0.2, STEEL)
        outlined_line(canvas, 0, -0.66, 0, self.mouth - 0.06, 0.2, STEEL)
        canvas.line(-0.9, -0.73, -0.05, -0.73, 0.05, PAPER)
        outlined_box(canvas, 0, self.mouth - 0.04, 0.28, 0.08, STEEL)
        outlined_box(canvas, -0.35, -0.84, 0.08, 0.2, STEEL)
        outlined_box(canvas, -0.35, -0.95, 0.2 + 0.2 * self.large, 0.09, self.second, corner=0.04)
        self._vessel(canvas)
        self._water(canvas, 0.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The drop, and the water where it has fallen in."""
        since, until = self.beats.since(t), self.beats.until(t)
        shock = self.beats.shock(t, 0.26)
        size = (0.75 + 0.25 * self.beats.effort(t)) * self.large * 0.11
        if until < 0.24:
            fallen = (1 - until / 0.24) ** 2
            self._drop(
                canvas, self.mouth + 0.06 + (self.surface - self.mouth - 0.06) * fallen, size, 1.0 + 0.5 * fallen
            )
        elif np.isfinite(until):
            self._drop(canvas, self.mouth + 0.04, size * smooth(1 - (until - 0.24) / 0.5), 1.0)
        if shock:
            self._water(canvas, shock)
            age = since / 0.26
            for x in (-1, -0.45, 0.45, 1):
                y = self.surface - 0.12 - (1.0 - 0.3 * abs(x)) * (1.5 * age - 1.7 * age * age) * shock**0.2
                canvas.disc(x * (0.18 + 0.3 * age), y, 0.085, INK)
                canvas.disc(x * (0.18 + 0.3 * age), y, 0.055, mix(self.main, PAPER, 0.5))

    def _drop(self, canvas: Canvas, y: float, size: float, stretch: float) -> None:
        if size < 0.01:
            return
        drop = canvas.at(0, y, size)
        drop.polygon([(-0.85, -0.3), (0, -1.9 * stretch), (0.85, -0.3)], INK)
        drop.disc(0, 0, 1.3, INK)
        drop.polygon([(-0.7, -0.3), (0, -1.4 * stretch), (0.7, -0.3)], self.main)
        drop.disc(0, 0, 0.9, self.main)
        drop.disc(-0.3, 0, 0.3, PAPER)

    def _water(self, canvas: Canvas, shock: float) -> None:
        width = (0.38, 0.7, 0.8)[self.style.material]
        canvas.ellipse(0, self.surface, width, 0.17, self.main)
        canvas.ellipse(-0.3 * width, self.surface - 0.06, 0.3 * width, 0.025, self.light)
        if shock:
            out = 1 - shock
            for start, colour in ((0.34, PAPER), (0.26, self.dark), (0.14, mix(self.main, PAPER, 0.4 * shock))):
                r = start + (0.9 * width - 0.3) * out
                canvas.ellipse(0, self.surface, r, (0.36 - 0.1 * out) * r, colour)
            foot = self.surface + 0.03
            canvas.polygon([(-0.13, foot), (0, foot - 0.4 * shock), (0.13, foot)], self.light)

    def _vessel(self, canvas: Canvas) -> None:
        y, material = self.surface, self.style.material
        if material == 0:
            canvas.ring(0, y + 0.02, 0.49, 0.05, INK, start=np.pi, end=2 * np.pi)
            _taper(canvas, 0.51, y, 0.39, 1.06, INK)
            _taper(canvas, 0.46, y, 0.345, 1.01, self.second)
            _taper(canvas, 0.4, y + 0.32, 0.38, y + 0.4, self.second_dark)
            outlined_ellipse(canvas, 0, y, 0.46, 0.19, self.second_light)
        elif material == 1:
            outlined_box(canvas, 0, 0.84, 0.3, 0.26, self.second_dark)
            _taper(canvas, 0.94, y, 0.6, 0.86, INK)
            _taper(canvas, 0.86, y, 0.56, 0.81, self.second_light)
            outlined_ellipse(canvas, 0, y, 0.88, 0.23, PAPER)
        else:
            canvas.ellipse(0.1, y + 0.02, 0.86, 0.21, shade(self.dark, 0.7))
            canvas.ellipse(-0.3, y + 0.05, 0.6, 0.19, shade(self.dark, 0.7))
            canvas.ellipse(-0.3, y + 0.05, 0.55, 0.15, self.main)


PICTURES: dict[str, MakePicture] = {
    "footsteps": Footsteps,
    "glass breaking": Glass,
    "typing on computer keyboard": Keyboard,
    "clock ticking": Clock,
    "water dripping": Drip,
}
