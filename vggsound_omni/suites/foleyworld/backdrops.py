"""Where a scene looks to be: still pictures of places, drawn behind everything else.

Contrast and saturation stay moderate, so that what is in front reads well. Hue and light are free: a room's walls take
any hue, nature's colours are only tinted by it, and all values are scaled by the light.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .canvas import Canvas, Colour, hsv, mix

DrawBackdrop = Callable[[Canvas, float, float, np.random.Generator], None]
"""From the frame's canvas, a hue, a light in [0, 1] and a generator for what is left to chance."""

_REACH = 0.2
"""How far shapes extend beyond the frame; more than the margin in which the camera drifts."""


@dataclass(frozen=True, kw_only=True)
class Backdrop:
    """A place."""

    outdoors: bool
    draw: DrawBackdrop


class _Painter:
    """Paints on a frame in the colours of one hue and light."""

    def __init__(self, canvas: Canvas, hue: float, light: float, rng: np.random.Generator) -> None:
        self.canvas, self.hue, self.rng = canvas, hue, rng
        self.light = 0.45 + 0.55 * light

    def free(self, offset: float, saturation: float, value: float) -> Colour:
        """Returns a colour of what is made by people: any hue."""
        return hsv(self.hue + offset, saturation, value * self.light)

    def natural(self, hue: float, saturation: float, value: float) -> Colour:
        """Returns a colour of nature: its own hue, tinted."""
        return hsv(hue + 0.24 * (self.hue - 0.5), saturation, value * self.light)

    def between(self, low: float, high: float) -> float:
        """Returns a uniform draw."""
        return float(self.rng.uniform(low, high))

    def band(self, top: float, bottom: float, colour: Colour) -> None:
        """The whole width between two heights."""
        self.canvas.box(0.5, (top + bottom) / 2, 1 + 2 * _REACH, bottom - top, colour)

    def gradient(self, top: float, bottom: float, first: Colour, second: Colour) -> None:
        """The whole width in a colour that changes downwards, and everything below it in the last."""
        for i, y in enumerate(np.linspace(top, bottom, 24)):
            self.band(float(y), 1 + _REACH, mix(first, second, i / 23))

    def hills(self, base: float, height: float, waves: float, colour: Colour) -> None:
        """A rolling line of ``waves`` waves across the frame, filled down to the frame's end."""
        phase, second = self.between(0, 6.28), self.between(0, 6.28)
        line = []
        for x in np.linspace(-_REACH, 1 + _REACH, 48).tolist():
            wave = 0.5 + 0.35 * np.sin(6.28 * waves * x + phase) + 0.15 * np.sin(15.7 * waves * x + second)
            line.append((x, base - height * wave))
        self.canvas.polygon([*line, (1 + _REACH, 1 + _REACH), (-_REACH, 1 + _REACH)], colour)

    def sky(self, horizon: float, saturation: float = 0.35, value: float = 0.9) -> None:
        """Blue, paler towards the horizon, with some clouds."""
        pale = self.natural(0.56, 0.4 * saturation, min(value + 0.06, 1.0))
        self.gradient(-_REACH, horizon, self.natural(0.58, saturation, value), pale)
        for _ in range(int(self.rng.integers(1, 4))):
            x, y, r = self.between(0.0, 1.0), self.between(0.06, 0.5 * horizon), self.between(0.035, 0.06)
            for dx, dr in ((-1.4, 0.7), (0.0, 1.0), (1.3, 0.75)):
                self.canvas.ellipse(x + dx * r, y, 1.5 * dr * r, dr * r, pale, alpha=0.8)

    def tree(self, x: float, ground: float, height: float, leaf: Colour) -> None:
        """A tree with a round crown."""
        trunk = self.natural(0.08, 0.4, 0.45)
        self.canvas.box(x, ground - 0.25 * height, 0.08 * height, 0.5 * height, trunk)
        for dx, dy in ((-0.16, 0.58), (0.17, 0.6), (0.0, 0.76)):
            self.canvas.disc(x + dx * height, ground - dy * height, 0.24 * height, leaf)

    def fir(self, x: float, ground: float, height: float, leaf: Colour) -> None:
        """A conifer of three tiers."""
        self.canvas.box(x, ground - 0.06 * height, 0.07 * height, 0.14 * height, self.natural(0.08, 0.4, 0.35))
        for low, high, width in ((0.1, 0.5, 0.24), (0.32, 0.75, 0.19), (0.55, 1.0, 0.13)):
            left, right = x - width * height, x + width * height
            self.canvas.polygon(
                ((left, ground - low * height), (right, ground - low * height), (x, ground - high * height)), leaf
            )

    def house(self, x: float, ground: float, width: float, height: float, wall: Colour, *, roof: bool) -> None:
        """A house front with windows."""
        self.canvas.box(x, ground - height / 2, width, height, wall)
        if roof:
            left, right, top = x - 0.57 * width, x + 0.57 * width, ground - height
            self.canvas.polygon(((left, top), (right, top), (x, top - 0.4 * width)), self.free(0.5, 0.3, 0.5))
        pane = mix(wall, self.free(0.15, 0.12, 0.98), 0.6)
        rows, columns = max(round(height / 0.1), 1), max(round(width / 0.09), 2)
        for row in range(rows):
            for column in range(columns):
                px = x + ((column + 0.5) / columns - 0.5) * width
                self.canvas.box(px, ground - height + (row + 0.5) * height / rows, 0.04, 0.05, pane)

    def interior(self, floor_at: float, wall: Colour, floor: Colour) -> None:
        """A wall, a skirting board and a floor."""
        self.gradient(-_REACH, floor_at, mix(wall, (1, 1, 1), 0.06 * self.light), wall)
        self.band(floor_at, 1 + _REACH, floor)
        self.band(floor_at - 0.025, floor_at, mix(wall, floor, 0.4))

    def window(self, x: float, y: float, width: float, height: float) -> None:
        """A window with four panes and daylight behind."""
        self.canvas.box(x, y, width + 0.03, height + 0.03, self.free(0.05, 0.1, 0.95))
        self.canvas.box(x, y, width, height, self.natural(0.56, 0.2, 0.95))
        self.canvas.box(x, y, 0.012, height, self.free(0.05, 0.1, 0.95))
        self.canvas.box(x, y, width, 0.012, self.free(0.05, 0.1, 0.95))


