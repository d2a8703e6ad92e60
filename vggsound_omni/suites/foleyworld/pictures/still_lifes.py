"""Silent motifs: what a picture shows while something else is heard. They move a little, slowly, and never abruptly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..canvas import Canvas, hsv, mix, shade
from .actor import Actor
from .motion import INK, PAPER, SKINS, outlined_box, outlined_ellipse, outlined_line, smooth
from .picture import MakePicture


@dataclass(frozen=True, kw_only=True)
class StillLife:
    """A motif."""

    name: str
    phrases: tuple[str, ...]  # clauses for captions: "a student reads at a desk"; the last is held out from train
    places: tuple[str, ...]  # backdrops before which it can be
    make: MakePicture  # its events are ignored


class _Motif(Actor):
    """A motif in three colours: the style's hue and two free ones."""

    def _prepare(self) -> None:
        self.third = hsv(float(self.rng.uniform()), 0.45, 0.75)
        self.wood = mix(self.second, (0.55, 0.42, 0.3), 0.5)
        self.skin = SKINS[int(self.rng.integers(len(SKINS)))]

    def vapour(self, canvas: Canvas, x: float, y: float, t: float) -> None:
        """Steam that curls up from (x, y)."""
        for i in range(3):
            rise = (0.22 * t + i / 3) % 1.0
            fade = 0.75 * float(np.sin(np.pi * rise))
            canvas.disc(
                x + 0.09 * np.sin(5 * rise + 2 * i + self.phase), y - 0.5 * rise, 0.05 + 0.06 * rise, PAPER, fade
            )


class _Student(_Motif):
    """At a desk with an open book; nods slightly, and turns a page now and then."""

    _EVERY, _TURN = 3.4, 1.1
    """Seconds from page to page, and that a page takes."""

    def still(self, canvas: Canvas) -> None:
        outlined_box(canvas, -0.62, 0.22, 0.12, 0.86, self.wood, 0.0, 0.04)
        outlined_box(canvas, -0.05, 0.66, 0.3, 0.6, shade(self.main, 0.6), 0.0, 0.05)
        outlined_ellipse(canvas, -0.1, 0.16, 0.42, 0.52, self.main)

    def draw(self, canvas: Canvas, t: float) -> None:
        head = canvas.at(-0.02 + self.sway(t, 0.13, 0.01), -0.32, 1.0, 0.16 + self.sway(t, 0.21, 0.05))
        outlined_box(head, -0.04, 0.12, 0.16, 0.24, self.skin, 0.0, 0.05)
        head.disc(-0.04, -0.2, 0.39, INK)
        head.disc(-0.04, -0.2, 0.345, mix(self.third, INK, 0.45))
        head.ellipse(0.07, -0.1, 0.28, 0.27, self.skin)
        for x in (0.06, 0.26):
            head.line(x - 0.05, -0.1, x + 0.05, -0.08, 0.045, INK)
            head.ring(x, -0.1, 0.09, 0.03, INK)
        head.line(0.12, 0.06, 0.2, 0.06, 0.035, INK)
        outlined_box(canvas, 0.1, 0.66, 1.7, 0.11, self.wood, 0.0, 0.03)
        for x in (-0.6, 0.82):
            outlined_box(canvas, x, 0.84, 0.1, 0.24, self.wood)
        outlined_line(canvas, -0.3, 0.16, 0.12, 0.5, 0.17, shade(self.main, 0.85))
        canvas.disc(0.15, 0.51, 0.09, self.skin)
        self._book(canvas.at(0.42, 0.56), (t + self.phase) % self._EVERY)

    def _book(self, c: Canvas, age: float) -> None:
        for side in (-1.0, 1.0):
            c.polygon(((0.0, 0.04), (side * 0.46, -0.06), (side * 0.4, -0.4), (0.0, -0.3)), INK)
            c.polygon(((0.0, 0.0), (side * 0.41, -0.09), (side * 0.36, -0.35), (0.0, -0.26)), PAPER)
            for row in (0.0, 0.07, 0.14):
                c.line(side * 0.07, -0.06 - row, side * 0.31, -0.12 - row, 0.02, (0.6, 0.6, 0.62))
        if age < self._TURN:
            angle = np.pi * smooth(age / self._TURN)
            x, lift = 0.4 * float(np.cos(angle)), 0.22 * float(np.sin(angle))
            c.polygon(((0.0, 0.0), (x, -0.09 - lift), (0.9 * x, -0.36 - lift), (0.0, -0.27)), shade(PAPER, 0.88))


