"""Pictures of instruments that are struck or plucked: a church bell, a piano, an acoustic guitar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.suites.foleyworld.canvas import Canvas, mix, shade
from vggsound_omni.suites.foleyworld.scene import Event, Style

from .motion import INK, PAPER, Contact, Struck, hand, outlined_box, outlined_ellipse, outlined_line, smooth, sparks
from .picture import MakePicture


class Bell(Struck):
    """A bell swings in its tower; the clapper meets the rim at every onset.

    Contact is the hub it hangs on: round, so that swinging alone changes nothing there.
    """

    hang = -0.26
    contact: Contact = (0.0, hang, 0.11)
    reach = 0.42
    """Angle between bell and clapper where they touch, rad."""

    def still(self, canvas: Canvas) -> None:
        """The tower."""
        inside = mix(self.second_dark, INK, 0.6)
        outlined_box(canvas, 0, 0.26, 1.5, 1.36, self.second_light)
        for i in range(6):
            y = -0.26 + 0.2 * i
            for side in (-1, 1):
                canvas.line(side * (0.6 if i % 2 else 0.68), y, side * 0.74, y, 0.035, self.second)
        outlined_box(canvas, 0, 0.4, 1.06, 1.04, inside, corner=0.0)
        outlined_ellipse(canvas, 0, -0.1, 0.53, 0.3, inside)
        canvas.box(0, 0.4, 1.06, 1.06, inside)
        canvas.polygon([(-0.98, -0.4), (0, -1.06), (0.98, -0.4)], INK)
        canvas.polygon([(-0.87, -0.44), (0, -1.0), (0.87, -0.44)], self.second)
        canvas.line(0, -1.0, 0, -1.26, 0.07, INK)
        canvas.line(-0.09, -1.17, 0.09, -1.17, 0.07, INK)
        outlined_box(canvas, 0, 0.96, 1.7, 0.1, self.second_light)
        outlined_line(canvas, -0.52, self.hang, 0.52, self.hang, 0.08, self.second_dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        """Bell, clapper and hub."""
        shock = self.beats.shock(t, 0.24)
        swing, lead = self._swing(t)
        bell = canvas.at(0, self.hang, 0.78 + 0.3 * (self.large - 0.85), angle=-swing)
        clapper = bell.at(0, 0, angle=-lead)
        clapper.line(0, 0.3, 0, 1.02, 0.07, INK)
        outlined_ellipse(clapper, 0, 1.06, 0.09, 0.09, self.second_light)
        outlined_ellipse(bell, 0, 0.42, 0.24, 0.24, self.main)
        bell.polygon([(-0.29, 0.4), (0.29, 0.4), (0.48, 0.92), (-0.48, 0.92)], INK)
        bell.polygon([(-0.235, 0.38), (0.235, 0.38), (0.41, 0.9), (-0.41, 0.9)], self.main)
        outlined_line(bell, -0.42, 0.88, 0.42, 0.88, 0.1, self.dark)
        bell.line(-0.14, 0.36, -0.24, 0.74, 0.07, self.light)
        bell.line(-0.29, 0.66, 0.29, 0.66, 0.04, self.dark)
        bell.box(0, 0.17, 0.1, 0.12, INK)
        for r, colour in ((0.135, INK), (0.095, self.second_light), (0.045, INK)):
            canvas.disc(0, self.hang, r * (1 + 0.5 * shock), colour)
        if shock:
            side = 1.0 if lead > 0 else -1.0
            rim = bell.at(side * 0.44, 0.9)
            middle = 0.5 * np.pi - side * 0.9
            sparks(rim, 0, 0, shock, 0.55, start=middle - 0.9, end=middle + 0.9)

    def _swing(self, t: float) -> tuple[float, float]:
        """Angles of the bell, and of the clapper against it; the clapper touches at onsets only."""
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        side = 1.0 if begun % 2 else -1.0
        last, coming = self.beats.last(t), self.beats.coming(t)
        nearest = last or coming
        amount = 0.3 + 0.3 * nearest.strength if nearest else 0.0
        if last and coming:
            u = since / (since + until)
            amount += 0.3 * (coming.strength - last.strength) * u
            return side * amount * float(np.cos(np.pi * u)), side * self.reach * (1 - 2 * u**4)
        if last:
            fading = float(np.exp(-since / 0.8) * np.cos(np.pi * since / 0.7))
            return side * amount * fading, side * self.reach * fading
        u = smooth(1 - until / 0.9)
        return -side * amount * u, -side * self.reach * u**4


class Piano(Struck):
    """Hands on a piano. Variation picks the key, low to the left; every blow shakes the sheet on its stand."""

    contact: Contact = (0.0, -0.56, 0.2)

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        # High styles have small keys, and more of them.
        self.keys = 10 + 2 * ((style.pitch > 1 / 3) - (style.pitch < -1 / 3))
        self.key = 1.9 / self.keys
        self.pressed = [min(int(event.variation * self.keys), self.keys - 1) for event in self.beats.events]
        self.places = [
            [self._x(key) if (key < self.keys // 2) == left else rest for key in self.pressed]
            for left, rest in ((True, -0.48), (False, 0.48))
        ]
        self.notes = [
            (float(x), int(row)) for x, row in zip(np.linspace(-0.3, 0.3, 6), rng.integers(0, 4, 6), strict=True)
        ]

    def still(self, canvas: Canvas) -> None:
        """The case and the keys at rest."""
        outlined_box(canvas, 0, -0.5, 1.94, 0.94, self.main, corner=0.05)
        canvas.box(0, -0.93, 1.94, 0.1, self.light, corner=0.04)
        for x in (-0.7, 0.7):
            outlined_box(canvas, x, -0.5, 0.34, 0.6, shade(self.main, 0.9))
        outlined_box(canvas, 0, -0.12, 1.94, 0.16, self.dark)
        outlined_box(canvas, 0, 0.3, 1.9, 0.62, PAPER)
        for i in range(1, self.keys):
            x = self._x(i) - self.key / 2
            canvas.line(x, 0.0, x, 0.6, 0.03, shade(PAPER, 0.45))
        self._black_keys(canvas)
        self._sheet(canvas, 0.0)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The key that is down, the hands, the sheet while it shakes."""
        begun, shock, jolt = self.beats.begun(t), self.beats.shock(t, 0.2), self.beats.jolt(t, 0.2)
        if shock:
            canvas.box(0, -0.55, 0.96, 0.6, self.main)
            self._sheet(canvas, jolt)
            x = self._x(self.pressed[begun - 1])
            canvas.box(x, 0.32, self.key, 0.66, self.dark)
            canvas.box(x, 0.33, 0.7 * self.key, 0.64, self.second_light)
            self._black_keys(canvas, near=self.pressed[begun - 1])
        down = self.beats.lift(t, fall=0.1, wind=0.06, rise=0.12, rest=0.8)
        coming = self.pressed[min(begun, len(self.pressed) - 1)] if self.pressed else 0
        playing = self.pressed[begun - 1] if begun and self.beats.since(t) < 0.12 else coming
        for side in (0, 1):
            x = self.beats.glide(t, self.places[side], 0.2) if self.pressed else (-0.48, 0.48)[side]
            plays = bool(self.pressed) and (playing < self.keys // 2) == (side == 0)
            hand(canvas, x, 0.54, down if plays else 1.0, 1 - 2 * side, self.skin, self.second)

    def _x(self, key: int) -> float:
        return (key - (self.keys - 1) / 2) * self.key

    def _black_keys(self, canvas: Canvas, near: int | None = None) -> None:
        for i in range(self.keys - 1):
            if i % 7 in (0, 1, 3, 4, 5) and (near is None or near in (i, i + 1)):
                x = self._x(i) + self.key / 2
                canvas.box(x, 0.15, 0.63 * self.key, 0.34, INK)
                canvas.line(x, 0.05, x, 0.24, 0.03, shade(PAPER, 0.45))

    def _sheet(self, canvas: Canvas, jolt: float) -> None:
        sheet = canvas.at(0, -0.55 - 0.09 * jolt)
        outlined_box(sheet, 0, 0, 0.82, 0.5, PAPER)
        sheet.line(0, -0.24, 0, 0.24, 0.025, shade(PAPER, 0.6))
        for row in range(4):
            sheet.line(-0.36, -0.17 + 0.11 * row, 0.36, -0.17 + 0.11 * row, 0.022, shade(PAPER, 0.55))
        for x, row in self.notes:
            y = -0.17 + 0.11 * row
            sheet.disc(x, y, 0.045, self.second_dark)
            sheet.line(x + 0.035, y, x + 0.035, y - 0.11, 0.022, self.second_dark)


class Guitar(Struck):
    """A guitar, plucked over the hole; the string that variation picks is seen to vibrate. Contact: the fingerboard."""

    angle = -0.42
    size = 1.1
    place = (-0.05, 0.08)
    board = (-0.31, 0.0)
    contact: Contact = (
        place[0] + size * board[0] * float(np.cos(angle)),
        place[1] + size * board[0] * float(np.sin(angle)),
        0.1,
    )
    strings = (-0.09, -0.03, 0.03, 0.09)

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.plucked = [self.strings[min(int(event.variation * 4), 3)] for event in self.beats.events]
        self.frets = [float(x) for x in rng.choice((-0.8, -0.7, -0.6), len(self.beats.events))]

    def still(self, canvas: Canvas) -> None:
        """The guitar."""
        guitar = canvas.at(*self.place, self.size, self.angle)
        bout = 0.44 * (0.7 + 0.3 * self.large)
        for grow, colour in ((0.07, INK), (0.02, self.dark), (-0.03, self.main)):
            guitar.ellipse(0.46, 0, bout + grow, bout + 0.02 + grow, colour)
            guitar.ellipse(0.0, 0, 0.29 + grow, 0.36 + grow, colour)
            guitar.box(0.2, 0, 0.3, 0.56 + 2 * grow, colour)
        outlined_box(guitar, -0.5, 0, 0.74, 0.24, mix(self.second_dark, INK, 0.6))
        for x in (-0.8, -0.7, -0.6, -0.5, -0.4, -0.21):
            guitar.line(x, -0.11, x, 0.11, 0.025, (0.66, 0.69, 0.74))
        outlined_box(guitar, -0.97, 0, 0.2, 0.3, self.dark)
        for x in (-1.02, -0.92):
            for y in (-0.22, 0.22):
                guitar.disc(x, y, 0.05, INK)
        guitar.disc(0.12, 0, 0.2, self.second_light)
        guitar.disc(0.12, 0, 0.16, INK)
        outlined_box(guitar, 0.62, 0, 0.08, 0.34, self.second_dark)
        if self.style.material == 2:
            outlined_box(guitar, 0.53, 0, 0.1, 0.3, self.second)
        for y in self.strings:
            guitar.line(-0.95, y, 0.62, y, 0.022, self._wire())

    def draw(self, canvas: Canvas, t: float) -> None:
        """The vibrating string and the hands."""
        guitar = canvas.at(*self.place, self.size, self.angle)
        begun, shock = self.beats.begun(t), self.beats.shock(t, 0.27)
        y = self.beats.glide(t, self.plucked)
        if shock:
            string = self.plucked[begun - 1]
            guitar.line(-0.86, string, 0.62, string, 0.05 + 0.08 * shock, PAPER, 0.75 * min(2 * shock, 1.0))
            guitar.line(-0.86, string, 0.62, string, 0.02, INK, 0.6)
            sparks(guitar, 0.2, 0, shock, 0.55, start=-2.3, end=-0.9, count=4)
        fret = self.beats.glide(t, self.frets) if self.frets else -0.7
        outlined_line(guitar, fret, 0.28, fret + 0.25, 0.72, 0.17, self.second)
        outlined_ellipse(guitar, fret, 0.2, 0.14, 0.09, self.skin)
        for i, reach in enumerate((-0.08, 0.02, -0.04)):
            outlined_line(guitar, fret - 0.09 + 0.09 * i, 0.16, fret - 0.09 + 0.09 * i, reach, 0.05, self.skin)
        lift = self.beats.lift(t, fall=0.12, wind=0.08, rise=0.16)
        picking = guitar.at(0.32, y + 0.2 * lift, angle=0.3 * lift)
        outlined_line(picking, 0.18, 0.2, 0.62, 0.6, 0.2, self.second)
        for i in range(3):
            outlined_line(picking, 0.02 + 0.1 * i, 0.16, -0.04 + 0.1 * i, 0.02 + 0.03 * i, 0.06, self.skin)
        outlined_line(picking, 0.06, 0.22, -0.14, 0.1, 0.06, self.skin)
        outlined_ellipse(picking, 0.14, 0.2, 0.13, 0.11, self.skin)

    def _wire(self) -> tuple[float, float, float]:
        return mix(PAPER, self.second_light, 0.5 * self.style.material)


PICTURES: dict[str, MakePicture] = {
    "church bell ringing": Bell,
    "playing piano": Piano,
    "playing acoustic guitar": Guitar,
}