def _living_room(p: _Painter) -> None:
    p.interior(0.66, p.free(0.0, 0.2, 0.84), p.natural(0.08, 0.28, 0.6))
    side = 1 if p.rng.random() < 0.5 else -1
    p.window(0.5 - 0.28 * side, 0.26, 0.24, 0.3)
    picture = 0.5 + 0.24 * side
    p.canvas.box(picture, 0.22, 0.2, 0.15, p.free(0.4, 0.25, 0.5))
    p.canvas.box(picture, 0.22, 0.17, 0.12, p.free(p.between(0, 1), 0.2, 0.9))
    sofa, seat = 0.5 + p.between(0.16, 0.26) * side, p.free(p.between(0.3, 0.7), 0.28, 0.62)
    p.canvas.box(sofa, 0.56, 0.44, 0.2, seat, 0.0, 0.05)
    p.canvas.box(sofa, 0.66, 0.5, 0.12, mix(seat, (0, 0, 0), 0.12), 0.0, 0.04)
    p.canvas.ellipse(0.5, 0.86, 0.48, 0.1, p.free(0.3, 0.22, 0.7))
    lamp = 0.5 - 0.44 * side
    p.canvas.line(lamp, 0.7, lamp, 0.42, 0.012, p.free(0.0, 0.1, 0.4))
    p.canvas.polygon(
        ((lamp - 0.07, 0.44), (lamp + 0.07, 0.44), (lamp + 0.04, 0.34), (lamp - 0.04, 0.34)), p.free(0.1, 0.2, 0.97)
    )


def _kitchen(p: _Painter) -> None:
    p.interior(0.7, p.free(0.0, 0.14, 0.88), p.free(0.1, 0.12, 0.6))
    for x in np.arange(-0.2, 1.2, 0.1).tolist():
        p.canvas.box(x, 0.43, 0.006, 0.16, p.free(0.0, 0.1, 0.8))
    p.band(0.42, 0.426, p.free(0.0, 0.1, 0.8))
    front = p.free(p.between(0.2, 0.8), 0.25, 0.68)
    gap = p.between(0.3, 0.7)
    for x in np.arange(-0.05, 1.2, 0.22).tolist():
        if abs(x - gap) > 0.2:
            p.canvas.box(x, 0.2, 0.21, 0.2, front, 0.0, 0.01)
            p.canvas.box(x + 0.08, 0.25, 0.012, 0.05, p.free(0.0, 0.05, 0.9))
    p.window(gap, 0.2, 0.24, 0.24)
    p.band(0.54, 0.74, front)
    p.band(0.51, 0.545, p.free(0.5, 0.1, 0.8))
    for x in np.arange(0.05, 1.2, 0.24).tolist():
        p.canvas.box(x, 0.64, 0.006, 0.17, mix(front, (0, 0, 0), 0.3))
        p.canvas.box(x - 0.05, 0.58, 0.06, 0.012, p.free(0.0, 0.05, 0.9))
    for x in p.rng.uniform(0.05, 0.95, 3).tolist():
        p.canvas.box(x, 0.475, 0.05, 0.08, p.free(p.between(0, 1), 0.3, 0.7), 0.0, 0.012)


