"""Thunder rolls, and lightning shows when it does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..canvas import Canvas, mix, shade
from ..pictures.actor import Actor
from ..pictures.shapes import cloud
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.noise import contour, countable, noise, outbursts, seconds
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing


def _thunder(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """The near end of the channel cracks, the rest arrives later from further off and rumbles (Few 1969).

    Pitch is nearness. Kinds: rolling in many claps, one clap that dies away, torn in a volley of cracks.
    """
    t = seconds(round((event.duration + 0.7) * SAMPLE_RATE))
    near = (style.pitch + 1) / 2
    volley = (3, 2, 12)[style.material]
    times = np.concatenate(([0.0], np.sort(rng.uniform(0.01, (0.12, 0.06, 0.35)[style.material], volley))))
    tears = outbursts(t, *((s, 0.001, 0.012 + 0.02 * near, rng.uniform(0.2, 1.0) if s else 1.0) for s in times))
    crack = noise(rng, len(t), 250 + 350 * near, 2500 + 4500 * near, -4.5) * tears
    rolls = (6, 2, 4)[style.material]
    later = zip(rng.uniform(0.12, 0.75, rolls) * event.duration, rng.uniform(0.35, 0.9, rolls), strict=True)
    claps = [(0.0, 0.006, 0.3, 1.0), (0.0, 0.05, event.duration / 2.4, 0.6)]
    claps += [(start, 0.07, 0.28 + 0.25 * rng.random(), height) for start, height in later]
    level = outbursts(t, *claps) * contour(t / t[-1], (0, 1), (0.6, 0.8), (1, 0))
    depth = 2 ** (0.7 * style.pitch)
    rumble = level * noise(rng, len(t), 32 * depth, 95 * depth, -2.0)
    body = level**1.6 * noise(rng, len(t), 90 * depth, 420 * depth, -5.0)
    return np.tanh(0.7 * (rumble + 0.7 * body + (0.35 + 1.5 * near) * crack))


class _Thunder(Actor):
    """A dark cloud; a bolt and a flash over the frame at each onset, then a flicker inside the cloud."""

    def _prepare(self) -> None:
        self.bolts = [self._bolt() for _ in self.beats.events]
        self.bright = mix(self.second, (1.0, 1.0, 1.0), 0.75)

    def still(self, canvas: Canvas) -> None:
        cloud(canvas, -0.3, mix(self.main, (0.25, 0.26, 0.32), 0.55), shade(self.main, 0.2))

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


SPEC = SoundClass(
    name="thunder",
    family="bangs",
    level_db=-5,
    places=("street", "forest", "field at night", "beach", "park", "mountains", "harbour"),
    carries=True,
    place="outdoors",
    high_up=True,
    timing=Timing.of_strikes((1, 3), (2.4, 4.0), 0.2, (1.6, 3.0)),
    subject=("thunder", "a thunderclap"),
    verb=("rolls", "rumbles"),
    manners=(
        ("low and far", "in a long deep roll"),
        ("powerfully", "across the sky"),
        ("with a sharp crack", "close and harsh"),
    ),
    size=1.25,
    hues=(0.55, 0.7),
    sound=countable(_thunder, pivot=350),
    picture=_Thunder,
)
