"""A glass slips off a table and shatters on the floor."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import INK, PAPER, Contact, Struck, outlined_box, smooth
from ..pictures.shapes import taper
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.modal import GLASS, Blow, burst, chatter, crowd, layers, ring, struck
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Words


def _glass(style: Style, rng: np.random.Generator) -> Blow:
    """A glass rings for the instant it is whole, then its shards do, as they fly, fall and bounce.

    Materials: a tumbler, a thin goblet, a thick jar.
    """
    size = 2 ** (0.6 * style.pitch)
    whole = 1050 * size * np.array([1.0, 2.3, 2.75, 4.0, 4.9, 6.2]) * rng.uniform(0.95, 1.05, 6)
    shards = (56, 76, 40)[style.material]
    mean = (2900, 3600, 2100)[style.material] * size

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        gain = rng.uniform(0.4, 1.0, len(whole))
        low, at_once = 900 * size, GLASS.held(45)
        parts = [
            (0.0, 0.3, ring(whole, np.full(len(whole), 0.12), gain, 2000)),
            (0.0, 0.9, burst(rng, 1300 * size, 7900, 0.09, 0.0)),
            (0.0, 0.8, chatter(rng, crowd(rng, low, 7900, at_once, 0.00005), 4, 0.03)),
            (0.0, 0.45, burst(rng, 150, 1200 * size, 0.06)),
        ]
        # It gives way in a few jerks, and the largest pieces strike the floor before the others.
        for crash in rng.exponential(0.06, 4):
            parts.append((crash, 0.6 * rng.random(), crowd(rng, 1.3 * low, 7900, at_once, 0.00005, 60)))
            parts.append((crash, 0.5 * rng.random(), burst(rng, 2000 * size, 7900, 0.03, 2.0)))
        for _ in range(shards):
            f = mean * 2 ** rng.normal(0, 0.5)
            modes = f * np.array([1.0, rng.uniform(1.3, 1.9), rng.uniform(1.9, 2.8)])
            t60 = GLASS.held(rng.uniform(14, 60)).t60(modes)
            ping = ring(modes, t60, np.array([1.0, 0.6, 0.4]), round(float(t60.max()) * SAMPLE_RATE))
            at, gap = 0.03 + rng.gamma(1.6, 0.13 * event.duration), rng.uniform(0.05, 0.12)
            level = 0.5 * rng.random() ** 1.5 * np.exp(-at / (0.5 * event.duration))
            while level > 0.015 and at < event.duration + 0.3:
                parts.append((at, level, ping))
                at, gap, level = at + gap, 0.65 * gap, 0.5 * level
        return layers(*parts)

    return blow


class Glass(Struck):
    """A glass slips off a table and shatters on the floor; another stands there in time. High styles are stemmed."""

    contact: Contact = (0.5, 0.94, 0.09)
    floor = 0.86
    table = -0.2

    def _prepare(self) -> None:
        self.shards = self.rng.uniform((0.4, 0.1, -4), (1, 0.19, 4), (9, 3)).tolist()

    def still(self, canvas: Canvas) -> None:
        """Table and floor."""
        outlined_box(canvas, 0, self.floor + 0.07, 1.9, 0.2, self.second_dark)
        canvas.box(0, self.floor - 0.02, 1.9, 0.04, self.second)
        for x in (-0.86, -0.2):
            outlined_box(canvas, x, 0.33, 0.09, 0.94, self.dark)
        outlined_box(canvas, -0.5, self.table + 0.06, 0.98, 0.12, self.main)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The glass, whole or in pieces."""
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        shock = self.beats.shock(t, 0.26)
        if begun:
            self._heap(canvas, 1.0 if begun > 1 else since)
        self.sparks(canvas, 0.5, self.floor, shock, 0.6, start=np.pi + 0.1, end=2 * np.pi - 0.1)
        if shock:
            canvas.ellipse(0.5, self.floor, 0.32 + 0.2 * (1 - shock), 0.15, PAPER, alpha=0.9 * shock**0.5)
        if since < 0.6:
            self._flying(canvas, since)
        put = 1.0 if begun == 0 else smooth((1.5 - until) / 0.3)
        if put == 0.0:
            return
        slide, fall = smooth((0.72 - until) / 0.36), min(max(1 - until / 0.36, 0.0), 1.0)
        x = -0.55 + 0.55 * slide + 0.5 * fall
        y = self.table + (self.floor - 0.3 - self.table) * fall**2
        self._glass(canvas.at(x, y, 0.95 + 0.25 * self.large, angle=0.25 * slide**4 + 1.6 * fall), put)

    def _glass(self, canvas: Canvas, alpha: float) -> None:
        body, drink = mix(self.second_light, PAPER, 0.6), self.second
        if self.style.pitch > 0:
            canvas.line(-0.13, -0.02, 0.13, -0.02, 0.09, INK, alpha)
            canvas.line(0, -0.02, 0, -0.3, 0.1, INK, alpha)
            canvas.line(-0.12, -0.02, 0.12, -0.02, 0.03, body, alpha)
            canvas.line(0, -0.02, 0, -0.3, 0.03, body, alpha)
            bottom, low, high, top = -0.22, 0.08, 0.2, -0.62
        else:
            bottom, low, high, top = 0.0, 0.16, 0.23, -0.52
        middle = (low + high) / 2
        taper(canvas, high + 0.05, top - 0.04, low + 0.05, bottom, INK, alpha)
        taper(canvas, high, top, low, bottom - 0.05, body, alpha)
        taper(canvas, middle, (top + bottom) / 2, low, bottom - 0.05, drink, alpha)
        canvas.line(-0.6 * high, top + 0.07, -0.6 * middle, bottom - 0.15, 0.045, PAPER, alpha)

    def _shard(self, canvas: Canvas, x: float, y: float, size: float, angle: float, alpha: float) -> None:
        shard = canvas.at(x, y, size, angle)
        shard.polygon([(-1.1, 0.75), (0.12, -1.4), (1.1, 0.85)], INK, alpha)
        shard.polygon([(-0.75, 0.55), (0.1, -0.98), (0.75, 0.62)], mix(self.second_light, PAPER, 0.6), alpha)

    def _flying(self, canvas: Canvas, since: float) -> None:
        for x, (up, size, turn) in zip(np.linspace(-1, 1, len(self.shards)).tolist(), self.shards, strict=True):
            # Thrown up at once and fast: within a quarter of a second nothing is left over the place of the blow.
            out = 0.4 * x + (1 if x >= 0 else -1) * (0.1 + abs(x)) * 2.2 * since
            y = self.floor - 0.1 - 0.2 * up * (1 - abs(x)) - 3.2 * up * since + 7.0 * since**2
            if y < self.floor + 0.02:
                self._shard(canvas, 0.5 + out * 0.7, y, size, turn * (since + 0.3), 1.0 - 0.8 * since)

    def _heap(self, canvas: Canvas, since: float) -> None:
        grown = smooth(since / 0.2)
        for x, size, turn in ((0.3, 0.08, 0.4), (0.45, 0.1, 2.4), (0.62, 0.09, 1.2), (0.74, 0.07, 3.0)):
            self._shard(canvas, x, self.floor - 0.07, size * grown, turn, grown)


