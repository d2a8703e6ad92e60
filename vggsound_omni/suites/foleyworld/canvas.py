"""Drawing with numpy: anti-aliased shapes in coordinates of their own.

A shape is a signed distance to its edge, in pixels; its coverage is the distance clipped to one pixel. Only the
pixels of its bounding box are touched. Colours are RGB triples in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
Distance = Callable[[FloatArray, FloatArray], FloatArray]
"""From local coordinates x and y to signed distance in local units, negative inside."""
_TOGETHER = 1 << 14
"""Distances from edges that are computed at once, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class Stencil:
    """What a shape covers."""

    rows: slice
    columns: slice
    cover: FloatArray  # (rows, columns) in [0, 1]


class Stencils:
    """Stencils of this frame and the one before: most of what is drawn has not moved in between.

    Keys have all that a stencil depends on: the canvas's place, and the shape's name and measures.
    """

    def __init__(self) -> None:
        self._before: dict[Hashable, Stencil] = {}
        self._now: dict[Hashable, Stencil] = {}

    def begin_frame(self) -> None:
        """Drops the stencils that the last frame did not use."""
        self._before, self._now = self._now, {}

    def find(self, key: Hashable) -> Stencil | None:
        """Returns a stencil of this frame or the one before, if there is one."""
        stencil = self._now.get(key) or self._before.get(key)
        if stencil is not None:
            self._now[key] = stencil
        return stencil

    def keep(self, key: Hashable, stencil: Stencil) -> None:
        """Keeps a stencil for this frame and the next."""
        self._now[key] = stencil