def _workshop(p: _Painter) -> None:
    p.interior(0.7, p.natural(0.09, 0.22, 0.68), p.free(0.0, 0.07, 0.5))
    for x in np.arange(-0.15, 1.2, 0.13).tolist():
        p.canvas.box(x, 0.33, 0.006, 0.7, p.natural(0.09, 0.26, 0.58))
    board = p.between(0.3, 0.7)
    p.canvas.box(board, 0.26, 0.52, 0.3, p.free(0.0, 0.2, 0.76), 0.0, 0.01)
    steel = p.free(0.5, 0.06, 0.5)
    for x in (board - 0.2, board - 0.1, board, board + 0.1, board + 0.2):
        length = p.between(0.1, 0.18)
        p.canvas.line(x, 0.16, x, 0.16 + length, 0.016, p.free(p.between(0, 1), 0.3, 0.55))
        if p.rng.random() < 0.5:
            p.canvas.box(x, 0.15, 0.055, 0.03, steel)
        else:
            p.canvas.ring(x, 0.16 + length, 0.02, 0.012, steel)
    bench = p.natural(0.08, 0.35, 0.56)
    for x in (0.06, 0.94):
        p.canvas.box(x, 0.66, 0.05, 0.26, mix(bench, (0, 0, 0), 0.2))
    p.canvas.box(0.5, 0.535, 1.02, 0.05, bench)
    for x in p.rng.uniform(0.1, 0.9, 4).tolist():
        p.canvas.box(x, 0.475, 0.06, 0.07, p.free(p.between(0, 1), 0.25, 0.6), 0.0, 0.012)


def _office(p: _Painter) -> None:
    p.interior(0.68, p.free(0.0, 0.1, 0.86), p.free(0.08, 0.18, 0.55))
    first = p.between(0.1, 0.25)
    for x in (first, first + 0.3, first + 0.6):
        p.window(x, 0.24, 0.22, 0.3)
        for y in np.arange(0.1, 0.1 + p.between(0.05, 0.25), 0.022).tolist():
            p.canvas.box(x, y, 0.22, 0.008, p.free(0.0, 0.08, 0.75))
    cabinet = p.between(0.05, 0.95)
    p.canvas.box(cabinet, 0.58, 0.18, 0.26, p.free(0.3, 0.12, 0.62), 0.0, 0.008)
    for y in (0.5, 0.58, 0.66):
        p.canvas.box(cabinet, y, 0.06, 0.012, p.free(0.3, 0.1, 0.4))
    plant = (cabinet + 0.45) % 1.0
    p.canvas.box(plant, 0.66, 0.08, 0.1, p.free(0.6, 0.25, 0.7), 0.0, 0.01)
    for angle in np.linspace(-2.4, -0.7, 6).tolist():
        p.canvas.line(
            plant, 0.61, plant + 0.11 * np.cos(angle), 0.6 + 0.14 * np.sin(angle), 0.03, p.natural(0.33, 0.35, 0.55)
        )