class _CoffeeTable(_Motif):
    """A low table with a steaming cup."""

    def still(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.92, 0.95, 0.08, INK, alpha=0.25)
        for x in (-0.7, 0.7):
            outlined_line(canvas, x * 0.95, 0.45, x, 0.9, 0.1, shade(self.wood, 0.8))
        outlined_box(canvas, 0.0, 0.4, 1.84, 0.16, self.wood, 0.0, 0.06)
        outlined_box(canvas, -0.5, 0.27, 0.5, 0.1, self.third, 0.0, 0.02)
        outlined_box(canvas, -0.47, 0.17, 0.42, 0.09, self.second, 0.0, 0.02)
        outlined_ellipse(canvas, 0.28, 0.29, 0.42, 0.06, self.light)
        canvas.ring(0.56, 0.05, 0.13, 0.16, INK)
        canvas.ring(0.56, 0.05, 0.13, 0.07, self.main)
        cup = ((-0.05, -0.16), (0.57, -0.16), (0.47, 0.27), (0.07, 0.27))
        canvas.polygon([(0.26 + 1.17 * (x - 0.26), 0.05 + 1.2 * (y - 0.05)) for x, y in cup], INK)
        canvas.polygon(cup, self.main)
        outlined_ellipse(canvas, 0.26, -0.16, 0.31, 0.07, self.light)
        canvas.ellipse(0.26, -0.15, 0.24, 0.045, (0.3, 0.2, 0.14))

    def draw(self, canvas: Canvas, t: float) -> None:
        self.vapour(canvas, 0.2, -0.2, t)
        self.vapour(canvas, 0.36, -0.24, t + 1.9)


class _WindowChair(_Motif):
    """An empty chair by a window; the curtain stirs and a cloud passes."""

    def still(self, canvas: Canvas) -> None:
        outlined_box(canvas, 0.3, -0.3, 1.12, 1.16, PAPER, 0.0, 0.02)
        canvas.box(0.3, -0.3, 1.0, 1.04, mix(hsv(0.57, 0.4, 0.95), self.main, 0.25))

    def draw(self, canvas: Canvas, t: float) -> None:
        x = 0.3 + self.sway(t, 0.03, 0.22)
        for dx, r in ((-0.13, 0.08), (0.0, 0.12), (0.14, 0.09)):
            canvas.disc(x + dx, -0.52, r, PAPER, 0.9)
        canvas.box(0.3, -0.3, 0.05, 1.04, PAPER)
        canvas.box(0.3, -0.3, 1.0, 0.05, PAPER)
        for i in range(3):
            hem = self.sway(t + 0.6 * i, 0.17, 0.04)
            left = 0.62 + 0.12 * i
            fold = ((left, -0.92), (left + 0.14, -0.92), (left + 0.14 + hem, 0.4), (left + hem, 0.4))
            canvas.polygon(fold, shade(self.third, 1 - 0.12 * (i % 2)))
        canvas.line(-0.35, -0.93, 0.98, -0.93, 0.06, INK)
        self._chair(canvas)

    def _chair(self, c: Canvas) -> None:
        for x0, x1 in ((-0.78, -0.84), (-0.16, -0.1), (-0.62, -0.64), (-0.3, -0.28)):
            outlined_line(c, x0, 0.4, x1, 0.92, 0.07, shade(self.wood, 0.8))
        outlined_line(c, -0.78, -0.35, -0.74, 0.36, 0.09, self.wood)
        outlined_line(c, -0.2, -0.35, -0.22, 0.36, 0.09, self.wood)
        for y in (-0.3, -0.1, 0.1):
            outlined_box(c, -0.49, y, 0.54, 0.1, self.wood)
        outlined_box(c, -0.48, 0.38, 0.78, 0.15, self.main, 0.0, 0.06)