@dataclass(frozen=True)
class Canvas:
    """A view on shared pixels through a similarity transform.

    Local coordinates: x to the right, y down, 0 at the place given to :meth:`at`, 1 its scale.
    """

    pixels: FloatArray  # (height, width, 3) in [0, 1], drawn on in place
    a: complex = 1.0  # rotation and scale, pixels per local unit
    b: complex = 0.0  # pixel position of the local origin, x + iy
    flip: bool = False
    root: Canvas | None = field(default=None, repr=False)
    stencils: Stencils | None = field(default=None, repr=False)  # None: each is made anew

    @classmethod
    def framing(cls, pixels: FloatArray, size: float, margin: float, stencils: Stencils | None = None) -> Canvas:
        """Makes a canvas whose local [0, 1] x [0, 1] is the visible frame: ``size`` pixels, within ``margin`` more."""
        return cls(pixels, a=complex(size), b=complex(margin, margin), stencils=stencils)

    @property
    def frame(self) -> Canvas:
        """The canvas of the whole frame, whose local [0, 1] x [0, 1] is what the camera sees."""
        return self.root if self.root is not None else self

    def at(self, x: float, y: float, scale: float = 1.0, angle: float = 0.0, *, flip: bool = False) -> Canvas:
        """Makes a canvas with origin (x, y), ``scale`` times larger, turned clockwise by ``angle`` rad, mirrored."""
        direction = complex(np.cos(angle), np.sin(angle)) * scale
        a = self.a * (direction.conjugate() if self.flip else direction)
        return Canvas(self.pixels, a, self.to_pixel(x, y), self.flip != flip, self.frame, self.stencils)

    def disc(self, x: float, y: float, r: float, colour: Colour, alpha: float = 1.0, soft: float = 0.0) -> None:
        """Draws a filled circle; ``soft`` is the width of its blurred edge in local units."""
        box = (x - r, y - r, x + r, y + r)
        self._paint(("disc", x, y, r, soft), box, lambda u, v: np.hypot(u - x, v - y) - r, colour, alpha, soft)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, angle: float = 0.0, alpha: float = 1.0
    ) -> None:
        """Draws a filled ellipse with half axes rx and ry, turned by ``angle`` rad."""
        c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        bx, by = float(np.hypot(rx * c, ry * s)), float(np.hypot(rx * s, ry * c))

        def distance(u: FloatArray, v: FloatArray) -> FloatArray:
            p, q = _turned(u - x, v - y, c, s)
            p, q = p / np.float32(rx), q / np.float32(ry)
            k = np.maximum(np.hypot(p, q), np.float32(1e-3))
            # To first order the distance is the level over its gradient; k alone would blur the tips of flat ellipses.
            return k * (k - 1) / np.maximum(np.hypot(p / np.float32(rx), q / np.float32(ry)), np.float32(1e-6))

        box = (x - bx, y - by, x + bx, y + by)
        self._paint(("ellipse", x, y, rx, ry, angle), box, distance, colour, alpha)

    def line(
        self, x0: float, y0: float, x1: float, y1: float, width: float, colour: Colour, alpha: float = 1.0
    ) -> None:
        """Draws a line with round ends."""
        dx, dy = x1 - x0, y1 - y0
        length2 = max(dx * dx + dy * dy, 1e-12)
        h = width / 2

        def distance(u: FloatArray, v: FloatArray) -> FloatArray:
            p, q = u - x0, v - y0
            along = _unit(p * np.float32(dx / length2) + q * np.float32(dy / length2))
            return np.hypot(p - along * np.float32(dx), q - along * np.float32(dy)) - np.float32(h)

        box = (min(x0, x1) - h, min(y0, y1) - h, max(x0, x1) + h, max(y0, y1) + h)
        self._paint(("line", x0, y0, x1, y1, width), box, distance, colour, alpha)

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, angle: float = 0.0, corner: float = 0.0
    ) -> None:
        """Draws a rectangle centred on (x, y), turned by ``angle`` rad, with corners rounded to radius ``corner``."""
        c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        hw, hh = np.float32(width / 2 - corner), np.float32(height / 2 - corner)
        bx, by = float(width * abs(c) + height * abs(s)) / 2, float(width * abs(s) + height * abs(c)) / 2

        def distance(u: FloatArray, v: FloatArray) -> FloatArray:
            p, q = _turned(u - x, v - y, c, s)
            p, q = np.abs(p) - hw, np.abs(q) - hh
            return np.hypot(np.maximum(p, 0), np.maximum(q, 0)) + np.minimum(np.maximum(p, q), 0) - np.float32(corner)

        box = (x - bx, y - by, x + bx, y + by)
        self._paint(("box", x, y, width, height, angle, corner), box, distance, colour)

    def polygon(self, points: Sequence[tuple[float, float]], colour: Colour, alpha: float = 1.0) -> None:
        """Draws a filled polygon, convex or not, by even-odd rule."""
        xs, ys = [p[0] for p in points], [p[1] for p in points]

        def distance(u: FloatArray, v: FloatArray) -> FloatArray:
            edges = [
                (x0, y0, x1 - x0, y1 - y0, max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-12))
                for (x0, y0), (x1, y1) in pairwise([*points, points[0]])
            ]
            each = np.array(edges, np.float32)[..., None, None]  # (edges, 5, 1, 1)
            near = np.full(np.broadcast_shapes(u.shape, v.shape), np.inf, np.float32)
            inside = np.zeros(near.shape, bool)
            above = [v >= y for y in ys]
            crossed = np.array([first != second for first, second in pairwise([*above, above[0]])])
            together = max(_TOGETHER // near.size, 1)
            for first in range(0, len(edges), together):
                some = slice(first, first + together)
                x, y, dx, dy, length2 = each[some].swapaxes(0, 1)
                p, q = u - x, v - y
                along = _unit((p * dx + q * dy) / length2)
                near = np.minimum(near, (np.square(p - along * dx) + np.square(q - along * dy)).min(0))
                left = p < q * dx / np.where(dy == 0, np.float32(1), dy)
                inside ^= np.logical_xor.reduce(crossed[some] & left, 0)
            near = np.sqrt(near)
            return np.where(inside, -near, near)

        box = (min(xs), min(ys), max(xs), max(ys))
        self._paint(("polygon", *points), box, distance, colour, alpha)

    def ring(
        self,
        x: float,
        y: float,
        r: float,
        width: float,
        colour: Colour,
        alpha: float = 1.0,
        start: float = 0.0,
        end: float = 2 * np.pi,
    ) -> None:
        """Draws an arc of ``width``, clockwise from ``start`` to ``end`` rad (0 points right)."""
        whole = end - start >= 2 * np.pi - 1e-6
        middle, half = (start + end) / 2, (end - start) / 2

        def distance(u: FloatArray, v: FloatArray) -> FloatArray:
            line = np.abs(np.hypot(u - x, v - y) - np.float32(r)) - np.float32(width / 2)
            if whole:
                return line
            turn = np.abs((np.arctan2(v - y, u - x) - middle + np.pi) % (2 * np.pi) - np.pi)
            return np.maximum(line, ((turn - half) * np.float32(r)).astype(np.float32))

        e = r + width / 2
        box = (x - e, y - e, x + e, y + e)
        self._paint(("ring", x, y, r, width, start, end), box, distance, colour, alpha)

    def glow(self, x: float, y: float, r: float, colour: Colour, alpha: float = 1.0) -> None:
        """Draws light that falls off smoothly to nothing at radius r."""
        self.disc(x, y, r, colour, alpha, soft=r)

    def fill(self, colour: Colour, alpha: float = 1.0) -> None:
        """Fills the whole picture, margin included."""
        np.add(self.pixels, (np.asarray(colour, np.float32) - self.pixels) * np.float32(alpha), out=self.pixels)

    def to_pixel(self, x: float, y: float) -> complex:
        """Returns the position of a local point, x + iy in pixels."""
        return self.a * complex(-x if self.flip else x, y) + self.b

    def _paint(
        self,
        shape: tuple[Hashable, ...],
        bounds: tuple[float, float, float, float],
        distance: Distance,
        colour: Colour,
        alpha: float = 1.0,
        soft: float = 0.0,
    ) -> None:
        """Blends ``colour`` where ``distance`` is negative; ``shape`` is its name and what it depends on."""
        if alpha <= 0:
            return
        key = (self.a, self.b, self.flip, shape)
        stencil = self.stencils.find(key) if self.stencils is not None else None
        if stencil is None:
            stencil = self._stencil(bounds, distance, soft)
            if stencil is None:
                return
            if self.stencils is not None:
                self.stencils.keep(key, stencil)
        cover = stencil.cover if alpha >= 1 else stencil.cover * np.float32(alpha)
        region = self.pixels[stencil.rows, stencil.columns]
        step = np.asarray(colour, np.float32) - region
        step *= cover[..., None]
        region += step

    def _stencil(self, bounds: tuple[float, float, float, float], distance: Distance, soft: float) -> Stencil | None:
        """Returns where ``distance`` is negative; None out of the picture."""
        left, top, right, bottom = self._window(*bounds)
        if left >= right or top >= bottom:
            return None
        cover = distance(*self._grid(left, top, right, bottom))
        if soft > 0:
            cover *= np.float32(-1 / soft)
            cover = _unit(cover)
            cover = cover * cover * (3 - 2 * cover)
        else:
            cover *= np.float32(abs(self.a))
            cover = _unit(np.subtract(np.float32(0.5), cover, out=cover))
        return Stencil(slice(top, bottom), slice(left, right), cover)

    def _window(self, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
        """Returns left, top, right and bottom in pixels of a box in local coordinates, with room for soft edges."""
        if self.flip:
            x0, x1 = -x1, -x0
        c, s = self.a.real, self.a.imag
        across, down = (c * x0, c * x1), (c * y0, c * y1)
        right_down, down_left = (s * x0, s * x1), (s * y0, s * y1)
        height, width = self.pixels.shape[:2]
        return (
            max(math.floor(min(across) - max(down_left) + self.b.real) - 1, 0),
            max(math.floor(min(down) + min(right_down) + self.b.imag) - 1, 0),
            min(math.ceil(max(across) - min(down_left) + self.b.real) + 2, width),
            min(math.ceil(max(down) + max(right_down) + self.b.imag) + 2, height),
        )

    def _grid(self, left: int, top: int, right: int, bottom: int) -> tuple[FloatArray, FloatArray]:
        """Returns the local x and y of pixels' centres; they broadcast, without a turn as a row and a column."""
        px = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5 - self.b.real)
        py = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - self.b.imag)
        inverse = 1 / self.a
        c, s = np.float32(inverse.real), np.float32(inverse.imag)
        u, v = (px * c - py * s, px * s + py * c) if s else (px * c, py * c)
        return (-u if self.flip else u), v