def _stage(p: _Painter) -> None:
    p.gradient(-_REACH, 0.7, p.free(0.0, 0.3, 0.32), p.free(0.0, 0.3, 0.5))
    p.band(0.68, 1 + _REACH, p.natural(0.08, 0.35, 0.55))
    for y in (0.75, 0.82, 0.9, 0.99):
        p.band(y, y + 0.006, p.natural(0.08, 0.38, 0.46))
    for x in p.rng.uniform(0.2, 0.8, 3).tolist():
        foot, tint = 0.5 + (x - 0.5) * 0.5, p.free(p.between(0, 1), 0.25, 0.9)
        p.canvas.polygon(((x, -0.1), (foot - 0.16, 0.84), (foot + 0.16, 0.84)), tint, 0.16)
        p.canvas.ellipse(foot, 0.84, 0.17, 0.04, tint, alpha=0.2)
    drape = p.free(p.between(0.3, 0.7), 0.4, 0.55)
    for side in (0, 1):
        for i in range(4):
            x = abs(side - (-0.08 + 0.065 * i))
            p.canvas.box(x, 0.3, 0.08, 1.2, mix(drape, (0, 0, 0), 0.18 * (i % 2)), 0.0, 0.03)
    for x in np.arange(-0.1, 1.2, 0.12).tolist():
        p.canvas.disc(x, -0.01, 0.085, mix(drape, (0, 0, 0), 0.1))


def _corridor(p: _Painter) -> None:
    x, y = p.between(0.42, 0.58), p.between(0.4, 0.48)
    wall, half = p.free(0.0, 0.16, 0.78), 0.15
    p.band(-_REACH, 1 + _REACH, wall)
    far, near = -_REACH, 1 + _REACH
    corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
    p.canvas.polygon((corners[3], corners[2], (near + 0.3, near), (far - 0.3, near)), p.free(0.1, 0.25, 0.58))
    p.canvas.polygon((corners[0], corners[1], (near + 0.3, far), (far - 0.3, far)), p.free(0.0, 0.08, 0.92))
    p.canvas.box(x, y, 2 * half, 2 * half, p.free(0.0, 0.18, 0.68))
    p.canvas.box(x, y + 0.04, 0.12, 0.22, p.free(0.4, 0.25, 0.55))
    for depth in (0.3, 0.62):
        left, right = x - half - depth * 0.55, x + half + depth * 0.55
        tall = half + 0.5 * depth
        for edge, inner in ((left, left + 0.11), (right, right - 0.11)):
            small = tall - 0.09
            door = (
                (edge, y + 1.05 * tall),
                (inner, y + 1.05 * small),
                (inner, y - 0.6 * small),
                (edge, y - 0.6 * tall),
            )
            p.canvas.polygon(door, p.free(0.5, 0.22, 0.6))
    for scale in (0.25, 0.45, 0.8):
        p.canvas.ellipse(x, y - half - 0.3 * scale, 0.1 * scale, 0.03 * scale, p.free(0.1, 0.05, 1.0))


def _street(p: _Painter) -> None:
    p.sky(0.6)
    x = -0.1
    while x < 1.1:
        width, height = p.between(0.16, 0.28), p.between(0.22, 0.48)
        wall = p.free(p.between(0, 1), 0.2, p.between(0.6, 0.85))
        p.house(x + width / 2, 0.64, width, height, wall, roof=height < 0.34)
        x += width + 0.004
    p.band(0.63, 0.71, p.free(0.1, 0.06, 0.72))
    p.band(0.7, 1 + _REACH, p.free(0.0, 0.05, 0.48))
    p.band(0.7, 0.712, p.free(0.0, 0.05, 0.85))
    for x in np.arange(p.between(-0.2, 0.0), 1.2, 0.28).tolist():
        p.canvas.box(x, 0.87, 0.14, 0.018, p.free(0.1, 0.08, 0.85))
    lamp = p.between(0.05, 0.95)
    p.canvas.line(lamp, 0.68, lamp, 0.28, 0.014, p.free(0.0, 0.1, 0.35))
    p.canvas.disc(lamp, 0.27, 0.028, p.free(0.1, 0.15, 1.0))


def _forest(p: _Painter) -> None:
    p.gradient(-_REACH, 0.6, p.natural(0.36, 0.18, 0.86), p.natural(0.3, 0.26, 0.76))
    for depth, count in ((0.0, 9), (0.5, 7), (1.0, 4)):
        trunk = p.natural(0.09, 0.22 + 0.12 * depth, 0.64 - 0.2 * depth)
        for _ in range(count):
            x, w = p.between(-0.05, 1.05), 0.025 + 0.045 * depth
            p.canvas.box(x, 0.25, w, 0.95 + 0.1 * depth, trunk, p.between(-0.03, 0.03))
        for _ in range(7):
            leaf = p.natural(0.31 + p.between(-0.03, 0.03), 0.35, 0.66 - 0.2 * depth)
            p.canvas.disc(p.between(-0.05, 1.05), p.between(-0.1, 0.06), p.between(0.07, 0.14), leaf)
        p.hills(0.68 + 0.07 * depth, 0.04, 1.3, p.natural(0.29, 0.38, 0.6 - 0.08 * depth))
    for x, y in p.rng.uniform((0, 0.72), (1, 1), (8, 2)).tolist():
        for lean in (-0.03, 0.0, 0.03):
            p.canvas.line(x, y, x + lean, y - 0.05, 0.01, p.natural(0.3, 0.4, 0.44))


