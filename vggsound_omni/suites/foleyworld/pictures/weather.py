"""Pictures of weather, fire and water; rain, lightning and the sea reach over the whole frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from vggsound_omni.suites.foleyworld.canvas import Canvas, Colour, FloatArray, hsv, mix, shade
from vggsound_omni.suites.foleyworld.scene import FPS, Event, Style

from .animals import Actor
from .motion import INK, OUTLINE, PAPER
from .picture import MakePicture

Curve = Callable[[FloatArray], npt.NDArray[np.floating]]
"""A line over the width of the picture: from local x to local y."""


def _blend(pixels: FloatArray, cover: FloatArray, colour: Colour) -> None:
    """Lays ``colour`` over (height, width, 3) pixels to the extent of ``cover``, (height, width) in [0, 1]."""
    pixels += (np.asarray(colour, np.float32) - pixels) * cover[..., None]


def _cloud(canvas: Canvas, y: float, colour: Colour, rim: Colour) -> None:
    """A heavy cloud with a flat base at ``y``, about two units wide."""
    puffs = ((-0.62, -0.2, 0.26), (-0.22, -0.38, 0.36), (0.26, -0.3, 0.34), (0.66, -0.17, 0.24))
    for tone, grow in ((rim, OUTLINE), (colour, 0.0)):
        canvas.box(0.0, y - 0.12, 1.7 + 2 * grow, 0.26 + 2 * grow, tone, 0.0, 0.12)
        for x, dy, r in puffs:
            canvas.disc(x, y + dy, r + grow, tone)
    for x, dy, r in puffs:
        canvas.disc(x - 0.2 * r, y + dy - 0.22 * r, 0.6 * r, mix(colour, PAPER, 0.2))
    canvas.box(0.0, y - 0.05, 1.6, 0.1, shade(colour, 0.8), 0.0, 0.05)


class _Rain(Actor):
    """A cloud; streaks over the whole frame that splash on leaves, a tin roof or the street, by material.

    Each shower slants its own way and starts with a gust.
    """

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.spots = rng.uniform(-1, 1, (97, 2))
        self.drop = mix(self.second, PAPER, 0.55)
        self.sheets: list[FloatArray] = []

    def still(self, canvas: Canvas) -> None:
        (self._plant, self._roof, self._umbrella)[self.style.material](canvas)
        _cloud(canvas, -0.5, mix(self.main, (0.45, 0.47, 0.52), 0.55), self.dark)
        self.sheets = [self._sheet(canvas.frame, slant) for slant in (0.05, -0.22)]

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        if act is None or act.share >= 1:
            return
        gust = act.size * (0.72 + 0.28 * float(np.exp(-act.age / 0.2))) * self.ebb(act)
        pixels = canvas.pixels
        for speed, mirror in ((1.9, False), (2.6, True))[: 1 + (act.event.strength > 0.4)]:
            fallen = round(speed * t * canvas.frame.a.real)
            sheet = np.roll(self.sheets[act.index % 2], (fallen, 57 * mirror), (0, 1))
            _blend(pixels, sheet * np.float32(gust), self.drop)
        frame = round(t * FPS)
        for i in range(4 + 3 * (act.age < 0.1)):
            x, y = self.spots[(7 * frame + i) % len(self.spots)]
            self._splash(canvas, float(x), float(y), 0.07 + 0.1 * gust)

    def _splash(self, canvas: Canvas, x: float, y: float, r: float) -> None:
        if self.style.material == 0:
            x, y = 0.7 * x, 0.25 + 0.35 * abs(x) + 0.12 * y
        elif self.style.material == 1:
            x, y = 0.85 * x, 0.1 + 0.2 * abs(y)
        else:
            canvas.ellipse(0.85 * x, 0.83 + 0.1 * y, 1.4 * r, 0.35 * r, self.drop, alpha=0.7)
            return
        for lean in (-1.0, 1.0):
            canvas.line(x + 0.3 * lean * r, y, x + lean * r, y - r, 0.045, self.drop)

    def _sheet(self, frame: Canvas, slant: float) -> npt.NDArray[np.float32]:
        """Coverage by streaks, (height, width); rolled downwards, it falls without end."""
        pixels = np.zeros_like(frame.pixels)
        canvas = Canvas(pixels, frame.a, frame.b)
        height = pixels.shape[0] / frame.a.real
        fine = 1 + 0.5 * self.style.pitch
        for x, y in self.rng.uniform(-0.1, 1.1, (int(56 * fine), 2)):
            length, width = 0.1 / fine**0.5, 0.013 / fine**0.5
            for above in (0.0, height):
                top = float(y) * height - above
                canvas.line(float(x), top, float(x) + slant * length, top + length, width, (1.0, 1.0, 1.0))
        return pixels[..., 0]

    def _plant(self, canvas: Canvas) -> None:
        leaf = self.second
        canvas.box(0.0, 0.84, 0.56, 0.32, self.dark, 0.0, 0.05)
        canvas.box(0.0, 0.84, 0.47, 0.24, self.main, 0.0, 0.04)
        for angle in (-2.75, -0.39, -2.25, -0.89, -1.57):
            c, s = float(np.cos(angle)), float(np.sin(angle))
            canvas.ellipse(0.4 * c, 0.66 + 0.38 * s, 0.43, 0.17, shade(leaf, 0.35), angle)
            canvas.ellipse(0.4 * c, 0.66 + 0.38 * s, 0.38, 0.12, leaf, angle)
            canvas.line(0.1 * c, 0.66 + 0.1 * s, 0.66 * c, 0.66 + 0.66 * s, 0.03, shade(leaf, 0.6))

    def _roof(self, canvas: Canvas) -> None:
        canvas.box(0.0, 0.66, 1.34, 0.66, self.dark)
        canvas.box(0.0, 0.66, 1.24, 0.58, mix(self.second, PAPER, 0.25))
        canvas.box(0.3, 0.72, 0.28, 0.46, self.dark)
        canvas.box(-0.3, 0.64, 0.34, 0.26, self.dark)
        canvas.box(-0.3, 0.64, 0.25, 0.17, self.light)
        canvas.polygon(((-0.95, 0.45), (-0.7, 0.02), (0.7, 0.02), (0.95, 0.45)), self.dark)
        canvas.polygon(((-0.87, 0.4), (-0.67, 0.07), (0.67, 0.07), (0.87, 0.4)), self.main)
        for x in np.linspace(-0.75, 0.75, 8).tolist():
            canvas.line(0.78 * x, 0.09, x, 0.38, 0.05, shade(self.main, 0.62))

    def _umbrella(self, canvas: Canvas) -> None:
        canvas.ellipse(0.0, 0.84, 1.0, 0.17, shade(self.second, 0.45))
        canvas.ellipse(0.0, 0.83, 0.94, 0.13, mix(self.second, PAPER, 0.25))
        canvas.line(0.0, 0.2, 0.0, 0.78, 0.07, INK)
        canvas.ring(0.09, 0.76, 0.09, 0.06, INK, 1.0, 0.0, np.pi)
        rim = [(0.72 * np.cos(a), 0.38 + 0.55 * np.sin(a)) for a in np.linspace(np.pi, 2 * np.pi, 15).tolist()]
        canvas.polygon([(1.07 * x, 0.4 + 1.09 * (y - 0.38)) for x, y in rim], self.dark)
        canvas.polygon(rim, self.main)
        for x in (-0.24, 0.24):
            canvas.line(0.0, -0.14, x, 0.36, 0.04, shade(self.main, 0.6))


class _Thunder(Actor):
    """A dark cloud; a bolt and a flash over the frame at each onset, then a flicker inside the cloud."""

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.bolts = [self._bolt() for _ in self.beats.events]
        self.bright = mix(self.second, (1.0, 1.0, 1.0), 0.75)

    def still(self, canvas: Canvas) -> None:
        _cloud(canvas, -0.3, mix(self.main, (0.25, 0.26, 0.32), 0.55), shade(self.main, 0.2))

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        if act is None or act.share >= 1:
            return
        flash = float(np.exp(-act.age / 0.12)) + (
            0.6 * float(np.exp(-(act.age - 0.24) / 0.1)) if act.age >= 0.24 else 0
        )
        flash *= act.size
        rumble = 0.35 * act.size * (1 - act.share) * (0.5 + 0.5 * np.sin(11 * t) * np.sin(17 * t + self.phase))
        if flash > 0.03:
            canvas.fill(self.bright, min(0.62 * flash, 0.62))
        for x, y, r in ((-0.25, -0.6, 0.5), (0.35, -0.55, 0.45)):
            canvas.glow(x, y, r, self.bright, min(0.8 * flash + rumble, 0.9))
        if act.age < 0.48:
            bolt = self.bolts[act.index]
            for width, colour in ((0.24, shade(self.second, 0.35)), (0.13, self.bright)):
                for (x0, y0), (x1, y1) in pairwise(bolt):
                    taper = width * (1.1 - 0.6 * (y0 + 0.3) / 1.25)
                    canvas.line(x0, y0, x1, y1, taper, colour, min(1.0, 0.25 + 1.5 * flash))

    def _bolt(self) -> list[tuple[float, float]]:
        """A zigzag from the cloud to the ground."""
        x = float(self.rng.uniform(-0.3, 0.3))
        side = 1 if self.rng.random() < 0.5 else -1
        points = [(x, -0.3)]
        for y in (0.05, 0.15, 0.5, 0.58, 0.97):
            x += side * float(self.rng.uniform(0.16, 0.3)) * (1.25 if side > 0 else 1)
            points.append((x, y))
            side = -side
        return points


class _Fire(Actor):
    """A camp fire; flames leap with each event, and a burst of sparks flies up at its onset."""

    _OUTER = ((-0.5, 0.0), (-0.62, -0.35), (-0.5, -0.9), (-0.3, -0.55), (0.02, -1.3), (0.24, -0.6), (0.5, -0.95))
    _ORDER = ((0.62, -0.35), (0.5, 0.0), (0.0, 0.1))

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.flames = (hsv(self.hue, 0.8, 0.9), hsv(self.hue + 0.08, 0.6, 1.0), hsv(self.hue + 0.12, 0.22, 1.0))
        self.flight = rng.uniform((-1.0, 0.5), (1.0, 1.0), (7, 2)).tolist()

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


class _Sea(Actor):
    """The sea over the lower part of the frame, on sand, pebbles or rocks by material.

    A wave rears and breaks at each onset, and its foam runs up the shore.
    """

    _LEVEL, _SHORE = 0.5, 0.98

    def __init__(self, style: Style, events: Sequence[Event], rng: np.random.Generator) -> None:
        super().__init__(style, events, rng)
        self.water = hsv(self.hue, 0.52, 0.72)
        self.deep, self.pale = shade(self.water, 0.72), mix(self.water, PAPER, 0.45)

    def still(self, canvas: Canvas) -> None:
        self._below(canvas, lambda x: self._LEVEL + 0.02 * np.sin(5 * x), self.deep)
        ground = mix(self.second, (0.85, 0.8, 0.7), 0.45)
        self._below(canvas, lambda x: self._SHORE + 0.03 * np.sin(1.3 * x), ground)
        grains = ((70, 0.018, 0.016), (34, 0.1, 0.07), (7, 0.34, 0.24))[self.style.material]
        for x, y in self.rng.uniform((-2.2, 0.05), (2.2, 0.45), (grains[0], 2)).tolist():
            tone = shade(ground, float(self.rng.uniform(0.62, 0.95)))
            if self.style.material > 0:
                canvas.ellipse(x, self._SHORE + y, grains[1] + 0.03, grains[2] + 0.03, shade(ground, 0.4))
            canvas.ellipse(x, self._SHORE + y, grains[1], grains[2], tone)

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        sounding = act is not None and act.share < 1
        ripple = 0.035 if sounding else 0.012
        run = 0.0
        if act and sounding:
            self._breaker(canvas, act.index, act.size * self.size, act.share)
            run = act.size * float(np.sin(np.pi * min(0.12 + act.share, 1.0)))
        front = self._LEVEL + 0.14

        def swell(x: FloatArray) -> npt.NDArray[np.floating]:
            return front + ripple * (np.sin(4 * x + 1.6 * t + self.phase) + 0.5 * np.sin(9 * x - 2.3 * t))

        def edge(x: FloatArray) -> npt.NDArray[np.floating]:
            return self._SHORE + 0.03 * np.sin(1.3 * x) + 0.26 * run * (0.8 + 0.2 * np.sin(3 * x + self.phase))

        self._below(canvas, swell, self.pale, lambda x: swell(x) + 0.05)
        self._below(canvas, lambda x: swell(x) + 0.05, self.water, edge)
        foam = 0.05 + 0.12 * run
        self._below(canvas, lambda x: edge(x) - foam * (1 + 0.5 * np.sin(11 * x)), PAPER, edge)

    def _breaker(self, canvas: Canvas, index: int, size: float, share: float) -> None:
        """A curling wave that collapses into foam."""
        sign = 1.0 if index % 2 == 0 else -1.0
        tall = size * (1 - share) ** 0.7
        c = canvas.at(sign * (-0.25 + 0.7 * share), self._LEVEL + 0.3, max(tall, 0.05) * 1.25, flip=sign < 0)
        c.polygon(((-1.3, 0.2), (-0.75, -0.2), (-0.4, -0.68), (0.0, -0.9), (0.1, 0.2)), self.water)
        c.disc(0.0, -0.35, 0.58, self.water)
        c.disc(0.24, -0.22, 0.42, self.pale)
        c.disc(0.3, -0.16, 0.34, self.deep)
        for angle in np.linspace(-2.3, -0.15, 6).tolist():
            c.disc(0.02 + 0.56 * np.cos(angle), -0.36 + 0.54 * np.sin(angle), 0.14, PAPER)
        for i in range(3):
            c.disc(0.7 + 0.17 * i, 0.1 - 0.3 * (i % 2) * (1 - share), 0.13, PAPER)

    def _below(self, canvas: Canvas, top: Curve, colour: Colour, bottom: Curve | None = None) -> None:
        """Fills the whole width between two lines given in local coordinates, or to the picture's end."""
        unit, height = canvas.a.real, canvas.pixels.shape[0]
        sign = -1 if canvas.flip else 1
        x = sign * (np.arange(canvas.pixels.shape[1], dtype=np.float32) + np.float32(0.5 - canvas.b.real)) / unit
        upper = top(x) * unit + canvas.b.imag
        lower = bottom(x) * unit + canvas.b.imag if bottom else np.full_like(x, height + 1)
        first, last = max(int(upper.min()) - 1, 0), min(int(lower.max()) + 2, height)
        if first >= last:
            return
        y = np.arange(first, last, dtype=np.float32)[:, None] + np.float32(0.5)
        cover = np.clip(y - upper + 0.5, 0, 1) * np.clip(lower - y + 0.5, 0, 1)
        _blend(canvas.pixels[first:last], cover.astype(np.float32), colour)


PICTURES: dict[str, MakePicture] = {
    "raining": _Rain,
    "thunder": _Thunder,
    "fire crackling": _Fire,
    "sea waves": _Sea,
}
"""By name of the class."""
