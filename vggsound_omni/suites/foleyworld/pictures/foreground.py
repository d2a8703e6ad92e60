"""What stands in front of the cast and hides some of it, and flashes that make no sound.

Neither ever covers a contact: what is struck stays in sight, whatever else is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..backdrops import BACKDROPS
from ..canvas import Canvas, hsv, mix, shade
from ..scene import FPS, Setting
from .motion import INK, PAPER, sparks

FREQUENCY = 0.4
"""Share of scenes with something in the foreground."""
FADE = 0.2
"""Seconds that a flash lasts, as long as the rays of a contact."""
Discs = Sequence[Mapping[str, float]]
"""Of contacts, in fractions of the frame: x, y and radius."""


class Foreground:
    """Something near the camera at the lower edge: grass, a fence, a bush outdoors; a plant, a chair, a shelf indoors.

    Args:
        setting: seeds the choice, and says whether it is outdoors.
        discs: contacts, which stay free.
    """

    def __init__(self, setting: Setting, discs: Discs) -> None:
        rng = np.random.default_rng([setting.seed, 3])
        here, self.kind = rng.random() < FREQUENCY, int(rng.integers(3))
        self.outdoors = BACKDROPS[setting.backdrop].outdoors
        self.hue, self.tilt = float(rng.uniform()), rng.uniform(-0.12, 0.12, 12)
        sizes, places = rng.uniform(0.13, 0.24, 8), rng.uniform(0.04, 0.96, 8)
        free = [
            (float(x), float(size))
            for x, size in zip(places, sizes, strict=True)
            if all(
                abs(disc["x"] - x) > disc["radius"] + size or disc["y"] + disc["radius"] < 1 - size for disc in discs
            )
        ]
        self.place = free[0] if here and free else None
        self.light = 0.45 + 0.45 * setting.light

    def draw(self, canvas: Canvas) -> None:
        """Draws it, the same in every frame."""
        if self.place is None:
            return
        x, size = self.place
        local = canvas.at(x, 1.02, size)
        (self._outdoors if self.outdoors else self._indoors)(local)

    def _outdoors(self, c: Canvas) -> None:
        green = shade(hsv(0.22 + 0.16 * self.hue, 0.5, 0.6), self.light)
        if self.kind == 0:  # tall grass
            for i, tilt in enumerate(self.tilt):
                root = -0.9 + 0.16 * i
                c.polygon([(root - 0.07, 0.1), (root + 3 * tilt, -1.0 + 2 * abs(tilt)), (root + 0.07, 0.1)], green)
        elif self.kind == 1:  # a fence
            wood = shade(hsv(0.05 + 0.06 * self.hue, 0.4, 0.65), self.light)
            for y in (-0.62, -0.22):
                c.box(0, y, 2.4, 0.16, shade(wood, 0.8))
            for i in range(4):
                post = -0.9 + 0.6 * i
                c.polygon(
                    [(post - 0.13, 0.1), (post - 0.13, -0.8), (post, -1.0), (post + 0.13, -0.8), (post + 0.13, 0.1)],
                    wood,
                )
        else:  # a bush
            for dx, dy, r in ((-0.55, -0.2, 0.45), (0.5, -0.2, 0.42), (0.0, -0.5, 0.5)):
                c.disc(dx, dy, r, shade(green, 0.7))
                c.disc(dx - 0.05, dy - 0.06, 0.8 * r, green)

    def _indoors(self, c: Canvas) -> None:
        tone = shade(hsv(self.hue, 0.35, 0.7), self.light)
        if self.kind == 0:  # a plant in its pot
            leaf = shade(hsv(0.25 + 0.12 * self.hue, 0.5, 0.6), self.light)
            for angle in (-1.1, -0.6, -0.15, 0.35, 0.8, 1.2):
                c.at(0, -0.35, 1.0, angle).ellipse(0, -0.36, 0.11, 0.36, leaf)
            c.polygon([(-0.34, -0.4), (0.34, -0.4), (0.24, 0.1), (-0.24, 0.1)], tone)
        elif self.kind == 1:  # the back of a chair
            for side in (-1, 1):
                c.line(0.5 * side, 0.1, 0.46 * side, -0.95, 0.14, tone)
            for y in (-0.85, -0.5, -0.15):
                c.box(0, y, 1.0, 0.16, tone, corner=0.04)
        else:  # books on the end of a table
            c.box(0, -0.05, 2.2, 0.3, shade(tone, 0.6))
            for i, tilt in enumerate(self.tilt[:4]):
                book = shade(hsv(self.hue + 0.2 * i, 0.4, 0.7), self.light)
                c.box(0.3 * float(tilt), -0.28 - 0.18 * i, 0.8 - 0.05 * i, 0.17, mix(book, INK, 0.1), corner=0.02)


class Glints:
    """Flashes that look like those of contacts, at the setting's times, where nothing is struck and nothing sounds.

    Args:
        setting: has the times.
        discs: contacts, from which they keep away.
    """

    def __init__(self, setting: Setting, discs: Discs) -> None:
        rng = np.random.default_rng([setting.seed, 4])
        places = rng.uniform((0.12, 0.2), (0.88, 0.9), (40, 2))
        free = [
            (float(x), float(y))
            for x, y in places
            if all(np.hypot(disc["x"] - x, disc["y"] - y) > disc["radius"] + 0.16 for disc in discs)
        ]
        self.flashes = [(t, *free[i % len(free)]) for i, t in enumerate(setting.flashes)] if free else []
        self.reach = rng.uniform(0.09, 0.17, len(self.flashes))

    def draw(self, canvas: Canvas, t: float) -> None:
        """Draws the flashes that are to be seen at ``t`` seconds."""
        for (start, x, y), reach in zip(self.flashes, self.reach, strict=True):
            since = t - start
            if -0.5 / FPS <= since < FADE - 1e-6:
                shock = (1 - max(since, 0.0) / FADE) ** 2
                local = canvas.at(x, y, float(reach))
                sparks(local, 0, 0, shock, 1.0, PAPER, 0.0, 2 * np.pi * 7 / 8, 8)
                local.glow(0, 0, 0.6, PAPER, 0.8 * shock)