def _night_field(p: _Painter) -> None:
    p.gradient(-_REACH, 0.68, p.natural(0.66, 0.55, 0.26), p.natural(0.62, 0.45, 0.45))
    for x, y in p.rng.uniform((-0.05, -0.05), (1.05, 0.55), (34, 2)).tolist():
        p.canvas.disc(x, y, p.between(0.003, 0.006), p.natural(0.15, 0.1, 0.95), p.between(0.5, 1.0))
    moon = p.between(0.12, 0.88)
    p.canvas.glow(moon, 0.15, 0.15, p.natural(0.15, 0.1, 0.8), 0.35)
    p.canvas.disc(moon, 0.15, 0.055, p.natural(0.15, 0.12, 0.95))
    p.canvas.disc(moon + 0.022, 0.14, 0.046, p.natural(0.65, 0.35, 0.45), 0.65)
    p.hills(0.72, 0.12, 0.8, p.natural(0.5, 0.4, 0.36))
    for _ in range(3):
        p.tree(p.between(-0.02, 1.02), 0.7, p.between(0.1, 0.16), p.natural(0.45, 0.45, 0.28))
    p.hills(0.78, 0.07, 1.1, p.natural(0.42, 0.38, 0.44))


def _beach(p: _Painter) -> None:
    p.sky(0.5)
    p.canvas.disc(p.between(0.1, 0.9), p.between(0.12, 0.2), 0.06, p.natural(0.14, 0.2, 1.0))
    p.gradient(0.48, 0.68, p.natural(0.56, 0.45, 0.66), p.natural(0.5, 0.35, 0.8))
    for x, y in p.rng.uniform((0, 0.51), (1, 0.62), (8, 2)).tolist():
        p.canvas.line(x - 0.05, y, x + 0.05, y, 0.007, p.natural(0.52, 0.15, 0.95), 0.7)
    p.hills(0.7, 0.04, 0.7, p.natural(0.52, 0.08, 0.97))
    p.hills(0.715, 0.04, 0.8, p.natural(0.11, 0.3, 0.88))
    side = 1 if p.rng.random() < 0.5 else -1
    x, top = 0.5 - 0.38 * side, 0.5
    p.canvas.line(x, 0.86, x + 0.03, top, 0.014, p.free(0.0, 0.05, 0.9))
    p.canvas.polygon(((x - 0.13, top + 0.06), (x + 0.02, top - 0.07), (x + 0.18, top + 0.04)), p.free(0.2, 0.35, 0.8))
    for _ in range(12):
        p.canvas.disc(p.between(0, 1), p.between(0.75, 1.03), 0.005, p.natural(0.09, 0.3, 0.72))


def _park(p: _Painter) -> None:
    p.sky(0.55)
    p.hills(0.6, 0.1, 1.6, p.natural(0.36, 0.28, 0.66))
    p.band(0.6, 1 + _REACH, p.natural(0.28, 0.38, 0.68))
    for x in (p.between(-0.05, 0.15), p.between(0.25, 0.4), p.between(0.6, 0.75), p.between(0.85, 1.05)):
        p.tree(x, p.between(0.61, 0.68), p.between(0.28, 0.44), p.natural(0.3 + p.between(-0.05, 0.05), 0.38, 0.56))
    bend = p.between(0.2, 0.8)
    path = ((bend - 0.03, 0.6), (bend + 0.03, 0.6), (0.75, 1 + _REACH), (0.15, 1 + _REACH))
    p.canvas.polygon(path, p.natural(0.11, 0.2, 0.8))
    bench = (bend + 0.5) % 1.0
    wood = p.free(0.3, 0.3, 0.5)
    for y in (0.64, 0.67, 0.71):
        p.canvas.box(bench, y, 0.2, 0.018, wood)
    for dx in (-0.08, 0.08):
        p.canvas.box(bench + dx, 0.71, 0.014, 0.1, wood)
    for _ in range(14):
        p.canvas.disc(p.between(0, 1), p.between(0.75, 1.04), 0.008, p.free(p.between(0, 1), 0.3, 0.9))