class _Bicycle(_Motif):
    """A parked bicycle; a ribbon on its handlebar stirs in the wind."""

    def still(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.9, 1.0, 0.06, INK, alpha=0.25)
        for x in (-0.56, 0.56):
            canvas.ring(x, 0.46, 0.39, 0.1, INK)
            canvas.ring(x, 0.46, 0.33, 0.03, PAPER)
            for angle in np.linspace(0, np.pi, 5)[:-1].tolist():
                c, s = 0.33 * float(np.cos(angle)), 0.33 * float(np.sin(angle))
                canvas.line(x - c, 0.46 - s, x + c, 0.46 + s, 0.02, PAPER, 0.8)
        hub, crank, seat, front, bars = (-0.56, 0.46), (-0.08, 0.5), (-0.24, -0.04), (0.36, -0.1), (0.34, -0.34)
        frame = (
            (hub, crank),
            (hub, seat),
            (crank, seat),
            (crank, front),
            (seat, front),
            (front, (0.56, 0.46)),
            (front, bars),
        )
        for width, colour in ((0.17, INK), (0.085, self.main)):
            for (x0, y0), (x1, y1) in frame:
                canvas.line(x0, y0, x1, y1, width, colour)
        canvas.line(-0.24, -0.04, -0.27, -0.2, 0.06, INK)
        outlined_box(canvas, -0.28, -0.24, 0.34, 0.08, self.second, 0.0, 0.04)
        outlined_line(canvas, 0.34, -0.34, 0.16, -0.38, 0.07, self.second)
        canvas.ring(*crank, 0.1, 0.05, INK)
        canvas.line(-0.08, 0.5, 0.02, 0.66, 0.05, INK)
        canvas.line(-0.03, 0.67, 0.09, 0.66, 0.06, INK)
        outlined_box(canvas, 0.58, -0.2, 0.36, 0.26, self.wood, 0.0, 0.05)

    def draw(self, canvas: Canvas, t: float) -> None:
        ribbon = canvas.at(0.16, -0.38, 1.0, self.sway(t, 0.3, 0.25))
        ribbon.line(0.0, 0.0, -0.12, 0.16, 0.05, self.third)
        ribbon.line(0.0, 0.0, -0.02, 0.2, 0.05, self.third)


class _Vase(_Motif):
    """Flowers that nod in a vase."""

    def still(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.92, 0.5, 0.06, INK, alpha=0.25)

    def draw(self, canvas: Canvas, t: float) -> None:
        green = mix(hsv(0.33, 0.4, 0.5), self.second, 0.3)
        for i, (x, y) in enumerate(((-0.52, -0.3), (0.5, -0.34), (0.02, -0.6))):
            tip = x + self.sway(t + 0.7 * i, 0.22, 0.035)
            canvas.line(0.1 * x, 0.3, tip, y, 0.06, green)
            canvas.ellipse(0.55 * tip + 0.1, 0.5 * y + 0.16, 0.15, 0.06, green, -0.6)
            petal = (self.main, self.third, self.second)[i]
            canvas.disc(tip, y, 0.28, shade(petal, 0.35))
            for angle in np.linspace(0.3, 0.3 + 2 * np.pi, 6)[:-1].tolist():
                canvas.disc(tip + 0.14 * np.cos(angle), y + 0.14 * np.sin(angle), 0.115, petal)
            canvas.disc(tip, y, 0.09, PAPER)
        outlined_ellipse(canvas, 0.0, 0.6, 0.34, 0.3, self.main)
        outlined_box(canvas, 0.0, 0.28, 0.3, 0.2, self.main, 0.0, 0.03)
        canvas.box(0.0, 0.4, 0.26, 0.16, self.main)
        canvas.line(-0.29, 0.6, 0.29, 0.6, 0.07, self.light)