SPEC = SoundClass(
    name="glass breaking",
    family="things",
    level_db=-9,
    places=("living room", "kitchen", "office", "corridor", "street"),
    timing=Timing.of_strikes((1, 3), (2.0, 3.4), 0.2, (0.8, 1.4)),
    impact=True,
    words=Words(
        thing="glass",
        bare="breaking glass",
        clauses=(
            "a glass shatters/shattering",
            "a glass breaks/breaking into pieces",
            "a drinking glass shatters/shattering on the ground",
            "a glass smashes/smashing on the ground",
            "a glass is/being smashed to pieces",
            "a drinking glass breaks/breaking",
            "a dropped glass shatters/shattering",
            "a glass is/being broken",
            "a drinking glass smashes/smashing to pieces",
            "a drinking glass breaks/breaking into pieces",
            "a glass goes/going to pieces",
        ),
        several=(
            "+glasses shatter/shattering",
            "+{n} glasses shatter/shattering one after another",
            "+{n} glasses break/breaking",
            "+glasses smash/smashing on the ground",
            "+{n} drinking glasses break/breaking one after another",
            "+{n} glasses smash/smashing on the ground",
            "+drinking glasses shatter/shattering one after another",
            "+{n} drinking glasses go/going to pieces",
            "+{n} glasses are/being smashed one after another",
        ),
        nouns=(
            "the * shattering of glass",
            "the * crash of breaking glass",
            "* breaking glass",
            "the * tinkling of breaking glass",
            "the * smashing of glass",
        ),
        acts=(
            "crash/crashes of breaking glass",
            "smash/smashes of a glass",
            "glass crash/glass crashes",
            "crash/crashes of shattering glass",
        ),
        low=(
            "with a deep crash",
            "with a low crunch",
            "with a thick, low sound",
            "with a deep crunch",
            "with a low, dull crash",
        ),
        high=(
            "with a bright tinkle",
            "with a high tinkle",
            "with a high, thin crash",
            "with high-pitched clinking",
            "with a high, thin tinkle",
        ),
        slow=(),
        quick=(),
        timed=False,
    ),
    sound=struck(_glass, pivot=3000),
    picture=Glass,
)