def _mountains(p: _Painter) -> None:
    p.sky(0.62, 0.3)
    for depth in (0.0, 1.0):
        rock = p.natural(0.62, 0.22 + 0.06 * depth, 0.74 - 0.16 * depth)
        for x in (p.between(-0.05, 0.2), p.between(0.35, 0.65), p.between(0.8, 1.05)):
            top, half = p.between(0.16, 0.3) + 0.16 * depth, p.between(0.28, 0.38)
            slope = (0.68 - top) / half
            p.canvas.polygon(((x - half, 0.68), (x, top), (x + half, 0.68)), rock)
            d = 0.09 / slope
            cap = ((x, top), (x + d, top + 0.09), (x + 0.4 * d, top + 0.07), (x, top + 0.1), (x - 0.5 * d, top + 0.06))
            p.canvas.polygon((*cap, (x - d, top + 0.09)), p.natural(0.6, 0.05, 0.97))
    p.hills(0.7, 0.06, 0.9, p.natural(0.32, 0.32, 0.58))
    for x in np.linspace(-0.05, 1.05, 9).tolist():
        p.fir(x + p.between(-0.04, 0.04), p.between(0.69, 0.73), p.between(0.12, 0.2), p.natural(0.38, 0.36, 0.42))
    p.hills(0.78, 0.05, 0.7, p.natural(0.27, 0.36, 0.66))


def _harbour(p: _Painter) -> None:
    p.sky(0.5)
    x = -0.1
    while x < 1.1:
        width = p.between(0.1, 0.18)
        p.house(x + width / 2, 0.5, width, p.between(0.1, 0.18), p.free(p.between(0, 1), 0.22, 0.78), roof=True)
        x += width + 0.01
    p.gradient(0.5, 0.78, p.natural(0.55, 0.34, 0.74), p.natural(0.57, 0.42, 0.58))
    for x in (p.between(0.08, 0.3), p.between(0.65, 0.92)):
        y, s = p.between(0.58, 0.66), p.between(0.09, 0.13)
        p.canvas.line(x, y, x, y - 2.2 * s, 0.01, p.natural(0.08, 0.3, 0.4))
        p.canvas.polygon(
            ((x + 0.01, y - 2.1 * s), (x + 0.9 * s, y - 0.2 * s), (x + 0.01, y - 0.2 * s)), p.free(0.1, 0.08, 0.95)
        )
        hull = ((x - s, y), (x + 1.1 * s, y), (x + 0.8 * s, y + 0.4 * s), (x - 0.7 * s, y + 0.4 * s))
        p.canvas.polygon(hull, p.free(p.between(0, 1), 0.35, 0.65))
    for x, y in p.rng.uniform((0, 0.54), (1, 0.76), (10, 2)).tolist():
        p.canvas.line(x - 0.03, y, x + 0.03, y, 0.006, p.natural(0.54, 0.2, 0.9), 0.6)
    p.band(0.77, 1 + _REACH, p.natural(0.09, 0.22, 0.62))
    p.band(0.77, 0.785, p.natural(0.09, 0.15, 0.78))
    for x in np.arange(p.between(-0.1, 0.0), 1.2, 0.17).tolist():
        p.canvas.box(x, 0.95, 0.006, 0.34, p.natural(0.09, 0.25, 0.52))


def _paint(
    painting: Callable[[_Painter], None], canvas: Canvas, hue: float, light: float, rng: np.random.Generator
) -> None:
    painting(_Painter(canvas.frame, hue, light, rng))


BACKDROPS: dict[str, Backdrop] = {
    name: Backdrop(outdoors=outdoors, draw=partial(_paint, painting))
    for name, outdoors, painting in (
        ("living room", False, _living_room),
        ("kitchen", False, _kitchen),
        ("workshop", False, _workshop),
        ("office", False, _office),
        ("stage", False, _stage),
        ("corridor", False, _corridor),
        ("street", True, _street),
        ("forest", True, _forest),
        ("field at night", True, _night_field),
        ("beach", True, _beach),
        ("park", True, _park),
        ("mountains", True, _mountains),
        ("harbour", True, _harbour),
    )
}
"""By name, in a fixed order."""