class _Sleeper(_Motif):
    """Someone asleep on a sofa; the blanket rises and sinks."""

    def still(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.9, 1.0, 0.06, INK, alpha=0.25)
        for x in (-0.8, 0.8):
            outlined_box(canvas, x, 0.84, 0.1, 0.14, self.wood)
        outlined_box(canvas, 0.0, 0.1, 1.8, 0.72, self.main, 0.0, 0.16)
        outlined_box(canvas, 0.0, 0.58, 1.8, 0.34, shade(self.main, 0.85), 0.0, 0.08)
        outlined_ellipse(canvas, -0.56, 0.3, 0.27, 0.15, PAPER, -0.25)

    def draw(self, canvas: Canvas, t: float) -> None:
        breath = self.sway(t, 0.25, 0.03)
        outlined_ellipse(canvas, -0.46, 0.16, 0.23, 0.22, self.skin)
        canvas.ring(-0.46, 0.16, 0.19, 0.11, mix(self.third, INK, 0.6), 1.0, 2.6, 5.6)
        canvas.line(-0.46, 0.17, -0.37, 0.19, 0.04, INK)
        canvas.line(-0.44, 0.29, -0.38, 0.29, 0.035, INK)
        outlined_ellipse(canvas, 0.16, 0.34, 0.52, 0.2 + breath, self.second)
        outlined_box(canvas, 0.3, 0.42, 0.96, 0.2, self.second, 0.0, 0.08)
        for x in (0.0, 0.25, 0.5):
            canvas.line(x, 0.28 - breath, x, 0.5, 0.06, self.third)
        for x in (-0.83, 0.83):
            outlined_box(canvas, x, 0.44, 0.24, 0.62, self.main, 0.0, 0.1)


class _Bookshelf(_Motif):
    """Books on three boards; the leaves of a trailing plant sway."""

    def still(self, canvas: Canvas) -> None:
        outlined_box(canvas, 0.0, 0.0, 1.44, 1.84, self.wood, 0.0, 0.03)
        for y in (-0.58, 0.0, 0.58):
            canvas.box(0.0, y, 1.26, 0.5, shade(self.wood, 0.45))
            x = -0.6
            while x < 0.2 if y < 0 else x < 0.5:
                thick, tall = self.rng.uniform((0.09, 0.3), (0.16, 0.44)).tolist()
                tone = (self.main, self.second, self.third, self.light)[int(self.rng.integers(4))]
                canvas.box(x + thick / 2, y + 0.25 - tall / 2, thick - 0.02, tall, tone, 0.0, 0.01)
                canvas.box(x + thick / 2, y + 0.25 - 0.75 * tall, thick - 0.02, 0.05, shade(tone, 0.6))
                x += thick
        outlined_box(canvas, 0.45, -0.43, 0.24, 0.18, self.main, 0.0, 0.03)

    def draw(self, canvas: Canvas, t: float) -> None:
        for i, x in enumerate((0.33, 0.47, 0.59)):
            leaf = mix(hsv(0.33, 0.5, 0.6), self.third, 0.3)
            stem = canvas.at(x, -0.5, 1.0, self.sway(t + i, 0.2, 0.09))
            for y in (0.02, 0.16, 0.3)[: 2 + i % 2]:
                stem.ellipse(0.0, y, 0.05, 0.1, shade(leaf, 0.9 + 0.3 * y))