def _unit(values: npt.NDArray[Any]) -> FloatArray:
    """Clips to [0, 1] in place."""
    # numpy's clip costs three times as much on arrays of a few hundred values.
    np.maximum(values, np.float32(0), out=values)
    return np.minimum(values, np.float32(1), out=values)


def _turned(p: FloatArray, q: FloatArray, c: np.float32, s: np.float32) -> tuple[FloatArray, FloatArray]:
    """Returns coordinates in axes turned by the angle of cosine ``c`` and sine ``s``."""
    return (p * c + q * s, q * c - p * s) if s else (p, q)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Returns the RGB of a colour given as hue (turns), saturation and value in [0, 1]."""
    k = (np.array([5.0, 3.0, 1.0]) + hue * 6) % 6
    rgb = value - value * saturation * np.clip(np.minimum(k, 4 - k), 0, 1)
    return float(rgb[0]), float(rgb[1]), float(rgb[2])


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Returns ``first`` moved by ``share`` towards ``second``."""
    r, g, b = (p + (q - p) * share for p, q in zip(first, second, strict=True))
    return r, g, b


def shade(colour: Colour, factor: float) -> Colour:
    """Returns a colour made darker (below 1) or lighter, clipped to [0, 1]."""
    r, g, b = (min(max(c * factor, 0.0), 1.0) for c in colour)
    return r, g, b
