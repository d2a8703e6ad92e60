"""Rain falls on leaves, a tin roof or the street."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..canvas import Canvas, FloatArray, mix, shade
from ..pictures.actor import Actor
from ..pictures.motion import INK, PAPER
from ..pictures.shapes import blend, cloud
from ..scene import FPS, Style
from ..sounds.noise import Course, contour, grains, lasting, noise, puff, snaps, spray, wander
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Material, Words


def _rain(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Drops through what they fall on, near ones one by one, far ones as a hiss; every event is a fresh gust.

    As many drops fall at any distance, so the sum is even, and only the nearest are heard apart. A drop is a tap of a
    millisecond or two; low pitch: fewer, larger drops. Leaves give soft taps, a tin roof rings, the street splashes
    and traps bubbles.
    """
    length = course.length
    gust = contour(course.since, (0, 0.62), (0.25, 1.0), (0.6, 0.92), (1.6, 0.72), (3.2, 0.62))
    gust *= np.exp(0.05 * wander(rng, length, 6))
    gust *= 0.5 + course.steps([event.strength for event in course.events], 0.3)
    size = 2 ** (0.5 * style.pitch)
    low = (450.0, 700.0, 650.0)[style.material] * size
    far = noise(rng, length, 0.7 * low, 7900, -3.0)
    kernels = [puff(rng, fall / size, low, 7900) for fall in (0.0006, 0.001, 0.002)]
    if style.material == 1:  # so many modes of the sheet that none stands out
        kernels = [puff(rng, fall / size, low, 7000) for fall in (0.001, 0.003, 0.006)]
    middle = spray(snaps(rng, 1200 * 2 ** (0.5 * style.pitch), length, 1.0), rng, *kernels)
    total = gust * (0.1 * far + 0.11 * middle)
    near = snaps(rng, gust * 45 * 2**style.pitch, length, 0.8) * np.sqrt(gust)
    total += 0.9 * spray(near, rng, *kernels, puff(rng, 0.003 / size, low, 7900))
    if style.material == 0:
        return total + 0.25 * grains(rng, near, (900 * size, 0.008, 1.0))
    if style.material == 1:
        return total + 0.12 * spray(near, rng, *(puff(rng, fall, low, 6000) for fall in (0.012, 0.02)))
    # A bubble closes some 20 ms after its drop has hit.
    late = np.concatenate((np.zeros(320), near * (rng.random(length) < 0.3)))[:length]
    return total + 0.4 * grains(rng, late, (1700 * size, 0.03, 0.6))


class _Rain(Actor):
    """A cloud; streaks over the whole frame that splash on leaves, a tin roof or the street, by material.

    Each shower slants its own way and starts with a gust.
    """

    def _prepare(self) -> None:
        self.spots = self.rng.uniform(-1, 1, (97, 2))
        self.drop = mix(self.second, PAPER, 0.55)
        self.sheets: list[FloatArray] = []

    def still(self, canvas: Canvas) -> None:
        (self._plant, self._roof, self._umbrella)[self.style.material](canvas)
        cloud(canvas, -0.5, mix(self.main, (0.45, 0.47, 0.52), 0.55), self.dark)
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
            blend(pixels, sheet * np.float32(gust), self.drop)
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


SPEC = SoundClass(
    name="raining",
    family="weather",
    level_db=-12,
    places=("street", "forest", "park", "mountains", "harbour", "field at night"),
    carries=True,
    timing=Timing.of_spans((1.6, 3.2)),
    size=1.2,
    hues=(0.45, 0.62),
    words=Words(
        thing="rain cloud",
        bare="rain",
        clauses=(
            "a shower patters/pattering {m}",
            "rain falls/falling {m}",
            "rain patters/pattering {m}",
            "a shower of rain falls/falling {m}",
            "+raindrops fall/falling {m}",
            "+raindrops patter/pattering {m}",
            "rain comes/coming down {m}",
            "a rain shower patters/pattering {m}",
            "rain taps/tapping {m}",
            "rain drops/dropping {m}",
            "+drops of rain fall/falling {m}",
            "+drops of rain patter/pattering {m}",
        ),
        nouns=(
            "the * patter of rain {m}",
            "* rain falling {m}",
            "* rain",
            "the * tapping of rain {m}",
            "the * pattering of raindrops {m}",
        ),
        materials=(
            Material(
                phrases=("on leaves", "on foliage", "on the leaves of plants", "on plants with leaves"),
                places=("forest", "park", "mountains", "field at night"),
            ),
            Material(
                phrases=("on a tin roof", "on a metal roof", "on tin", "on a roof of tin"),
                places=("street", "harbour", "park", "field at night"),
            ),
            Material(
                phrases=("on the street", "on the pavement", "on asphalt", "on the asphalt"),
                places=("street", "harbour", "park", "mountains"),
            ),
        ),
        pitched=False,
        low=("in large drops", "in big drops", "in thick drops", "in fat drops", "in large, thick drops"),
        high=("in fine drops", "in small drops", "in tiny drops", "in light drops", "in fine, small drops"),
        slow=(),
        quick=(),
        timed=False,
        strong=("heavily", "hard", "with force", "strongly", "in heavy bursts"),
        gentle=("lightly", "gently", "weakly", "with little force", "lightly and gently"),
    ),
    sound=lasting(_rain, pivot=2200, crest=7.0, tilt=9.0),
    picture=_Rain,
)
