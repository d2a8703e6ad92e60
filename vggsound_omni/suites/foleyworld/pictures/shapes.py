"""Shapes that several pictures draw."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, Colour, FloatArray, mix, shade
from .motion import INK, OUTLINE, PAPER


def taper(
    canvas: Canvas, upper: float, top: float, lower: float, bottom: float, colour: Colour, alpha: float = 1.0
) -> None:
    """Draws a vessel seen from the side, ``upper`` and ``lower`` wide to either side at top and bottom."""
    canvas.polygon([(-upper, top), (upper, top), (lower, bottom), (-lower, bottom)], colour, alpha)


Points = tuple[tuple[float, float], ...]


def wheel(canvas: Canvas, x: float, y: float, r: float, hub: Colour, turn: float) -> None:
    """Draws a wheel whose spokes show how it turns."""
    canvas.disc(x, y, r, INK)
    canvas.disc(x, y, 0.58 * r, hub)
    for angle in (turn, turn + np.pi / 2):
        c, s = 0.5 * r * float(np.cos(angle)), 0.5 * r * float(np.sin(angle))
        canvas.line(x - c, y - s, x + c, y + s, 0.16 * r, INK)


def swell(canvas: Canvas, points: Points, colour: Colour, rim: Colour) -> None:
    """Draws a polygon with a dark line around it."""
    mx, my = (sum(p[i] for p in points) / len(points) for i in (0, 1))
    grown = []
    for x, y in points:
        length = max(float(np.hypot(x - mx, y - my)), 1e-6)
        grown.append((x + 1.3 * OUTLINE * (x - mx) / length, y + 1.3 * OUTLINE * (y - my) / length))
    canvas.polygon(grown, rim)
    canvas.polygon(points, colour)


def blend(pixels: FloatArray, cover: FloatArray, colour: Colour) -> None:
    """Lays ``colour`` over (height, width, 3) pixels to the extent of ``cover``, (height, width) in [0, 1]."""
    pixels += (np.asarray(colour, np.float32) - pixels) * cover[..., None]


def cloud(canvas: Canvas, y: float, colour: Colour, rim: Colour) -> None:
    """Draws a heavy cloud with a flat base at ``y``, about two units wide."""
    puffs = ((-0.62, -0.2, 0.26), (-0.22, -0.38, 0.36), (0.26, -0.3, 0.34), (0.66, -0.17, 0.24))
    for tone, grow in ((rim, OUTLINE), (colour, 0.0)):
        canvas.box(0.0, y - 0.12, 1.7 + 2 * grow, 0.26 + 2 * grow, tone, 0.0, 0.12)
        for x, dy, r in puffs:
            canvas.disc(x, y + dy, r + grow, tone)
    for x, dy, r in puffs:
        canvas.disc(x - 0.2 * r, y + dy - 0.22 * r, 0.6 * r, mix(colour, PAPER, 0.2))
    canvas.box(0.0, y - 0.05, 1.6, 0.1, shade(colour, 0.8), 0.0, 0.05)