class _FishTank(_Motif):
    """Fish swim to and fro among weeds."""

    def still(self, canvas: Canvas) -> None:
        outlined_box(canvas, 0.0, 0.78, 1.5, 0.24, self.wood, 0.0, 0.03)
        outlined_box(canvas, 0.0, 0.04, 1.84, 1.2, PAPER, 0.0, 0.06)
        canvas.box(0.0, 0.04, 1.74, 1.1, mix(self.main, PAPER, 0.75))
        canvas.box(0.0, 0.12, 1.74, 0.94, mix(hsv(0.54, 0.45, 0.85), self.main, 0.3))
        canvas.box(0.0, 0.53, 1.74, 0.12, mix(self.wood, PAPER, 0.4))

    def draw(self, canvas: Canvas, t: float) -> None:
        for i, x in enumerate((-0.68, -0.54, 0.64)):
            weed = canvas.at(x, 0.5, 1.0, self.sway(t + i, 0.2, 0.1))
            weed.line(0.0, 0.0, 0.05, -0.3, 0.08, mix(hsv(0.36, 0.5, 0.5), self.second, 0.3))
            weed.line(0.05, -0.3, 0.0, -0.55, 0.06, mix(hsv(0.36, 0.5, 0.5), self.second, 0.3))
        for i, (y, colour, rate) in enumerate(((-0.08, self.second, 0.07), (0.2, self.third, 0.055))):
            angle = 2 * np.pi * rate * t + self.phase + 2.5 * i
            # The fish turns by growing narrow, so that it never flips from one frame to the next.
            facing = float(np.tanh(4 * np.cos(angle)))
            fish = canvas.at(0.4 * float(np.sin(angle)), y + self.sway(t + i, 0.3, 0.02))
            wide = 0.24 * max(abs(facing), 0.25)
            side = 1.0 if facing > 0 else -1.0
            tail = ((-side * 0.7 * wide, 0.0), (-side * 1.7 * wide, -0.15), (-side * 1.7 * wide, 0.15))
            fish.polygon([(1.12 * u, 1.25 * v) for u, v in tail], shade(colour, 0.4))
            fish.polygon(tail, colour)
            fish.ellipse(0.0, 0.0, wide + 0.03, 0.18, shade(colour, 0.4))
            fish.ellipse(0.0, 0.0, wide, 0.145, colour)
            fish.disc(side * 0.55 * wide, -0.04, 0.04, INK)
        rise = (0.2 * t) % 1.0
        canvas.disc(0.3, 0.4 - 0.7 * rise, 0.045, PAPER, 0.7 * float(np.sin(np.pi * rise)))


class _Laundry(_Motif):
    """Washing on a line, stirred by the wind."""

    def still(self, canvas: Canvas) -> None:
        for x in (-0.92, 0.92):
            outlined_line(canvas, x, -0.62, x, 0.92, 0.09, self.wood)
            outlined_line(canvas, x - 0.14, -0.6, x + 0.14, -0.6, 0.07, self.wood)
        canvas.line(-0.92, -0.56, 0.92, -0.56, 0.04, INK)

    def draw(self, canvas: Canvas, t: float) -> None:
        shirt = canvas.at(-0.5, -0.54, 1.0, self.sway(t, 0.23, 0.05))
        for colour, grow in ((INK, 0.045), (self.main, 0.0)):
            shirt.box(0.0, 0.36, 0.44 + 2 * grow, 0.7 + 2 * grow, colour, 0.0, 0.03)
            for side in (-1.0, 1.0):
                shirt.line(side * 0.16, 0.1, side * 0.32, 0.34, 0.16 + 2 * grow, colour)
        shirt.ellipse(0.0, 0.02, 0.12, 0.06, shade(self.main, 0.5))
        towel = canvas.at(0.08, -0.54, 1.0, self.sway(t + 0.8, 0.23, 0.05))
        outlined_box(towel, 0.0, 0.44, 0.4, 0.88, self.third)
        for y in (0.64, 0.74):
            towel.box(0.0, y, 0.4, 0.05, PAPER)
        for x in (0.46, 0.7):
            sock = canvas.at(x, -0.54, 1.0, self.sway(t + 2 * x, 0.23, 0.07))
            outlined_line(sock, 0.0, 0.05, 0.0, 0.34, 0.12, self.second)
            outlined_line(sock, 0.0, 0.36, 0.1, 0.38, 0.12, self.second)


