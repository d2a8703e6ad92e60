"""Waves break on sand, pebbles or rocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..canvas import Canvas, Colour, FloatArray, hsv, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import PAPER
from ..pictures.shapes import blend
from ..scene import Style
from ..sounds.noise import Course, contour, grains, lasting, noise, snaps, wander
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Material, Words


def _sea(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Each event a wave: it swells, breaks a quarter of the way, hisses up the shore and withdraws.

    Sand seethes, pebbles are dragged back clattering, rocks are slapped.
    """
    length, u = course.length, course.phase
    size = 2 ** (0.7 * style.pitch)
    swell = contour(u, (0, 0.2), (0.16, 0.75), (0.3, 1.0), (0.55, 0.45), (1, 0.2))
    crash = contour(u, (0, 0.0), (0.17, 0.12), (0.25, 1.0), (0.4, 0.55), (0.7, 0.08), (1, 0.0))
    hiss = contour(u, (0, 0.14), (0.2, 0.18), (0.34, 0.8), (0.5, 1.0), (0.72, 0.5), (0.94, 0.18), (1, 0.14))
    foam = 1 + 0.15 * wander(rng, length, 20)
    total = 1.0 * swell * noise(rng, length, 45 * size, 260 * size, -3.0)
    total += 2.1 * crash * foam * noise(rng, length, 180 * size, 4500 * size, -3.0)
    seethe = noise(rng, length, 1700 * size, 7000, -2.0)
    if style.material == 0:
        return total + 0.6 * hiss * seethe
    if style.material == 1:
        drag = contour(u, (0.36, 0.0), (0.5, 1.0), (0.75, 0.8), (0.96, 0.05))
        stones = grains(rng, snaps(rng, 900 * drag, length), (1500 * size, 0.010, 0.5), (2900 * size, 0.008, 0.7))
        return total + 0.35 * hiss * seethe + 0.55 * np.sqrt(drag) * stones
    slap = contour(u, (0.24, 0.0), (0.25, 1.0), (0.3, 0.35), (0.42, 0.0))
    spray = grains(rng, snaps(rng, 400 * crash, length), (1500 * size, 0.015, 0.6))
    return total + 0.3 * hiss * seethe + 2.2 * slap * noise(rng, length, 60 * size, 1500, -3.0) + 0.8 * spray


Curve = Callable[[FloatArray], npt.NDArray[np.floating]]
"""A line over the width of the picture: from local x to local y."""


class _Sea(Actor):
    """The sea over the lower part of the frame, on sand, pebbles or rocks by material.

    A wave rears and breaks at each onset, and its foam runs up the shore.
    """

    _LEVEL, _SHORE = 0.5, 0.98

    second_hues = (0.08, 0.14)

    def _prepare(self) -> None:
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
        blend(canvas.pixels[first:last], cover.astype(np.float32), colour)


SPEC = SoundClass(
    name="sea waves",
    family="weather",
    level_db=-11,
    places=("beach", "harbour"),
    timing=Timing.of_spans((1.6, 3.2)),
    size=1.3,
    hues=(0.47, 0.6),
    words=Words(
        thing="sea",
        bare="+waves",
        clauses=(
            "+waves break/breaking {m}",
            "the surf breaks/breaking {m}",
            "the sea breaks/breaking {m}",
            "+waves roll/rolling in {m}",
            "+waves wash/washing up {m}",
            "the sea washes/washing up {m}",
            "the surf rolls/rolling in {m}",
            "the ocean breaks/breaking {m}",
            "+ocean waves break/breaking {m}",
            "+ocean waves roll/rolling in {m}",
            "the ocean washes/washing up {m}",
        ),
        nouns=(
            "the * breaking of waves {m}",
            "the * surf {m}",
            "the * wash of the sea {m}",
            "+* waves breaking {m}",
            "the * rush of waves {m}",
        ),
        materials=(
            Material(phrases=("on sand", "on a sandy shore", "on a sandy beach", "on the sand"), places=("beach",)),
            Material(
                phrases=("on pebbles", "on a pebble beach", "on a shore of pebbles", "on the pebbles"),
                places=("beach",),
            ),
            Material(phrases=("on rocks", "on a rocky shore", "on the rocks", "on a shore of rocks")),
        ),
        low=("with deep surges", "with a low rush", "with a deep rush", "with a low surge", "with a deep, low roar"),
        high=(
            "with a high hiss",
            "with a bright hiss",
            "with a fine, high hiss",
            "with a high, foaming hiss",
            "with a thin, high hiss",
        ),
        slow=("slowly", "in a slow rhythm", "in slow succession", "at a slow pace", "with a slow rhythm"),
        quick=(
            "in quick succession",
            "in a quick rhythm",
            "at a fast pace",
            "in rapid succession",
            "in a brisk rhythm",
        ),
        strong=("heavily", "with force", "forcefully", "powerfully", "with great force"),
        gentle=("gently", "lightly", "weakly", "with little force", "gently and lightly"),
    ),
    sound=lasting(_sea, pivot=1000, crest=4.5),
    picture=_Sea,
)