class _Balloon(_Motif):
    """A hot-air balloon that hangs in the air."""

    def draw(self, canvas: Canvas, t: float) -> None:
        c = canvas.at(self.sway(t, 0.05, 0.06), self.sway(t + 3, 0.07, 0.04), 1.0, self.sway(t, 0.11, 0.03))
        for x in (-0.16, 0.16):
            c.line(2.2 * x, 0.1, x, 0.66, 0.03, INK)
        outlined_box(c, 0.0, 0.76, 0.36, 0.26, self.wood, 0.0, 0.04)
        for colour, grow in ((INK, 0.045), (self.main, 0.0)):
            c.ellipse(0.0, -0.28, 0.66 + grow, 0.64 + grow, colour)
            c.polygon(
                ((-0.56 - grow, 0.06), (0.56 + grow, 0.06), (0.24 + grow, 0.42 + grow), (-0.24 - grow, 0.42 + grow)),
                colour,
            )
        c.ellipse(0.0, -0.28, 0.4, 0.63, self.third)
        c.polygon(((-0.34, 0.06), (0.34, 0.06), (0.14, 0.41), (-0.14, 0.41)), self.third)
        c.ellipse(0.0, -0.28, 0.15, 0.63, self.main)
        c.polygon(((-0.13, 0.06), (0.13, 0.06), (0.05, 0.41), (-0.05, 0.41)), self.main)


STILL_LIFES: dict[str, StillLife] = {
    name: StillLife(name=name, phrases=phrases, places=places, make=make)
    for name, make, places, phrases in (
        (
            "student reading",
            _Student,
            ("living room", "office"),
            (
                *("a student reads at a desk", "a student reads a book", "someone reads at a desk"),
                "a student reads a book at a desk",
            ),
        ),
        (
            "coffee table",
            _CoffeeTable,
            ("living room",),
            (
                *("a cup steams on a quiet coffee table", "a cup of coffee stands on a table"),
                *("coffee steams on a table", "a hot cup stands on a coffee table"),
            ),
        ),
        (
            "empty chair by a window",
            _WindowChair,
            ("living room", "kitchen"),
            (
                *("an empty chair stands by a window", "a chair stands empty at a window"),
                *("nobody sits on a chair by the window", "a chair by the window is empty"),
            ),
        ),
        (
            "parked bicycle",
            _Bicycle,
            ("street", "park", "harbour", "beach"),
            (
                *("a bicycle stands parked", "a parked bicycle stands there", "a bicycle leans on its stand"),
                "a bicycle is parked",
            ),
        ),
        (
            "laundry on a line",
            _Laundry,
            ("street", "park", "beach", "field at night", "mountains"),
            (
                *("laundry hangs on a line", "clothes dry on a line", "washing hangs on a line"),
                "there is laundry on a line",
            ),
        ),
        (
            "hot-air balloon",
            _Balloon,
            ("mountains", "park", "forest", "beach", "harbour"),
            (
                *("a hot-air balloon hangs in the sky", "a balloon floats in the sky"),
                *("a hot-air balloon floats along", "a hot-air balloon floats through the sky"),
            ),
        ),
        (
            "vase of flowers",
            _Vase,
            ("living room", "kitchen", "office"),
            (
                *("flowers stand in a vase", "a vase of flowers stands there", "a vase holds some flowers"),
                "there are flowers in a vase",
            ),
        ),
        (
            "sleeping person on a sofa",
            _Sleeper,
            ("living room",),
            (
                *("someone sleeps on a sofa", "a person is asleep on a sofa", "somebody naps on a sofa"),
                "a person sleeps on a sofa",
            ),
        ),
        (
            "bookshelf",
            _Bookshelf,
            ("living room", "office"),
            (
                *("a bookshelf stands against the wall", "books stand on a shelf", "a shelf is full of books"),
                "there are books on a shelf",
            ),
        ),
        (
            "fish tank",
            _FishTank,
            ("living room", "office", "corridor"),
            (
                *("fish swim in a tank", "fish swim about in an aquarium", "a fish tank stands there"),
                "fish swim through a tank",
            ),
        ),
    )
}
"""By name, in a fixed order."""
